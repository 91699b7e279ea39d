package metrics

import (
	"sync"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// maxCauses bounds how many causes of crashes are told apart; the rest is "other".
const maxCauses = 64

// bounds are the upper limits of the buckets of a probe's duration, in seconds.
var bounds = []float64{0.001, 0.005, 0.025, 0.1, 0.25, 1, 5}

// Recorder counts. All methods may be called by any goroutine, take well under a
// microsecond, and do nothing where the Recorder is nil.
type Recorder struct {
	mu         sync.Mutex
	containers map[string]*counts
	crashes    []crash
	signals    [65]uint64 // by number
	children   uint64
	orphans    uint64
	reloads    uint64 // done
	refused    uint64 // reloads
}

// counts are those of one container.
type counts struct {
	starts, startFailures uint64
	exits                 [len(reasons)]uint64
	probes                [len(probeKinds)]*probed
	pid                   int           // whose processor time was seen last
	seen, cpu             time.Duration // that, and all in all
}

// crash counts the crashes of a container that had one cause.
type crash struct {
	container, cause string
	count            uint64
}

// probed is what probes of one kind have found.
type probed struct {
	results [len(results)]uint64
	buckets [8]uint64 // one more than bounds
	sum     time.Duration
}

// NewRecorder makes a recorder. Nothing has happened so far.
func NewRecorder() *Recorder {
	return &Recorder{containers: map[string]*counts{}}
}

// of are the counts of a container. The lock is held.
func (r *Recorder) of(container string) *counts {
	c := r.containers[container]
	if c == nil {
		c = &counts{}
		r.containers[container] = c
	}
	return c
}

// Started counts a start: whether there is a process now.
func (r *Recorder) Started(container string, ok bool) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if ok {
		r.of(container).starts++
	} else {
		r.of(container).startFailures++
	}
}

// reasons are those of an exit.
var reasons = [...]string{"Completed", "Error", "OOMKilled"}

// Exited counts the end of a container's process.
func (r *Recorder) Exited(container string, e supervisor.Exited) {
	if r == nil {
		return
	}
	reason := 1
	switch {
	case e.OOMKilled:
		reason = 2
	case e.Status.ExitCode() == 0:
		reason = 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(container).exits[reason]++
}

// Result is how one probe went.
type Result int

// The results of a probe.
const (
	ProbeSuccess Result = iota
	ProbeFailure
	ProbeTimeout
	ProbeUnknown // the probe itself went wrong
)

var (
	results    = [...]string{"success", "failure", "timeout", "unknown"}
	probeKinds = [...]supervisor.ProbeKind{supervisor.ProbeStartup, supervisor.ProbeLiveness, supervisor.ProbeReadiness}
)

// ResultOf is what the machine calls a result.
func ResultOf(result supervisor.ProbeResult) Result {
	switch result {
	case supervisor.ProbeSuccess:
		return ProbeSuccess
	case supervisor.ProbeFailure:
		return ProbeFailure
	case supervisor.ProbeUnknown:
	}
	return ProbeUnknown
}

// Probed counts a probe and how long it took.
func (r *Recorder) Probed(container string, kind supervisor.ProbeKind, result Result, took time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.of(container).probe(kind)
	p.results[result]++
	p.sum += took
	bucket := 0
	for bucket < len(bounds) && took.Seconds() > bounds[bucket] {
		bucket++
	}
	p.buckets[bucket]++
}

// probe are the counts of one kind of probe.
func (c *counts) probe(kind supervisor.ProbeKind) *probed {
	for i := range probeKinds {
		if probeKinds[i] != kind {
			continue
		}
		if c.probes[i] == nil {
			c.probes[i] = &probed{}
		}
		return c.probes[i]
	}
	return &probed{}
}

// Reaped counts a process that has ended: a child that nile has started, or an orphan.
func (r *Recorder) Reaped(child bool) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if child {
		r.children++
	} else {
		r.orphans++
	}
}

// Received counts a signal that nile was sent.
func (r *Recorder) Received(num int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if num > 0 && num < len(r.signals) {
		r.signals[num]++
	}
}

// Crashed counts a crash by the kind of its cause.
func (r *Recorder) Crashed(container, cause string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.find(container, cause); i >= 0 {
		r.crashes[i].count++
		return
	}
	if len(r.crashes) >= maxCauses {
		cause = "other"
		if i := r.find(container, cause); i >= 0 {
			r.crashes[i].count++
			return
		}
	}
	r.crashes = append(r.crashes, crash{container, cause, 1})
}

// find is the place of a cause that has been counted already; -1 where it has not.
func (r *Recorder) find(container, cause string) int {
	for i := range r.crashes {
		if c := &r.crashes[i]; c.container == container && c.cause == cause {
			return i
		}
	}
	return -1
}

// spent adds up the processor time of a container's trees over all its runs. That of one
// tree shrinks when a part of it ends that its parent did not wait for.
func (c *counts) spent(pid int, now time.Duration) time.Duration {
	if pid != c.pid {
		c.pid, c.seen = pid, 0
	}
	if now > c.seen {
		c.cpu += now - c.seen
	}
	c.seen = now
	return c.cpu
}

// Forget drops the counts of a container that there is no more.
func (r *Recorder) Forget(container string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.containers, container)
}

// Reloaded counts a reload: refused, or not.
func (r *Recorder) Reloaded(refused bool) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if refused {
		r.refused++
	} else {
		r.reloads++
	}
}
