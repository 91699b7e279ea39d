package reaper

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLookup: the command is sought as execvp(3) does, in the child's PATH and
// from the child's directory.
func TestLookup(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"/denied", "/good", "/isdir/tool"} {
		if err := os.MkdirAll(dir+sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir+"/denied/tool", "#!/bin/sh\nexit 1\n", 0o644)
	write(t, dir+"/good/tool", "#!/bin/sh\nexit 42\n", 0o755)
	umask := 0o022
	for _, test := range []struct{ name, argv0, path, dir string }{
		{"PATH", "tool", "PATH=/nowhere:" + dir + "/good", ""},
		{"past what is denied", "tool", "PATH=" + dir + "/denied:" + dir + "/isdir:" + dir + "/good", ""},
		{"first PATH counts", "tool", "PATH=" + dir + "/good", ""},
		{"empty element is the directory", "tool", "PATH=/nowhere:", dir + "/good"},
		{"relative element", "tool", "PATH=good", dir},
		{"relative path", "./good/tool", "PATH=/nowhere", dir},
		{"no slash at the end", "good/tool", "PATH=", dir},
		{"absolute", dir + "/good/tool", "PATH=", "/"},
	} {
		for _, mask := range []*int{nil, &umask} {
			t.Run(test.name+"/umask="+strconv.FormatBool(mask != nil), func(t *testing.T) {
				f := newFixture(t)
				pid := f.start(&Command{
					Argv: []string{test.argv0}, Env: []string{test.path, "PATH=/second"}, Dir: test.dir, Umask: mask,
				})
				if code := f.exit(pid).Status.ExitStatus(); code != 42 {
					t.Errorf("exit code %d", code)
				}
			})
		}
	}
	t.Run("default PATH", func(t *testing.T) {
		f := newFixture(t)
		if code := f.exit(f.start(&Command{Argv: []string{"sh", "-c", "exit 7"}})).Status.ExitStatus(); code != 7 {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestArgumentsArriveUnchanged: arguments and environment are the child's alone.
func TestArgumentsArriveUnchanged(t *testing.T) {
	umask := 0o022
	for _, mask := range []*int{nil, &umask} {
		f := newFixture(t)
		got := f.output(&Command{
			Argv: helper("files", "/proc/self/cmdline", "/proc/self/environ", "/dev/null"),
			Env:  []string{"A=1", "EMPTY=", "WITH=a b\tc=d\n"}, Umask: mask,
		})
		want := strings.Join(helper("files", "/proc/self/cmdline", "/proc/self/environ", "/dev/null"), "\x00") +
			"\x00A=1\x00EMPTY=\x00WITH=a b\tc=d\n\x00"
		if got != want {
			t.Errorf("with a umask %v: got %q, want %q", mask != nil, got, want)
		}
	}
}

// TestPIDVariable: a variable gets the number of the child that reads it.
func TestPIDVariable(t *testing.T) {
	own := []string{"sh", "-c", `echo "$BEFORE $OWN $AFTER"; [ "$OWN" = $$ ] && echo own; true`}
	for _, test := range []struct{ env, variable, want string }{
		{"OWN=7", "OWN", "own\n"},
		{"OWN=", "OWN", "own\n"},
		{"OWN=7", "", "a 7 b\n"},
		{"OWN=7", "OW", "a 7 b\n"},
		{"OTHER=7", "OWN", "a  b\n"},
	} {
		f := newFixture(t)
		env := []string{"PATH=" + os.Getenv("PATH"), "BEFORE=a", test.env, "AFTER=b"}
		got := f.output(&Command{Argv: own, Env: env, PIDVariable: test.variable})
		if !strings.HasSuffix(got, test.want) || !strings.HasPrefix(got, "a ") || !strings.Contains(got, " b\n") {
			t.Errorf("%s, variable %q: got %q, want %q at the end", test.env, test.variable, got, test.want)
		}
		if env[2] != test.env {
			t.Errorf("the caller's environment has become %q", env[2])
		}
	}
}

// TestNoDescriptorLeaks: the child has its files and nothing that nile opened, and
// nile keeps nothing open for a child.
func TestNoDescriptorLeaks(t *testing.T) {
	var inherited []string // from whoever started the test
	for fd := range 256 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if fd > 2 && err == nil && flags&unix.FD_CLOEXEC == 0 {
			inherited = append(inherited, strconv.Itoa(fd))
		}
	}
	held, err := os.Open(self) // something of nile's
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	before := openDescriptors(t)
	umask := 0o022
	f := newFixture(t)
	for range 10 {
		for _, mask := range []*int{nil, &umask} {
			// Not a Go program, whose runtime opens descriptors of its own.
			got := strings.Fields(f.output(&Command{Argv: []string{"sh", "-c", "ls /proc/$$/fd; true"}, Umask: mask}))
			want := append([]string{"0", "1", "2"}, inherited...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("with a umask %v: the child has %v, want %v", mask != nil, got, want)
			}
			f.Start(&Command{Argv: []string{"/no/such/command"}, Umask: mask})
		}
		pid := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio, Isolation: NewSession})
		f.Signal(pid, unix.SIGKILL, Tree)
		f.exit(pid)
	}
	if after := openDescriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc/self/fd")
	}
	return len(entries)
}

