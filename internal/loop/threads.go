package loop

import (
	"os"
	"runtime"
	"sync"
)

const (
	// parallel is how many threads of nile may run Go code at once. A
	// supervisor has no use for more, and on a large machine each costs memory.
	parallel = 2

	// spareThreads are made at the start, while there is room for them. Go's
	// runtime makes a thread whenever one blocks in the kernel, and dies if it
	// cannot: where the limit on processes is used up by what nile runs, nile
	// would go down with it. The loop has a thread of its own, and the
	// writers are counted beside; these are for what else runs Go code, and one that may
	// block meanwhile, such as the poller. Each costs 20 KiB.
	spareThreads = parallel + 1

	// logThreads are for the writer of the log, which begins when Started is called, and
	// for a thread that has just handed its work to that or to the poller, which are
	// locked to theirs, and has not been put away yet: on a busy machine it may be a while
	// until it gets the processor for that.
	logThreads = 2
)

// reserveThreads makes the threads that nile may need later, and keeps the
// runtime from wanting many more. writers is how many more may block in the kernel.
func reserveThreads(writers int) {
	if runtime.GOMAXPROCS(0) > parallel {
		runtime.GOMAXPROCS(parallel)
	}
	var all, done sync.WaitGroup
	all.Add(spareThreads + writers)
	done.Add(spareThreads + writers)
	for range spareThreads + writers {
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
