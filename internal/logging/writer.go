package logging

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// queued is how many lines may wait for a reader of standard error that is slow.
	queued = 1024
	// batch is how many bytes are written at once where lines wait. As much as a
	// pipe takes in one piece (PIPE_BUF, pipe(7)), so that lines of others who write
	// to it do not come between the parts of one.
	batch = 4096
)

// usualLine is room for most lines, in bytes.
const usualLine = 512

// writer writes lines to a file without ever blocking the one who logs: what a
// blocked file doesn't take is dropped, counted, and told of later. A PID 1 that
// waits for its log is no init any more.
type writer struct {
	fd    int
	lines chan *[]byte // pointers: a third of the room, most of which is never used
	spare chan *[]byte // room of lines that have been written
	lost  atomic.Int64
	open  atomic.Int64 // lines that are not written yet
	idle  chan chan struct{}
	text  []byte // what is about to be written; kept for its room
	runs  bool   // the goroutine that writes has been started
}

func newWriter(fd int) *writer { return &writer{fd: fd} }

// start is for the first line: a command that ends well has none but the last.
func (w *writer) start() {
	w.runs = true
	w.lines, w.spare, w.idle = make(chan *[]byte, queued), make(chan *[]byte, 8), make(chan chan struct{})
	w.text = make([]byte, 0, batch)
	go w.run()
}

// queue queues a line.
func (w *writer) queue(line []byte) {
	if !w.runs {
		w.start()
	}
	room := w.room()
	*room = append(*room, line...)
	w.open.Add(1)
	select {
	case w.lines <- room:
	default:
		w.open.Add(-1)
		w.lost.Add(1)
	}
}

// room is for a line, and usually enough: rooms of one size cost the runtime less memory
// than one of each line's.
func (w *writer) room() *[]byte {
	select {
	case room := <-w.spare:
		return room
	default:
		room := make([]byte, 0, usualLine)
		return &room
	}
}

// add takes a line that is about to be written, and keeps its room.
func (w *writer) add(line *[]byte) {
	w.text = append(w.text, *line...)
	if cap(*line) > usualLine {
		return
	}
	*line = (*line)[:0]
	select {
	case w.spare <- line:
	default:
	}
}

// last queues a line after which none comes. Where none waits it writes by itself what
// standard error takes at once: to hand it over would wake two threads and wait for them.
// It waits for standard error only where late is there to end the process.
func (w *writer) last(line []byte, late func()) {
	if w.open.Load() == 0 && w.lost.Load() == 0 {
		line = writeAtOnce(w.fd, line)
		if len(line) > 0 && late != nil {
			// The kernel kills a thread that waits for a pipe, FUSE or NFS when another one
			// ends the process.
			guard := time.AfterFunc(flushTime, late)
			w.writeAll(line)
			guard.Stop()
			return
		}
	}
	if len(line) > 0 {
		w.queue(line)
	}
}

// writeAtOnce writes without waiting, whatever the descriptor's own flags say, and returns
// what is left: all of it where the kernel cannot do that with this file (RWF_NOWAIT,
// pwritev2(2)), and nothing where nobody reads it any more. That one raises SIGPIPE, which
// nobody looks for after the last line.
func writeAtOnce(fd int, line []byte) (left []byte) {
	n, err := unix.Pwritev2(fd, [][]byte{line}, -1, unix.RWF_NOWAIT)
	switch {
	case err == unix.EPIPE:
		return nil
	case err != nil || n < 0:
		return line
	}
	return line[n:]
}

// flush waits until all lines are written, at most for a while.
func (w *writer) flush() {
	if w.open.Load() == 0 && w.lost.Load() == 0 {
		return
	}
	done := make(chan struct{})
	late := time.After(flushTime)
	select {
	case w.idle <- done:
	case <-late:
		return
	}
	select {
	case <-done:
	case <-late:
	}
}

func (w *writer) run() {
	// A write to a pipe that nobody reads any more raises SIGPIPE for the
	// writing thread. nile passes signals on, and this one is its own.
	runtime.LockOSThread()
	blockPipeSignal()
	for {
		select {
		case line := <-w.lines:
			w.drain(line)
		case done := <-w.idle:
			w.drain(nil)
			close(done)
		}
	}
}

// drain writes a line and all that wait behind it, in as few writes as may be: a pod
// that stops says hundreds of lines in a moment.
func (w *writer) drain(first *[]byte) {
	w.text = w.text[:0]
	taken := int64(0)
	if first != nil {
		w.add(first)
		taken++
	}
	for {
		select {
		case line := <-w.lines:
			if len(w.text) > 0 && len(w.text)+len(*line) > batch {
				w.write(w.text)
				w.text = w.text[:0]
			}
			w.add(line)
			taken++
		default:
			w.write(w.text)
			w.open.Add(-taken)
			if cap(w.text) > 2*batch {
				w.text = make([]byte, 0, batch) // a line may be long
			}
			return
		}
	}
}

func (w *writer) write(text []byte) {
	w.writeAll(text)
	if lost := w.lost.Swap(0); lost > 0 {
		w.writeAll(fmt.Appendf(nil, "nile: %d lines of this log are missing: standard error was not read\n", lost))
	}
}

// writeAll writes by bare system calls: an [os.File] raises SIGPIPE once more by
// itself when standard error has no reader any more. What cannot be written is
// gone, there is nobody to tell.
func (w *writer) writeAll(text []byte) {
	for len(text) > 0 {
		n, err := unix.Write(w.fd, text)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN: // somebody made the shared descriptor non-blocking
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLOUT}}, -1)
		case err != nil:
			return
		default:
			text = text[n:]
		}
	}
}

// blockPipeSignal blocks SIGPIPE for this thread. The mask has one word on every
// 64-bit Linux and two on the others, where the first holds SIGPIPE.
func blockPipeSignal() {
	var mask uint64 = 1 << (syscall.SIGPIPE - 1)
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_BLOCK, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
}
