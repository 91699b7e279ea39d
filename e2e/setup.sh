#!/bin/sh
# Prepares a Debian 12 machine for the end-to-end tests: installs what is missing from Debian's packages and, where no
# Docker engine answers, starts one of its own, with its own sockets, data and pid files, that teardown.sh removes.
# To be run as root; running it again changes nothing.
#
#     eval "$(e2e/setup.sh)" && export DOCKER_HOST NILE_E2E_CRI && go test -tags e2e ./e2e/...
#
# stdout: DOCKER_HOST=… and NILE_E2E_CRI=…, the address of a containerd that serves Kubernetes' Container Runtime
# Interface.   stderr: what is being done.
# NILE_E2E_DIR: the directory for sockets, pid files, logs and images (default /var/lib/nile-e2e).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/common.sh"

# need_package PACKAGE FILE…: notes the package if one of its files is missing.
packages=
need_package() {
    package=$1
    shift
    for file in "$@"; do
        [ -e "$file" ] || { packages="$packages $package"; return; }
    done
}

find_missing_packages() {
    engine_answers || need_package docker.io /usr/sbin/dockerd /usr/bin/containerd /usr/sbin/runc
    command -v docker >/dev/null || need_package docker.io /usr/bin/docker
    # dockerd cannot confine containers on a kernel with AppArmor without this parser, and then refuses to start any.
    if grep -qs Y /sys/module/apparmor/parameters/enabled; then
        need_package apparmor /sbin/apparmor_parser
    fi
    command -v kubectl >/dev/null || need_package kubernetes-client /usr/bin/kubectl
    need_package containerd /usr/bin/containerd /usr/bin/containerd-shim-runc-v2 /usr/bin/ctr
    need_package podman /usr/bin/podman
    need_package runc /usr/sbin/runc
    need_package openjdk-17-jdk-headless /usr/bin/javac
    need_package gcc /usr/bin/gcc
    need_package libc6-dev /usr/include/stdio.h
    need_package nodejs /usr/bin/node
    need_package python3 /usr/bin/python3
    need_package tomcat10 /usr/share/tomcat10/etc/catalina.properties /usr/share/tomcat10/bin/catalina.sh
    need_package tomcat10-docs /usr/share/tomcat10-docs/docs/appdev/sample/sample.war
    need_package nginx-light /usr/sbin/nginx
    need_package rsyslog /usr/sbin/rsyslogd /usr/lib/"$(uname -m)"-linux-gnu/rsyslog/imfile.so
}

# Debian starts the services of a package when it installs it, unless policy-rc.d says no (exit 101).
policy=/usr/sbin/policy-rc.d
forbid_service_starts() {
    trap allow_service_starts EXIT
    if [ -e "$policy" ]; then
        mv "$policy" "$policy.nile-e2e"
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

allow_service_starts() {
    rm -f "$policy"
    if [ -e "$policy.nile-e2e" ]; then
        mv "$policy.nile-e2e" "$policy"
    fi
}

install_packages() {
    find_missing_packages
    [ -n "$packages" ] || return 0
    say "installing$packages"
    forbid_service_starts
    export DEBIAN_FRONTEND=noninteractive
    # stdout belongs to the caller; dpkg's talk goes to stderr.
    timeout 300 apt-get -q -o DPkg::Lock::Timeout=240 update >&2 || die "cannot update the package lists: apt-get update failed"
    # shellcheck disable=SC2086  # one word a package
    timeout 900 apt-get -q -y -o DPkg::Lock::Timeout=240 install --no-install-recommends $packages >&2 ||
        die "cannot install$packages: apt-get install failed"
    allow_service_starts
    trap - EXIT
}

start_containerd() {
    cat >"$dir/containerd.toml" <<CONFIG
version = 2
root = "$dir/containerd"
state = "$run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$run/containerd.sock"
[ttrpc]
address = "$run/containerd.sock.ttrpc"
CONFIG
    # An own containerd, not the one that dockerd would start: dockerd takes whatever stands at
    # /run/containerd/containerd.sock, even a socket that nobody listens at.
    start_daemon containerd containerd --config "$dir/containerd.toml"
    wait_for 30 containerd test -S "$run/containerd.sock"
}

start_dockerd() {
    # cgroupfs: the systemd driver needs a systemd that answers. No bridge and no packet filter: the tests use
    # loopback only, and so nothing of the machine's network is touched. The init of `docker run --init` is nile, which
    # the tests put there: dockerd looks for it when it starts a container.
    start_daemon dockerd dockerd \
        --host "unix://$run/docker.sock" --containerd "$run/containerd.sock" \
        --data-root "$dir/docker" --exec-root "$run/docker" --pidfile "$run/docker.pid" \
        --exec-opt native.cgroupdriver=cgroupfs --init-path "$dir/docker-init" \
        --bridge none --iptables=false --ip-forward=false --ip-masq=false --userland-proxy=false
    DOCKER_HOST=unix://$run/docker.sock
    export DOCKER_HOST
    wait_for 60 dockerd engine_answers
}

# start_cri: a containerd as a node of Kubernetes has it. Its pause image is nile-pause, which the tests import. Pods have
# the machine's network: no CNI plugin is needed, and nothing of the network is touched.
start_cri() {
    cat >"$dir/containerd-cri.toml" <<CONFIG
version = 2
root = "$dir/containerd-cri"
state = "$run/containerd-cri.state"
[grpc]
address = "$run/containerd-cri.sock"
[ttrpc]
address = "$run/containerd-cri.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "nile.test/nile-pause:e2e"
stream_server_address = "127.0.0.1"
# A pause has -998. A machine that is a container itself may lack CAP_SYS_RESOURCE, and with it the right to go below 0.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$dir/cni"
conf_dir = "$dir/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
Root = "$run/runc-cri"
CONFIG
    # By a name of its own, which is also its process' name.
    ln -sf "$(command -v containerd)" "$run/containerd-cri"
    start_daemon containerd-cri "$run/containerd-cri" --config "$dir/containerd-cri.toml"
    wait_for 30 containerd-cri test -S "$run/containerd-cri.sock"
}

[ "$(id -u)" = 0 ] || die "must be run as root: it installs packages and starts dockerd (try: sudo $0)"
install_packages
grep -q cgroup /proc/mounts || die "cannot start containers: no cgroup file system is mounted at /sys/fs/cgroup"
mkdir -p "$dir" "$run"
exec 9>"$run/lock"
flock -w 120 9 || die "cannot get the lock $run/lock within 120 s: another setup.sh is running"
start_cri
if ! engine_answers; then
    DOCKER_HOST=unix://$run/docker.sock
    export DOCKER_HOST
    if ! engine_answers; then
        start_containerd
        start_dockerd
    fi
fi
say "engine $(docker version --format '{{.Server.Version}}'), storage driver $(docker info --format '{{.Driver}}'), cgroup driver $(docker info --format '{{.CgroupDriver}} v{{.CgroupVersion}}')"
echo "DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock} NILE_E2E_CRI=unix://$run/containerd-cri.sock"
