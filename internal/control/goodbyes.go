package control

import (
	"time"

	"golang.org/x/sys/unix"
)

// goodbyes are the clients that have gone last. Who has released a hold, or ended the
// pod, has been answered when nile ends, and has yet to say so: at the end of PID 1 the
// kernel kills it (pid_namespaces(7)), and whoever called it would see a failure.
type goodbyes struct {
	list [8]goodbye
	next int
}

type goodbye struct {
	pid int
	at  time.Time
}

func (g *goodbyes) add(pid int) {
	g.list[g.next] = goodbye{pid, time.Now()}
	g.next = (g.next + 1) % len(g.list)
}

// await waits for the end of those that have gone within the last second.
func (g *goodbyes) await(until time.Time) {
	for _, one := range g.list {
		if one.pid == 0 || time.Since(one.at) > time.Second {
			continue
		}
		process, err := unix.PidfdOpen(one.pid, 0)
		if err != nil {
			continue // it has ended, or the kernel has no pidfds
		}
		// Readable once the process has ended, pidfd_open(2).
		ended := []unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}
		_, _ = unix.Poll(ended, int(max(0, time.Until(until).Milliseconds())))
		_ = unix.Close(process)
	}
}
