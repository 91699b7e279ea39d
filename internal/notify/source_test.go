package notify

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nile-init/nile/supervisor"
)

// sendVariable has the test binary send a datagram and end.
const sendVariable = "NILE_TEST_SEND"

func TestMain(m *testing.M) {
	if text := os.Getenv(sendVariable); text != "" {
		fd := dial(os.Getenv("NOTIFY_SOCKET"))
		if err := syscall.Sendto(fd, []byte(text), 0, nil); err != nil {
			panic(err)
		}
		time.Sleep(time.Minute) // so that it can be seen; killed long before
	}
	os.Exit(m.Run())
}

func dial(address string) int {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: address})
	}
	if err != nil {
		panic(fmt.Sprintf("cannot connect to %q: %v", address, err))
	}
	return fd
}

// listener is a source that is listened to, and what it has told.
type listener struct {
	t      *testing.T
	source *Source
	woken  chan struct{}
	heard  []supervisor.Notified
	told   []string
}

func listen(t *testing.T, source *Source, err error, main int, access supervisor.NotifyAccess) *listener {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, source: source, woken: make(chan struct{}, 1)}
	source.Begin(main, access, func() {
		select {
		case l.woken <- struct{}{}:
		default:
		}
	})
	t.Cleanup(func() { source.Close() })
	return l
}

// wait takes what is told until enough says that it is.
func (l *listener) wait(enough func() bool) {
	l.t.Helper()
	for deadline := time.After(20 * time.Second); !enough(); {
		select {
		case <-l.woken:
			l.keep(l.source.Take())
		case <-deadline:
			l.t.Fatalf("waited in vain; heard %+v, told %q", l.heard, l.told)
		}
	}
}

func (l *listener) keep(heard Heard) {
	if len(heard.Events) > maxGathered {
		l.t.Errorf("%d events wait at a time, should be %d at most", len(heard.Events), maxGathered)
	}
	l.heard, l.told = append(l.heard, heard.Events...), append(l.told, heard.Complaints...)
	heard.Done()
}

func (l *listener) ready() bool {
	for _, e := range l.heard {
		if e.Ready {
			return true
		}
	}
	return false
}

func send(t *testing.T, fd int, datagram string, fds ...int) {
	t.Helper()
	var rights []byte
	if len(fds) > 0 {
		rights = syscall.UnixRights(fds...)
	}
	if err := syscall.Sendmsg(fd, []byte(datagram), rights, nil, 0); err != nil {
		t.Fatalf("cannot send %.40q: %v", datagram, err)
	}
}

func socket(t *testing.T) (*Source, error) {
	return OpenSocket(fmt.Sprintf("test-%d-%s", os.Getpid(), strings.ToLower(t.Name()[4:8])), false)
}

func TestWhatIsSaidIsHeardInOrder(t *testing.T) {
	source, err := socket(t)
	l := listen(t, source, err, os.Getpid(), supervisor.NotifyMain)
	fd := dial(source.Address)
	defer syscall.Close(fd)
	for _, datagram := range []string{
		"STATUS=loading", "WATCHDOG=1", "READY=1\nSTATUS=serving", "RELOADING=1", "READY=1", "ERRNO=5", "STOPPING=1\nSTATUS=bye",
	} {
		send(t, fd, datagram)
	}
	l.wait(func() bool { return len(l.heard) > 0 && l.heard[len(l.heard)-1].Stopping })
	words, status := "", ""
	for _, e := range l.heard {
		words += []string{"", "ready ", "reloading ", "stopping "}[word(&e)]
		if e.Status != nil {
			status = *e.Status
		}
	}
	if words != "ready reloading ready stopping " || status != "bye" {
		t.Errorf("heard %q, status %q", words, status)
	}
}

