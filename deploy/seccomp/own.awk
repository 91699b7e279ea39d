# Reads what `strace -f -o` has written of a nile and prints the names of its own system calls: those
# of its threads, and those of its children up to their execve(2). What a child does then is the
# program's own business.
{
  id = $1
  if (!first) first = id
  text = $0
  sub(/^[0-9]+ +/, "", text)
  if (text ~ /^(\+\+\+|---)/) next
  resumed = text ~ /^<\.\.\. [a-z0-9_]+ resumed>/
  name = text
  if (resumed) {
    sub(/^<\.\.\. /, "", name)
    sub(/ .*/, "", name)
  } else {
    sub(/\(.*/, "", name)
  }
  if (name ~ /^(clone3?|v?fork)$/) {
    if (!resumed) flags[id] = text
    if (text ~ / = [0-9]+$/) {
      child = text
      sub(/.* = /, "", child)
      parent[child] = id
      thread[child] = flags[id] ~ /CLONE_THREAD/
    }
  }
  ids[++count] = id
  names[count] = resumed || name !~ /^[a-z0-9_]+$/ ? "" : name
  became[count] = name == "execve" && text ~ / = 0$/
}
END {
  # A child may be seen before the call that made it has returned: hence in a second pass.
  for (i = 1; i <= count; i++) {
    id = ids[i]
    if (names[i] != "" && own(id)) calls[names[i]] = 1
    # The first execve(2) of all is what strace has started nile with.
    if (became[i] && (id != first || started++)) other[id] = 1
  }
  for (name in calls) print name
}
function own(id) {
  for (; !(id in other); id = parent[id])
    if (id == first) return 1
    else if (!(id in parent)) return 0
  return 0
}
