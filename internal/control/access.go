package control

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
)

// Peer is the process at the other end, as of its connect(2): SO_PEERCRED in unix(7).
type Peer struct {
	PID int // in nile's PID namespace
	UID int
}

// accept waits for the next client.
func accept(listener *os.File) (*os.File, *Peer, error) {
	raw, err := listener.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	var fd int
	var failed error
	err = raw.Read(func(listening uintptr) bool {
		// Not unix's, which knows the addresses of 14 kinds of sockets: 30 KB.
		fd, _, failed = syscall.Accept4(int(listening), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		return !errors.Is(failed, unix.EAGAIN)
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, nil, err
	}
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		peer = &unix.Ucred{Uid: ^uint32(0)}
	}
	return os.NewFile(uintptr(fd), "control"), &Peer{PID: int(peer.Pid), UID: int(peer.Uid)}, nil
}

// temporary tells whether accepting may work again later.
func temporary(err error) bool {
	for _, errno := range []syscall.Errno{
		unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS, unix.ECONNABORTED, unix.EINTR, unix.EPERM,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// allowed says why a peer may not talk to nile; nil where it may: root and nile's own
// user, from a PID namespace that is seen from nile's. The process id of any other is 0.
func allowed(peer *Peer) *client.Error {
	own := os.Getuid()
	switch {
	case peer.PID == 0:
		return &client.Error{Code: client.CodeRefused, Message: "nile talks to processes of its own container only: this one is in another PID namespace"}
	case peer.UID == 0 || peer.UID == own:
		return nil
	case own == 0:
		return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("nile does not talk to user %d: be root", peer.UID)}
	}
	return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("nile does not talk to user %d: be root or user %d, as which nile runs", peer.UID, own)}
}
