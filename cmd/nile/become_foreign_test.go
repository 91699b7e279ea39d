package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// aLyingNile is what a user may put in the place of a nile of his: it claims that its containers may gain privileges,
// have all capabilities, and more of the machine than root has here.
const aLyingNile = `{"name":"main","argv":["x"],"env":["PATH=/usr/bin:/bin"],"dir":"/","uid":1234,"gid":2345,"groups":[],` +
	`"oomScoreAdj":-900,"noNewPrivileges":false,"bounding":18446744073709551615,"addCapabilities":["ALL"],` +
	`"limits":[{"resource":7,"soft":900,"hard":900000},{"resource":4,"soft":10,"hard":10}]}`

// TestRootGainsNothingForAnotherUsersNile: root who looks into a pod of another user runs a program with an environment
// of that user's making (LD_PRELOAD among it). It gets nothing that the user could not have.
func TestRootGainsNothingForAnotherUsersNile(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another user needs root")
	}
	path := lyingNile(t)
	cmd := exec.Command("sh", "-c", `ulimit -n 1000; echo 100 >/proc/self/oom_score_adj
exec "$@" cat /proc/self/status /proc/self/limits /proc/self/oom_score_adj`, "sh", filepath.Join(bin, "nile"), "exec", "--control="+path, "main", "--")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`(?m)^Uid:(\t1234){4}$`, `(?m)^Gid:(\t2345){4}$`, `(?m)^Groups:\s*$`, `(?m)^NoNewPrivs:\t1$`,
		`(?m)^CapPrm:\t0{16}$`, `(?m)^CapEff:\t0{16}$`, `(?m)^CapAmb:\t0{16}$`,
		`(?m)^Max open files +900 +1000 `, `(?m)^Max core file size +10 +10 `, `(?m)^100$`,
	} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("it is not so: %s\n%s", want, out)
		}
	}
}

// lyingNile listens as user 1234 and answers whatever it is asked with aLyingNile.
func lyingNile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "control.sock")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	if err != nil {
		t.Fatal(err)
	}
	// Whose socket it is the kernel knows from listen(2), and a thread can have a user of its own.
	listening := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this function
		const keep = ^uintptr(0)
		_, _, gid := unix.RawSyscall(unix.SYS_SETRESGID, keep, 2345, keep)
		_, _, uid := unix.RawSyscall(unix.SYS_SETRESUID, keep, 1234, keep)
		if gid != 0 || uid != 0 {
			listening <- fmt.Errorf("cannot be another user: %w, %w", gid, uid)
			return
		}
		listening <- unix.Listen(fd, 8)
	}()
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	listener, err := net.FileListener(file)
	file.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				id := regexp.MustCompile(`"id":\d+`).FindString(lines.Text())
				fmt.Fprintf(conn, "{%s,\"result\":%s}\n", id, strings.TrimSpace(aLyingNile))
			}
			conn.Close()
		}
	}()
	return path
}
