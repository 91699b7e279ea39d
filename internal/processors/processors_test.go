package processors

import (
	"runtime"
	"testing"
)

func TestWiden(t *testing.T) {
	defer func(old, had int) {
		runtime.GOMAXPROCS(old)
		before = had
	}(runtime.GOMAXPROCS(0), before)
	for _, test := range []struct{ before, now, want int }{
		{0, 8, 2}, // without the entry point there are as many as the machine has
		{0, 1, 1},
		{1, 1, 1}, // a machine with one
		{2, 1, 2},
		{64, 1, 2},
		{64, 2, 2}, // once more
	} {
		before = test.before
		runtime.GOMAXPROCS(test.now)
		Widen()
		if got := runtime.GOMAXPROCS(0); got != test.want {
			t.Errorf("of %d, with %d by now: %d, want %d", test.before, test.now, got, test.want)
		}
	}
}
