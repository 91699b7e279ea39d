package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/nile-init/nile/client"
)

// keeper makes ZooKeeper have the nodes that the app's state asks for.
type keeper struct {
	o       *options
	tracker tracker
	wake    chan struct{} // there is something to look at

	mu     sync.Mutex
	wanted *record // what is to be told; nil for no node

	// The rest belongs to the goroutine of run.
	session       *session
	authenticated bool
	live          slot
	marks         *slot // nil where there are none
	said          string
}

// The waits before something is tried again that ZooKeeper has refused.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

func newKeeper(o *options) *keeper {
	who := registrar{Instance: o.instance, Started: time.Now().UTC()}
	k := &keeper{o: o, wake: make(chan struct{}, 1), tracker: tracker{o: o, who: who}}
	k.live = slot{directory: o.chroot + o.path, name: o.name, sequential: o.sequential, acl: o.acl, who: who}
	if o.marks != "" {
		marks := k.live
		marks.directory = o.chroot + o.marks
		k.marks = &marks
	}
	return k
}

// open begins to connect, anew where there was a connection.
func (k *keeper) open() {
	outage := k.session != nil && k.session.close()
	k.session, k.authenticated = open(k.o, k.look, outage), false
}

// look makes run look at everything.
func (k *keeper) look() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// told is told the status of nile, or nil where nile doesn't answer. It is for one
// goroutine.
func (k *keeper) told(status *client.Status) {
	wanted := k.tracker.record(status)
	k.mu.Lock()
	k.wanted = wanted
	k.mu.Unlock()
	k.look()
}

// run keeps the nodes until ctx is done, and then removes them.
func (k *keeper) run(ctx context.Context) {
	retry := time.NewTimer(firstRetry)
	defer retry.Stop()
	wait := firstRetry
	for ctx.Err() == nil {
		again, err := k.settle()
		switch {
		case again:
			retry.Reset(wait)
			if err != nil { // it is refused: not more and more often
				wait = min(2*wait, lastRetry)
			}
		default:
			wait = firstRetry
			retry.Stop()
		}
		k.complain(err)
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-retry.C:
		}
	}
	k.leave()
}

// settle makes the nodes so, as far as that is possible now. again says that it has to be
// tried again even if nothing happens.
func (k *keeper) settle() (again bool, err error) {
	id, address := k.session.present()
	if id == 0 {
		if k.session.hopeless() {
			k.open()
		}
		return true, nil
	}
	if err := k.authenticate(); err != nil {
		return true, ifRefused(err)
	}
	moved := k.session.takeMoved()
	live, mark := k.wishes(address)
	// What is not live any more first goes away, then the mark appears, and the reverse.
	slots, wishes := []*slot{&k.live, k.marks}, [][]byte{live, mark}
	if live != nil {
		slots[0], slots[1], wishes[0], wishes[1] = slots[1], slots[0], wishes[1], wishes[0]
	}
	var failed error
	for i, s := range slots {
		if s == nil {
			continue
		}
		s.known = s.known && !moved
		if err := s.settle(k.session, id, wishes[i]); err != nil {
			failed = errors.Join(failed, ifRefused(err))
			again = true
		}
	}
	return again, failed
}

// authenticate gives the credentials to a new connection, which repeats them by itself
// from then on.
func (k *keeper) authenticate() error {
	if k.authenticated {
		return nil
	}
	for _, c := range k.o.credentials {
		if err := k.session.conn.AddAuth(c.scheme, c.secret); err != nil {
			return explain("authenticate to", "ZooKeeper", err)
		}
	}
	k.authenticated = true
	return nil
}

// wishes are the data of the live node and of the mark; nil where there is to be none.
func (k *keeper) wishes(address string) (live, mark []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.wanted == nil {
		return nil, nil
	}
	r := *k.wanted
	if r.Host = k.o.host; r.Host == "" {
		r.Host = address
	}
	if r.State == stateReady {
		return r.encode(), nil
	}
	return nil, r.encode()
}

// ifRefused is nil for the errors of a connection that is lost: the session tells of
// those, and what was asked is looked at again in the next one.
func ifRefused(err error) error {
	for _, lost := range []error{zk.ErrConnectionClosed, zk.ErrSessionExpired, zk.ErrSessionMoved, zk.ErrNoServer, zk.ErrClosing} {
		if errors.Is(err, lost) {
			return nil
		}
	}
	return err
}

// complain says what ZooKeeper has refused, once.
func (k *keeper) complain(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != k.said {
		say("%s", text)
	}
	k.said = text
}

// leave removes the nodes and ends the session.
func (k *keeper) leave() {
	k.mu.Lock()
	k.wanted = nil
	k.mu.Unlock()
	again, err := k.settle()
	k.complain(err)
	if again && err == nil && k.live.left != "" {
		say("cannot remove %s: no server can be reached: it ends with its session", k.live.left)
	}
	// With the session all of its nodes end, even if one could not be removed.
	k.session.close()
}
