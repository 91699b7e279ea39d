package loop

import (
	"syscall"

	"github.com/nile-init/nile/reaper"
)

// Pause runs nothing: it reaps what is given to nile and returns on SIGINT or
// SIGTERM. reaped is told of each process.
func Pause(options Options, reaped func(reaper.Exit)) {
	if options.Signals.Rest != nil {
		options.Signals.Rest()
	}
	for {
		select {
		case <-options.Signals.Child:
			options.Kernel.Drain(reaped)
		case sig := <-options.Signals.Other:
			if sig == syscall.SIGINT || sig == syscall.SIGTERM {
				return
			}
		}
	}
}
