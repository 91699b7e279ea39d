package client

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Variable is the environment variable that names the control socket: a path, @NAME
// for an abstract socket (unix(7)), or [Off].
const (
	Variable = "NILE_CONTROL"
	Off      = "off"
)

// Socket is the name of the control socket in its directory. A second nile that finds
// it taken by one that runs takes [SocketOf] its process id.
const Socket = "control.sock"

// SocketOf is the next name of a socket, for a nile with a process id:
// control-17.sock for control.sock, @name-17 for an abstract one.
func SocketOf(path string, pid int) string {
	base, suffix := strings.CutSuffix(path, ".sock")
	if suffix {
		return base + "-" + strconv.Itoa(pid) + ".sock"
	}
	return path + "-" + strconv.Itoa(pid)
}

// Directory is one in which the socket of a nile may be.
type Directory struct {
	Path string
	// Make says that nile makes it where it is not there. Private says that it must
	// belong to nile's user and be closed to all others.
	Make, Private bool
}

// Directories are those in which a nile of a user opens its socket: the first that it
// can use is the one. getenv is [os.Getenv] or a like function. stateDir is nile's
// state directory, where it is known; the variable NILE_STATE_DIR names it otherwise.
func Directories(getenv func(string) string, uid int, stateDir string) []Directory {
	list := []Directory{{Path: "/run/nile", Make: true}}
	if runtime := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(runtime) {
		list = append(list, Directory{Path: filepath.Join(runtime, "nile"), Make: true, Private: true})
	}
	if stateDir == "" {
		stateDir = getenv("NILE_STATE_DIR")
	}
	if filepath.IsAbs(stateDir) {
		list = append(list, Directory{Path: filepath.Clean(stateDir)})
	}
	return append(list,
		Directory{Path: "/var/lib/nile"},
		Directory{Path: "/tmp/nile-" + strconv.Itoa(uid), Make: true, Private: true})
}

// Abstract is the name of the abstract socket (unix(7)) that nile opens where no
// directory can be used. Containers that share a network namespace share such names,
// therefore it has the number of the PID namespace, as far as that is known.
func Abstract() string {
	return "@nile-control-" + strconv.FormatUint(pidNamespace(), 10)
}

// pidNamespace is the inode number of the own PID namespace, namespaces(7); 0 where
// it cannot be known.
func pidNamespace() uint64 {
	var info unix.Stat_t
	if unix.Stat("/proc/self/ns/pid", &info) == nil {
		return info.Ino
	}
	// Without /proc: Linux 6.11 has it from a pidfd.
	const pidfdGetPIDNamespace = 0xff06 // _IO(0xFF, 6), linux/pidfd.h
	pidfd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return 0
	}
	defer unix.Close(pidfd)
	namespace, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(pidfd), pidfdGetPIDNamespace, 0)
	if errno != 0 {
		return 0
	}
	defer unix.Close(int(namespace))
	if unix.Fstat(int(namespace), &info) != nil {
		return 0
	}
	return info.Ino
}
