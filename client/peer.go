package client

import (
	"errors"
	"fmt"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// credentials are those of the process that listens, as of its listen(2): SO_PEERCRED
// in unix(7).
func credentials(conn *net.UnixConn) (*unix.Ucred, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	failed := raw.Control(func(fd uintptr) {
		peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if failed != nil {
		err = failed
	}
	return peer, err
}

// groups are the supplementary groups of the process that listens: SO_PEERGROUPS, since
// Linux 4.13. Where they cannot be had there are none.
func groups(conn *net.UnixConn) []int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	const most = 65536 // NGROUPS_MAX
	var list []int
	_ = raw.Control(func(fd uintptr) {
		buffer := make([]uint32, 64)
		for {
			size := uint32(4 * len(buffer))
			_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
				uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&size)), 0)
			if errno == unix.ERANGE && len(buffer) < most {
				buffer = make([]uint32, most)
				continue
			}
			if errno == 0 {
				for _, group := range buffer[:size/4] {
					list = append(list, int(group))
				}
			}
			return
		}
	})
	return list
}

// errForeign says that the listener is in no PID namespace that is seen from here.
var errForeign = errors.New("it belongs to a process of another container")

// trustworthy refuses who may have put himself in nile's place.
func trustworthy(peer *unix.Ucred, path string) error {
	own := os.Getuid()
	switch {
	case peer.Pid == 0:
		return errForeign
	case own != 0 && peer.Uid != 0 && int(peer.Uid) != own:
		return &Error{Code: CodeRefused, Message: fmt.Sprintf(
			"cannot talk to the nile at %s: it runs as user %d, and this is user %d: be root or that user", path, peer.Uid, own)}
	}
	return nil
}
