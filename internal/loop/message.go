package loop

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/regular"
)

// maxMessage is how much of a termination message counts: its last 4096 bytes
// (kubelet: MaxContainerTerminationMessageLength).
const maxMessage = 4096

// defaultMessagePath is where a container's message is that names no other file.
const defaultMessagePath = "/dev/termination-log"

// freshMessage clears the message file for a new run, unless a container that runs
// shares it.
func (l *loop) freshMessage(name string) {
	path := l.containers[name].MessagePath
	for other := range l.running {
		if other != name && l.containers[other].MessagePath == path {
			return
		}
	}
	clearMessage(path)
}

// takeMessage reads the message of a run that has ended and clears the file, so that
// no other container that shares it is thought to have written it.
func (l *loop) takeMessage(name string) string {
	path := l.containers[name].MessagePath
	message := readMessage(path)
	if message != "" {
		clearMessage(path)
	}
	return message
}

// masked is what processes, probes and hooks have said without the secrets in it.
func (l *loop) masked(text string) string {
	if l.Mask == nil {
		return text
	}
	return l.Mask(text)
}

// clearMessage makes an empty termination message file for a new run, for whatever
// user it runs as, as the kubelet does. A file that cannot be made is nobody's
// trouble: few processes write one. The default one is not made where it is missing:
// Kubernetes makes it, and elsewhere /dev is not nile's.
func clearMessage(path string) {
	if path == "" {
		return
	}
	flags := os.O_WRONLY
	if path != defaultMessagePath {
		flags |= os.O_CREATE
	}
	file, err := regular.Open(path, flags, 0o666)
	if err != nil {
		return
	}
	defer file.Close()
	_ = file.Truncate(0)
	_ = file.Chmod(0o666) // past the umask; refused where it is another user's
}

// readMessage reads the end of a termination message file.
func readMessage(path string) string {
	if path == "" {
		return ""
	}
	// Most processes write none, and to open a file that others may have put elsewhere is a
	// dozen system calls.
	var seen unix.Stat_t
	if err := unix.Lstat(path, &seen); err != nil || seen.Size == 0 {
		return ""
	}
	file, err := regular.Open(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return ""
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	buffer := make([]byte, min(info.Size(), maxMessage))
	n, _ := file.ReadAt(buffer, max(info.Size()-maxMessage, 0))
	return string(buffer[:n])
}
