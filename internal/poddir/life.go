package poddir

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Life tells one life of a pod from others. Pod and Sandbox are empty outside Kubernetes.
type Life struct {
	Boot    string `json:"boot"`              // of the machine
	Pod     string `json:"pod,omitempty"`     // the pod's UID
	Sandbox string `json:"sandbox,omitempty"` // its network namespace
}

// Present is the life that this process is in, as far as it can be known.
func Present() Life {
	life := Life{Boot: strings.TrimSpace(head("/proc/sys/kernel/random/boot_id", 64))}
	for _, name := range []string{"NILE_POD_UID", "POD_UID"} {
		if life.Pod == "" {
			life.Pod = os.Getenv(name)
		}
	}
	if life.Pod == "" {
		life.Pod = podOfMounts(head("/proc/self/mountinfo", 1<<20))
	}
	if life.Pod != "" {
		life.Sandbox = network()
	}
	return life
}

// is tells whether a nile that lives may be one of this pod.
func (l Life) is(other Life) bool { return l.Pod == other.Pod || l.Pod == "" || other.Pod == "" }

// head is the beginning of a file; empty where it cannot be read.
func head(path string, most int64) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, most))
	return string(text)
}

// podOfMounts finds the UID of the pod in /proc/self/mountinfo: the kubelet mounts
// /etc/hosts, /dev/termination-log and volumes from below its directory pods/UID, which
// stands in the fourth field, the root of the mount in its file system (proc(5)).
func podOfMounts(mountinfo string) string {
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		_, rest, found := strings.Cut(fields[3], "/pods/")
		uid, _, below := strings.Cut(rest, "/")
		if found && below && isUID(uid) {
			return uid
		}
	}
	return ""
}

// isUID tells whether a text is a pod's UID: a UUID, or of a static pod a hash.
func isUID(text string) bool {
	return (len(text) == 36 || len(text) == 32) && strings.Trim(text, "0123456789abcdef-") == ""
}

// network is the network namespace: the kernel's cookie of it (socket(7), since Linux
// 5.14), or else its inode, which may be that of an earlier one.
func network() string {
	if fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err == nil {
		cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
		unix.Close(fd)
		if err == nil {
			return "cookie " + strconv.FormatUint(cookie, 10)
		}
	}
	link, _ := os.Readlink("/proc/self/ns/net")
	return link
}
