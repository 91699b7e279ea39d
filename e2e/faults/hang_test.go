package faults

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDeadFileServer: a child hangs in the kernel, on a file system whose server took the
// request and never answers. Not even SIGKILL ends it. nile says so, goes on with all else,
// and gives it up at the end.
func TestDeadFileServer(t *testing.T) {
	device := deadFileServer(t)
	p := start(t, always(fmt.Sprintf("cat, %s/file", device.dir)), options{})
	p.await("the child hangs", func() bool {
		select {
		case <-device.asked:
			return true
		default:
			return false
		}
	})
	p.holds("steady")
	p.signal(15)
	p.awaitWords("it hangs in the kernel")
	// PID 1 of a namespace is gone when all its processes are; here that is when the
	// server is.
	device.gone()
	p.exits(143)
	if !strings.Contains(p.stderr.String(), "left to itself") {
		t.Error("nile does not say that it gives the child up")
	}
}

type fileServer struct {
	dir   string
	file  *os.File
	asked chan struct{} // closed when there is a request that will not be answered
}

// gone ends the server: the kernel lets go whoever waits for it.
func (f *fileServer) gone() { _ = unix.Unmount(f.dir, unix.MNT_FORCE|unix.MNT_DETACH) }

// The requests of fuse(4) and the sizes of what is sent, as in linux/fuse.h.
const (
	fuseInit      = 26
	fuseInHeader  = 40
	fuseOutHeader = 16
	fuseInitOut   = 64
)

// deadFileServer mounts a file system whose server answers nothing but the first greeting,
// and takes every request.
func deadFileServer(t *testing.T) *fileServer {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a file system")
	}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("needs FUSE: %v", err)
	}
	server := &fileServer{dir: t.TempDir(), file: os.NewFile(uintptr(fd), "/dev/fuse"), asked: make(chan struct{})}
	if err := unix.Mount("dead", server.dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
		t.Skipf("needs FUSE: %v", err)
	}
	t.Cleanup(func() {
		server.gone()
		_ = server.file.Close()
	})
	go func() {
		for request := make([]byte, 1<<17); ; {
			n, err := unix.Read(fd, request)
			if err != nil || n < fuseInHeader {
				return
			}
			if binary.NativeEndian.Uint32(request[4:]) == fuseInit {
				answer := make([]byte, fuseOutHeader+fuseInitOut)
				binary.NativeEndian.PutUint32(answer, uint32(len(answer)))
				copy(answer[8:16], request[8:16])                                  // whose answer it is
				copy(answer[fuseOutHeader:], request[fuseInHeader:fuseInHeader+8]) // the same version
				binary.NativeEndian.PutUint32(answer[fuseOutHeader+20:], 4096)     // max_write
				if _, err := unix.Write(fd, answer); err != nil {
					return
				}
				continue
			}
			select {
			case <-server.asked:
			default:
				close(server.asked)
			}
		}
	}()
	return server
}
