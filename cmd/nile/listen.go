package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/http1"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/metrics"
	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/internal/procs"
	"github.com/nile-init/nile/internal/web"
	"github.com/nile-init/nile/supervisor"
)

// nowhere is the value of --listen that goes before a manifest which names a port.
const nowhere = "off"

// snapshotTime is how long a page waits for the event loop, which answers at once: if it
// doesn't, something is wrong with it.
const snapshotTime = 2 * time.Second

// listenValue is where metrics and health are served; empty where nothing was said.
type listenValue string

func (l *listenValue) Set(text string) error {
	if text != nowhere && !manifest.IsListenAddress(text) {
		return fmt.Errorf("cannot listen on %q: write an address such as :9190, 127.0.0.1:9190 or [::1]:9190, or off", text)
	}
	*l = listenValue(text)
	return nil
}

func (l *listenValue) String() string { return string(*l) }
func (*listenValue) Type() string     { return "ADDRESS" }

func (l *listenValue) flag(set *pflag.FlagSet) {
	set.Var(l, "listen", "serve /metrics, /livez and /readyz over HTTP: an address such as :9190 or 127.0.0.1:9190, or off; nothing listens if not set")
}

// address is where to listen in the end: the flag goes before the manifest.
func (l listenValue) address(pod *manifest.Pod) string {
	switch {
	case l == nowhere:
		return ""
	case l == "" && pod != nil:
		return pod.Listen
	}
	return string(l)
}

// pages are /metrics, /livez and /readyz of a running nile.
type pages struct {
	service  *service
	address  string
	recorder *metrics.Recorder
	server   web.Server
	begun    time.Time

	mu      sync.Mutex // one page of metrics at a time
	sampler procs.Sampler
}

// newPages prepares the pages; nil where nobody is to see them.
func newPages(s *service, address string) *pages {
	if address == "" {
		return nil
	}
	p := &pages{service: s, address: address, recorder: metrics.NewRecorder(), begun: time.Now()}
	p.server.Answer = p.answer
	p.server.Panicked = func(cause any) { s.panicked("an HTTP request", cause) }
	return p
}

// counter counts what happens; nil where nobody wants to know.
func (p *pages) counter() *metrics.Recorder {
	if p == nil {
		return nil
	}
	return p.recorder
}

// serve opens the port and begins to answer.
func (p *pages) serve() {
	listener, err := web.Listen(p.address)
	if err != nil {
		p.service.handle.Note(supervisor.Note{Level: supervisor.LevelError, Why: err.Error() + " by --listen or spec.nile.listen; there are no metrics and no health checks"})
		return
	}
	p.service.handle.Note(supervisor.Note{Level: supervisor.LevelInfo, Why: fmt.Sprintf("metrics and health on http://%s/metrics, /livez and /readyz", listener.Addr())})
	p.server.Start(listener)
}

func (p *pages) close() {
	if p != nil {
		p.server.Close()
	}
}

// answer answers one request.
func (p *pages) answer(r *http1.Request) web.Response {
	switch r.Path {
	case "/metrics", "/livez", "/readyz":
	case "/":
		return web.Text(web.StatusOK, "nile: /metrics, /livez, /readyz (each of the last two with ?verbose)\n")
	default:
		return web.Text(web.StatusNotFound, "no such page: there are /metrics, /livez and /readyz\n")
	}
	ctx, cancel := context.WithTimeout(context.Background(), snapshotTime)
	defer cancel()
	snapshot, err := p.service.handle.Snapshot(ctx)
	if err != nil {
		return web.Text(web.StatusUnavailable, "the event loop does not answer: "+err.Error()+"\n")
	}
	if r.Path == "/metrics" {
		return p.metrics(&snapshot)
	}
	verbose := strings.HasPrefix(r.Query, "verbose")
	snapshot.HeldBecause = p.service.mask().Text(snapshot.HeldBecause)
	return healthPage(&snapshot, strings.TrimSuffix(r.Path[1:], "z"), verbose)
}

// metrics is the page for Prometheus.
func (p *pages) metrics(snapshot *supervisor.Snapshot) web.Response {
	p.mu.Lock()
	defer p.mu.Unlock()
	build := ownBuild()
	return web.Response{Status: web.StatusOK, Type: metrics.ContentType, Body: p.recorder.Write(&metrics.Sample{
		Build:    metrics.Build{Version: build.Version, Revision: build.Commit, Go: build.GoVersion},
		Snapshot: *snapshot, Ready: checkPod(snapshot, "ready").OK,
		Trees: p.trees(snapshot), Output: p.output(), Hooks: p.service.hookCounts(), Self: p.self(),
	})}
}

// trees samples the process trees of the containers that run.
func (p *pages) trees(snapshot *supervisor.Snapshot) map[string]metrics.Tree {
	var names []string
	var roots []int
	for i := range snapshot.Containers {
		if c := &snapshot.Containers[i]; c.Running && c.PID > 0 {
			names, roots = append(names, c.Name), append(roots, c.PID)
		}
	}
	usage, err := p.sampler.Trees(roots)
	if err != nil {
		return nil // no /proc: the rest of the page is worth having
	}
	trees := make(map[string]metrics.Tree, len(usage))
	for i, u := range usage {
		trees[names[i]] = metrics.Tree{Processes: u.Processes, Threads: u.Threads, Zombies: u.Zombies, Resident: u.Resident, CPU: u.CPU}
	}
	return trees
}

func (p *pages) output() map[string]metrics.Output {
	counts := p.service.handle.Output().Counts()
	result := make(map[string]metrics.Output, len(counts))
	for name, c := range counts {
		out, err := c[output.Stdout], c[output.Stderr]
		result[name] = metrics.Output{Bytes: [2]uint64{out.Bytes, err.Bytes}, Lines: [2]uint64{out.Lines, err.Lines}}
	}
	return result
}

// self is what nile itself uses.
func (p *pages) self() metrics.Self {
	self := metrics.Self{Started: p.begun, Goroutines: runtime.NumGoroutine()}
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		self.CPU = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	// The second number of proc_pid_statm(5) is the resident set in pages.
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			pages, _ := strconv.ParseUint(fields[1], 10, 64)
			self.Resident = pages * uint64(os.Getpagesize())
		}
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		self.Descriptors = len(files) - 1 // without the one that reads them
	}
	return self
}
