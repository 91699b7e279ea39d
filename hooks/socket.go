package hooks

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// socket is a TCP connection to a numeric address. It is a [net.TCPConn] without
// the name lookup, and with one trip less through the poller, since a connection
// to the loopback stands as soon as it is asked for: a quarter of the processor time
// of a probe ([BenchmarkProbeHTTP]).
type socket struct {
	*os.File
	address netip.AddrPort
}

// connectSocket opens a connection to an address.
//
// The kubelet's probes set SO_LINGER to one second, to leave fewer sockets in
// TIME_WAIT (pkg/probe/dialer_others.go). Linux leaves as many with it as
// without, and close(2) may then block for that second, so nile doesn't;
// [socket.finish] does more for it.
func connectSocket(ctx context.Context, address netip.AddrPort) (*connection, error) {
	to := sockaddr(address)
	family := syscall.AF_INET
	if address.Addr().Is6() {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, syscall.IPPROTO_TCP)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// As net does; without it the second of two small writes, as TLS and HTTP/2 make
	// them, waits 40 ms for the other end's delayed acknowledgement.
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	connected, err := tryConnect(fd, to)
	if err == nil && !connected {
		connected, err = tryConnect(fd, to)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	s := &socket{os.NewFile(uintptr(fd), "tcp"), address} // in the poller, as it doesn't block
	c := watched(ctx, s)
	if connected {
		return c, nil
	}
	if err := s.await(to); err != nil {
		discard(c)
		return nil, err
	}
	return c, nil
}

func sockaddr(address netip.AddrPort) syscall.Sockaddr {
	if address.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(address.Port()), Addr: address.Addr().As16()}
}

// tryConnect begins to connect, or asks how it went: to call connect(2) again
// tells on Linux whether the connection stands, is awaited or has failed
// (inet_stream_connect in net/ipv4/af_inet.c).
func tryConnect(fd int, to syscall.Sockaddr) (connected bool, err error) {
	switch err := syscall.Connect(fd, to); err {
	case nil, syscall.EISCONN:
		return true, nil
	case syscall.EINPROGRESS, syscall.EALREADY, syscall.EINTR:
		return false, nil
	default:
		return false, err
	}
}

// await waits for the connection or, by the deadline, for the context's end.
func (s *socket) await(to syscall.Sockaddr) error {
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Write(func(fd uintptr) bool {
		var connected bool
		connected, failure = tryConnect(int(fd), to)
		return connected || failure != nil
	})
	if err != nil {
		return err
	}
	return failure
}

// toItself says whether the connection is one with itself. That is what TCP makes
// of a connection to a free port if the kernel picks the same port for this end,
// which it may for the ports that it picks from (32768–60999). Nobody listens
// there then. An httpGet or a grpc call needs no such check: the answer is no
// answer.
func (s *socket) toItself() bool {
	return s.localAddress() == s.address
}

func (s *socket) localAddress() (local netip.AddrPort) {
	s.control(func(fd int) {
		name, err := syscall.Getsockname(fd)
		if err != nil {
			return
		}
		switch name := name.(type) {
		case *syscall.SockaddrInet4:
			local = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
		case *syscall.SockaddrInet6:
			local = netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port))
		}
	})
	return local
}

// finish makes the coming Close a reset if the other end has closed the
// connection already. Nobody is left there who could notice, and neither end
// stays in TIME_WAIT for a minute, where a thousand probes a second would keep
// sixty thousand.
func (s *socket) finish() {
	s.control(func(fd int) {
		var none [1]byte
		n, _, err := syscall.Recvfrom(fd, none[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if n == 0 && err == nil {
			_ = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
		}
	})
}

// SetLinger is that of [net.TCPConn].
func (s *socket) SetLinger(seconds int) error {
	var err error
	s.control(func(fd int) {
		err = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1, Linger: int32(seconds)})
	})
	return err
}

// control lets use do something with the descriptor, which is open as long as
// use runs.
func (s *socket) control(use func(fd int)) {
	if raw, err := s.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { use(int(fd)) })
	}
}

// LocalAddr makes a [net.Conn] of the socket; it is for people only.
func (s *socket) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(s.localAddress()) }

// RemoteAddr is where the socket was connected to.
func (s *socket) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.address) }

var _ stream = (*socket)(nil)
var _ stream = (*net.TCPConn)(nil)
