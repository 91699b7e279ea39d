package notify

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/walk"
	"github.com/nile-init/nile/supervisor"
)

func TestASocketWithoutAPlaceIsAbstract(t *testing.T) {
	source, err := OpenSocket(strings.Repeat("x", 200), false) // no path may be as long
	l := listen(t, source, err, os.Getpid(), supervisor.NotifyMain)
	if source.Address[0] != '@' {
		t.Fatalf("the address is %q", source.Address)
	}
	fd := dial(source.Address)
	defer syscall.Close(fd)
	send(t, fd, "READY=1")
	l.wait(l.ready)
}

func TestWhichDirectoryIsUsed(t *testing.T) {
	for _, test := range []struct {
		mode      os.FileMode
		otherUser bool
		want      bool
	}{{0o700, false, true}, {0o755, false, true}, {0o700, true, false}, {0o711, true, true}, {0o777, false, false}, {0o775, true, false}} {
		dir := filepath.Join(t.TempDir(), "d")
		_ = os.Mkdir(dir, 0o700)
		_ = os.Chmod(dir, test.mode)
		fd := usable(dir, test.otherUser)
		if got := fd >= 0; got != test.want {
			t.Errorf("%o, for another user %v: %v", test.mode, test.otherUser, got)
		}
		closeIfOpen(fd)
	}
	link := filepath.Join(t.TempDir(), "link")
	_ = os.Symlink(t.TempDir(), link)
	if usable(link, false) >= 0 {
		t.Error("a symbolic link is used")
	}
	if os.Getuid() == 0 { // one of another user on the way
		theirs := t.TempDir()
		link := filepath.Join(theirs, "link")
		if err := errors.Join(os.Symlink(t.TempDir(), link), os.Lchown(link, 1234, -1), os.Chown(theirs, 1234, -1)); err != nil {
			t.Fatal(err)
		}
		if usable(link+"/nile", false) >= 0 {
			t.Error("a directory behind another user's symbolic link is used")
		}
	}
}

func TestASocketThatWasLeftIsReplacedAndOneInUseIsNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	at, err := walk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIfOpen(at)
	newSocket := func() int {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	first, second := newSocket(), newSocket()
	if !bind(first, at, "s", path) || bind(second, at, "s", path) {
		t.Error("the path is not the first one's alone")
	}
	syscall.Close(first)
	if !bind(second, at, "s", path) {
		t.Error("the path of a socket that was left is not used")
	}
	syscall.Close(second)
	_ = os.Remove(path)
	_ = os.WriteFile(path, []byte("precious"), 0o600)
	if third := newSocket(); bind(third, at, "s", path) {
		t.Error("a file was taken away")
	}
}
