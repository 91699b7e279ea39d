package output

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

// pipeBuffer is PIPE_BUF: what is written to a pipe in one piece of at most this
// size is never mixed with what others write there, pipe(7).
const pipeBuffer = 4096

// descriptor writes to nile's own standard output or error.
type descriptor struct {
	fd    int
	title string
	// shared: a pipe that nile's own log goes to as well.
	shared bool
}

func (d *descriptor) name() string { return d.title }
func (d *descriptor) close()       {} // it is not ours

// write blocks for as long as nobody reads. It writes by bare system calls: an
// [os.File] would end nile by SIGPIPE when the reader has gone away.
func (d *descriptor) write(p []byte) (lost int, err error) {
	for len(p) > 0 {
		piece := p
		if d.shared {
			piece = atomicPiece(p)
		}
		n, err := unix.Write(d.fd, piece)
		p = p[max(n, 0):]
		switch err {
		case nil, unix.EINTR:
		case unix.EAGAIN: // somebody made the description that we share non-blocking
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLOUT}}, -1)
		default:
			return len(p), d.failure(err)
		}
	}
	return 0, nil
}

// writeNow needs a pipe, and Linux 6.4 for RWF_NOWAIT on pipes, pwritev2(2). To
// make the descriptor itself non-blocking is not for us: it would be so for
// everybody who shares it.
func (d *descriptor) writeNow(p []byte) (n int, err error) {
	if d.shared {
		p = atomicPiece(p)
	}
	n, err = unix.Pwritev2(d.fd, [][]byte{p}, -1, unix.RWF_NOWAIT)
	switch err {
	case unix.EINTR:
		return 0, nil
	case unix.ENOSYS, unix.EINVAL, unix.EPERM: // an old kernel, or a seccomp filter that doesn't know of it
		return 0, unix.EOPNOTSUPP
	}
	return max(n, 0), err
}

func (d *descriptor) failure(err error) error {
	return fmt.Errorf("cannot write to %s: %w: what the containers print there is dropped", d.title, err)
}

// atomicPiece is as many whole lines as a pipe takes in one piece, or as much of a
// line that is too long for that.
func atomicPiece(p []byte) []byte {
	if len(p) <= pipeBuffer {
		return p
	}
	if end := bytes.LastIndexByte(p[:pipeBuffer], '\n'); end >= 0 {
		return p[:end+1]
	}
	return p[:pipeBuffer]
}

// isTerminal reports whether a descriptor is a terminal.
func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// isPipe reports whether a descriptor is a pipe or FIFO.
func isPipe(fd int) bool {
	var about unix.Stat_t
	return unix.Fstat(fd, &about) == nil && about.Mode&unix.S_IFMT == unix.S_IFIFO
}

// isSameFile reports whether two descriptors lead to the same place.
func isSameFile(a, b int) bool {
	var one, other unix.Stat_t
	return unix.Fstat(a, &one) == nil && unix.Fstat(b, &other) == nil && one.Dev == other.Dev && one.Ino == other.Ino
}

// mayHang reports whether a write to a descriptor may block its thread: neither to a
// pipe, which is written to without blocking, nor to /dev/null.
func mayHang(fd int) bool {
	var about unix.Stat_t
	if unix.Fstat(fd, &about) != nil {
		return false
	}
	isNull := about.Mode&unix.S_IFMT == unix.S_IFCHR && about.Rdev == unix.Mkdev(1, 3)
	return about.Mode&unix.S_IFMT != unix.S_IFIFO && !isNull
}
