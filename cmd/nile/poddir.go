package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/poddir"
	"github.com/nile-init/nile/supervisor"
)

// podDir tells the other niles of the pod what this one does. All that may hang, on a
// file server that is dead, is done by a goroutine of its own.
type podDir struct {
	podDirOptions
	service *service
	life    poddir.Life
	run     string
	dirty   chan struct{}      // something may have changed
	final   chan *poddir.State // how it has ended
	done    chan struct{}      // that has been told
	said    string             // the latest trouble that was told
	untold  *supervisor.Note   // one for which it was too late
	peers   *neighbours        // nil before the first look at them
	ended   sync.Once
}

// newPodDir is nil where there is no pod directory, and its methods do nothing then.
func newPodDir(s *service, options podDirOptions) *podDir {
	if options.dir == "" {
		return nil
	}
	return &podDir{
		podDirOptions: options, service: s,
		dirty: make(chan struct{}, 1), final: make(chan *poddir.State, 1), done: make(chan struct{}),
	}
}

// changed says that there may be something new to tell. It never blocks.
func (p *podDir) changed() {
	if p == nil {
		return
	}
	select {
	case p.dirty <- struct{}{}:
	default: // there is already
	}
}

func (p *podDir) start() {
	if p == nil {
		return
	}
	p.changed()
	p.service.beside("the pod directory", p.tellOthers)
}

// tellOthers publishes each change, and at last how it has ended.
func (p *podDir) tellOthers() {
	defer close(p.done)
	p.life = poddir.Present()
	p.run = strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(os.Getpid())
	publisher := poddir.NewPublisher(p.dir, p.name)
	for {
		select {
		case state := <-p.final:
			state.Life, state.Run = p.life, p.run
			p.publish(publisher, state)
			return
		case <-p.dirty:
		}
		snapshot, err := p.service.handle.Snapshot(context.Background())
		if err != nil {
			continue // the end is near, and will be told
		}
		state := publicState(&snapshot)
		state.Life, state.Run = p.life, p.run
		p.publish(publisher, state)
		p.lookAtPeers()
	}
}

// retryPublishing is when a state that could not be published is tried again.
const retryPublishing = 10 * time.Second

// publish tells a state. What goes wrong is said once, and tried again where time may mend
// it.
func (p *podDir) publish(publisher *poddir.Publisher, state *poddir.State) {
	err := publisher.Publish(state)
	if err == nil {
		p.said = ""
		return
	}
	level := supervisor.LevelWarn
	switch {
	case errors.Is(err, unix.EROFS): // for those that only listen
		level = supervisor.LevelInfo
	case !errors.Is(err, fs.ErrPermission):
		time.AfterFunc(retryPublishing, p.changed)
	}
	if text := err.Error(); text != p.said {
		p.said = text
		if note := (supervisor.Note{Level: level, Why: text}); !p.service.handle.Note(note) {
			p.untold = &note
		}
	}
}

// lastWords is how long the end waits for the tombstone.
const lastWords = 2 * time.Second

// end tells how the pod has ended.
func (p *podDir) end(result loop.Result) {
	if p == nil || p.service.handle == nil {
		return
	}
	p.ended.Do(func() {
		state := publicState(&result.Last)
		state.ExitCode, state.Ready = &result.Code, false
		p.final <- state
		select {
		case <-p.done:
			if p.untold != nil {
				p.service.logger.Note(*p.untold)
			}
		case <-time.After(lastWords):
		}
	})
}

// publicState is what others are told of a snapshot.
func publicState(s *supervisor.Snapshot) *poddir.State {
	state := &poddir.State{State: string(s.State), Started: s.Initialized, Ready: s.State == supervisor.PodRunning, Containers: []poddir.Container{}}
	for i := range s.Containers {
		c := &s.Containers[i]
		told := poddir.Container{Name: c.Name, State: string(c.State), Started: c.Started, Ready: c.Ready, Restarts: c.Restarts}
		if c.Last != nil {
			code := c.Last.Status.ExitCode()
			told.ExitCode = &code
		}
		state.Containers = append(state.Containers, told)
		if c.Role != supervisor.RoleInit {
			state.Started = state.Started && (c.Started || c.State == supervisor.Completed)
			state.Ready = state.Ready && c.Ready
		}
	}
	return state
}

// lookAtPeers begins to look at those that something waits for, or goes on with it where
// a reload has changed who these are.
func (p *podDir) lookAtPeers() {
	names := p.waitedFor()
	if len(names) == 0 && p.peers == nil || p.peers != nil && slices.Equal(names, p.peers.names) {
		return
	}
	if p.peers != nil {
		p.peers.close()
	}
	p.peers = newPeers(p, names)
	p.service.beside("the look at other niles", p.peers.look)
}

// waitedFor are the names by which this nile waits for others, sorted.
func (p *podDir) waitedFor() []string {
	spec := p.service.now().spec
	var names []string
	for _, c := range spec.Containers() {
		for _, d := range c.DependsOn {
			if isPeer(spec, d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	for _, d := range p.endWith {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// endedWith says, once all have ended with which this nile is to end, who that was; empty
// before.
func (p *podDir) endedWith(seen map[string]*poddir.Seen) string {
	var names []string
	for _, d := range p.endWith {
		nile := seen[d.Name]
		if nile == nil {
			return ""
		}
		ended, success := nile.Ended()
		if !ended || d.Condition == supervisor.DependencyCompleted && !success {
			return ""
		}
		names = append(names, d.Name)
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " has ended"
	}
	return fmt.Sprintf("%s have ended", strings.Join(names, " and "))
}
