package procstat

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const tail = " S 4 5 6 34816 -1 4194304 1 2 3 4 50 60 70 80 20 0 9 0 1234 3133440 393 18446744073709551615 1 2\n"

func TestParse(t *testing.T) {
	want := Stat{
		PID: 12, Parent: 4, Group: 5, Session: 6, State: 'S', Device: 34816, Flags: 4194304,
		User: 50, System: 60, ReapedUser: 70, ReapedSystem: 80, Threads: 9, Start: 1234, Resident: 393,
	}
	for _, name := range []string{"cat", "a b", ") S 1 (", "(", "\n) R 9\n", "\xff", ""} {
		want.Command = name
		if got, ok := Parse([]byte("12 (" + name + ")" + tail)); !ok || got != want {
			t.Errorf("named %q: %+v, %v", name, got, ok)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"", "12", "12 (", "12 )x(", "12 (x)", "12 (x) S", "12 (x) S 1 2 3", "(x)" + tail, "0 (x)" + tail, "x (x)" + tail, "12 (x)" + strings.ReplaceAll(tail, "9", "")[:20]} {
		if got, ok := Parse([]byte(line)); ok {
			t.Errorf("%q is %+v", line, got)
		}
	}
}

func TestOddNumbers(t *testing.T) {
	for text, want := range map[string]uint64{"": 0, "-1": 0, "12": 12, "1x": 0, "18446744073709551615": 0, "99999999999999999999999": 0, "4611686018427387904": 4611686018427387904} {
		if got := Number([]byte(text)); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

func TestZombies(t *testing.T) {
	for _, test := range []struct {
		state   byte
		threads int
		want    bool
	}{{'S', 1, false}, {'Z', 1, true}, {'Z', 0, true}, {'Z', 2, false}, {'X', 1, true}} {
		if s := (Stat{State: test.state, Threads: test.threads}); s.Zombie() != test.want {
			t.Errorf("%+v is a zombie: %v", s, !test.want)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	root, err := Open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second listing begins at the start again
		numbers, more, err := Numbers(root, 1<<16)
		if err != nil || more || !slices.Contains(numbers, os.Getpid()) {
			t.Errorf("processes %v, more %v, %v", numbers, more, err)
		}
	}
	if numbers, more, err := Numbers(root, 1); len(numbers) != 1 || !more || err != nil {
		t.Errorf("at most one: %v, more %v, %v", numbers, more, err)
	}
	s, err := Read(root, os.Getpid(), make([]byte, LineSize))
	if err != nil || s.PID != os.Getpid() || s.Parent != os.Getppid() || s.State == 0 || s.Resident == 0 {
		t.Errorf("read %+v, %v", s, err)
	}
	if _, err := Read(root, 1<<30, make([]byte, LineSize)); err == nil {
		t.Error("read a process that cannot be there")
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"cat", ") (", "\n"} {
		f.Add([]byte("12 (" + name + ")" + tail))
	}
	f.Add([]byte("1 (x) Z"))
	f.Fuzz(func(t *testing.T, line []byte) {
		s, ok := Parse(line)
		if !ok {
			return
		}
		if s.PID <= 0 || s.State == 0 || s.Threads < 0 || s.Parent < 0 {
			t.Errorf("%q is %+v", line, s)
		}
		// What was understood is understood again when it's written down.
		again := fmt.Sprintf("%d (%s) %c %d %d %d %d -1 %d 0 0 0 0 %d %d %d %d 20 0 %d 0 %d 0 %d ", s.PID, s.Command, s.State, s.Parent, s.Group,
			s.Session, s.Device, s.Flags, s.User, s.System, s.ReapedUser, s.ReapedSystem, s.Threads, s.Start, s.Resident)
		if second, ok := Parse([]byte(again)); !ok || second != s {
			t.Errorf("%q is %+v, and written down %q it is %+v", line, s, again, second)
		}
	})
}
