package output

import (
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must happen; it is no measurement.
const patience = 20 * time.Second

// host is a manager with a destination that the test reads.
type host struct {
	*Manager
	t       *testing.T
	mu      sync.Mutex
	reports []string
	readers []*reader
}

// reader reads a pipe to its end.
type reader struct {
	pipe, writeEnd *os.File
	begin          chan struct{} // closed when reading may begin
	done           chan struct{}
	got            []byte
}

func newReader(t *testing.T) *reader {
	t.Helper()
	pipe, writeEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{pipe: pipe, writeEnd: writeEnd, begin: make(chan struct{}), done: make(chan struct{})}
	t.Cleanup(func() { r.pipe.Close(); r.writeEnd.Close() })
	go func() {
		defer close(r.done)
		<-r.begin
		r.got, _ = io.ReadAll(r.pipe)
	}()
	return r
}

// all ends the writing side and returns what came.
func (r *reader) all() string {
	r.writeEnd.Close()
	<-r.done
	return string(r.got)
}

// newHost makes a manager that writes to two pipes that are read at once.
func newHost(t *testing.T, o Options) *host {
	t.Helper()
	h := newSilentHost(t, o)
	h.read()
	return h
}

// newSilentHost makes one whose pipes are not read until read is called.
func newSilentHost(t *testing.T, o Options) *host {
	t.Helper()
	h := &host{t: t, readers: []*reader{newReader(t), newReader(t)}}
	o.Stdout, o.Stderr = int(h.readers[0].writeEnd.Fd()), int(h.readers[1].writeEnd.Fd())
	h.manage(o)
	return h
}

// manage makes the manager.
func (h *host) manage(o Options) {
	o.Report = func(err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reports = append(h.reports, err.Error())
	}
	h.Manager = New(o)
	h.t.Cleanup(func() { _ = h.Manager.Close(0) })
}

func (h *host) read() {
	for _, r := range h.readers {
		close(r.begin)
	}
}

func (h *host) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.reports...)
}

// finish closes the manager and returns what came to standard output and error.
func (h *host) finish() (stdout, stderr string) {
	h.t.Helper()
	if err := h.Close(patience); err != nil {
		h.t.Error(err)
	}
	return h.readers[0].all(), h.readers[1].all()
}

// process is a run of the test program.
type process struct {
	h    *host
	name string
	gen  int
	cmd  *exec.Cmd
	rope *os.File // what it leaves behind ends when this is closed
}

// start starts a script as a run of a container.
func (h *host) start(name string, gen int, c Config, script string) *process {
	h.t.Helper()
	files, err := h.Open(name, gen, c)
	if err != nil {
		h.t.Fatal(err)
	}
	p := &process{h: h, name: name, gen: gen, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = playing(script)
	// exec.Cmd copies descriptors of its own; these here stay the manager's.
	stdout, stderr := duplicate(h.t, files.Stdout), duplicate(h.t, files.Stderr)
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	ropeEnd, rope, err := os.Pipe()
	if err != nil {
		h.t.Fatal(err)
	}
	p.cmd.ExtraFiles, p.rope = []*os.File{ropeEnd}, rope
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	files.Close()
	for _, file := range []*os.File{stdout, stderr, ropeEnd} {
		file.Close()
	}
	h.t.Cleanup(func() { rope.Close() })
	return p
}

func duplicate(t *testing.T, fd int) *os.File {
	t.Helper()
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(copied), "copy")
}

// wait waits for the process's end, and till all it printed has been read.
func (p *process) wait() Drained {
	p.h.t.Helper()
	_ = p.cmd.Wait()
	return p.h.drained(p.name, p.gen)
}

func (h *host) drained(name string, gen int) Drained {
	h.t.Helper()
	done := make(chan Drained, 1)
	if !h.Ended(name, gen, func(d Drained) { done <- d }) {
		h.t.Fatalf("%s, run %d: not known to the manager", name, gen)
	}
	select {
	case d := <-done:
		return d
	case <-time.After(patience):
		h.t.Fatalf("%s, run %d: not drained", name, gen)
		return Drained{}
	}
}

// run runs a script to its end.
func (h *host) run(name string, gen int, c Config, script string) Drained {
	h.t.Helper()
	return h.start(name, gen, c, script).wait()
}

// feed plays a process that writes these pieces to standard output.
func (h *host) feed(name string, gen int, c Config, pieces ...[]byte) Drained {
	h.t.Helper()
	files, err := h.Open(name, gen, c)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, piece := range pieces {
		write(files.Stdout, string(piece))
	}
	files.Close()
	return h.drained(name, gen)
}

// until waits for a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
