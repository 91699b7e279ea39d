package control

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/jsonvalue"
)

// The bounds of a server.
const (
	maxClients = 64
	resultTime = 30 * time.Second       // a client that does not take its result is given up
	lastTime   = 200 * time.Millisecond // what is under way when nile ends may take so long
)

// patience is how long a client is waited for.
type patience struct {
	idle time.Duration // between requests
	half time.Duration // from the first byte of a request to its last
}

// Handler answers one verb. Each send is one item of the answer, before the result; it
// fails when the client has gone away, as ctx is done then and when nile ends. An error
// that is no [*client.Error] counts as nile's own fault. It runs in a goroutine of its
// own for each client.
type Handler func(ctx context.Context, r *Request, send func(item any) error) (result any, err error)

// Options are what a server needs to know. The zero value opens a socket in the first
// usable place.
type Options struct {
	// Path, where not empty, is the only place: a path, or @NAME for an abstract
	// socket.
	Path string
	// StateDir is nile's state directory, if there is one.
	StateDir string
	// Directories are the places to try in place of [client.Directories]; for tests.
	Directories []client.Directory
	// Verbs, where not nil, registers the verbs when the first client comes: most niles
	// never see one, and pay nothing for them.
	Verbs func(*Server)
	// Explain, where not nil, is asked for what a client is told of an error that is no
	// [*client.Error]; nil makes it nile's own fault.
	Explain func(error) *client.Error
	// Panicked is told of a handler that has panicked. It may be nil.
	Panicked func(verb string, cause any)
}

// Server listens on one socket. Make it with [New]; register all verbs, then Open and
// Serve it.
type Server struct {
	options  Options
	handlers map[string]Handler
	patience patience

	mu       sync.Mutex
	listener *os.File
	name     socketName
	opening  chan struct{} // closed when Open has returned; nil before Open
	closed   bool
	clients  map[*connection]bool
	busy     int           // clients whose request is being answered
	quiet    chan struct{} // closed when busy has become 0 and the server is closed
	left     goodbyes
}

// New makes a server. It costs next to nothing until it is opened.
func New(o Options) *Server {
	return &Server{options: o, patience: patience{idle: time.Minute, half: 5 * time.Second}}
}

// Handle registers the handler of a verb. It must not be called after Serve, but for
// [Options].Verbs.
func (s *Server) Handle(verb string, handler Handler) {
	if s.handlers == nil {
		s.handlers = map[string]Handler{}
	}
	s.handlers[verb] = handler
}

// Verbs are the verbs that have been registered, sorted.
func (s *Server) Verbs() []string { return slices.Sorted(maps.Keys(s.handlers)) }

// Serve lets clients in until the server is closed.
func (s *Server) Serve() {
	for {
		file, peer, err := accept(s.listener)
		switch {
		case err == nil:
			s.admit(file, peer)
		case temporary(err):
			// No descriptors or no memory: somebody will give some back.
			time.Sleep(100 * time.Millisecond)
		default:
			return // closed
		}
	}
}

// admit begins to serve a client, or says why not.
func (s *Server) admit(file *os.File, peer *Peer) {
	refusal := allowed(peer)
	s.mu.Lock()
	if refusal == nil && len(s.clients) >= maxClients {
		refusal = &client.Error{Code: client.CodeRefused, Message: "too many clients are connected to nile's control socket: try again later"}
	}
	if refusal != nil || s.closed {
		s.mu.Unlock()
		refuse(file, refusal)
		return
	}
	if s.clients == nil {
		s.clients = map[*connection]bool{}
		if s.options.Verbs != nil {
			s.options.Verbs(s)
		}
	}
	c := newConnection(s, file, *peer)
	s.clients[c] = true
	s.mu.Unlock()
	go c.serve()
}

// refuse says no and hangs up. A new socket has room for one line.
func refuse(file *os.File, refusal *client.Error) {
	if line, err := jsonvalue.Marshal(client.Answer{Error: refusal}); err == nil && refusal != nil {
		_ = file.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = file.Write(append(line, '\n'))
	}
	_ = file.Close()
}

// begin notes that a request is being answered; false where it must not be any more.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.busy++
	return true
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if s.busy == 0 && s.closed {
		close(s.quiet)
	}
}

// leave forgets a client.
func (s *Server) leave(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
	s.left.add(c.peer.PID)
}

// Close does what Leave does, and ends Serve. It may be called at any time, also instead
// of Open.
func (s *Server) Close() {
	if s.Leave() && s.listener != nil {
		_ = s.listener.Close()
	}
}

// Leave takes the socket away, lets what is under way end, for a moment, and hangs up
// on all clients. Where this process is PID 1, it lets the clients end, for what is left
// of the moment. It is for the end of the process, which closes the listener by itself: to
// have the goroutine give it up that waits there takes four changes of threads. It tells
// whether the listener is at rest, open or not there, for the first call only.
func (s *Server) Leave() (settled bool) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.closed = true
	opening, busy := s.opening, s.busy
	s.quiet = make(chan struct{})
	s.mu.Unlock()
	if opening == nil {
		return true
	}
	closing := time.Now()
	// A timer wakes a thread, and most niles end with nobody to wait for.
	if !within(opening, lastTime) { // a file system that hangs
		return false
	}
	if s.listener != nil {
		s.name.remove()
	}
	if busy > 0 {
		within(s.quiet, lastTime-time.Since(closing))
	}
	s.mu.Lock()
	for c := range s.clients {
		s.left.add(c.peer.PID)
		c.hangUp()
	}
	left := s.left
	s.mu.Unlock()
	if os.Getpid() == 1 {
		left.await(closing.Add(lastTime))
	}
	return true
}

// within waits for the end of something, and tells whether it has come in time.
func within(done <-chan struct{}, limit time.Duration) bool {
	select {
	case <-done:
		return true
	default:
	}
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
