package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/cgroup"
	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/internal/secrets"
	"github.com/nile-init/nile/supervisor"
)

const (
	// reportTime is how long nile's end waits for reports under way.
	reportTime = 2 * time.Second
	// maxTimeline is how many events go into a report.
	maxTimeline = 200
)

// crashOptions are the flags of `nile -- CMD` and `nile run` about crash reports.
type crashOptions struct {
	stateDir directoryValue
	masks    namesValue
}

func (o *crashOptions) flags(set *pflag.FlagSet) {
	set.Var(&o.stateDir, "state-dir", "where crash reports and dumps are kept, an absolute path; if not set the first of /var/lib/nile (if it exists), /run/nile and /tmp/nile-UID that can be used")
	set.Var(&o.masks, "mask", "a further name of a variable or option whose value is a secret, masked in reports; repeatable")
}

// apply takes what the manifest says, and no flag does.
func (o *crashOptions) apply(pod *manifest.Pod) {
	if o.stateDir == "" {
		o.stateDir = directoryValue(pod.StateDir)
	}
	o.masks = append(o.masks, pod.Masks...)
}

// masker knows the secrets of a pod.
func (o *crashOptions) masker(pod *manifest.Pod) *secrets.Masker {
	m := secrets.New(o.masks...)
	learn(m, &pod.Spec)
	return m
}

// learn has a masker look for the secrets of the containers of a pod.
func learn(m *secrets.Masker, spec *supervisor.Spec) {
	for _, c := range spec.Containers() {
		m.Learn(c.Process.Env, c.Process.Argv)
	}
}

// directoryValue is an absolute path.
type directoryValue string

func (d *directoryValue) Set(text string) error {
	if !filepath.IsAbs(text) {
		return fmt.Errorf("cannot use %q as a directory: write an absolute path", text)
	}
	*d = directoryValue(filepath.Clean(text))
	return nil
}

func (d *directoryValue) String() string { return string(*d) }
func (*directoryValue) Type() string     { return "DIR" }

// namesValue is a list of names.
type namesValue []string

func (n *namesValue) Set(list string) error {
	return each(list, func(name string) error {
		*n = append(*n, name)
		return nil
	})
}

func (*namesValue) String() string { return "" }
func (*namesValue) Type() string   { return "NAME" }

// crashes are the crash reports of a pod. They cost nothing before the first crash.
type crashes struct {
	collector      *postmortem.Collector
	options        crashOptions
	structured     bool        // nile's log is for programs
	terminationLog string      // gets the cause when a hold begins; empty for none
	shared         bool        // the termination log is a wrapped command's first: what it has written stays
	wrote          bool        // nile has written there
	deaf           atomic.Bool // no verb can reach this nile
	runtime        func(container string) presets.Runtime
	learn          func(*secrets.Masker) // the secrets of the pod: one container may print another's

	started chan struct{} // closed when tell may be called
	tell    func(supervisor.Note) bool
	events  *events.Log

	mu     sync.Mutex
	latest map[string]*postmortem.Report // by container: without what takes room
	late   []supervisor.Note             // that the loop could not tell any more
}

// newCrashes makes the crash reports of a pod.
func newCrashes(o crashOptions, structured bool, terminationLog string) *crashes {
	c := &crashes{options: o, structured: structured, terminationLog: terminationLog, started: make(chan struct{}), latest: map[string]*postmortem.Report{}}
	host, _ := os.Hostname()
	c.collector = postmortem.NewCollector(postmortem.Options{
		Dir: string(o.stateDir), Masks: o.masks, Learn: func(m *secrets.Masker) { c.learn(m) }, Version: ownBuild().Version, Host: host,
		Memory: ownCgroup, Reported: c.reported, Trouble: c.trouble,
	})
	return c
}

func ownCgroup() *cgroup.Memory {
	memory, err := cgroup.Own()
	if err != nil {
		return nil
	}
	return memory
}

