package procs

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procstat"
)

// Usage is what a process and all below it use.
type Usage struct {
	Processes int
	Threads   int
	Zombies   int
	Resident  uint64        // bytes; memory that processes share counts for each of them
	CPU       time.Duration // since their start, with that of children that have ended and were waited for
}

// Sampler takes samples of process trees: what metrics and the charts of reports need. One
// pass over /proc serves any number of trees, reads one file of each process, waits for
// no process's locks, and reuses its memory. The zero value works. It is for one
// goroutine at a time, and not for the event loop's: thousands of processes take
// milliseconds.
type Sampler struct {
	Root string // where /proc is; empty is /proc

	line  []byte
	stats []procstat.Stat
	place map[int]int // process id to its index in stats
	trees []int       // of each process the index of its tree; -1 none, undecided, or being decided
}

const (
	none      = -1
	undecided = -2
)

// Trees gives the usage of the tree below each of some processes, in their order. A process
// counts for the nearest of them above it, or else the one whose session it is in.
// What has ended is all zero. At most [MaxProcesses] are looked at.
func (s *Sampler) Trees(roots []int) ([]Usage, error) {
	if err := s.read(); err != nil {
		return nil, err
	}
	wanted := make(map[int]int, len(roots))
	for i, pid := range roots {
		if pid > 0 {
			wanted[pid] = i
		}
	}
	usage := make([]Usage, len(roots))
	page := uint64(os.Getpagesize())
	for i := range s.stats {
		tree := s.tree(i, wanted)
		if tree == none {
			continue
		}
		p, u := &s.stats[i], &usage[tree]
		u.CPU += ticks(p.User + p.System + p.ReapedUser + p.ReapedSystem)
		if p.Zombie() {
			u.Zombies++
			continue
		}
		u.Processes++
		u.Threads += p.Threads
		u.Resident += p.Resident * page
	}
	return usage, nil
}

// read reads stat of each process.
func (s *Sampler) read() error {
	path := s.Root
	if path == "" {
		path = "/proc"
	}
	root, err := procstat.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read the processes from %s: %w", path, err)
	}
	defer unix.Close(root)
	pids, _, err := procstat.Numbers(root, MaxProcesses)
	if err != nil {
		return fmt.Errorf("cannot list the processes in %s: %w", path, err)
	}
	if s.line == nil {
		s.line, s.place = make([]byte, procstat.LineSize), map[int]int{}
	}
	s.stats, s.trees = s.stats[:0], s.trees[:0]
	clear(s.place)
	for _, pid := range pids {
		stat, err := procstat.Read(root, pid, s.line)
		if err != nil {
			continue // it has ended, or is another user's
		}
		s.place[pid] = len(s.stats)
		s.stats = append(s.stats, stat)
		s.trees = append(s.trees, undecided)
	}
	return nil
}

// tree is the index of the tree that a process belongs to.
func (s *Sampler) tree(i int, wanted map[int]int) int {
	if s.trees[i] != undecided {
		return s.trees[i]
	}
	p := &s.stats[i]
	if tree, ok := wanted[p.PID]; ok {
		s.trees[i] = tree
		return tree
	}
	s.trees[i] = none // a circle ends here: /proc is no snapshot
	tree := none
	if parent, ok := s.place[p.Parent]; ok {
		tree = s.tree(parent, wanted)
	}
	if session, ok := wanted[p.Session]; ok && tree == none {
		tree = session
	}
	s.trees[i] = tree
	return tree
}
