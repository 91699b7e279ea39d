package main

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"sync"
)

// exit is an end that nile has told of.
type exit struct {
	pid    uint64
	code   int
	signal string
}

// exits takes the events of nile, and keeps each end of a container's process. It is safe
// for use by several goroutines.
type exits struct {
	mu   sync.Mutex
	of   map[string][]exit
	last uint64 // the number of the latest event
	lost uint64 // events that never came
	// process is each container's, of whom events told latest.
	process map[string]uint64
	troubles
}

// event is what nile says of one, as far as it is of use here (docs/reference/control.md).
type event struct {
	Number   uint64 `json:"number"`
	Name     string `json:"container"`
	From     string `json:"from"`
	PID      uint64 `json:"pid"`
	ExitCode *int   `json:"exitCode"`
	Signal   string `json:"signal"`
}

// running are the states in which there is a process, or what one has left behind. What goes
// from another one has an exit code too: that of its last run, once more.
var running = []string{"Running", "Stopping", "Killing", "Emptying"}

// read takes what `nile events --follow -o json` prints, until its end.
func (e *exits) read(from io.Reader) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var one event
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			e.add("an event is no JSON: %q", scanner.Bytes())
			continue
		}
		e.take(one)
	}
}

func (e *exits) take(one event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if one.Number != e.last+1 {
		e.lost += one.Number - e.last - 1
	}
	e.last = one.Number
	if one.PID != 0 {
		e.process[one.Name] = one.PID
	}
	// Where a run has left processes behind its end is told when they are gone as well.
	if one.ExitCode != nil && one.Name != "" && slices.Contains(running, one.From) {
		e.of[one.Name] = append(e.of[one.Name], exit{e.process[one.Name], *one.ExitCode, one.Signal})
	}
}

// check holds the lives of a container against the ends that nile has told of: each life
// has one, in the same order, with the code that it meant to have. Ends beside these are of
// processes that were killed before they could open their ledger.
func (e *exits) check(name string, lives []life) {
	e.mu.Lock()
	defer e.mu.Unlock()
	told := e.of[name]
	for number, one := range lives {
		for len(told) > 0 && told[0].pid != one.PID {
			if told[0].signal == "" {
				e.add("%s: an end with code %d of process %d, which never lived", name, told[0].code, told[0].pid)
			}
			told = told[1:]
		}
		if len(told) == 0 {
			e.add("%s: the end of life %d, process %d, was never told", name, number, one.PID)
			return
		}
		if !one.ended(told[0]) {
			e.add("%s, life %d: told as code %d %s, meant as %d", name, number, told[0].code, told[0].signal, one.Intent)
		}
		told = told[1:]
	}
	for _, more := range told {
		if more.signal == "" {
			e.add("%s: an end with code %d of process %d, told too often", name, more.code, more.pid)
		}
	}
}

// ended tells whether a life can have ended so. Without an intent, and also right after
// it, it can have been ended by nile.
func (l life) ended(as exit) bool {
	byNile := as.signal == "SIGKILL" || as.signal == "SIGTERM"
	switch {
	case byNile:
		return true
	case l.Intent > intentSignal:
		return as.code == 128+int(l.Intent-intentSignal)
	case l.Intent > 0:
		return as.signal == "" && as.code == int(l.Intent-1)
	}
	return false
}
