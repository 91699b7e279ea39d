package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/client"
)

// opened opens a server and closes it at the end of the test.
func opened(t *testing.T, o Options) (path string, problems []error, err error) {
	t.Helper()
	s := New(o)
	path, problems, err = s.Open()
	if err == nil {
		served := make(chan struct{})
		go func() {
			defer close(served)
			s.Serve()
		}()
		t.Cleanup(func() {
			s.Close()
			<-served
		})
	}
	return path, problems, err
}

func TestALiveSocketIsLeftAloneAndAStaleOneReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if got, problems, err := opened(t, Options{Path: path}); got != path || len(problems) > 0 || err != nil {
		t.Fatalf("over a stale socket: %q, problems %v, error %v", got, problems, err)
	}
	next := client.SocketOf(path, os.Getpid())
	got, problems, err := opened(t, Options{Path: path})
	if got != next || len(problems) != 1 || !errors.Is(problems[0], ErrTaken) || err != nil {
		t.Fatalf("beside a live socket: %q, problems %v, error %v", got, problems, err)
	}
	for _, path := range []string{path, next} {
		c, err := client.Dial(context.Background(), client.Options{Path: path})
		if err != nil || c.Peer().PID != os.Getpid() {
			t.Fatalf("%s: %v", path, err)
		}
		c.Close()
	}
	if _, _, err = opened(t, Options{Path: path}); !errors.Is(err, ErrTaken) {
		t.Errorf("a third one gives the error %v", err)
	}
}

func TestTwoThatStartTogetherGetOneSocketEach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	for range 20 {
		paths := make(chan string, 2)
		var servers [2]*Server
		for i := range servers {
			servers[i] = New(Options{Path: path})
			go func() {
				path, _, err := servers[i].Open()
				if err != nil {
					path = err.Error()
				}
				paths <- path
			}()
		}
		one, two := <-paths, <-paths
		if one == two || filepath.Dir(one) != filepath.Dir(two) {
			t.Fatalf("the sockets are %s and %s", one, two)
		}
		for _, s := range servers {
			s.Close()
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
			t.Fatalf("after the end there is %v", left)
		}
	}
}

func TestWhatIsInTheWayIsNamed(t *testing.T) {
	dir := t.TempDir()
	file, directory, link := filepath.Join(dir, "file.sock"), filepath.Join(dir, "directory.sock"), filepath.Join(dir, "link.sock")
	if err := errors.Join(os.WriteFile(file, []byte("kept"), 0o644), os.Mkdir(directory, 0o755), os.Symlink("/nowhere", link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, directory, link} {
		got, problems, err := opened(t, Options{Path: path})
		if got != client.SocketOf(path, os.Getpid()) || len(problems) != 1 || !strings.Contains(problems[0].Error(), path) || err != nil {
			t.Errorf("%s: %q, problems %v, error %v", path, got, problems, err)
		}
	}
	if text, _ := os.ReadFile(file); string(text) != "kept" {
		t.Error("the file in the way has been changed")
	}
	_, _, err := opened(t, Options{Path: filepath.Join(dir, strings.Repeat("x", 120))})
	if err == nil || !strings.Contains(err.Error(), "a socket's may have 107") {
		t.Errorf("a path that is too long gives the error %v", err)
	}
	if _, _, err := opened(t, Options{Path: filepath.Join(dir, "no", "such", "directory.sock")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory gives the error %v", err)
	}
}

func TestDirectoriesThatOthersControlAreNotUsed(t *testing.T) {
	root := t.TempDir()
	in := func(name string) string { return filepath.Join(root, name) }
	for name, mode := range map[string]os.FileMode{"open": 0o777, "loose": 0o750, "good": 0o700} {
		if err := errors.Join(os.Mkdir(in(name), mode), os.Chmod(in(name), mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(in("good"), in("link")), os.WriteFile(in("file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	got, problems, err := opened(t, Options{Directories: []client.Directory{
		{Path: in("missing")}, {Path: in("open")}, {Path: in("loose"), Make: true, Private: true},
		{Path: in("link"), Make: true, Private: true}, {Path: in("file"), Make: true}, {Path: in("good"), Make: true, Private: true},
	}})
	if err != nil || got != filepath.Join(in("good"), client.Socket) {
		t.Fatalf("opened %q, error %v", got, err)
	}
	for i, want := range []string{"no such file", "other users may write", "open to other users", "no directory", "no directory"} {
		if i >= len(problems) || !strings.Contains(problems[i].Error(), want) {
			t.Errorf("problem %d of %v does not say %q", i, problems, want)
		}
	}
}

// Who may write to a directory above can have nile make and remove nothing elsewhere.
func TestNoSocketIsMadeBehindAnotherUsersLink(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a link of another user takes root to make")
	}
	root := t.TempDir()
	precious, theirs := filepath.Join(root, "precious"), filepath.Join(root, "theirs")
	link := filepath.Join(theirs, "link")
	for _, err := range []error{
		os.Mkdir(precious, 0o755), os.Mkdir(theirs, 0o755), os.Symlink(precious, link), os.Lchown(link, 1234, -1), os.Chown(theirs, 1234, -1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const why = "link in its path is a symbolic link of user 1234"
	left, err := listenAndLeave(filepath.Join(precious, "c.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := opened(t, Options{Path: filepath.Join(link, "c.sock")}); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("a path through the link: %v", err)
	}
	_, problems, err := opened(t, Options{Directories: []client.Directory{{Path: filepath.Join(link, "nile"), Make: true, Private: true}, {Path: link}}})
	if err != nil || len(problems) != 2 || !strings.Contains(problems[0].Error(), why) || !strings.Contains(problems[1].Error(), "no directory") {
		t.Errorf("directories behind the link: %v, %v", problems, err)
	}
	if entries, _ := os.ReadDir(precious); len(entries) != 1 {
		t.Errorf("there is %v where the link leads", entries)
	}
	if now, err := os.Lstat(filepath.Join(precious, "c.sock")); err != nil || !os.SameFile(now, left) {
		t.Errorf("the socket that was left there: %v", err)
	}
}

// listenAndLeave leaves a socket as a nile does that is killed.
func listenAndLeave(path string) (os.FileInfo, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

func TestTheSocketIsForItsOwnerAlone(t *testing.T) {
	path, _, err := opened(t, Options{Path: filepath.Join(t.TempDir(), "c.sock")})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}

func TestWithoutAnyDirectoryThereIsAnAbstractSocket(t *testing.T) {
	name, problems, err := opened(t, Options{Directories: []client.Directory{{Path: "/proc/nile", Make: true}}})
	if err != nil || len(problems) == 0 || !strings.HasPrefix(name, client.Abstract()) {
		t.Fatalf("opened %q, problems %v, error %v", name, problems, err)
	}
	var info os.FileInfo
	if info, err = os.Stat("/proc/self/ns/pid"); err == nil && !strings.HasPrefix(name, fmt.Sprintf("@nile-control-%d", inode(info))) {
		t.Errorf("%s has not the number of the PID namespace", name)
	}
	c, err := client.Dial(context.Background(), client.Options{Path: name})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func inode(info os.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }
