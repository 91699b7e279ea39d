package postmortem

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestListenerOfAPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("cannot listen here: %v", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	who, found := listenerOf(port)
	if want := "pid " + strconv.Itoa(os.Getpid()) + " postmortem.test"; !found || who != want {
		t.Errorf("port %d is held by %q, %v; want %q", port, who, found, want)
	}
	listener.Close()
	if who, found := listenerOf(port); found {
		t.Errorf("a closed port is held by %q", who)
	}
}

func TestLookAtAProcess(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("cannot listen here: %v", err)
	}
	defer listener.Close()
	file := put(t, t.TempDir()+"/open.log", "x")
	open, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	look := TakeLook(os.Getpid(), "a test")
	if look.Threads < 2 || look.Memory < 1<<20 || look.Peak < look.Memory || look.State == "" || look.Note != "" {
		t.Errorf("%+v", look)
	}
	if !slices.ContainsFunc(look.Files, func(f File) bool { return f.Path == file && f.FD == int(open.Fd()) }) {
		t.Errorf("%s is not among %v", file, look.Files)
	}
	if !slices.ContainsFunc(look.Sockets, func(s Socket) bool { return s.Local == listener.Addr().String() && s.State == "LISTEN" }) {
		t.Errorf("%s is not among %v", listener.Addr(), look.Sockets)
	}
	if look := TakeLook(1<<30, "nobody"); look.Note == "" {
		t.Errorf("of a process that is gone: %+v", look)
	}
}

func TestScene(t *testing.T) {
	scene := TakeScene(func(int) bool { return true })
	i := slices.IndexFunc(scene.Processes, func(p Process) bool { return p.PID == os.Getpid() })
	if i < 0 && scene.More == 0 {
		t.Fatalf("this process is not among %d", len(scene.Processes))
	}
	if i >= 0 {
		if p := scene.Processes[i]; p.Parent != os.Getppid() || p.Name != "postmortem.test" || !strings.Contains(p.Command, "postmortem.test") || p.UID != os.Getuid() {
			t.Errorf("%+v", p)
		}
	}
}

func TestAddressesOfSockets(t *testing.T) {
	for text, want := range map[string]string{
		"0100007F:1F90":                         "127.0.0.1:8080",
		"00000000:0050":                         "0.0.0.0:80",
		"00000000000000000000000001000000:1F90": "[::1]:8080",
		"0000000000000000FFFF00000100007F:1F90": "127.0.0.1:8080",
	} {
		if got, ok := parseAddress(text); !ok || got.String() != want {
			t.Errorf("%s is %s, %v; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", ":", "0100007F", "01:1F90", "0100007F:1F90F", "xx00007F:1F90"} {
		if got, ok := parseAddress(text); ok {
			t.Errorf("%q is %s", text, got)
		}
	}
}
