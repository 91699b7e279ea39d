package reaper_test

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nile-init/nile/reaper"
)

// A whole init in a few lines: start one command, reap until it has ended.
func Example() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)

	r, err := reaper.New()
	if err != nil {
		fmt.Println(err) // not fatal: orphans will go elsewhere
	}
	main, err := r.Start(&reaper.Command{
		Owner: "main",
		Argv:  []string{"sh", "-c", "exit 3"},
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for running := true; running; {
		<-ended
		r.Drain(func(exit reaper.Exit) {
			if exit.PID == main {
				fmt.Println(exit.Owner, "ended with code", exit.Status.ExitStatus())
				running = false
			}
		})
	}
	// Output: main ended with code 3
}
