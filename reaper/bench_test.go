package reaper

import (
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// reap sleeps until a process has ended, as a loop that hears SIGCHLD does.
func reap(r *Reaper, pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		continue
	}
	r.Drain(func(Exit) {})
}

// BenchmarkStart is one start and one reap.
func BenchmarkStart(b *testing.B) {
	r, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		pid, err := r.Start(&Command{Argv: []string{"/bin/true"}})
		if err != nil {
			b.Fatal(err)
		}
		reap(r, pid)
	}
}

// BenchmarkKillTree is a SIGKILL to a single process beside a number of others:
// its price is that of the looks at the process table.
func BenchmarkKillTree(b *testing.B) {
	for _, others := range []int{0, 100} {
		b.Run("others="+strconv.Itoa(others), func(b *testing.B) {
			r, err := New()
			if err != nil {
				b.Fatal(err)
			}
			var beside []int
			for range others {
				pid, err := r.Start(&Command{Owner: "beside", Argv: []string{"/bin/sleep", "300"}})
				if err != nil {
					b.Fatal(err)
				}
				beside = append(beside, pid)
			}
			for b.Loop() {
				pid, err := r.Start(&Command{Owner: "app", Argv: []string{"/bin/sleep", "300"}})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Signal(pid, unix.SIGKILL, Tree); err != nil {
					b.Fatal(err)
				}
				reap(r, pid)
			}
			for _, pid := range beside {
				if _, err := r.Signal(pid, unix.SIGKILL, Process); err != nil {
					b.Fatal(err)
				}
				reap(r, pid)
			}
		})
	}
}
