package output

import (
	"fmt"
	"sync"
	"time"
)

// Options are what all containers have in common. The zero value is usable.
type Options struct {
	// Names are the containers in their order: their prefixes are aligned and
	// take turns with the colours.
	Names []string
	// Stdout and Stderr are nile's own descriptors; 0 is 1 and 2.
	Stdout, Stderr int
	// Colour allows it where a descriptor is a terminal.
	Colour bool
	// Report is told of what goes wrong with a destination, once when it begins
	// and once when it is over, by one goroutine. It must not block; it may
	// be nil.
	Report func(error)
}

// Manager reads what containers print, keeps the end of it and sends it on. The
// methods may be called by any goroutine. Open and Ended never wait; Tail, LogTail,
// Follow and Counts wait for an answer, which no file, pipe or terminal can delay,
// and must not be called by the functions that the manager calls.
type Manager struct {
	options Options

	mu     sync.Mutex
	queue  []func() // for the poller's goroutine
	state  state
	piped  map[runID]bool // runs that are not inherited and have not ended
	epoll  int
	wakeup int           // eventfd(2), written when the queue is no longer empty
	woken  bool          // written since the queue was last taken
	runs   bool          // there is a poller's goroutine
	later  time.Time     // until when runs may wait for Resume; zero where they need not
	ended  chan struct{} // closed when the poller has ended

	// What follows belongs to the poller's goroutine.
	now        time.Time // when it was woken
	buffer     []byte
	containers map[string]*container
	streams    map[int32]*stream // by descriptor
	writers    map[int32]*sink   // that are written directly, by descriptor
	sinks      []*sink
	files      map[string]*sink
	own        [2]*sink      // nile's own standard output and error; may be the same
	slots      chan struct{} // for sinks of files
	unfinished int           // bytes in the unfinished lines of all streams
	idle       chan struct{}
	stopped    bool
}

type state int

const (
	unstarted state = iota // nothing has been piped yet
	started
	stopping // for good
)

// runID names a run of a container.
type runID struct {
	container string
	gen       int
}

// container is what is known of the output of a container, over its runs. It
// belongs to the poller's goroutine.
type container struct {
	current, previous *run
	followers         []*follower
	counts            Counts
}

// New makes a manager. It takes no descriptor, thread or memory to speak of before
// the first container that is not inherited.
func New(o Options) *Manager {
	if o.Stdout == 0 {
		o.Stdout = 1
	}
	if o.Stderr == 0 {
		o.Stderr = 2
	}
	return &Manager{options: o, piped: map[runID]bool{}}
}

// Files are the descriptors for a process that is about to be started.
type Files struct {
	// Stdout and Stderr are descriptors of nile that the process is to have as
	// its 1 and 2. They may be the same.
	Stdout, Stderr int
	ours           []int
}

// Inherited reports whether they are nile's own: nothing is in between then.
func (f *Files) Inherited() bool { return len(f.ours) == 0 }

// Close closes nile's copies. It is to be called as soon as the process has been
// started, or has failed to: until then the end of its output cannot be seen.
func (f *Files) Close() {
	for _, fd := range f.ours {
		closeDescriptor(fd)
	}
	f.ours = nil
}

// Open makes the standard output and error of a run that is about to be started.
// gen is its generation number. It does not block. With an error the Files are
// those of nile itself, so that the run can be started all the same.
func (m *Manager) Open(name string, gen int, c Config) (Files, error) {
	inherited := Files{Stdout: m.options.Stdout, Stderr: m.options.Stderr}
	if err := c.check(); err != nil {
		return inherited, err
	}
	if c.IsInherited() {
		return inherited, nil
	}
	files, err := m.openPiped(name, gen, &c)
	if err != nil {
		return inherited, fmt.Errorf("cannot read the output of %s: %w: it is passed on as it is", name, err)
	}
	return files, nil
}

func (m *Manager) openPiped(name string, gen int, c *Config) (Files, error) {
	if err := m.ensureStarted(); err != nil {
		return Files{}, err
	}
	r := m.newRun(name, gen, c, m.merges(c))
	var files Files
	for _, s := range r.streams {
		writeEnd, err := s.open()
		if err != nil {
			files.Close()
			r.closeStreams()
			return Files{}, err
		}
		files.ours = append(files.ours, writeEnd)
	}
	m.begin(r, c)
	files.Stdout, files.Stderr = files.ours[0], files.ours[len(files.ours)-1]
	return files, nil
}

// begin begins to read a run.
func (m *Manager) begin(r *run, c *Config) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.piped[runID{r.name, r.gen}] = true
	if m.state != started {
		return // nile is about to end
	}
	m.queue = append(m.queue, func() { m.enter(r, c) })
	if m.later.IsZero() || time.Now().After(m.later) {
		m.wake()
	}
}

// maxPostponed is how long output may wait for Resume when there is more to come.
const maxPostponed = 20 * time.Millisecond

// Postpone lets the output of what is opened from now on wait in its pipes until
// [Manager.Resume]: the thread that reads it would take the processor, which nile may not
// have for itself, from the start of the other containers.
func (m *Manager) Postpone() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.later = time.Now().Add(maxPostponed)
}

// Resume begins to read what Postpone has made wait.
func (m *Manager) Resume() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.later = time.Time{}
	if len(m.queue) > 0 {
		m.wake()
	}
}

// Drained tells that all that a run's process printed has been read.
type Drained struct {
	Container string
	Gen       int
	// LogTail is the end of what it printed on both streams, in the order of
	// arrival: 80 lines and 2048 bytes at most, as FallbackToLogsOnError has it.
	LogTail []byte
}

// Ended is to be called when the process of a run has been reaped. done is called,
// in a goroutine of the manager, when all that the process printed has been read,
// as has what others had printed to its streams by then; processes that have still
// got the streams open are not waited for, and neither is any destination. done
// must not block. Ended itself does not block; it returns false, and done is never
// called, if there is nothing to read, since the run is inherited.
func (m *Manager) Ended(name string, gen int, done func(Drained)) bool {
	id := runID{name, gen}
	m.mu.Lock()
	known := m.piped[id]
	delete(m.piped, id)
	m.mu.Unlock()
	return known && m.post(func() {
		d := Drained{Container: name, Gen: gen}
		defer func() { done(d) }()
		if r := m.find(id); r != nil {
			r.drain()
			d.LogTail = r.message()
		}
	})
}

// Name says what the containers' names are from now on. What runs keeps the alignment and
// the colour that it has. It is to be called by whoever calls Open.
func (m *Manager) Name(names []string) { m.options.Names = names }

// Forget drops what is kept of a container that there is no more: of its runs up to a
// generation. What is read of these after that, from processes left behind, is passed on.
func (m *Manager) Forget(name string, gen int) {
	m.post(func() {
		if c := m.containers[name]; c != nil && c.current != nil && c.current.gen <= gen {
			delete(m.containers, name)
		}
	})
}
