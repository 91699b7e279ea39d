package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	period   = time.Second
	settling = 2 * time.Second  // from the first probe of all until they are watched
	patience = 15 * time.Second // for the start of all, and for an end
)

// findings are what was seen while the probes were watched.
type findings struct {
	cpu      time.Duration    // nile's own
	count    [kinds]int       // probes that arrived
	lateness [kinds][]float64 // of each, in milliseconds
}

func measure(ctx context.Context, nile string, containers int, length time.Duration) (f findings, err error) {
	if err := spawn.Adopt(); err != nil {
		return f, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-probes-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	shared, err := board.New(2 * containers)
	if err != nil {
		return f, err
	}
	defer shared.Close()
	child, err := cprogram.Build(dir, "pod")
	if err != nil {
		return f, err
	}
	servers, err := newServer(containers)
	if err != nil {
		return f, err
	}
	defer servers.close()
	pod, log := filepath.Join(dir, "pod.yaml"), filepath.Join(dir, "log")
	if err := os.WriteFile(pod, []byte(podOf(child, shared.Path, servers, containers)), 0o644); err != nil {
		return f, err
	}
	process, err := spawn.Start([]string{nile, "run", pod}, spawn.Options{Dir: dir, Log: log})
	if err != nil {
		return f, err
	}
	f, err = watch(ctx, process.PID, servers, containers, length)
	if _, failure := process.Stop(syscall.SIGTERM, patience); err == nil {
		err = failure
	}
	if failure := spawn.Sweep(patience); err == nil {
		err = failure
	}
	if err != nil {
		said, _ := os.ReadFile(log)
		err = fmt.Errorf("%w; nile said at the end: %s", err, said[max(0, len(said)-1000):])
	}
	return f, err
}

// podOf is a pod whose containers do nothing and are probed.
func podOf(child, cells string, servers *server, containers int) string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: bench}\nspec:\n  terminationGracePeriodSeconds: 5\n  containers:\n")
	for i := range containers {
		fmt.Fprintf(&text, "  - name: child%d\n    command: [%q, %q, %q, \"0\"]\n", i, child, cells, fmt.Sprint(i))
		fmt.Fprintf(&text, "    livenessProbe: {periodSeconds: 1, tcpSocket: {port: %d}}\n", servers.port(i))
		fmt.Fprintf(&text, "    readinessProbe: {periodSeconds: 1, httpGet: {port: %d, path: /healthz}}\n", servers.port(i))
	}
	return text.String()
}

// watch waits until all containers are probed and looks at that for a while.
func watch(ctx context.Context, pid int, servers *server, containers int, length time.Duration) (f findings, err error) {
	if !board.Await(func() bool { return servers.probed() == 2*containers }, 50*time.Millisecond, patience) {
		return f, fmt.Errorf("%d of %d probes were made within %s", servers.probed(), 2*containers, patience)
	}
	if err := pause(ctx, settling); err != nil {
		return f, err
	}
	servers.taken()
	before, err := spawn.CPU(pid)
	if err != nil {
		return f, err
	}
	if err := pause(ctx, length); err != nil {
		return f, err
	}
	after, err := spawn.CPU(pid)
	if err != nil {
		return f, err
	}
	f.cpu = after - before
	for k, byContainer := range servers.taken() {
		for _, series := range byContainer {
			f.count[k] += len(series)
			f.lateness[k] = append(f.lateness[k], lateness(series)...)
		}
	}
	return f, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("interrupted")
	case <-time.After(d):
		return nil
	}
}

// lateness is how many milliseconds each probe came after its time. The times are
// a period apart, and the most punctual of the series stands for its own.
func lateness(series []time.Time) []float64 {
	late := make([]float64, len(series))
	least := 0.0
	for i, at := range series {
		late[i] = float64(at.Sub(series[0])-time.Duration(i)*period) / float64(time.Millisecond)
		least = min(least, late[i])
	}
	for i := range late {
		late[i] -= least
	}
	return late
}
