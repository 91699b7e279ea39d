package loop

import (
	"os"

	"golang.org/x/sys/unix"
)

// maxMessage is how much of a termination message counts: its last 4096 bytes
// (kubelet: MaxContainerTerminationMessageLength).
const maxMessage = 4096

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

// clearMessage makes an empty termination message file for a new run, for whatever
// user it runs as, as the kubelet does. A file that cannot be made is nobody's
// trouble: few processes write one.
func clearMessage(path string) {
	if path == "" {
		return
	}
	fd, err := openMessage(path, unix.O_WRONLY|unix.O_CREAT)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_ = unix.Ftruncate(fd, 0)
	_ = unix.Fchmod(fd, 0o666) // past the umask; refused where it is another user's
}

// readMessage reads the end of a termination message file.
func readMessage(path string) string {
	if path == "" {
		return ""
	}
	fd, err := openMessage(path, unix.O_RDONLY)
	if err != nil {
		return ""
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	buffer := make([]byte, min(info.Size(), maxMessage))
	n, _ := file.ReadAt(buffer, max(info.Size()-maxMessage, 0))
	return string(buffer[:n])
}

// openMessage opens a regular file only: a FIFO or a device in its place, put there
// by whoever may write to the directory, must neither block nile nor be written to,
// and a symbolic link must not lead it elsewhere.
func openMessage(path string, flags int) (int, error) {
	fd, err := unix.Open(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return -1, err
	}
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil || info.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return -1, unix.EINVAL
	}
	return fd, nil
}
