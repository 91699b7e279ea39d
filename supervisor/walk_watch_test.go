package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// randomWatches are files that a container watches.
func randomWatches(rng *rand.Rand) (all []supervisor.Watch) {
	for range 1 + rng.IntN(3) {
		w := supervisor.Watch{Action: oneOf(rng, supervisor.WatchRestart, supervisor.WatchSignal, supervisor.WatchSignal, supervisor.WatchExec, supervisor.WatchExec, supervisor.WatchNone)}
		switch w.Action {
		case supervisor.WatchSignal:
			w.Signal = oneOf(rng, 1, 10, 12, 34)
		case supervisor.WatchExec:
			w.Exec, w.Timeout = &supervisor.Handler{}, oneOf(rng, 0, upTo(rng, 20*time.Second))
		case supervisor.WatchRestart, supervisor.WatchNone:
		}
		all = append(all, w)
	}
	return all
}

// change decides when watched files change.
func (h *host) change(c *supervisor.Container, horizon time.Duration) {
	for i := range c.Watch {
		for n := range h.rng.IntN(5) {
			e := supervisor.Changed{Name: c.Name, Watch: i, Path: fmt.Sprintf("/%s/%d/%d", c.Name, i, n), More: h.rng.IntN(2), Age: oneOf(h.rng, 0, 0, upTo(h.rng, 3*time.Second))}
			h.changes = append(h.changes, happening{upTo(h.rng, horizon), e})
		}
	}
}

// newsWatched is what an outsider knows of the files that a container watches.
type newsWatched struct {
	news    []bool // something is to be done about these
	counts  []int
	told    int // notes about changes that are still to come in this step
	signals []int
	command int  // the watch whose command runs; -1 for none
	number  int  // of that command
	newest  int  // the highest number seen
	over    bool // it has taken too long: to be given up in this step
	runNext int  // the watch whose command is to be run in this step; -1 for none
}

func watchNews(spec *supervisor.Container) newsWatched {
	return newsWatched{news: make([]bool, len(spec.Watch)), counts: make([]int, len(spec.Watch)), command: -1, runNext: -1}
}

// changed takes note that files have changed.
func (o *observer) changed(e supervisor.Changed) {
	i := slices.IndexFunc(o.all, func(c *watched) bool { return c.spec.Name == e.Name })
	if !o.booted || i < 0 || e.Watch >= len(o.all[i].news) {
		o.met["changed in vain"]++
		return
	}
	c := o.all[i]
	c.counts[e.Watch]++
	c.told++
	action := c.spec.Watch[e.Watch].Action
	if action == supervisor.WatchNone {
		return
	}
	label := ""
	switch {
	case o.ending:
		label = "while the pod ends"
	case o.anew != nil:
		label = "while all start anew"
	default:
		label = o.seesChange(c, e, action)
	}
	o.met["changed "+label]++
}

// comesToItsEnd tells whether the present run is to end, perhaps when its turn comes.
func (c *watched) comesToItsEnd() bool {
	return c.beingStopped() || c.goal != "" || c.cause != "" && !c.young
}

// seesChange is the table of what becomes of a change, by what the container does.
func (o *observer) seesChange(c *watched, e supervisor.Changed, action supervisor.WatchAction) string {
	ending := c.comesToItsEnd()
	switch {
	case c.phase == running && !ending && c.started > o.now-e.Age:
		return "before the start"
	case c.phase == running && !ending && action == supervisor.WatchRestart && c.kept:
		return "while kept"
	case c.phase == running && !ending, c.phase == asked:
		c.news[e.Watch] = true
		if c.phase == asked {
			return "while being started"
		}
		return string(action)
	case c.phase == running || c.phase == emptying:
		c.news[e.Watch] = c.goal == ""
		return "while coming to its end"
	case c.phase == resting:
		c.news[e.Watch] = true
		return "in the back-off"
	case c.phase == held:
		return "while held"
	case c.phase == over:
		return "after the end"
	case c.phase == stopped:
		return "while stopped"
	case c.phase == noRoom:
		return "without room"
	}
	return "before its turn"
}

// renewNews takes note that a container watches other files from now on.
func (c *watched) renewNews(spec *supervisor.Container) {
	if reflect.DeepEqual(c.spec.Watch, spec.Watch) {
		return
	}
	now := watchNews(spec)
	c.news, c.counts, c.over = now.news, now.counts, c.command >= 0
}

