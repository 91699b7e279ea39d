package supervisor

import (
	"fmt"
	"time"
)

// Watch is a set of files that a container watches, and what happens to it when they
// change. The machine looks at what to do alone; the rest is for who looks at the files.
type Watch struct {
	Paths     []string      // absolute: files, directories or patterns
	Recursive bool          // with the directories below
	Debounce  time.Duration // how long it must be quiet; 0 means the watcher's default
	Poll      time.Duration // how often the files are looked at whatever the kernel tells; 0 means not

	Action  WatchAction
	Signal  int           // of WatchSignal
	Exec    *Handler      // of WatchExec
	Timeout time.Duration // of WatchExec; 0 means DefaultWatchTimeout
}

// WatchAction is what is done about a change.
type WatchAction string

// The actions. What they do in which state is told in the package comment.
const (
	WatchRestart WatchAction = "Restart" // the container is restarted
	WatchSignal  WatchAction = "Signal"  // its process is sent a signal
	WatchExec    WatchAction = "Exec"    // a command is run beside it
	WatchNone    WatchAction = "None"    // it is told
)

// DefaultWatchTimeout is how long the command of a [WatchExec] may take.
const DefaultWatchTimeout = time.Minute

// Changed says that files which a container watches contain something else now.
type Changed struct {
	Name  string
	Watch int           // the index of the Watch
	Path  string        // the first of the files
	More  int           // how many others
	Age   time.Duration // how long ago the last of it happened, at least
}

func (Changed) event() {}

// news is what is known of a Watch and what it has told of.
type news struct {
	due      bool // something is still to be done about it
	path     string
	at       time.Time
	count    int
	failures int // of WatchExec
	trouble  string
}

// changed records that files have changed, and says what comes of it.
func (m *Machine) changed(e Changed) {
	c := m.byName[e.Name]
	if c == nil || e.Watch < 0 || e.Watch >= len(c.news) || m.state == PodNew {
		m.settled = true
		return
	}
	n := &c.news[e.Watch]
	n.path, n.at = e.Path, m.now
	n.count++
	what := e.Path + " has changed"
	if e.More > 0 {
		what = fmt.Sprintf("%s and %s have changed", e.Path, plural(e.More, "other file", "other files"))
	}
	if action := c.spec.Watch[e.Watch].Action; action != WatchNone {
		outlook, due := m.outlook(c, action, m.now.Add(-e.Age))
		if outlook != "" {
			what += ": " + outlook
		}
		n.due = n.due || due // an earlier one may be waiting for the start
	}
	m.act(Note{Level: LevelInfo, Name: c.spec.Name, From: string(c.state), To: string(c.state), Why: what, PID: c.pid, Restart: c.restarts, File: e.Path})
}

// outlook is what a change of that time means for a container, and whether anything is to
// be done about it.
func (m *Machine) outlook(c *container, action WatchAction, at time.Time) (string, bool) {
	switch {
	case m.ending != nil:
		return "nothing is done about it, the pod is ending", false
	case m.anew != nil:
		return "all containers start anew with it", false
	}
	switch c.state {
	case Waiting, Retrying:
		return "it starts with that", false
	case Stopped:
		return "it does not run, and will start with that", false
	case Completed, Failed, Removed:
		return "nothing is done about it, it has ended for good", false
	case Held:
		return "it is held, and stays so; nile retry " + c.spec.Name + " starts it with that", false
	case BackingOff:
		return "its back-off is over", true
	case Stopping, Killing, Emptying:
		if c.goal != goalNone {
			return "it is being stopped", false
		}
		return "if it is to start again, then at once", true
	case Starting:
		return "it is just being started", true
	case Running:
	}
	switch {
	case c.goal != goalNone:
		return "it is to be stopped anyway", false
	case c.started.After(at):
		return "it has started since", false
	case action == WatchRestart && c.hold.kept:
		return "the pod is held, and nobody disturbs what runs; nile restart " + c.spec.Name + " starts it with that", false
	case action != WatchRestart && !c.hasStarted():
		return "waiting for its start", true
	}
	return "", true
}

// advanceNews does what is due about changes and possible now.
func (m *Machine) advanceNews() {
	for _, c := range m.all {
		for i := range c.news {
			if !c.news[i].due {
				continue
			}
			if m.ending != nil || m.anew != nil {
				c.news[i].due = false
				continue
			}
			m.heedNews(c, i)
		}
	}
}

