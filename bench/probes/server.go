package main

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// kind is what a connection turned out to be.
type kind int

const (
	tcpSocket kind = iota // closed without a word
	httpGet
	kinds
)

func (k kind) String() string { return [kinds]string{"tcpSocket", "httpGet"}[k] }

// answer is all that the server says.
const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

// server stands in for the servers of all containers. Each has its own port, as
// in a pod.
type server struct {
	listeners []net.Listener
	mu        sync.Mutex
	arrivals  [kinds][][]time.Time // by kind and container
}

// newServer opens the ports and answers.
func newServer(containers int) (*server, error) {
	s := &server{}
	for k := range s.arrivals {
		s.arrivals[k] = make([][]time.Time, containers)
	}
	for i := range containers {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			s.close()
			return nil, fmt.Errorf("cannot open %d ports: %w", containers, err)
		}
		s.listeners = append(s.listeners, listener)
		go s.serve(i, listener)
	}
	return s, nil
}

func (s *server) close() {
	for _, listener := range s.listeners {
		listener.Close()
	}
}

// port is the port of a container.
func (s *server) port(container int) int {
	return s.listeners[container].Addr().(*net.TCPAddr).Port
}

func (s *server) serve(container int, listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return // closed
		}
		at := time.Now()
		k := handle(c)
		s.mu.Lock()
		s.arrivals[k][container] = append(s.arrivals[k][container], at)
		s.mu.Unlock()
	}
}

// handle answers a request, or sees a connection closed, and tells which it was.
func handle(c net.Conn) kind {
	defer c.Close()
	var request [1024]byte
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if n, _ := c.Read(request[:]); n == 0 {
		return tcpSocket
	}
	_, _ = c.Write([]byte(answer))
	return httpGet
}

// taken are the arrivals so far, which are forgotten.
func (s *server) taken() [kinds][][]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.arrivals
	for k := range s.arrivals {
		s.arrivals[k] = make([][]time.Time, len(s.listeners))
	}
	return taken
}

// probed is how many probes have been made at least once, of two a container.
func (s *server) probed() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.arrivals {
		for _, series := range s.arrivals[k] {
			if len(series) > 0 {
				n++
			}
		}
	}
	return n
}