// crash is told of a failed run, by the event loop.
func (c *crashes) crash(f *postmortem.Facts) {
	last := c.events.Last()
	f.More = func(f *postmortem.Facts) {
		p := &f.Process
		runtime := c.runtime(f.Capture.Name)
		if runtime == presets.None {
			runtime = presets.Recognise(p.Argv, p.Env, p.Dir)
		}
		if runtime != presets.None {
			f.Runtime = string(runtime)
		}
		f.Evidence = presets.Artefacts(runtime, p.Argv, p.Env, p.Dir)
		f.Timeline = timeline(c.events, last)
	}
	c.collector.Crash(f)
}

// timeline are the last events up to one.
func timeline(log *events.Log, last uint64) []postmortem.Event {
	list, _ := log.Since(0)
	var timeline []postmortem.Event
	for i := range list {
		e := &list[i]
		if e.Number > last {
			break
		}
		timeline = append(timeline, postmortem.Event{
			At: e.Time, Container: e.Name, From: e.From, To: e.To, Level: string(e.Level), Why: e.Message, PID: e.PID, Signal: e.Received,
		})
	}
	return timeline[max(0, len(timeline)-maxTimeline):]
}

// reported is told of a report that has been made, by the collector.
func (c *crashes) reported(r *postmortem.Report) {
	brief := &postmortem.Report{ID: r.ID, Container: r.Container, Held: r.Held, Frozen: r.Frozen, Cause: r.Cause, End: r.End, Runtime: r.Runtime}
	brief.Output.Stderr, brief.Output.Stdout = lastText(r.Output.Stderr, maxSummary/2), lastText(r.Output.Stdout, maxSummary/2)
	c.mu.Lock()
	c.latest[r.Container] = brief
	c.mu.Unlock()
	c.note(supervisor.Note{
		Level: supervisor.LevelWarn, Name: r.Container, PID: r.Command.PID, Restart: r.Restarts, Why: "crashed: " + r.Cause.Line, Cause: r.Cause.Rule,
	})
	if !r.Held {
		return
	}
	if !c.structured {
		_, _ = os.Stderr.WriteString(banner(os.Args[0], r, c.deaf.Load()))
	}
	if err := c.tellMessage(heldSummary(brief)); err != nil {
		c.trouble(fmt.Errorf("cannot tell of the hold: %w", err))
	}
}

// unreachable is told that no verb can reach this nile.
func (c *crashes) unreachable() {
	if c != nil {
		c.deaf.Store(true)
	}
}

// tellMessage writes the termination message of nile's own container.
func (c *crashes) tellMessage(text string) error {
	if c.terminationLog == "" {
		return nil
	}
	if c.shared && !c.wrote {
		if info, err := os.Lstat(c.terminationLog); err != nil || info.Size() > 0 {
			return nil //nolint:nilerr // it is not there
		}
	}
	err := writeExisting(c.terminationLog, text)
	if os.IsNotExist(err) {
		return nil
	}
	c.wrote = err == nil
	return err
}

func (c *crashes) trouble(err error) {
	c.note(supervisor.Note{Level: supervisor.LevelWarn, Why: err.Error()})
}

// note has the loop tell a note; where that has ended, close does.
func (c *crashes) note(n supervisor.Note) {
	<-c.started
	if !c.tell(n) {
		c.mu.Lock()
		c.late = append(c.late, n)
		c.mu.Unlock()
	}
}

// close waits for the reports under way, for a while, and tells what is left to tell.
func (c *crashes) close(tell func(supervisor.Note)) {
	if !c.collector.Close(reportTime) {
		tell(supervisor.Note{Level: supervisor.LevelWarn, Why: "a crash report is not whole: artefacts were still being collected when nile ended"})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.late {
		tell(n)
	}
	c.late = nil
}

// report is the latest report of a container, in brief; nil where there is none.
func (c *crashes) report(name string) *postmortem.Report {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.latest[name]
}

// lastText is the end of a text, from the beginning of a line on.
func lastText(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return text[i+1:]
	}
	return strings.ToValidUTF8(text, "")
}
