//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is what /proc/PID/stat and the owner of /proc/PID tell of a process.
type process struct {
	pid, parent int
	name        string
	state       string
	started     string // clock ticks after boot; with the pid it names one process for ever
}

func (p process) String() string {
	return fmt.Sprintf("%s (pid %d, state %s, child of %d)", p.name, p.pid, p.state, p.parent)
}

// processes lists what a /proc shows. A process that ends meanwhile is left out.
func processes(proc string) []process {
	files, _ := filepath.Glob(proc + "/[0-9]*/stat")
	var found []process
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			found = append(found, parseStat(string(text)))
		}
	}
	return found
}

// parseStat reads a line such as "17 (my (odd) name) S 1 17 …", see proc_pid_stat(5).
func parseStat(line string) process {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	fields := strings.Fields(line[end+1:])
	pid, _ := strconv.Atoi(strings.TrimSpace(line[:open]))
	parent, _ := strconv.Atoi(fields[1])
	return process{pid: pid, name: line[open+1 : end], state: fields[0], parent: parent, started: fields[19]}
}

// descendants are the processes below one, children before grandchildren.
func descendants(all []process, root int) []process {
	var below []process
	for _, p := range all {
		if p.parent == root {
			below = append(append(below, p), descendants(all, p.pid)...)
		}
	}
	return below
}

// userOf is the owner of a process, or -1 where it has ended meanwhile.
func userOf(proc string, pid int) int {
	info, err := os.Stat(fmt.Sprintf("%s/%d", proc, pid))
	if err != nil {
		return -1
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// unreaped is how long a process may be seen dead before it counts as a zombie. Each process is one for the moment
// between its end and its parent's wait; on a busy machine that moment can last.
const unreaped = time.Second

// zombieWatch looks for zombies, many times a second, until it is told to stop.
type zombieWatch struct {
	stop    chan struct{}
	stopped sync.WaitGroup

	mutex   sync.Mutex
	seen    map[process]time.Time // the dead, by when they were first seen
	zombies map[process]bool      // those seen dead for longer than unreaped
	looks   int
}

// watchZombies starts to look at what list returns.
func watchZombies(list func() []process) *zombieWatch {
	w := &zombieWatch{stop: make(chan struct{}), seen: map[process]time.Time{}, zombies: map[process]bool{}}
	w.stopped.Go(func() {
		for {
			w.look(list())
			select {
			case <-w.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return w
}

func (w *zombieWatch) look(all []process) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	now := time.Now()
	w.looks++
	dead := map[process]time.Time{}
	for _, p := range all {
		if p.state != "Z" {
			continue
		}
		first, known := w.seen[p]
		if !known {
			first = now
		}
		dead[p] = first
		if now.Sub(first) > unreaped {
			w.zombies[p] = true
		}
	}
	w.seen = dead
}

// found are the zombies so far.
func (w *zombieWatch) found() []process {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var zombies []process
	for p := range w.zombies {
		zombies = append(zombies, p)
	}
	return zombies
}

// check stops looking and fails the test if there were zombies.
func (w *zombieWatch) check(t *testing.T) {
	t.Helper()
	close(w.stop)
	w.stopped.Wait()
	if zombies := w.found(); len(zombies) > 0 {
		t.Errorf("zombies: %v", zombies)
	}
	if w.looks < 3 { // a busy machine has little time for it
		t.Errorf("looked for zombies only %d times", w.looks)
	}
}

// family is a process and all below it, itself first.
func family(all []process, root int) []process {
	for _, p := range all {
		if p.pid == root {
			return append([]process{p}, descendants(all, root)...)
		}
	}
	return nil
}

// processOf is the first process of a name, or nil.
func processOf(all []process, name string) *process {
	for _, p := range all {
		if p.name == name {
			return &p
		}
	}
	return nil
}
