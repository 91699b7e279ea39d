# What setup.sh and teardown.sh share. To be sourced.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
dir=${NILE_E2E_DIR:-/var/lib/nile-e2e} # images, logs
run=$dir/run                           # sockets, pid files

say() { echo "e2e: $*" >&2; }
die() { say "$*"; exit 1; }

# engine_answers: whether a Docker engine answers at DOCKER_HOST, or at Docker's own place where that is empty.
engine_answers() {
    command -v docker >/dev/null && timeout 10 docker version >/dev/null 2>&1
}

# is_running NAME: whether the daemon that start_daemon started under this name lives. The name is compared, since a pid
# file may outlive its process and the pid belong to somebody else.
is_running() {
    pid=$(cat "$run/$1.pid.e2e" 2>/dev/null) || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]
}

# start_daemon NAME COMMAND…: starts a daemon in a session of its own, holding none of the caller's files and locks.
start_daemon() {
    name=$1
    shift
    ! is_running "$name" || return 0
    say "starting $name (log: $dir/$name.log)"
    setsid "$@" >"$dir/$name.log" 2>&1 </dev/null 8>&- 9>&- &
    echo $! >"$run/$name.pid.e2e"
    # Until setsid and exec are through, the process still bears the shell's name and is_running would not know it.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        ! is_running "$name" || return 0
        sleep 0.1
    done
    tail -n 20 "$dir/$name.log" >&2
    die "cannot start $name: it ended at once, see above"
}

# wait_for SECONDS NAME COMMAND…: until the command succeeds, for as long as the daemon lives.
wait_for() {
    seconds=$1 name=$2
    shift 2
    deadline=$(($(date +%s) + seconds))
    until "$@"; do
        if ! is_running "$name"; then
            tail -n 20 "$dir/$name.log" >&2
            die "cannot start $name: it ended, see above"
        fi
        if [ "$(date +%s)" -ge "$deadline" ]; then
            tail -n 20 "$dir/$name.log" >&2
            die "cannot start $name: not ready after $seconds s, see above"
        fi
        sleep 0.2
    done
}

# stop_daemon NAME SECONDS: TERM, and KILL when the seconds are over.
stop_daemon() {
    is_running "$1" || return 0
    say "stopping $1 (pid $pid)"
    kill "$pid"
    deadline=$(($(date +%s) + $2))
    while is_running "$1"; do
        if [ "$(date +%s)" -ge "$deadline" ]; then
            say "$1 (pid $pid) did not end within $2 s: killing it"
            kill -9 "$pid" || true
            sleep 0.5
            break
        fi
        sleep 0.2
    done
}
