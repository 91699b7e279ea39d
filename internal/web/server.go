package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nile-init/nile/internal/http1"
)

// The bounds of what clients can cost.
const (
	MaxConnections = 64
	maxHeader      = 16 << 10
	maxDiscarded   = 256 << 10 // of what a client sends after its header
	requestTime    = 5 * time.Second
	answerTime     = 10 * time.Second
	closeTime      = time.Second // for the client to close first
)

// Response is an answer.
type Response struct {
	Status int
	Type   string // the media type; text/plain where it is empty
	Body   []byte
	Header [][2]string // further fields
}

// Text is an answer in plain text.
func Text(status int, text string) Response { return Response{Status: status, Body: []byte(text)} }

// Server answers requests. Its methods may be called by any goroutine.
type Server struct {
	// Answer makes the answer to a GET or HEAD request, whose body is never read. It is
	// called by one goroutine for each connection.
	Answer func(*http1.Request) Response
	// Panicked is told when Answer has panicked, which the client sees as status 500.
	Panicked func(cause any)
	// Vanish leaves nothing of a connection behind that would keep another program from
	// the port: no connection that is open and none in TIME_WAIT (tcp(7)).
	Vanish bool

	mu       sync.Mutex
	listener net.Listener
	idle     []net.Conn            // those that nothing is being done for, oldest first
	open     map[net.Conn]struct{} // all
	stop     chan struct{}         // closed by Close
	ended    chan struct{}         // closed when accept has ended
}

// Start begins to take connections from a listener, until Close. It is called once.
func (s *Server) Start(listener net.Listener) {
	if s.begin(listener) {
		go s.accept(listener)
	}
}

func (s *Server) accept(listener net.Listener) {
	defer close(s.ended)
	for wait := time.Duration(0); ; {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // no descriptors left, perhaps: the next moment may be better
			wait = min(max(2*wait, 10*time.Millisecond), time.Second)
			select {
			case <-s.stop:
			case <-time.After(wait):
			}
			continue
		}
		wait = 0
		if s.take(conn) {
			go s.serve(conn)
		}
	}
}

func (s *Server) begin(listener net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil { // by Close
		_ = listener.Close()
		return false
	}
	s.stop, s.ended = make(chan struct{}), make(chan struct{})
	s.listener, s.open = listener, map[net.Conn]struct{}{}
	return true
}

// Close closes the listener and all connections. It is called once, waits for no client,
// and the port is free when it returns.
func (s *Server) Close() {
	s.mu.Lock()
	listener, ended := s.listener, s.ended
	if listener == nil {
		s.stop = make(chan struct{})
		s.mu.Unlock()
		return
	}
	close(s.stop)
	_ = listener.Close()
	for conn := range s.open {
		s.end(conn)
	}
	s.open, s.idle = nil, nil
	s.mu.Unlock()
	<-ended // it may just have taken a connection
}

// take makes room for a connection. It returns false where there is none: all others are
// being answered.
func (s *Server) take(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= MaxConnections && len(s.idle) > 0 {
		oldest := s.idle[0]
		s.idle = s.idle[1:]
		delete(s.open, oldest)
		s.end(oldest)
	}
	if s.open == nil || len(s.open) >= MaxConnections {
		s.end(conn)
		return false
	}
	s.open[conn] = struct{}{}
	s.idle = append(s.idle, conn)
	return true
}

// busy says whether something is being done for a connection: its request has come, and
// the answer has not gone.
func (s *Server) busy(conn net.Conn, now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.open[conn]; !open {
		return
	}
	s.idle = slices.DeleteFunc(s.idle, func(other net.Conn) bool { return other == conn })
	if !now {
		s.idle = append(s.idle, conn)
	}
}

// done ends a connection that has been served.
func (s *Server) done(conn net.Conn) {
	s.busy(conn, true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.open[conn]; open {
		delete(s.open, conn)
		_ = conn.Close()
	}
}

// end closes a connection that has not been served to its end.
func (s *Server) end(conn net.Conn) {
	reset(conn)
	_ = conn.Close()
}

// reset makes closing drop all that there is of a connection.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// serve answers one request.
func (s *Server) serve(conn net.Conn) {
	defer s.done(conn)
	_ = conn.SetDeadline(time.Now().Add(requestTime))
	limited := &io.LimitedReader{R: conn, N: maxHeader}
	request, err := http1.ReadRequest(bufio.NewReaderSize(limited, 1<<10))
	if err != nil && limited.N > 0 && !complained(err) {
		reset(conn)
		return // it has said nothing, or not all of it in time
	}
	s.busy(conn, true)
	_ = conn.SetDeadline(time.Now().Add(answerTime))
	response := s.respond(request, err, limited.N <= 0)
	head := request != nil && request.Method == "HEAD"
	if _, err := conn.Write(response.bytes(head)); err != nil {
		reset(conn)
		return
	}
	s.busy(conn, false)
	s.part(conn)
}

// complained tells whether an error is about what a client has sent, and not that
// nothing more came.
func complained(err error) bool {
	var network net.Error
	return !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &network)
}

// respond makes the answer to a request, or to what is none.
func (s *Server) respond(request *http1.Request, err error, tooLong bool) (response Response) {
	defer func() {
		if cause := recover(); cause != nil {
			s.Panicked(cause)
			response = Text(StatusInternalError, "internal error\n")
		}
	}()
	switch {
	case err != nil && tooLong:
		return Text(StatusHeaderTooLarge, "the header is over "+strconv.Itoa(maxHeader>>10)+" KiB\n")
	case errors.Is(err, http1.ErrVersion):
		return Text(StatusVersion, "only HTTP/1.1 is spoken here\n")
	case err != nil:
		return Text(StatusBadRequest, "this is no HTTP/1.1 request\n")
	case request.Method != "GET" && request.Method != "HEAD":
		r := Text(StatusMethod, "only GET and HEAD are answered\n")
		r.Header = [][2]string{{"Allow", "GET, HEAD"}}
		return r
	}
	return s.Answer(request)
}

// bytes is the answer as it is sent.
func (r *Response) bytes(head bool) []byte {
	media := r.Type
	if media == "" {
		media = "text/plain; charset=utf-8"
	}
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n",
		r.Status, phrase(r.Status), media, len(r.Body))
	for _, field := range r.Header {
		b = append(b, field[0]+": "+field[1]+"\r\n"...)
	}
	b = append(b, "\r\n"...)
	if head {
		return b
	}
	return append(b, r.Body...)
}

// part waits for the client to close first, so that the port has no connection in
// TIME_WAIT, and reads what it may still send: closing with something unread would
// reset the connection, perhaps before the client has read the answer (RFC 9112,
// section 9.6).
func (s *Server) part(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(closeTime))
	if tcp, ok := conn.(*net.TCPConn); ok && !s.Vanish {
		_ = tcp.CloseWrite()
	}
	n, err := io.Copy(io.Discard, io.LimitReader(conn, maxDiscarded))
	if s.Vanish && (err != nil || n == maxDiscarded) {
		reset(conn)
	}
}