// heedNews does what is due about one change, or leaves it for later.
func (m *Machine) heedNews(c *container, i int) {
	n, w := &c.news[i], &c.spec.Watch[i]
	switch c.state {
	case Running:
		switch {
		case c.goal != goalNone: // a reload stops it, when its turn comes
			n.due = false
		case w.Action == WatchRestart:
			m.restartForNews(c, n.path)
		case !c.hasStarted():
		case w.Action == WatchSignal:
			n.due = false
			m.note(LevelInfo, c, c.state, fmt.Sprintf("sending %s, %s has changed", SignalName(w.Signal), n.path))
			c.noteSent(w.Signal)
			m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: w.Signal, Scope: m.scope(c)})
		case c.newsHook < 0:
			n.due = false
			c.newsHook, c.newsPath = i, n.path
			m.note(LevelInfo, c, c.state, fmt.Sprintf("running its command, %s has changed", n.path))
			c.newsHooks++
			m.act(RunHook{Name: c.spec.Name, Gen: c.gen, Hook: HookChanged, Watch: i, Path: n.path, Number: c.newsHooks})
			m.arm(TimerChanged, c, w.timeout())
		}
	case BackingOff:
		n.due = false
		m.forgive(c)
		if !c.due {
			m.disarm(TimerBackoff, c)
			m.startDue(c)
		}
	case Stopping, Killing, Emptying:
		n.due = c.goal == goalNone
	case Starting:
	case Waiting, Retrying, Held, Stopped, Completed, Failed, Removed:
		n.due = false
	}
}

// restartForNews stops a container that is to start again with what has changed.
func (m *Machine) restartForNews(c *container, path string) {
	c.dropNews()
	if c.hold.kept {
		return
	}
	c.goal = goalRefresh
	m.forgive(c)
	m.stopByGoal(c, fmt.Sprintf("restart, %s has changed", path))
}

// dropNews forgets what is due: the next run starts with it.
func (c *container) dropNews() {
	for i := range c.news {
		c.news[i].due = false
	}
}

func (w *Watch) timeout() time.Duration {
	if w.Timeout > 0 {
		return w.Timeout
	}
	return DefaultWatchTimeout
}

// newsHookDone records that the command about a change has come to its end.
func (m *Machine) newsHookDone(c *container, failure string) {
	n := &c.news[c.newsHook]
	c.newsHook = -1
	n.trouble = failure
	if failure == "" {
		m.note(LevelDebug, c, c.state, "its command about "+c.newsPath+" is done")
		return
	}
	n.failures++
	m.note(LevelWarn, c, c.state, fmt.Sprintf("its command about %s failed: %s", c.newsPath, failure))
}

// newsHookFired ends a command that takes too long.
func (m *Machine) newsHookFired(c *container) {
	took := c.spec.Watch[c.newsHook].timeout()
	m.act(StopHook{Name: c.spec.Name, Hook: HookChanged})
	m.newsHookDone(c, fmt.Sprintf("it did not end within %s, and was killed", short(took)))
}

// dropNewsHook gives up the command under way, since the run is over.
func (m *Machine) dropNewsHook(c *container) {
	if c.newsHook < 0 {
		return
	}
	m.act(StopHook{Name: c.spec.Name, Hook: HookChanged})
	c.newsHook = -1
}

// renewNews begins anew with what another spec of the container watches.
func (m *Machine) renewNews(c *container, spec *Container) {
	if sameWatches(c.spec, spec) {
		return
	}
	if c.newsHook >= 0 {
		m.disarm(TimerChanged, c)
		m.dropNewsHook(c)
	}
	c.news = make([]news, len(spec.Watch))
}

// NewsSnapshot is what one [Watch] of a container has told of.
type NewsSnapshot struct {
	Paths    []string // of the Watch; not to be changed
	Action   WatchAction
	Changes  int       // how many
	Path     string    // the first file of the latest
	At       time.Time // when that was told
	Failures int       // of a [WatchExec]: how many of its commands have failed
	Trouble  string    // why the last one did; empty where it did not
}

func (c *container) newsSnapshot() []NewsSnapshot {
	var all []NewsSnapshot
	for i := range c.news {
		n := &c.news[i]
		w := &c.spec.Watch[i]
		all = append(all, NewsSnapshot{w.Paths, w.Action, n.count, n.path, n.at, n.failures, n.trouble})
	}
	return all
}
