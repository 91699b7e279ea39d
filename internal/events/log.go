// Package events keeps what has last happened in a pod: every [supervisor.Note], also
// those below the level of nile's log, with a number and the time. Any number of
// followers read along, and none can hold up the one who tells: a follower that is too
// slow loses the oldest, and is told how many.
package events

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// The bounds of what is kept.
const (
	maxEvents = 1024
	maxBytes  = 224 << 10
)

// Log is the ring of the last events. The zero value is ready for use. All methods may
// be called by any goroutine; none waits but [Follower.Next].
type Log struct {
	mu        sync.Mutex
	ring      []entry // grows up to maxEvents, then goes round
	first     int     // the place of the oldest
	count     int
	bytes     int
	last      uint64 // the number of the newest
	followers []*Follower
	closed    bool
}

// Note adds an event. It is for the event loop: it takes well under a microsecond and
// allocates only while the ring grows.
func (l *Log) Note(n supervisor.Note) {
	added := entry{at: time.Now(), note: n}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.bytes += added.size()
	for l.count == maxEvents || l.count > 0 && l.bytes > maxBytes {
		l.drop()
	}
	if l.count == len(l.ring) {
		l.grow()
	}
	l.ring[(l.first+l.count)%len(l.ring)] = added
	l.count++
	l.last++
	for _, f := range l.followers {
		f.wake()
	}
}

// drop forgets the oldest.
func (l *Log) drop() {
	oldest := &l.ring[l.first]
	l.bytes -= oldest.size()
	*oldest = entry{}
	l.first = (l.first + 1) % len(l.ring)
	l.count--
}

// grow makes room for more.
func (l *Log) grow() {
	larger := make([]entry, min(max(2*len(l.ring), 16), maxEvents))
	for i := range l.count {
		larger[i] = l.ring[(l.first+i)%len(l.ring)]
	}
	l.ring, l.first = larger, 0
}

// Last is the number of the newest event; 0 where there is none yet.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Since returns the events after a number, oldest first, and how many of these are no
// longer kept. A number that there has not been yet, as the last one of an earlier
// nile may be, is as good as 0.
func (l *Log) Since(number uint64) (list []Event, lost uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since(number)
}

func (l *Log) since(number uint64) (list []Event, lost uint64) {
	if number > l.last {
		number = 0
	}
	oldest := l.last - uint64(l.count) // the number before it
	if number < oldest {
		lost, number = oldest-number, oldest
	}
	for n := number; n < l.last; n++ {
		place := (l.first + int(n-oldest)) % len(l.ring)
		list = append(list, l.ring[place].event(n+1))
	}
	return list, lost
}

// Follow begins to follow, with the events after a number. The follower is to be
// closed.
func (l *Log) Follow(number uint64) *Follower {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number > l.last {
		number = 0
	}
	f := &Follower{log: l, next: number, news: make(chan struct{}, 1)}
	l.followers = append(l.followers, f)
	return f
}

// Close says that nothing more will come: followers get what is left, then [io.EOF].
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, f := range l.followers {
		f.wake()
	}
}

// Follower reads events as they come. It belongs to one goroutine.
type Follower struct {
	log  *Log
	next uint64 // the last one that has been read
	news chan struct{}
}

// wake says that there may be news.
func (f *Follower) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// Next waits for events and returns all that there are, and how many before them were
// lost because this follower came too late for them. The error is [io.EOF] when there
// will be no more, or that of ctx.
func (f *Follower) Next(ctx context.Context) (list []Event, lost uint64, err error) {
	for {
		f.log.mu.Lock()
		list, lost = f.log.since(f.next)
		f.next = f.log.last
		closed := f.log.closed
		f.log.mu.Unlock()
		switch {
		case len(list) > 0:
			return list, lost, nil
		case closed:
			return nil, 0, io.EOF
		}
		select {
		case <-f.news:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// Close ends the following.
func (f *Follower) Close() {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	for i, other := range f.log.followers {
		if other == f {
			f.log.followers = append(f.log.followers[:i:i], f.log.followers[i+1:]...)
			return
		}
	}
}
