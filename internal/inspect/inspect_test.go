package inspect_test

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/inspect"
	"github.com/nile-init/nile/internal/postmortem"
)

func TestTheTestItself(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p, err := inspect.Take(os.Getpid(), nil)
	if err != nil {
		t.Fatal(err)
	}
	program, _ := os.Executable()
	directory, _ := os.Getwd()
	if p.Program != program || p.Directory != directory || p.Note != "" {
		t.Errorf("the program is %q in %q (%s), want %q in %q", p.Program, p.Directory, p.Note, program, directory)
	}
	if !slices.ContainsFunc(p.Threads, func(t inspect.Thread) bool { return t.TID == os.Getpid() && t.Name != "" && t.State != "" }) {
		t.Errorf("the first thread is not among %+v", p.Threads)
	}
	if p.Memory.Resident < 1<<20 || p.Memory.Size < p.Memory.Resident || len(p.Memory.Largest) < 2 || !slices.Contains(p.Memory.Libraries, program) {
		t.Errorf("the memory is %+v", p.Memory)
	}
	if !slices.ContainsFunc(p.Sockets, func(s postmortem.Socket) bool { return s.State == "LISTEN" && s.Local == listener.Addr().String() }) {
		t.Errorf("%s is not among %+v", listener.Addr(), p.Sockets)
	}
	if !slices.ContainsFunc(p.Limits, func(l inspect.Limit) bool { return l.Name == "open files" && l.Unit == "files" && l.Soft != "" }) {
		t.Errorf("the limits are %+v", p.Limits)
	}
	if !slices.ContainsFunc(p.Environment, func(entry string) bool { return strings.HasPrefix(entry, "PATH=") }) {
		t.Errorf("the environment is %q", p.Environment)
	}
}

func TestAProcessThatIsGone(t *testing.T) {
	if p, err := inspect.Take(1<<22+1, nil); err == nil {
		t.Errorf("process %s was seen: %+v", strconv.Itoa(1<<22+1), p)
	}
}