// heedNews works out what is to be done about changes in this step.
func (o *observer) heedNews() {
	for _, c := range o.all {
		for i := range c.news {
			if !c.news[i] {
				continue
			}
			switch ending := c.comesToItsEnd(); {
			case o.ending || o.anew != nil:
				c.news[i] = false
			case c.phase == asked:
			case c.phase == running && !ending:
				o.heedWhileRunning(c, i)
			case c.phase == running || c.phase == emptying:
				c.news[i] = c.goal == ""
			case c.phase == resting:
				c.news[i] = false
				if !c.dueReached {
					o.met["back-off cut short"]++
				}
				o.forgive(c)
				c.due, c.dueLatest, c.dueReached = o.now, o.now, true
			default:
				c.news[i] = false
			}
		}
	}
}

func (o *observer) heedWhileRunning(c *watched, i int) {
	w := &c.spec.Watch[i]
	switch {
	case w.Action == supervisor.WatchRestart:
		for j := range c.news {
			c.news[j] = false
		}
		if c.kept {
			return
		}
		c.goal = "restart"
		o.forgive(c)
	case !c.hasStarted():
	case w.Action == supervisor.WatchSignal:
		c.news[i] = false
		c.signals = append(c.signals, w.Signal)
	case (c.command < 0 || c.over) && c.runNext < 0:
		c.news[i] = false
		c.runNext = i
	}
}

// newsSignal: a signal about a change goes to the process, once for all of one step.
func (o *observer) newsSignal(c *watched, a supervisor.Kill) {
	if a.Signal != c.signals[0] {
		o.fail("%s is sent %s and %s was due, for its files have changed", a.Name, supervisor.SignalName(a.Signal), supervisor.SignalName(c.signals[0]))
	}
	c.noteSent(a.Signal)
	c.signals = c.signals[1:]
}

// runNewsHook: a command about a change is run when it is due, and never beside another.
func (o *observer) runNewsHook(c *watched, a supervisor.RunHook) {
	switch {
	case c.phase != running || c.gen != a.Gen:
		o.fail("a command of %s#%d is run and its process does not run", a.Name, a.Gen)
	case c.command >= 0:
		o.fail("two commands of %s at a time", a.Name)
	case c.runNext != a.Watch:
		o.fail("the command of watch %d of %s is run, and that of %d was due", a.Watch, a.Name, c.runNext)
	case a.Number <= c.newest:
		o.fail("the command of %s has number %d, which is not new", a.Name, a.Number)
	}
	c.command, c.number, c.newest, c.runNext = a.Watch, a.Number, a.Number, -1
}

// stopNewsHook: a command is given up when it has had its time, or its process is gone.
func (o *observer) stopNewsHook(c *watched) {
	if c.command < 0 || !c.over && c.phase == running {
		o.fail("the command of %s is given up for no reason", c.spec.Name)
	}
	o.met["given up changed"]++
	c.command, c.over = -1, false
}

// newsHookDone takes note of the end of a command.
func (o *observer) newsHookDone(c *watched, e supervisor.HookDone) {
	if c.command < 0 || c.number != e.Number {
		o.fail("command %d of %s ends and does not run", e.Number, e.Name)
	}
	c.command = -1
}

// mustHeedNews checks that all that was due about changes has been done.
func (o *observer) mustHeedNews(c *watched) {
	switch {
	case c.told > 0:
		o.fail("that files of %s have changed is not told", c.spec.Name)
	case len(c.signals) > 0:
		o.fail("%s is not sent %s, and its files have changed", c.spec.Name, supervisor.SignalName(c.signals[0]))
	case c.runNext >= 0:
		o.fail("the command of watch %d of %s is not run", c.runNext, c.spec.Name)
	case c.over:
		o.fail("the command of %s is not given up", c.spec.Name)
	case c.command >= 0 && c.phase != running:
		o.fail("the command of %s goes on and its process is gone", c.spec.Name)
	case c.command < 0:
		o.mustNotBeArmed(supervisor.TimerChanged, c.spec.Name)
	case o.timers[supervisor.TimerChanged][c.spec.Name].at == 0:
		o.fail("the command of %s may take for ever", c.spec.Name)
	}
}

// newsTime is how long the command of a watch may take.
func newsTime(w *supervisor.Watch) time.Duration {
	if w.Timeout > 0 {
		return w.Timeout
	}
	return time.Minute
}

func (o *observer) compareNews(c *watched, got supervisor.ContainerSnapshot) {
	for i, n := range c.counts {
		if got.Watch[i].Changes != n {
			o.fail("the snapshot says that watch %d of %s has told of %d changes, and there were %d", i, c.spec.Name, got.Watch[i].Changes, n)
		}
	}
}
