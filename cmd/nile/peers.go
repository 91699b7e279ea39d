package main

import (
	"context"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/poddir"
	"github.com/nile-init/nile/internal/watch"
	"github.com/nile-init/nile/supervisor"
)

// neighbours are the niles that something in this pod waits for. Their files are watched, and of
// each that lives its lock is waited for, so that nothing goes on while nothing changes.
type neighbours struct {
	podDir  *podDir
	names   []string // of what is waited for, sorted
	niles   []string // whose files are looked at
	seen    map[string]*poddir.Seen
	told    map[string]supervisor.Peer
	waiting map[string]bool // for the lock of these
	stirred chan stirring
	stop    chan struct{}
	over    bool // the end of this nile has been asked for
}

// stirring says that the file of a nile may be another one.
type stirring struct {
	nile   string
	waited bool // for its lock
}

func newPeers(p *podDir, names []string) *neighbours {
	peers := &neighbours{
		podDir: p, names: names, seen: map[string]*poddir.Seen{}, told: map[string]supervisor.Peer{},
		waiting: map[string]bool{}, stirred: make(chan stirring), stop: make(chan struct{}),
	}
	for _, name := range names {
		nile, _, _ := strings.Cut(name, "/")
		if n := len(peers.niles); n == 0 || peers.niles[n-1] != nile {
			peers.niles = append(peers.niles, nile)
		}
	}
	return peers
}

func (p *neighbours) close() { close(p.stop) }

// settle is how long a file must be quiet before it is looked at: it is replaced whole.
const settleFile = 10 * time.Millisecond

// look looks at all files, and again at each that changes.
func (p *neighbours) look() {
	options := watch.Options{Changed: func(c watch.Change) { p.stir(stirring{nile: p.niles[c.Target]}) }, Said: p.said}
	for _, nile := range p.niles {
		options.Targets = append(options.Targets, watch.Target{Paths: []string{poddir.Path(p.podDir.dir, nile)}, Debounce: settleFile})
	}
	watcher := watch.Open(options)
	defer watcher.Close()
	go func() { // what has changed before the watcher's first look
		<-watcher.Ready()
		for _, nile := range p.niles {
			p.stir(stirring{nile: nile})
		}
	}()
	for {
		select {
		case s := <-p.stirred:
			if s.waited {
				p.waiting[s.nile] = false
			}
			p.lookAt(s.nile)
		case <-p.stop:
			return
		}
	}
}

func (p *neighbours) stir(s stirring) {
	select {
	case p.stirred <- s:
	case <-p.stop:
	}
}

// said hands on what people should know of the watching.
func (p *neighbours) said(target int, warning bool, text string) {
	level := supervisor.LevelDebug // a file that is not there yet is told in other words
	if warning {
		level = supervisor.LevelWarn
	}
	p.podDir.service.handle.Note(supervisor.Note{Level: level, Why: "looking at the nile " + p.niles[target] + ": " + text})
}

// lookAt looks at one file, and tells the machine what is new.
func (p *neighbours) lookAt(nile string) {
	seen := poddir.Look(p.podDir.dir, nile, p.podDir.life)
	p.seen[nile] = &seen
	switch {
	case !seen.Lives:
	case p.waiting[nile]:
		seen.Close()
	default:
		p.waiting[nile] = true
		go p.wait(nile, seen)
	}
	for _, name := range p.names {
		of, container, _ := strings.Cut(name, "/")
		if of == nile {
			p.tell(name, seen.Peer(container))
		}
	}
	if why := p.podDir.endedWith(p.seen); why != "" && !p.over {
		p.over = true
		p.hand(supervisor.PeersEnded{Why: why})
	}
}

// waitlessly is how often a nile is looked at whose lock cannot be waited for.
const waitlessly = 5 * time.Second

// wait waits until a nile has told something else, or is gone.
func (p *neighbours) wait(nile string, seen poddir.Seen) {
	if seen.Wait() != nil {
		time.Sleep(waitlessly)
	}
	p.stir(stirring{nile, true})
}

func (p *neighbours) tell(name string, peer supervisor.Peer) {
	if before, known := p.told[name]; !known || before != peer {
		p.told[name] = peer
		p.hand(supervisor.PeerChanged{Name: name, Peer: peer})
	}
}

func (p *neighbours) hand(event supervisor.Event) {
	_ = p.podDir.service.handle.Tell(context.Background(), event) // else the pod has ended
}
