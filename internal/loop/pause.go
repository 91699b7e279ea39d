package loop

import (
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
)

// Pause runs nothing: it reaps what is given to nile and returns on SIGINT or
// SIGTERM. reaped is told of each process.
func Pause(options Options, reaped func(reaper.Exit)) {
	for {
		signal, event := options.Signals.Next(time.Time{})
		options.Kernel.Drain(reaped)
		if event == signals.Arrived && (signal.Num == syscall.SIGINT || signal.Num == syscall.SIGTERM) {
			return
		}
	}
}
