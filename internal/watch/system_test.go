package watch

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// again runs a test once more in a process with other rights; it returns true there.
func again(t *testing.T, attributes *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv("NILE_TEST_AGAIN") == t.Name() {
		return true
	}
	program, err := os.Executable()
	must(t, err)
	command := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), "NILE_TEST_AGAIN="+t.Name(), "TMPDIR=/tmp")
	command.SysProcAttr = attributes
	command.Dir = "/"
	output, err := command.CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Skipf("cannot run a process with other rights here: %v", err)
	}
	if err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	return false
}

func ordinary() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

func TestPermissionDeniedIsSaidAndTriedAgain(t *testing.T) {
	if !again(t, ordinary()) {
		return
	}
	at := in(t.TempDir())
	must(t, os.Mkdir(at("closed"), 0o755))
	must(t, os.Mkdir(at("blind"), 0o755))
	inside, unreadable, beside := at("closed", "app.yaml"), at("secret"), at("blind", "app.yaml")
	for _, path := range []string{inside, unreadable, beside} {
		write(t, path, "1")
	}
	must(t, os.Chmod(at("closed"), 0))
	must(t, os.Chmod(unreadable, 0))
	must(t, os.Chmod(at("blind"), 0o300))                  // it can be entered, not read, and so not watched
	t.Cleanup(func() { _ = os.Chmod(at("blind"), 0o755) }) // or it could not be taken away
	w := open(t, false, Target{Paths: []string{inside}}, Target{Paths: []string{unreadable}}, Target{Paths: []string{beside}, Poll: quick})
	w.hears("0 warn cannot look at " + inside + ": permission denied: nile's user needs the right to read it; it is tried again")
	w.hears("1 warn cannot look at " + unreadable + ": permission denied")
	w.hears("2 warn cannot watch the directory " + at("blind") + "/ by inotify: permission denied")

	must(t, os.Chmod(unreadable, 0o600)) // is no change
	replace(t, beside, "2")
	w.expect(beside)
	write(t, unreadable, "2")
	w.expect(unreadable)
	must(t, os.Chmod(at("closed"), 0o755))
	w.expect(inside)
	write(t, inside, "2")
	w.expect(inside)
}

func TestPollingWhereWatchesAreUsedUp(t *testing.T) {
	id := func(n int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: n, Size: 1}}
	}
	if !again(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: id(os.Getuid()), GidMappings: id(os.Getgid())}) {
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("2"), 0); err != nil {
		t.Skipf("cannot limit the watches of a user namespace here: %v", err)
	}
	at := in(t.TempDir())
	write(t, at("a"), "1")
	w := open(t, false, Target{Paths: []string{at("a")}, Poll: quick})
	w.hears(" by inotify: its limit of watches is reached: raise fs.inotify.max_user_watches; looking every 60ms instead")
	write(t, at("a"), "2")
	w.expect(at("a"))
	replace(t, at("a"), "3")
	w.expect(at("a"))
	if n := w.hears("limit of watches"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}

// What is written to a bind-mounted file stirs the directory that it comes from, not the one
// in which it is seen.
func TestBindMountedFiles(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		must(t, os.Mkdir(at("conf"), 0o755))
		for _, name := range []string{"1", "2"} {
			write(t, at("source"+name), "1")
			write(t, at("conf", name), "")
			if err := unix.Mount(at("source"+name), at("conf", name), "", unix.MS_BIND, ""); err != nil {
				t.Skipf("cannot mount here: %v", err)
			}
			t.Cleanup(func() { _ = unix.Unmount(at("conf", name), unix.MNT_DETACH) })
		}
		w := open(t, polled, Target{Paths: []string{at("conf", "1")}}, Target{Paths: []string{at("conf")}})
		write(t, at("source1"), "2")
		w.expectEach(map[int][]string{0: {at("conf", "1")}, 1: {at("conf", "1")}})
		write(t, at("source2"), "2")
		w.expectEach(map[int][]string{1: {at("conf", "2")}})
	})
}
