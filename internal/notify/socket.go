package notify

import (
	"os"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/procstat"
	"github.com/nile-init/nile/internal/walk"
)

// OpenSocket makes a socket that a process sends datagrams to. It has a path, name.sock in
// the first of nile's directories for such things that can be used; where none can, as with
// a read-only root file system, or where a process of another user could not reach it, it is
// an abstract one (unix(7)). Not every library knows those, therefore a path comes first.
func OpenSocket(name string, otherUser bool) (*Source, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	// Before there is a name: each datagram then has its sender.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_PASSCRED, 1); err != nil {
		closeIfOpen(fd)
		return nil, err
	}
	for _, directory := range directories() {
		at := usable(directory, otherUser)
		if at < 0 {
			continue
		}
		path := directory + "/" + name + ".sock"
		bound := bind(fd, at, name+".sock", path)
		closeIfOpen(at)
		if bound {
			s := newSource(fd, -1, path)
			s.path = path
			return s, nil
		}
	}
	// The kernel chooses a name that nobody has.
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{}); err != nil {
		closeIfOpen(fd)
		return nil, err
	}
	address, err := syscall.Getsockname(fd)
	if err != nil {
		closeIfOpen(fd)
		return nil, err
	}
	return newSource(fd, -1, address.(*syscall.SockaddrUnix).Name), nil
}

// directories are where a socket may be. nile's control socket is in the same places.
func directories() []string {
	list := []string{"/run/nile"}
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" && runtime[0] == '/' {
		list = append(list, runtime+"/nile")
	}
	return append(list, "/tmp/nile-"+strconv.Itoa(os.Getuid()))
}

// usable opens a directory, which is made where it is not there, if nobody else can put
// something into it or a link in its way, and if whoever is to speak can pass through it. It
// is -1 where that is not so.
func usable(directory string, otherUser bool) (fd int) {
	at, name, err := walk.Parent(directory)
	if err != nil {
		return -1
	}
	defer closeIfOpen(at)
	mode := uint32(0o700)
	if directory == "/run/nile" {
		mode = 0o755
	}
	_ = syscall.Mkdirat(at, name, mode)
	fd, err = syscall.Openat(at, name, linux.O_PATH|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	var info syscall.Stat_t
	own := uint32(os.Getuid())
	if syscall.Fstat(fd, &info) != nil || info.Uid != own && info.Uid != 0 || info.Mode&0o022 != 0 || otherUser && info.Mode&0o001 == 0 {
		closeIfOpen(fd)
		return -1
	}
	return fd
}

// bind gives a socket its path, that of a name in a directory of nile's own. One that is
// left of a nile which has been killed is taken away before: nobody listens there.
func bind(fd, directory int, name, path string) bool {
	address := &syscall.SockaddrUnix{Name: path}
	err := syscall.Bind(fd, address)
	if err == syscall.EADDRINUSE && isStale(address) {
		_ = syscall.Unlinkat(directory, name)
		err = syscall.Bind(fd, address)
	}
	if err != nil {
		return false
	}
	// Who has sent something is seen from its credentials.
	_ = syscall.Fchmodat(directory, name, 0o666, 0)
	return true
}

func isStale(address *syscall.SockaddrUnix) bool {
	var info syscall.Stat_t
	if syscall.Lstat(address.Name, &info) != nil || info.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
		return false
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer syscall.Close(fd)
	return syscall.Connect(fd, address) == syscall.ECONNREFUSED
}

// receive reads one datagram, and who has sent it: 0 where nile cannot see that process. Of
// the descriptors that come with it there is room for one; the kernel closes the others. ok
// is false where there is no datagram.
func receive(fd int, datagram, control []byte) (n, sender, passed int, ok bool) {
	var m int
	var err error
	for {
		n, m, _, _, err = syscall.Recvmsg(fd, datagram, control, syscall.MSG_DONTWAIT|syscall.MSG_CMSG_CLOEXEC)
		if err != syscall.EINTR {
			break
		}
	}
	passed = -1
	if err != nil {
		return 0, 0, passed, false
	}
	messages, err := syscall.ParseSocketControlMessage(control[:m])
	if err != nil {
		return n, 0, passed, true
	}
	for i := range messages {
		if credentials, err := syscall.ParseUnixCredentials(&messages[i]); err == nil {
			sender = int(credentials.Pid)
		}
		if fds, err := syscall.ParseUnixRights(&messages[i]); err == nil {
			for _, one := range fds {
				closeIfOpen(passed)
				passed = one
			}
		}
	}
	return n, sender, passed, true
}

// isBelow tells whether a process was started by another one, itself or through others: it
// descends from that one, or has its session or group. One that has ended by now cannot be
// seen any more, unless it waits to be reaped.
func isBelow(pid, main int) bool {
	root, err := procstat.Open("/proc")
	if err != nil || pid <= 0 {
		return false
	}
	defer syscall.Close(root)
	buffer := make([]byte, procstat.LineSize)
	for range 1000 { // numbers may come round while this looks
		stat, err := procstat.Read(root, pid, buffer)
		switch {
		case err != nil:
			return false
		case stat.Parent == main || stat.Session == main || stat.Group == main:
			return true
		case stat.Parent <= 1:
			return false
		}
		pid = stat.Parent
	}
	return false
}
