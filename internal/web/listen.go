package web

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Listen opens a port, such as :9190 or 127.0.0.1:9190; without a host that of all
// addresses, IPv4 and IPv6.
func Listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, reason(err))
	}
	return listener, nil
}

// reason is why a port cannot be opened, with what helps.
func reason(err error) error {
	errno, ok := errors.AsType[unix.Errno](err)
	switch {
	case !ok:
		return err
	case errno == unix.EADDRINUSE:
		return fmt.Errorf("%w: another program has the port: choose another one", errno)
	case errno == unix.EACCES:
		return fmt.Errorf("%w: a port below 1024 takes CAP_NET_BIND_SERVICE or a lower net.ipv4.ip_unprivileged_port_start: choose a higher one, or give nile that", errno)
	case errno == unix.EADDRNOTAVAIL:
		return fmt.Errorf("%w: this machine has no such address: leave it out for all addresses", errno)
	}
	return errno
}