// TestFilesArePlaced: child descriptor i is Files[i], also swapped, and a hole
// stays closed.
func TestFilesArePlaced(t *testing.T) {
	dir := t.TempDir()
	one, err := os.Create(dir + "/one")
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := os.Create(dir + "/two")
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	umask := 0o022
	for _, mask := range []*int{nil, &umask} {
		f := newFixture(t)
		f.exit(f.start(&Command{
			Argv:  []string{"sh", "-c", "echo to-one >&5; echo to-two >&3; if (echo >&4) 2>/dev/null; then echo 4 is open >&5; fi; if [ -e /proc/$$/fd/0 ]; then echo 0 is open >&5; fi"},
			Files: []uintptr{^uintptr(0), 1, 2, two.Fd(), ^uintptr(0), one.Fd()}, Umask: mask,
		}))
	}
	for name, want := range map[string]string{"/one": "to-one\nto-one\n", "/two": "to-two\nto-two\n"} {
		if got, _ := os.ReadFile(dir + name); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestCookie is in the environment only when asked for.
func TestCookie(t *testing.T) {
	f := newFixture(t)
	env := make([]string, 1, 8)
	env[0] = "A=1"
	if got := f.output(&Command{Argv: helper("files", "/proc/self/environ"), Env: env}); got != "A=1\x00" {
		t.Errorf("the environment is %q", got)
	}
	got := f.output(&Command{Argv: helper("files", "/proc/self/environ"), Env: env, Cookie: true, Owner: "tomcat#3"})
	if !strings.HasPrefix(got, "A=1\x00NILE_COOKIE=") || !strings.HasSuffix(got, ":tomcat#3\x00") {
		t.Errorf("the environment is %q", got)
	}
	if spare := env[:2][1]; spare != "" {
		t.Errorf("the caller's slice was written to: %q", spare)
	}
}

// TestIsolation: group and session of the child.
func TestIsolation(t *testing.T) {
	f := newFixture(t)
	ownGroup := unix.Getpgrp()
	ownSession, _ := unix.Getsid(0)
	umask := 0o022
	for _, mask := range []*int{nil, &umask} {
		for isolation, want := range map[Isolation]func(pid int) (group, session int){
			SameGroup:  func(int) (int, int) { return ownGroup, ownSession },
			NewGroup:   func(pid int) (int, int) { return pid, ownSession },
			NewSession: func(pid int) (int, int) { return pid, pid },
		} {
			pid := f.start(&Command{Argv: []string{"sleep", "60"}, Isolation: isolation, Umask: mask})
			group, _ := unix.Getpgid(pid)
			session, _ := unix.Getsid(pid)
			if wantGroup, wantSession := want(pid); group != wantGroup || session != wantSession {
				t.Errorf("isolation %d: group %d, session %d of process %d", isolation, group, session, pid)
			}
		}
	}
}

// TestForeground starts a shell-like helper on a terminal of its own, which gives
// its child the foreground.
func TestForeground(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	defer master.Close()
	unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no /dev/pts: ", err)
	}
	defer slave.Close()
	f := newFixture(t)
	pid := f.start(&Command{
		Argv: helper("foreground", t.TempDir()+"/pids"), Env: os.Environ(),
		Files:     []uintptr{slave.Fd(), 1, 2},
		Isolation: NewSession, Foreground: true, TTY: int(slave.Fd()),
	})
	if status := f.exit(pid).Status; status.ExitStatus() != 0 {
		t.Errorf("status %#x", int(status))
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, err = f.Start(&Command{Argv: []string{"true"}, Isolation: NewGroup, Foreground: true, TTY: int(null.Fd())})
	if err == nil || !strings.Contains(err.Error(), "cannot give it the foreground of its terminal") {
		t.Errorf("on no terminal: %v", err)
	}
	_, err = f.Start(&Command{Argv: []string{"true"}, Foreground: true})
	if err == nil || !strings.Contains(err.Error(), "needs a group or session of its own") {
		t.Errorf("in nile's own group: %v", err)
	}
}
