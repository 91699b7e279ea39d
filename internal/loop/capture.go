package loop

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// captured is how much of a probe's or hook's output is kept (kubelet:
// maxRespBodyLength).
const captured = 10 << 10

// capture collects the output of a process that nile runs for a probe or a hook.
type capture struct {
	read *os.File
	done chan []byte
}

// newCapture makes a pipe and begins to read it. The descriptor returned is the
// end for the child, to be closed by closeChild once it has been started.
func newCapture() (c *capture, write *os.File, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	c = &capture{read: read, done: make(chan []byte, 1)}
	go c.collect()
	return c, write, nil
}

// collect reads until the end of the stream, or until finish says that the
// process is gone: what it wrote is in the pipe by then, and a grandchild that
// holds the pipe open is not waited for.
func (c *capture) collect() {
	defer c.read.Close()
	var kept []byte
	buffer := make([]byte, 4096)
	for {
		n, err := c.read.Read(buffer)
		kept = keep(kept, buffer[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			kept = c.rest(kept, buffer)
		}
		if err != nil {
			c.done <- kept
			return
		}
	}
}

// rest takes what is in the pipe, without waiting for more.
func (c *capture) rest(kept, buffer []byte) []byte {
	conn, err := c.read.SyscallConn()
	if err != nil {
		return kept
	}
	_ = conn.Control(func(fd uintptr) {
		for range 1 << 10 {
			n, err := unix.Read(int(fd), buffer)
			if err == unix.EINTR {
				continue
			}
			if n <= 0 {
				return
			}
			kept = keep(kept, buffer[:n])
		}
	})
	return kept
}

func keep(kept, more []byte) []byte {
	return append(kept, more[:min(len(more), captured-len(kept))]...)
}

// finish ends the reading and returns the first 10 KiB of the output. It may wait
// a moment for the reader, never for a process.
func (c *capture) finish() []byte {
	_ = c.read.SetReadDeadline(time.Unix(1, 0))
	return <-c.done
}