func TestAStrangerIsNotHeard(t *testing.T) {
	source, err := socket(t)
	l := listen(t, source, err, os.Getppid(), supervisor.NotifyMain) // so this process is one
	fd := dial(source.Address)
	defer syscall.Close(fd)
	for range 5 {
		send(t, fd, "READY=1")
	}
	l.wait(func() bool { return len(l.told) > 0 })
	l.keep(source.Close())
	if len(l.heard) > 0 || len(l.told) != 1 || !strings.Contains(l.told[0], fmt.Sprintf("process %d was dropped", os.Getpid())) {
		t.Errorf("heard %+v, told %q", l.heard, l.told)
	}
}

func TestTheTreeIsHeardWhereItMaySpeak(t *testing.T) {
	for _, access := range []supervisor.NotifyAccess{supervisor.NotifyMain, supervisor.NotifyTree} {
		source, err := socket(t)
		l := listen(t, source, err, os.Getpid(), access)
		// A grandchild in a session of its own.
		self, _ := os.Executable()
		child := exec.Command("sh", "-c", self+" & echo $!; exec sleep 60")
		child.Env = append(os.Environ(), "NOTIFY_SOCKET="+source.Address, sendVariable+"=READY=1")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		l.wait(func() bool { return len(l.told)+len(l.heard) > 0 })
		_ = syscall.Kill(-child.Process.Pid, syscall.SIGKILL)
		_ = child.Wait()
		if l.ready() != (access == supervisor.NotifyTree) || len(l.told) > 0 == l.ready() {
			t.Errorf("%s: heard %+v, told %q", access, l.heard, l.told)
		}
	}
}

// A process that talks without end, sends rubbish, what is too long, and all the descriptors
// that it can: it is listened to in few goes, what matters is heard, and nothing of all that
// stays with nile.
func TestAFloodIsBounded(t *testing.T) {
	source, err := socket(t)
	before := descriptors(t)
	wakes := 0
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, source: source, woken: make(chan struct{}, 1)}
	source.Begin(os.Getpid(), supervisor.NotifyMain, func() {
		wakes++
		select {
		case l.woken <- struct{}{}:
		default:
		}
	})
	const many = 2_000
	var limit syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		fd := dial(source.Address)
		defer syscall.Close(fd)
		null, _ := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		defer syscall.Close(null)
		all := make([]int, 253) // SCM_MAX_FD
		for i := range all {
			all[i] = null
		}
		long, rubbish := strings.Repeat("x", 60_000), string([]byte{0xff, 0, '\n', '=', 0xfe})
		for i := range many {
			var err error
			switch {
			case i%50 == 0: // 40 times 253 descriptors
				err = syscall.Sendmsg(fd, []byte("FDSTORE=1"), syscall.UnixRights(all...), nil, 0)
			case i%100 == 1:
				err = syscall.Sendto(fd, []byte(long), 0, nil)
			case i%10 == 2:
				err = syscall.Sendto(fd, []byte(rubbish), 0, nil)
			default:
				err = syscall.Sendto(fd, fmt.Appendf(nil, "STATUS=%d\nWATCHDOG=1", i), 0, nil)
			}
			if err != nil {
				panic(err)
			}
		}
		_ = syscall.Sendto(fd, []byte("READY=1"), 0, nil)
	}()
	l.wait(l.ready)
	<-sent
	l.keep(source.Close())
	if after := descriptors(t); after != before-1 { // the socket itself
		t.Errorf("%d descriptors are open, were %d with the socket", after, before)
	}
	if wakes > many/5 || len(l.heard) > many/5 {
		t.Errorf("%d datagrams woke %d times and became %d events", many, wakes, len(l.heard))
	}
	if len(l.told) != 2 { // one for all that is not understood, one for all that is not stored
		t.Errorf("told %q", l.told)
	}
	t.Logf("%d datagrams, %d wakes, %d events", many, wakes, len(l.heard))
}

func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("there is no /proc")
	}
	return len(list)
}

