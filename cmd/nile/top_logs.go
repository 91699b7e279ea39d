package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/nile-init/nile/client"
)

// logLines is how many lines of a log are shown from before.
const logLines = 20

// logs shows the logs of the selected container until a key is pressed, and tells whether
// all is to end.
func (t *topScreen) logs() (ends bool) {
	name := t.selected()
	if name == "" {
		return false
	}
	if t.screen.Show() != nil {
		return true
	}
	fmt.Fprintf(os.Stdout, "--- logs of %s; any key goes back ---\n", printable(name))
	ctx, cancel := context.WithCancel(context.Background())
	printed := make(chan error, 1)
	go func() {
		tail := logLines
		printed <- printLogs(ctx, t.control, client.LogOptions{Name: name, Follow: true, Tail: &tail}, os.Stdout, os.Stdout)
	}()
	ends, over := t.whileLogs(printed)
	cancel()
	if !over {
		select { // it must not print onto the screen
		case <-printed:
		case <-time.After(time.Second):
		}
	}
	return t.screen.Enter() != nil || ends
}

// whileLogs waits until a key or a signal ends the logs, and tells whether all is to end
// then, and whether all of the logs have been printed.
func (t *topScreen) whileLogs(printed <-chan error) (ends, over bool) {
	for {
		select {
		case err := <-printed:
			text := "that is all"
			if err != nil {
				text = err.Error()
			}
			fmt.Fprintf(os.Stdout, "\n--- %s; any key goes back ---\n", text)
			printed, over = nil, true
		case _, open := <-t.keys:
			return !open, over
		case sig := <-t.signals:
			if sig != syscall.SIGWINCH {
				t.signals <- sig // for those who know what to do
				return false, over
			}
		case t.sample = <-t.samples:
		case t.message = <-t.results:
		}
	}
}
