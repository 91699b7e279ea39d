package loop

import (
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
	// would go down with it. Those that block: the signal receiver, the writer
	// of the log, a fork that waits for its exec, the poller; the rest is room.
	spareThreads = parallel + 2
)

// reserveThreads makes the threads that nile may need later, and keeps the
// runtime from wanting many more.
func reserveThreads() {
	if runtime.GOMAXPROCS(0) > parallel {
		runtime.GOMAXPROCS(parallel)
	}
	var all, done sync.WaitGroup
	all.Add(spareThreads)
	done.Add(spareThreads)
	for range spareThreads {
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
