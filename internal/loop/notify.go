package loop

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/notify"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// openNotify makes where a run that is about to be started says that it is ready; nil where
// it is to say nothing.
func (l *loop) openNotify(name string, c *reaper.Command) (source *notify.Source, err error) {
	spec := &l.containers[name].Notify
	switch spec.Kind {
	case supervisor.NotifyFD:
		if source, err = notify.OpenPipe(); err == nil {
			c.Extra, c.ExtraAt = source.Child(), spec.FD
		}
	case supervisor.NotifySystemd:
		otherUser := c.Credential != nil && int(c.Credential.UID) != os.Geteuid()
		if source, err = notify.OpenSocket(fmt.Sprintf("notify-%d-%d", os.Getpid(), l.number(name)), otherUser); err == nil {
			l.addNotify(c, source, spec.Watchdog)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open where %s is to say that it is ready: %w", name, err)
	}
	return source, nil
}

// number is a container's own, which no other one has had, whatever reloads make of the pod.
func (l *loop) number(name string) int {
	n, ok := l.numbers[name]
	if !ok {
		if l.numbers == nil {
			l.numbers = map[string]int{}
		}
		n = l.nextNumber
		l.numbers[name] = n
		l.nextNumber++
	}
	return n
}

// addNotify tells a process by its environment where it is to say that it is ready.
func (l *loop) addNotify(c *reaper.Command, source *notify.Source, watchdog time.Duration) {
	env := withoutNotify(c.Env)
	env = append(env, notify.SocketVariable+"="+source.Address)
	if watchdog > 0 {
		env = append(env, notify.WatchdogVariable+"="+strconv.FormatInt(watchdog.Microseconds(), 10))
		// A process that was passed sockets has its number there already, and one place for
		// it; without this variable the watchdog is for whoever reads of it.
		if c.PIDVariable == "" {
			c.PIDVariable = notify.WatchdogPIDVariable
			env = append(env, notify.WatchdogPIDVariable+"=")
		}
	}
	c.Env = env
}

// withoutNotify is an environment that tells of no place for that.
func withoutNotify(env []string) []string {
	kept := make([]string, 0, len(env)+3)
	for _, entry := range env {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case notify.SocketVariable, notify.WatchdogVariable, notify.WatchdogPIDVariable:
		default:
			kept = append(kept, entry)
		}
	}
	return kept
}

// withoutNotice is the command of a container without what lets its process say that it is
// ready: for others that are executed in its place.
func (l *loop) withoutNotice(c *reaper.Command) {
	if l.containers[containerOf(c.Owner)].Notify.Kind == "" {
		return
	}
	c.Extra, c.ExtraAt = 0, 0
	c.Env = withoutNotify(c.Env)
	if c.PIDVariable == notify.WatchdogPIDVariable {
		c.PIDVariable = ""
	}
}

// listen begins to listen to a run that has been started.
func (l *loop) listen(name string, pid int, source *notify.Source) {
	if source == nil {
		return
	}
	if l.sources == nil {
		l.sources = map[string]*notify.Source{}
	}
	l.sources[name] = source
	source.Begin(pid, l.containers[name].Notify.Access, l.Signals.Wake)
}

// hear tells the machine what processes have said of themselves.
func (l *loop) hear() {
	if len(l.sources) == 0 {
		return
	}
	for _, name := range l.order {
		if source := l.sources[name]; source != nil {
			l.heard(name, source.Take())
		}
	}
}

// hearLast does so before the end of a process is told, and listens to it no more.
func (l *loop) hearLast(name string) {
	if source := l.sources[name]; source != nil {
		delete(l.sources, name)
		l.heard(name, source.Close())
	}
}

func (l *loop) heard(name string, heard notify.Heard) {
	for _, why := range heard.Complaints {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Name: name, PID: l.running[name], Why: why})
	}
	for _, event := range heard.Events {
		if !l.degraded {
			event.Name, event.Gen = name, l.gens[name]
			if event.Status != nil {
				status := l.masked(*event.Status)
				event.Status = &status
			}
			l.tell(event)
		}
	}
	heard.Done()
}

// endNotify listens to nobody any more.
func (l *loop) endNotify() {
	for _, source := range l.sources {
		heard := source.Close()
		heard.Done()
	}
}
