#!/bin/sh
# Runs the end-to-end tests: prepares the machine, tests, and stops the Docker engine that setup.sh started.
# Arguments go to `go test`, as in: e2e/run.sh -run Tomcat -v
# NILE_BINARY: the program under test, an absolute path (default: build/nile where it is there, else one is built).
set -eu
cd "$(dirname "$0")/.."

# One run at a time on a machine: the tests use fixed ports and paths.
exec 8>/run/nile-e2e.lock
flock -w 900 8 || { echo "e2e: another run has held /run/nile-e2e.lock for 15 minutes" >&2; exit 1; }

# The tests build tools from modules of their own; on a fresh machine that takes a minute, in which setup.sh installs
# packages. What cannot be built here the tests will say.
build_tools() {
    tools=$(mktemp -d)
    sed -n 's/.*"\(sigs\.k8s\.io\/[^"]*@v[^"]*\)".*/\1/p' e2e/*_test.go | while read -r tool; do
        GOFLAGS='' GOBIN=$tools CGO_ENABLED=0 timeout 420 go install -trimpath -ldflags='-s -w' "$tool" || break
    done
    rm -rf "$tools"
} >/dev/null 2>&1 8>&-

build_tools &
building=$!
addresses=$(e2e/setup.sh)
# Silent where all goes well: the last line is that of go test.
tear_down() { talk=$(e2e/teardown.sh 2>&1) || echo "$talk" >&2; }
trap tear_down EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2086  # one word a variable
export ${addresses?}
wait "$building" || true

if [ -z "${NILE_BINARY:-}" ] && [ -x build/nile ]; then
    NILE_BINARY=$PWD/build/nile
    export NILE_BINARY
fi
# In the tests' directory (-C) go test shows what they print, and with it the table at the end.
go test -C e2e -tags e2e -count=1 -timeout 15m -parallel 3 "$@"
