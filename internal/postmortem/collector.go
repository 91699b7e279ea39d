package postmortem

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nile-init/nile/internal/cgroup"
	"github.com/nile-init/nile/internal/secrets"
)

// maxQueued is how many crashes may wait for their report. When more come, the oldest gives
// way, but none that is held before those that aren't: that is what people look at. How many
// did is told in the next report.
const maxQueued = 16

// Options are what a collector needs to know. The zero value is usable.
type Options struct {
	Dir      string                // the state directory; empty is the first default one that can be used
	Masks    []string              // further names of secrets
	Learn    func(*secrets.Masker) // has a masker look for the secrets of others than what has crashed; nil for none
	Version  string                // nile's
	Host     string
	Memory   func() *cgroup.Memory // the memory cgroup; nil, or returning nil, where there is none
	Reported func(*Report)         // a report is stored, its artefacts not yet; not called at the same time twice
	Trouble  func(error)           // something is wrong that people should hear of
}

// Collector makes reports of crashes, in a goroutine that lives only while there are some
// to be made. The methods may be called by any goroutine. It costs nothing before the
// first crash.
type Collector struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	queue   []*Facts
	lost    int
	working bool
	done    chan struct{} // closed when the queue is worked off
	bare    *Report       // the latest, with nothing masked

	// Apart from the lock: a disk that hangs must not hold up who tells of a crash.
	opening sync.Once
	store   *Store // by opening
}

// NewCollector makes a collector. Nothing is opened before the first crash.
func NewCollector(o Options) *Collector {
	c := &Collector{options: o}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Crash has a report made. It does not block.
func (c *Collector) Crash(f *Facts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) >= maxQueued {
		c.lost++
		oldest := slices.IndexFunc(c.queue, func(f *Facts) bool { return !f.Capture.Held })
		if oldest < 0 && !f.Capture.Held {
			return
		}
		c.queue = slices.Delete(c.queue, max(oldest, 0), max(oldest, 0)+1)
	}
	c.queue = append(c.queue, f)
	if !c.working {
		c.working = true
		c.done = make(chan struct{})
		go c.work()
	}
}

// Close waits for the reports under way, for so long at most, and gives up what is still
// being copied then. It tells whether all are whole.
func (c *Collector) Close(limit time.Duration) bool {
	whole := c.Wait(limit)
	if !whole {
		c.cancel()
	}
	return whole
}

// Wait waits for the reports under way, for so long at most. It tells whether all are
// whole.
func (c *Collector) Wait(limit time.Duration) bool {
	c.mu.Lock()
	done, working := c.done, c.working
	c.mu.Unlock()
	if !working {
		return true
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}

// Store is where the reports are kept. It is opened at the first crash, or now, which
// takes as long as the disk does.
func (c *Collector) Store() *Store {
	c.opening.Do(func() {
		var err error
		if c.store, err = Open(c.options.Dir); err != nil {
			go c.trouble(err)
		}
	})
	return c.store
}

// Unmasked is the latest report with its secrets, which are nowhere but in nile's memory.
// ok is false for any other.
func (c *Collector) Unmasked(id string) (r *Report, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bare == nil || c.bare.ID != id {
		return nil, false
	}
	copied := *c.bare
	return &copied, true
}

// work makes the reports that wait, one after the other.
func (c *Collector) work() {
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.working = false
			close(c.done)
			c.mu.Unlock()
			return
		}
		f, lost := c.queue[0], c.lost
		c.queue = c.queue[1:]
		c.lost = 0
		c.mu.Unlock()
		c.report(c.Store(), f, lost)
	}
}

// report makes one report. Whatever goes wrong in it, nile goes on.
func (c *Collector) report(store *Store, f *Facts, lost int) {
	defer func() {
		if p := recover(); p != nil {
			c.trouble(fmt.Errorf("cannot report the crash of %s: an internal error: %v\n%s", f.Capture.Name, p, debug.Stack()))
		}
	}()
	if f.More != nil {
		f.More(f)
	}
	masker := secrets.New(c.options.Masks...)
	masker.Learn(f.Process.Env, f.Process.Argv)
	if c.options.Learn != nil {
		c.options.Learn(masker)
	}
	output, seen := Output{}, false
	if f.Output != nil {
		output, seen = f.Output()
		output = output.wholeLines()
	}
	files := c.hunt(f)
	defer files.close()
	r := c.build(f, output, seen, files, lost)
	c.mu.Lock()
	c.bare = r
	c.mu.Unlock()
	masked := r.mask(masker)
	maskedOutput := output.mask(masker)
	if err := store.Write(masked, maskedOutput); err != nil {
		c.trouble(err)
	}
	if c.options.Reported != nil {
		shown := *masked
		c.options.Reported(&shown)
	}
	if !masked.Incomplete {
		return
	}
	masked.Artefacts = store.placeAll(c.ctx, r.ID, files.found)
	for i := range masked.Artefacts {
		masked.Artefacts[i].From = masker.Text(masked.Artefacts[i].From)
	}
	masked.Incomplete = false
	c.mu.Lock()
	bare := *r
	bare.Artefacts, bare.Incomplete = masked.Artefacts, false
	c.bare = &bare
	c.mu.Unlock()
	if err := store.Write(masked, maskedOutput); err != nil {
		c.trouble(err)
	}
}

func (c *Collector) trouble(err error) {
	if c.options.Trouble != nil {
		c.options.Trouble(err)
	}
}

// hunt looks for what the run has left in the file system.
func (c *Collector) hunt(f *Facts) *hunt {
	end := f.Capture.End
	h := newHunt(end.Started, end.Finished.Add(time.Second), userOf(&f.Process).UID)
	if f.Capture.PID == 0 {
		return h // it never ran
	}
	cwd := directoryOf(&f.Process)
	for _, pattern := range f.Collect {
		h.glob(pattern, cwd)
	}
	h.directory(cwd)
	for _, pattern := range f.Evidence {
		h.evidence(pattern)
	}
	core, piped := coreDirectory()
	if core != "" {
		h.directory(core)
	}
	if end.Status.Core && piped != "" {
		h.notes = append(h.notes, "the kernel has piped the core to "+piped+" of the host (/proc/sys/kernel/core_pattern)")
	}
	h.directory("/tmp") // where HotSpot writes what it may not write elsewhere
	if h.more > 0 {
		h.notes = append(h.notes, fmt.Sprintf("%d more files were found; %d is the most that is collected", h.more, maxArtefacts))
	}
	return h
}
