package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/supervisor"
)

// operate calls a verb that changes something, shows progress where that takes longer
// than a moment, and prints what has come of it.
func (c *controlValue) operate(out io.Writer, verb supervisor.Verb, arguments operation) error {
	nile, err := c.dial(context.Background())
	if err != nil {
		return err
	}
	defer nile.Close()
	progress := startProgress(os.Stderr)
	var result operated
	err = nile.CallItems(context.Background(), string(verb), arguments, progress.item, &result)
	progress.stop()
	if err != nil {
		return asVerbError(err)
	}
	_, err = fmt.Fprintln(out, printable(result.Message))
	return failed(err)
}

// waitProgress tells on standard error what is waited for, once that has taken a second:
// on a terminal as a line that changes, elsewhere once.
type waitProgress struct {
	out    io.Writer
	states chan progressItem
	done   chan struct{}
}

func startProgress(out io.Writer) *waitProgress {
	p := &waitProgress{out: out, states: make(chan progressItem), done: make(chan struct{})}
	go p.show()
	return p
}

// item is told of each item of the answer.
func (p *waitProgress) item(text json.RawMessage) error {
	var item progressItem
	if err := jsonvalue.Unmarshal(text, &item); err != nil {
		return fmt.Errorf("cannot read nile's answer: %w", err)
	}
	p.states <- item
	return nil
}

// stop takes the line away.
func (p *waitProgress) stop() {
	close(p.states)
	<-p.done
}

func (p *waitProgress) show() {
	defer close(p.done)
	terminal := isTerminal(p.out)
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last progressItem
	shown := false
	for {
		select {
		case item, more := <-p.states:
			if !more {
				if shown && terminal {
					fmt.Fprint(p.out, "\r\x1b[K")
				}
				return
			}
			last = item
		case <-tick.C:
			waited := time.Since(began).Round(time.Second)
			switch {
			case last.Name == "":
			case terminal:
				fmt.Fprintf(p.out, "\rnile: waiting for %s: %s, %s\x1b[K", printable(last.Name), last.State, waited)
				shown = true
			case !shown:
				fmt.Fprintf(p.out, "nile: waiting for %s: %s\n", printable(last.Name), last.State)
				shown = true
			}
		}
	}
}
