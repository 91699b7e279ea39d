package supervisor_test

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// process is a process that a Spawn started, and its fate.
type process struct {
	name   string
	pid    int
	endsAt time.Duration
	status supervisor.Status
	onStop time.Duration // ends so long after a stop signal, or never
	onKill time.Duration // ends so long after SIGKILL, or never
	strays int
}

// strays are what a run of a container left behind.
type strays struct {
	name   string
	gen    int
	endsAt time.Duration
	onTerm time.Duration
	onKill time.Duration
}

// fate decides how a process will live and die.
func (h *host) fate(name string, pid int, delay time.Duration) *process {
	rng := h.rng
	p := &process{name: name, pid: pid, onKill: upTo(rng, 10*time.Millisecond)}
	life := oneOf(rng, 0, 0, upTo(rng, 5*time.Second), upTo(rng, 5*time.Second), upTo(rng, time.Minute), upTo(rng, 1500*time.Second), never, never)
	p.endsAt = later(h.now+delay, life)
	p.status = oneOf(rng, supervisor.Status{}, supervisor.Status{}, supervisor.Status{Code: 1 + rng.IntN(255)}, supervisor.Status{Code: 42},
		supervisor.Status{Signal: oneOf(rng, 9, 11, 15), Core: chance(rng, 30)})
	p.onStop = oneOf(rng, 0, upTo(rng, time.Second), upTo(rng, 50*time.Second), never)
	switch n := rng.IntN(100); {
	case n < 3:
		p.onKill = never
	case n < 8:
		p.onKill = upTo(rng, 15*time.Second)
	}
	if chance(rng, 25) {
		p.strays = 1 + rng.IntN(3)
	}
	return p
}

// hit lets a process feel a signal.
func (h *host) hit(p *process, sig int) {
	after := p.onStop
	switch {
	case sig == 9:
		after = p.onKill
		if later(h.now, after) < p.endsAt {
			p.status = supervisor.Status{Signal: 9}
		}
	case after != never && later(h.now, after) < p.endsAt && sig < 32:
		p.status = oneOf(h.rng, supervisor.Status{}, supervisor.Status{Code: 128 + sig}, supervisor.Status{Signal: sig})
	}
	p.endsAt = min(p.endsAt, later(h.now, after))
}

// end is the end of a process, and the beginning of what it leaves behind.
func (h *host) end(p *process) supervisor.Event {
	if p.strays > 0 {
		s := &strays{name: p.name, endsAt: never, onTerm: oneOf(h.rng, upTo(h.rng, 3*time.Second), never), onKill: upTo(h.rng, 100*time.Millisecond)}
		switch n := h.rng.IntN(100); {
		case n < 5:
			s.onKill = never
		case n < 15:
			s.onKill = upTo(h.rng, 4*time.Second)
		}
		h.strays = append(h.strays, s)
	}
	return supervisor.Exited{PID: p.pid, Status: p.status, Strays: p.strays, OOMKilled: chance(h.rng, 3)}
}

func (h *host) forgetStrays(name string) {
	for i := len(h.strays) - 1; i >= 0; i-- {
		if h.strays[i].name == name {
			h.strays = remove(h.strays, i)
		}
	}
}

// cooperate makes every process heed a stop signal from now on.
func (h *host) cooperate() {
	for _, p := range h.procs {
		if p.onStop == never {
			p.onStop = time.Second
		}
	}
}