// sd_notify_barrier(3): who waits goes on when all before has been taken in, not earlier.
func TestABarrierWaitsUntilAllIsTakenIn(t *testing.T) {
	source, err := socket(t)
	if err != nil {
		t.Fatal(err)
	}
	woken := make(chan struct{}, 1)
	source.Begin(os.Getpid(), supervisor.NotifyMain, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	defer source.Close()
	fd := dial(source.Address)
	defer syscall.Close(fd)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	send(t, fd, "READY=1")
	send(t, fd, "BARRIER=1", int(write.Fd()))
	_ = write.Close()
	ready := false
	for arrived := false; !arrived; {
		<-woken
		source.mu.Lock()
		ready = len(source.heard.Events) > 0 && source.heard.Events[0].Ready
		arrived = len(source.heard.barriers) > 0
		source.mu.Unlock()
	}
	_ = read.SetReadDeadline(time.Now())
	if _, err := read.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("the barrier is over before anything has been taken in: %v", err)
	}
	heard := source.Take()
	heard.Done()
	_ = read.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := read.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the barrier is not over: %v", err)
	}
	if !ready {
		t.Error("what was said before the barrier was not heard before it")
	}
}

func TestWhatIsSaidJustBeforeTheEndIsHeard(t *testing.T) {
	source, err := socket(t)
	if err != nil {
		t.Fatal(err)
	}
	fd := dial(source.Address)
	defer syscall.Close(fd)
	send(t, fd, "ERRNO=5\nSTATUS=the disk is gone")
	source.Begin(os.Getpid(), supervisor.NotifyMain, func() {})
	heard := source.Close()
	status := "the disk is gone"
	want := []supervisor.Notified{{Errno: "5 (input/output error)", Status: &status}}
	if diff := cmp.Diff(want, heard.Events); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(source.Address); source.Address[0] == '/' && !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

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
		if got := usable(dir, test.otherUser); got != test.want {
			t.Errorf("%o, for another user %v: %v", test.mode, test.otherUser, got)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	_ = os.Symlink(t.TempDir(), link)
	if usable(link, false) {
		t.Error("a symbolic link is used")
	}
}

func TestASocketThatWasLeftIsReplacedAndOneInUseIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	newSocket := func() int {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	first, second := newSocket(), newSocket()
	if !bind(first, path) || bind(second, path) {
		t.Error("the path is not the first one's alone")
	}
	syscall.Close(first)
	if !bind(second, path) {
		t.Error("the path of a socket that was left is not used")
	}
	syscall.Close(second)
	_ = os.Remove(path)
	_ = os.WriteFile(path, []byte("precious"), 0o600)
	if third := newSocket(); bind(third, path) {
		t.Error("a file was taken away")
	}
}

func TestADescriptor(t *testing.T) {
	for name, test := range map[string]struct {
		writes string
		ready  bool
	}{
		"a newline":              {"\n", true},
		"words before it":        {"all is well\nand more", true},
		"much before it":         {strings.Repeat("x", 300_000) + "\n", true},
		"closed":                 {"", false},
		"closed after some text": {"nearly", false},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := OpenPipe()
			if err != nil {
				t.Fatal(err)
			}
			child, err := syscall.Dup(int(source.Child()))
			if err != nil {
				t.Fatal(err)
			}
			l := listen(t, source, nil, os.Getpid(), "")
			file := os.NewFile(uintptr(child), "child")
			go func() {
				_, _ = file.WriteString(test.writes) // which may well break
				_ = file.Close()
			}()
			l.wait(func() bool { return len(l.heard) > 0 })
			if l.ready() != test.ready || l.heard[0].Closed == test.ready {
				t.Errorf("heard %+v", l.heard)
			}
		})
	}
}

// The end of the process closes the descriptor too, and is the news.
func TestTheEndOfAProcessIsNotToldAsAClosedDescriptor(t *testing.T) {
	source, err := OpenPipe()
	if err != nil {
		t.Fatal(err)
	}
	source.Begin(os.Getpid(), "", func() {})
	if heard := source.Close(); len(heard.Events) > 0 {
		t.Errorf("heard %+v", heard.Events)
	}
}
