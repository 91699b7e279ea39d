package main

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// session is a connection to ZooKeeper, which is made again whenever it is lost, and the
// present session in it. Its methods may be called by any goroutine.
type session struct {
	o       *options
	conn    *zk.Conn
	changed func() // something that the keeper should look at has happened; must not block

	mu       sync.Mutex
	id       int64 // 0 while there is none
	earlier  int64 // the last one, to tell a new one from one that goes on
	address  string
	lost     time.Time // since when there is none
	outage   bool      // it has been said that a server cannot be reached
	watching map[string]bool
	moved    bool // a node that is watched has changed
}

// The bounds of messages: nile-zk sends little, and reads its own nodes and the names of
// a service's instances.
const (
	maxSent     = 256 << 10
	maxReceived = 4 << 20
)

// open begins to connect. outage is true where it has been said already that a server
// cannot be reached.
func open(o *options, changed func(), outage bool) *session {
	s := &session{o: o, changed: changed, lost: time.Now(), outage: outage, watching: map[string]bool{}}
	s.mu.Lock() // events wait until there is a conn
	defer s.mu.Unlock()
	conn, _, err := zk.Connect(o.servers, o.sessionTimeout,
		zk.WithDialer(s.dial), zk.WithHostProvider(&rounds{}), zk.WithEventCallback(s.event),
		zk.WithLogger(silent{}), zk.WithLogInfo(false),
		zk.WithMaxBufferSize(maxReceived), zk.WithMaxConnBufferSize(maxSent))
	if err != nil {
		panic(err) // it fails for an empty list alone
	}
	s.conn = conn
	return s
}

// present is the id of the session; 0 where there is none. address is where this
// machine is reached from the server's point of view.
func (s *session) present() (id int64, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id, s.address
}

// close ends the session, and with it its nodes. It returns within seconds; what it has
// said about an outage goes to the next one.
func (s *session) close() (outage bool) {
	s.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outage
}

// takeMoved returns and forgets whether a node has changed that was watched.
func (s *session) takeMoved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := s.moved
	s.moved = false
	return moved
}

// event is called by package zk, in the order in which things happen.
func (s *session) event(e zk.Event) {
	s.mu.Lock()
	switch {
	case e.Type == zk.EventSession:
		s.stateChanged(e)
	case e.Path != "":
		delete(s.watching, e.Path)
		s.moved = true
	}
	s.mu.Unlock()
	s.changed()
}

func (s *session) stateChanged(e zk.Event) {
	switch e.State {
	case zk.StateHasSession:
		s.id, s.outage = s.conn.SessionID(), false
		if s.id == s.earlier {
			say("connected to %s, session %#x goes on", e.Server, s.id)
		} else {
			say("connected to %s, session %#x", e.Server, s.id)
		}
		s.earlier = s.id
	case zk.StateExpired:
		say("session %#x has expired", s.earlier)
	case zk.StateDisconnected:
		if s.id != 0 {
			say("the connection to %s is lost", e.Server)
			s.id, s.lost = 0, time.Now()
		}
	case zk.StateUnknown, zk.StateConnecting, zk.StateConnected, zk.StateSyncConnected, zk.StateAuthFailed, zk.StateConnectedReadOnly, zk.StateSaslAuthenticated:
	}
}

// watch makes sure that a change of a node, or its making, will be told. Package zk keeps
// every watch that was asked for until it is told, so that there must be one at most.
func (s *session) watch(path string) (*zk.Stat, error) {
	s.mu.Lock()
	watching := s.watching[path]
	s.watching[path] = true
	s.mu.Unlock()
	var stat *zk.Stat
	var exists bool
	var err error
	if watching {
		exists, stat, err = s.conn.Exists(path)
	} else if exists, stat, _, err = s.conn.ExistsW(path); err != nil {
		s.mu.Lock()
		delete(s.watching, path)
		s.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, nil
	}
	return stat, nil
}

// dial connects to a server. The name is looked up each time: a server that Kubernetes
// has started anew has another address.
func (s *session) dial(network, server string, _ time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, server, s.o.connectTimeout)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if !s.outage {
			s.outage = true
			say("cannot connect to %s: %v: trying on", server, err)
		}
		return nil, fmt.Errorf("cannot connect to %s: %w", server, err)
	}
	if host, _, err := net.SplitHostPort(conn.LocalAddr().String()); err == nil {
		s.address = host
	}
	return &limited{Conn: conn, limit: s.o.connectTimeout}, nil
}

// hopeless tells whether there was no session for so long that the last one has ended, and
// the connection should be made anew. Two things would else last for ever: a server that
// has lost its data refuses a client that has seen more than it knows (ZooKeeper's
// NIOServerCnxn: "client must try another server"); and package zk 1.0.4 hangs where a
// connection breaks while credentials are sent again: two answers go to a channel for one.
func (s *session) hopeless() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id == 0 && time.Since(s.lost) > s.o.sessionTimeout+s.o.connectTimeout+2*time.Second
}

// limited is a connection whose server has to answer soon at first. Package zk would wait
// for ten times the session's time-out, and meanwhile not look for another server.
type limited struct {
	net.Conn
	limit time.Duration
	heard bool
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.heard = l.heard || n > 0
	return n, err
}

func (l *limited) SetReadDeadline(t time.Time) error {
	if soon := time.Now().Add(l.limit); !l.heard && soon.Before(t) {
		t = soon
	}
	return l.Conn.SetReadDeadline(t)
}

// rounds goes through the servers, by name. After each round without success package zk
// waits for a second.
type rounds struct {
	servers []string
	at      int
	tried   int
}

// Init implements zk.HostProvider.
func (r *rounds) Init(servers []string) error {
	r.servers, r.at = servers, -1
	return nil
}

// Len implements zk.HostProvider.
func (r *rounds) Len() int { return len(r.servers) }

// Next implements zk.HostProvider.
func (r *rounds) Next() (server string, again bool) {
	again = r.tried == len(r.servers)
	if again {
		r.tried = 0
	}
	r.tried++
	r.at = (r.at + 1) % len(r.servers)
	return r.servers[r.at], again
}

// Connected implements zk.HostProvider. The next server is tried at once when the
// connection is lost; with one server alone, after a second.
func (r *rounds) Connected() { r.tried = 1 }

// silent swallows what package zk would print: the session tells what matters, once.
type silent struct{}

// Printf implements zk.Logger.
func (silent) Printf(string, ...any) {}
