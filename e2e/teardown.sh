#!/bin/sh
# Undoes what setup.sh started: stops its dockerd and its containerd, by pid, with the containers that run there, unmounts
# and removes their directory. Leaves the installed packages and every other engine alone. Running it again changes
# nothing. NILE_E2E_DIR as for setup.sh.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/common.sh"

remove_containers() {
    is_running dockerd || return 0
    DOCKER_HOST=unix://$run/docker.sock
    export DOCKER_HOST
    containers=$(timeout 10 docker ps --all --quiet) || return 0
    # shellcheck disable=SC2086  # one word a container
    [ -z "$containers" ] || timeout 60 docker rm --force $containers >/dev/null || say "cannot remove all containers"
}

remove_pods() {
    is_running containerd-cri || return 0
    cri="timeout 20 ctr --address $run/containerd-cri.sock --namespace k8s.io"
    for task in $($cri tasks list --quiet); do
        # Its shim ends with it.
        $cri tasks delete --force "$task" >/dev/null || say "cannot end container $task"
    done
}

unmount_all() {
    # The last mount first: later mounts may stand on earlier ones.
    awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r mount; do
        umount "$mount" || umount --lazy "$mount" || say "cannot unmount $mount"
    done
}

[ "$(id -u)" = 0 ] || die "must be run as root, as setup.sh was (try: sudo $0)"
[ -d "$dir" ] || exit 0
case $dir in
/*/?*) ;;
*) die "will not remove NILE_E2E_DIR=$dir: give an absolute path at least two directories deep" ;;
esac
[ -d "$run" ] || die "will not remove $dir: it has no directory run, so setup.sh has not made it"
remove_pods
stop_daemon containerd-cri 15
remove_containers
stop_daemon dockerd 30
stop_daemon containerd 15
unmount_all
rm -rf "$dir"
