// Package standin answers on a program's own port while that is held as it ended, so that
// the kubelet's probes of it don't end the hold: a connection can be opened, one path of
// HTTP is answered with 200, and all else with 503 and why.
//
// The port is the program's: it is given back before anything is started, and not taken
// while a program that is being retried may want it. Where somebody else has it, that is
// said once, and it is tried again.
package standin

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nile-init/nile/internal/http1"
	"github.com/nile-init/nile/internal/web"
)

// How long it takes until a port is asked for again that somebody else has.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Courtesy is for how long what was started beside a hold has the ports to itself.
const Courtesy = 5 * time.Second

// Answer is a port, and the path that is answered with 200; without one every request is
// answered with 503, and it is connections that count.
type Answer struct {
	Port int
	Path string
}

// Options are what a StandIn needs.
type Options struct {
	Answers []Answer
	// State says whether the pod is held, whether a program is being retried, and why it
	// is held, for people. It may wait for the event loop.
	State func() State
	// Tell is told what goes wrong. It may wait for the event loop.
	Tell func(why string)
	// Courtesy replaces the constant where it is not 0.
	Courtesy time.Duration
}

// State is the state of a hold.
type State struct {
	Held, Retried bool
	Why           string
}

// StandIn answers while a pod is held. [StandIn.Take], [StandIn.Yield] and [StandIn.End]
// are for the event loop: they wait for no client and for nobody else. A nil StandIn
// does nothing.
type StandIn struct {
	options Options
	wake    chan struct{}

	mu      sync.Mutex
	ready   bool // Start has been called
	wanted  bool // the pod is held
	running bool // the goroutine that opens the ports is there
	yielded bool // something has been started since the last Take
	change  int  // grows with each of these calls
	servers map[int]*web.Server
	told    map[int]bool // ports that somebody else has, which has been told
}

// New makes a StandIn; nil where there is nothing to answer. It has no goroutine and no
// descriptor before a hold begins.
func New(o Options) *StandIn {
	if len(o.Answers) == 0 {
		return nil
	}
	if o.Courtesy == 0 {
		o.Courtesy = Courtesy
	}
	return &StandIn{options: o, wake: make(chan struct{}, 1), servers: map[int]*web.Server{}, told: map[int]bool{}}
}

// Start says that State and Tell may be called from now on.
func (s *StandIn) Start() { s.do(func() { s.ready = true }) }

// Take takes the ports: something is held from now on, or again.
func (s *StandIn) Take() { s.do(func() { s.wanted, s.yielded = true, false }) }

// Yield gives the ports back: something is about to be started. They are free when it
// returns.
func (s *StandIn) Yield() {
	s.do(func() {
		s.yielded = true
		s.close()
	})
}

// End gives the ports back for good: nothing is held any more.
func (s *StandIn) End() {
	s.do(func() {
		s.wanted = false
		s.close()
	})
}

// do makes a change, and has the goroutine see to what follows from it.
func (s *StandIn) do(change func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change++
	change()
	if s.wanted && s.ready && !s.running {
		s.running = true
		go s.run()
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// close closes what is open. The lock is held.
func (s *StandIn) close() {
	for _, server := range s.servers {
		server.Close()
	}
	clear(s.servers)
}

// run keeps the ports open for as long as they are wanted.
func (s *StandIn) run() {
	pause := firstRetry
	for {
		s.mu.Lock()
		change, yielded := s.change, s.yielded
		if !s.wanted {
			s.running = false
			clear(s.told)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		wait := time.Duration(0)
		switch {
		case yielded:
			wait = s.options.Courtesy
		case !s.open(change):
			wait = pause
			pause = min(2*pause, lastRetry)
		default:
			pause = firstRetry
		}
		if !s.sleep(wait) && yielded {
			s.resume(change)
		}
	}
}

// sleep waits for a change, and for no longer than a time where that is not 0. It tells
// whether there was one.
func (s *StandIn) sleep(limit time.Duration) (changed bool) {
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-s.wake:
		return true
	case <-over:
		return false
	}
}

// resume takes the ports again after something has been started, unless it is what was
// held: that has them until it is held again.
func (s *StandIn) resume(change int) {
	state := s.options.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change == change && state.Held && !state.Retried {
		s.yielded = false
	}
}

// open opens the ports that are not, unless something has changed. It tells whether all
// are open.
func (s *StandIn) open(change int) (all bool) {
	var problems []string
	all = true
	s.mu.Lock()
	for _, port := range s.ports() {
		if s.change != change || s.servers[port] != nil {
			continue
		}
		listener, err := web.Listen(fmt.Sprintf(":%d", port))
		if err != nil {
			all = false
			if !s.told[port] {
				s.told[port] = true
				problems = append(problems, fmt.Sprintf("cannot answer for what is held: %v; it is tried again", err))
			}
			continue
		}
		server := &web.Server{Vanish: true, Answer: func(r *http1.Request) web.Response { return s.answer(port, r.Path) }}
		server.Panicked = func(cause any) {
			s.options.Tell(fmt.Sprintf("internal error while answering on port %d: %v", port, cause))
		}
		s.servers[port] = server
		server.Start(listener)
	}
	s.mu.Unlock()
	for _, problem := range problems {
		s.options.Tell(problem)
	}
	return all
}

// ports are the ports to be answered, each once.
func (s *StandIn) ports() (ports []int) {
	for _, a := range s.options.Answers {
		if !slices.Contains(ports, a.Port) {
			ports = append(ports, a.Port)
		}
	}
	return ports
}

// answer is what a request gets.
func (s *StandIn) answer(port int, path string) web.Response {
	status := web.StatusUnavailable
	for _, a := range s.options.Answers {
		if a.Port == port && a.Path == path && path != "" {
			status = web.StatusOK
		}
	}
	return web.Text(status, s.options.State().Why)
}
