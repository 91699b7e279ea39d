// Package processors has Go's scheduler begin with one processor.
//
// What Go's runtime calls a P, the right to run Go code, comes with memory of its own: a
// P that allocates takes pages for each size of objects, and idle ones look for work with
// threads of their own. Setting up a pod is work for one goroutine after the other, and of
// its memory a fifth was the second P's. So there is one until the start is over, and then
// as many as there were, up to [Most].
//
// The number has to be reduced before the second P has allocated anything: to take one
// away that has costs more memory than it had. This package imports next to nothing, so
// that it comes first of all that allocates (see "Program initialization" in Go's
// specification). Programs without the entry point of package startstate, such as tests,
// are left alone.
package processors

import (
	"runtime"

	"github.com/nile-init/nile/internal/startstate"
)

// Most is how many threads of nile may run Go code at once. A supervisor has no use for
// more, and on a large machine each costs memory.
const Most = 2

// before is how many the runtime would have, 0 where it has them.
var before int

func init() {
	if startstate.Known() {
		before = runtime.GOMAXPROCS(1)
	}
}

// Widen lets as many threads run Go code as the machine and [Most] allow.
func Widen() {
	now := runtime.GOMAXPROCS(0)
	if allowed := min(max(before, now), Most); allowed != now {
		runtime.GOMAXPROCS(allowed)
	}
}
