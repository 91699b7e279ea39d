#!/bin/sh
# Measures which system calls nile itself makes, feature by feature, with strace: the table of
# docs/explanation/security.md. Needs strace, and nile and testprogram (make build, make run) in build/.
#
#     deploy/seccomp/measure.sh >table.md
#
# stdout: a Markdown table; the first row has what one command needs, each other row what is new in it.
# shellcheck disable=SC2016  # backquotes in the titles are Markdown's
# Which of futex(2)'s like a run makes is a matter of luck: what is shown is the union of three runs.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PATH=${NILE_BUILD:-$here/../../build}:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PATH NILE_CONTROL=off NILE_STATE_DIR="$work/state" NILE_LOG_LEVEL=off
mkdir state
: >known

# traced NAME CMD…: the calls of three runs of a nile.
traced() {
    name=$1
    shift
    : >"$name.all"
    for _ in 1 2 3; do
        timeout -k 5 20 strace -f -o trace "$@" >out 2>&1 </dev/null || true
        awk -f "$here/own.awk" trace >>"$name.all"
    done
    sort -u "$name.all" >"$name.calls"
}

# row NAME TITLE: what NAME needs beyond the rows before it.
row() {
    # shellcheck disable=SC2016  # backquotes are Markdown's
    comm -13 known "$1.calls" >new
    printf '| %s | %s |\n' "$2" "$(sed 's/.*/`&`/' new | paste -sd ' ' - | sed 's/^$/–/')"
    sort -u known "$1.calls" >longer
    mv longer known
}

# pod NAME <EOF: a manifest of one container, whose further fields are read from stdin.
pod() {
    cat >"$1.yaml" - <<EOF
apiVersion: v1
kind: Pod
metadata: {name: measured}
spec:
  restartPolicy: Never
  containers:
  - name: main
    command: [testprogram, work, "12", 200ms]
EOF
    cat >>"$1.yaml"
}

# beside CMD…: runs a verb again and again beside the nile that is traced, until it works.
beside() {
    for _ in $(seq 50); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
}

# with NAME VERB…: traces a nile in the background, runs the verbs that its feature is for, and waits.
with() {
    name=$1
    shift
    traced "$name" "$@" &
    measured=$!
    "during_$name"
    wait "$measured"
}

pod pod </dev/null
cat >ordered.yaml <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: measured}
spec:
  restartPolicy: OnFailure
  initContainers:
  - {name: first, command: [testprogram, say, hello]}
  - {name: beside, restartPolicy: Always, command: [testprogram, tick, beside, 100ms]}
  containers:
  - {name: main, command: [testprogram, once, done], lifecycle: {preStop: {exec: {command: [testprogram, say, bye]}}}}
EOF
pod output <<'EOF'
    nile: {output: {mode: json, file: output.log, maxSize: "300", maxFiles: 3}}
EOF
pod probes <<'EOF'
    startupProbe: {exec: {command: [testprogram, say, started]}, periodSeconds: 1}
    livenessProbe: {httpGet: {host: localhost, port: 19753, path: /}, periodSeconds: 1, failureThreshold: 20}
    readinessProbe: {tcpSocket: {port: 19753}, periodSeconds: 1}
EOF
pod grpc <<'EOF'
    livenessProbe: {grpc: {port: 19753}, periodSeconds: 1, failureThreshold: 20}
EOF
pod hooks <<'EOF'
  nile:
    eventHooks:
    - {on: [Started], exec: {command: [testprogram, say, started]}}
    - {on: [Started], httpPost: {port: 19753, path: /}}
EOF
pod identity <<'EOF'
    securityContext: {runAsUser: 1234, runAsGroup: 1234, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    nile: {umask: "0027", rlimits: {nofile: 100}, oomScoreAdj: 500}
EOF
pod watch <<'EOF'
  nile: {reload: {watch: true}}
EOF
cat >notify.yaml <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: measured}
spec:
  restartPolicy: Never
  containers:
  - {name: main, command: [testprogram, notify, READY=1, "STATUS=serving"], nile: {notify: {systemd: true}}}
EOF

traced command nile -- testprogram say hello
traced pod nile run ordered.yaml
traced output nile run output.yaml
traced probes nile run probes.yaml
traced grpc nile run grpc.yaml
traced hooks nile run hooks.yaml
traced identity nile run identity.yaml
traced notify nile run notify.yaml
traced watch nile run watch.yaml
export NILE_CONTROL="$work/control.sock"
during_control() {
    for verb in status "logs main" "restart main" "signal main TERM"; do
        # shellcheck disable=SC2086  # a verb and its arguments
        beside nile $verb
    done
}
pod listen <<'EOF'
    livenessProbe: {httpGet: {port: 19754, path: /livez}, periodSeconds: 1}
EOF
during_hold() { beside nile retry; beside nile report; beside nile release; }
with control nile run pod.yaml
traced listen nile run --listen 127.0.0.1:19754 listen.yaml
with hold nile --hold --hold-for=3s --hold-answers 19755/ -- testprogram exit 3
during_freeze() { beside nile core --force "$work/core"; beside nile inspect; beside nile release; }
with freeze nile --hold --freeze --hold-for=5s -- testprogram die 6
nile -- testprogram tick beside 100ms >/dev/null 2>&1 &
background=$!
beside nile status
traced verbs nile status
for verb in "ps --pss" tree "top --once" "logs main" "restart main" "events"; do
    # shellcheck disable=SC2086
    traced one nile $verb
    sort -u one.calls verbs.calls >longer
    mv longer verbs.calls
done
traced exec nile exec -- testprogram say hello
kill "$background"
traced copy nile cp "$(command -v nile)" "$work/copy"

printf '| feature | system calls that the rows above did not have |\n|---|---|\n'
row command 'one command: start, wait, reap, forward signals'
row pod 'a pod: init containers, sidecars, restarts, hooks that are commands'
row output '`output`: prefixed or JSON lines, files that are rotated'
row identity '`securityContext`, `user`, `umask`, `rlimits`, `oomScoreAdj`'
row control 'the control socket'
row probes 'probes: `exec`, `httpGet`, `tcpSocket`'
row grpc 'probes: `grpc`'
row hooks 'event hooks'
row notify '`notify`'
row watch '`watch`, and `reload` by a changed file'
row listen '`listen`: metrics and health over HTTP'
row hold 'holds and crash reports'
row freeze '`freeze`, and the core of what is frozen'
row verbs 'the verbs, as programs of their own'
row exec '`nile exec`, `nile shell`'
row copy '`nile cp`, `nile install`'
