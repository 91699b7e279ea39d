package loop

import (
	"os"
	"runtime"
	"sync"

	"github.com/nile-init/nile/internal/processors"
	"github.com/nile-init/nile/internal/startstate"
)

const (
	// spareThreads are made at the start, while there is room for them. Go's
	// runtime makes a thread whenever one blocks in the kernel, and dies if it
	// cannot: where the limit on processes is used up by what nile runs, nile
	// would go down with it. The loop has a thread of its own, and those of the
	// output are counted beside; these are for what else runs Go code: one for each that
	// may, one more for each that has been taken the processor away in a system call and
	// is not back yet, and two for what blocks beside the loop, such as the poller, the
	// control socket and a look at processes. On a machine that is busy enough all are in
	// use at once. The last two are for those that the runtime used to make by itself, with
	// several Ps at the start, when it was tried out how many it takes. Each costs 15 KiB.
	spareThreads = 2*processors.Most + 2 + 2

	// logThreads are for the writer of the log, which begins when Started is called, and
	// for a thread that has just handed its work to that or to the poller, which are
	// locked to theirs, and has not been put away yet: on a busy machine it may be a while
	// until it gets the processor for that.
	logThreads = 2
)

// reserve takes what Go's runtime needs and cannot do without, before the children may have
// all of it. In a pod that is before the first of them is started; the command of nile -- CMD
// does not wait for it.
func (l *loop) reserve() {
	reservePoller()
	threads := l.output.Threads(l.outputs())
	if !l.spec.Forward {
		threads += logThreads
	}
	reserveThreads(threads)
	// The start of a large pod is work for two, and one without the entry point of package
	// startstate had all processors until now.
	if l.isLarge() || !startstate.Known() {
		processors.Widen()
	}
}

// reserveThreads makes the threads that nile may need later. others is how many more may
// block in the kernel.
func reserveThreads(others int) {
	var all, done sync.WaitGroup
	all.Add(spareThreads + others)
	done.Add(spareThreads + others)
	for range spareThreads + others {
		go func() {
			// A locked goroutine has a thread to itself; when all are there, so
			// are their threads. Unlocked, the runtime keeps them for later.
			runtime.LockOSThread()
			all.Done()
			all.Wait()
			runtime.UnlockOSThread()
			done.Done()
		}()
	}
	done.Wait()
}

// reservePoller has Go's runtime set up its poller. It does that for the first file that
// needs it and takes nile's life where there is no descriptor for it: not now, as a rule,
// but perhaps once the first containers of a pod have all of them.
func reservePoller() {
	if read, write, err := os.Pipe(); err == nil {
		_ = read.Close()
		_ = write.Close()
	}
}
