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
need_package supervisor /usr/bin/supervisord
need_package gcc /usr/bin/cc
need_package libc6-dev /usr/include/stdio.h
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
