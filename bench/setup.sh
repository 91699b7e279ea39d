#!/bin/sh
# Installs from Debian's packages what the benchmarks compare nile with, and the C compiler that their stamp program
# needs. Starts no service. To be run as root; says nothing and changes nothing where all is there.
set -eu

say() { echo "bench/setup.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# need_package PACKAGE FILE…: notes the package if one of its files is missing.
packages=
need_package() {
    package=$1
    shift
    for file in "$@"; do
        [ -e "$file" ] || { packages="$packages $package"; return 0; }
    done
}

need_package tini /usr/bin/tini /usr/bin/tini-static
need_package dumb-init /usr/bin/dumb-init
need_package catatonit /usr/bin/catatonit
need_package s6 /usr/bin/s6-svscan /usr/bin/s6-supervise
need_package runit /usr/bin/runsvdir /usr/bin/runsv
need_package supervisor /usr/bin/supervisord
need_package gcc /usr/bin/cc
need_package libc6-dev /usr/include/stdio.h

# Peers that are Go modules are built where these can be had; the tables say which could not.
peers=$(dirname "$0")/../build/peers
build_peer() {
    program=$1 package=$2
    [ ! -e "$peers/$program" ] || return 0
    mkdir -p "$peers"
    if ! GOBIN=$(cd "$peers" && pwd) CGO_ENABLED=0 timeout 300 go install -trimpath -ldflags '-s -w' "$package" 2>"$peers/$program.log"; then
        say "$program is left out: $(tail -n 1 "$peers/$program.log")"
    fi
}
build_peer pebble github.com/canonical/pebble/cmd/pebble@v1.19.0
build_peer process-compose github.com/f1bonacc1/process-compose/src@v1.40.0
[ ! -e "$peers/src" ] || mv "$peers/src" "$peers/process-compose"

[ -n "$packages" ] || exit 0

command -v apt-get >/dev/null || die "cannot install$packages: there is no apt-get; install them by hand"
[ "$(id -u)" = 0 ] || die "cannot install$packages: not root (try: sudo $0)"

# Debian starts the services of a package when it installs it (supervisor has one), unless policy-rc.d says no.
policy=/usr/sbin/policy-rc.d
kept=$policy.nile-bench
allow_service_starts() {
    rm -f "$policy"
    [ ! -e "$kept" ] || mv "$kept" "$policy"
}
trap allow_service_starts EXIT
trap 'exit 1' HUP INT TERM
[ ! -e "$policy" ] || mv "$policy" "$kept"
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

say "installing$packages"
export DEBIAN_FRONTEND=noninteractive
timeout 300 apt-get -q -o DPkg::Lock::Timeout=240 update >&2 ||
    die "cannot update the package lists: apt-get update failed"
# shellcheck disable=SC2086  # one word a package
timeout 900 apt-get -q -y -o DPkg::Lock::Timeout=240 install --no-install-recommends $packages >&2 ||
    die "cannot install$packages: apt-get install failed"
