package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/terminal"
)

// topScreen is `nile top` on a terminal. All of it is for one goroutine; others only
// send it something.
type topScreen struct {
	control *controlValue
	screen  *terminal.Screen
	view    topView
	sample  *topSample // the last one; nil before the first
	first   int        // of the processes: how many are scrolled away
	asked   string     // the verb that waits for a y
	about   string     // and the container that it concerns
	message string     // what has become of the last one

	keys    <-chan terminal.Key
	signals chan os.Signal
	samples chan *topSample
	failed  chan error
	results chan string
	again   chan struct{} // asks for a sample at once
}

// showTop draws until it is told to end. The terminal is given back in any case.
func showTop(control *controlValue, interval time.Duration) error {
	screen, err := terminal.Open(os.Stdin, os.Stdout)
	if err != nil {
		return failed(fmt.Errorf("cannot draw on the terminal: %w: use nile top --once", err))
	}
	defer screen.Close()
	done := make(chan struct{})
	defer close(done)
	keys := make(chan terminal.Key)
	go terminal.Read(os.Stdin, keys, done)
	t := newTopScreen(control, screen, keys)
	signal.Notify(t.signals, syscall.SIGWINCH, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTSTP)
	defer signal.Stop(t.signals)
	go func() {
		// A panic must not leave the terminal as it is: the other goroutine ends then.
		defer func() {
			if cause := recover(); cause != nil {
				t.failed <- fmt.Errorf("internal error: %v\n%s", cause, debug.Stack())
			}
		}()
		(&topSampler{control: control}).run(interval, t.again, t.samples, t.failed, done)
	}()
	return t.run()
}

func newTopScreen(control *controlValue, screen *terminal.Screen, keys <-chan terminal.Key) *topScreen {
	return &topScreen{
		control: control, screen: screen, keys: keys,
		view:    topView{lines: linesOf(os.Getenv), colour: mayColour()},
		signals: make(chan os.Signal, 8), samples: make(chan *topSample), failed: make(chan error, 2),
		results: make(chan string, 1), again: make(chan struct{}, 1),
	}
}

func (t *topScreen) run() error {
	for {
		if err := t.draw(); err != nil {
			return failed(err)
		}
		select {
		case key, open := <-t.keys:
			if !open || t.key(key) {
				return nil
			}
		case sig := <-t.signals:
			if ends, err := t.signal(sig); ends {
				return err
			}
		case t.sample = <-t.samples:
			t.view.selected = min(t.view.selected, max(0, t.containers()-1))
		case t.message = <-t.results:
			t.look()
		case err := <-t.failed:
			return failed(err)
		}
	}
}

// draw shows the last sample.
func (t *topScreen) draw() error {
	width, height := t.screen.Size()
	t.view.width = width
	if t.sample == nil {
		return t.screen.Draw([]string{"looking at the processes…"})
	}
	below := "q quit  r restart  s stop  l logs  t tree"
	switch {
	case t.asked != "":
		below = fmt.Sprintf("%s %s? y/n", t.asked, printable(t.about))
	case t.message != "":
		below = printable(t.message)
	case t.view.tree:
		below = "q quit  r restart  s stop  l logs  t flat"
	}
	return t.screen.Draw(t.view.screen(t.sample, height, below, t.first))
}

func (t *topScreen) containers() int {
	if t.sample == nil || t.sample.nile == nil {
		return 0
	}
	return len(t.sample.nile.Nile.Containers)
}

// key does what a key is for, and tells whether that is to end.
func (t *topScreen) key(key terminal.Key) (ends bool) {
	if t.asked != "" {
		verb, name := t.asked, t.about
		t.asked = ""
		if key == 'y' || key == 'Y' {
			t.operate(verb, name)
		}
		return key == terminal.Interrupt
	}
	t.message = ""
	switch key {
	case 'q', terminal.Interrupt:
		return true
	case terminal.Up, 'k':
		t.view.selected = max(0, t.view.selected-1)
	case terminal.Down, 'j':
		t.view.selected = max(0, min(t.view.selected+1, t.containers()-1))
	case terminal.Home:
		t.view.selected, t.first = 0, 0
	case terminal.End:
		t.view.selected = max(0, t.containers()-1)
	case terminal.PageUp:
		t.scroll(-1)
	case terminal.PageDown:
		t.scroll(1)
	case 't':
		t.view.tree, t.first = !t.view.tree, 0
	case 'r':
		t.ask("restart")
	case 's':
		t.ask("stop")
	case 'l':
		return t.logs()
	case terminal.Redraw:
		t.look()
	case terminal.Suspend:
		return t.suspend() != nil
	}
	return false
}

func (t *topScreen) scroll(direction int) {
	_, height := t.screen.Size()
	rows := 0
	if t.sample != nil {
		rows = len(t.view.processes(t.sample))
	}
	t.first = max(0, min(t.first+direction*height/2, rows-height/2))
}

// selected is the container that is marked; "" where there is none.
func (t *topScreen) selected() string {
	if t.view.selected < 0 || t.view.selected >= t.containers() {
		t.message = "no container to choose: no nile answers"
		return ""
	}
	return t.sample.nile.Nile.Containers[t.view.selected].Name
}

func (t *topScreen) ask(verb string) {
	if name := t.selected(); name != "" {
		t.asked, t.about = verb, name
	}
}

// operate lets nile do something, which may take as long as a container's grace.
func (t *topScreen) operate(verb, name string) {
	t.message = fmt.Sprintf("%s %s …", verb, name)
	go func() {
		var result struct {
			Message string `json:"message"`
		}
		arguments := map[string]any{"name": name, "wait": true}
		if err := t.control.call(context.Background(), verb, arguments, &result); err != nil {
			result.Message = err.Error()
		}
		t.results <- result.Message
	}()
	t.look()
}

// look asks for a sample at once.
func (t *topScreen) look() {
	select {
	case t.again <- struct{}{}:
	default:
	}
}

// signal does what a signal is for, and tells whether that is to end.
func (t *topScreen) signal(sig os.Signal) (ends bool, err error) {
	switch sig {
	case syscall.SIGWINCH:
		return false, nil // what follows draws anew
	case syscall.SIGTSTP:
		err := t.suspend()
		return err != nil, err
	}
	number, _ := sig.(syscall.Signal)
	return true, &exitError{code: 128 + int(number)}
}

func (t *topScreen) suspend() error {
	err := t.screen.Suspend()
	t.look()
	return failed(err)
}
