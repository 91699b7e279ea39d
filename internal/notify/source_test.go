package notify

import (
	"fmt"
	"os"
	"os/exec"
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
