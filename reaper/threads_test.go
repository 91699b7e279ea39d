package reaper

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const threadsSource = `#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *what;
static int is(const char *word) { return !strcmp(what, word); }
static void *rest(void *unused) { for (;;) pause(); }
static void *nothing(void *unused) { return 0; }
static int child(void *unused) { return 4; }
static void handle(int signal) { }

static void *act(void *unused) {
	pthread_setname_np(pthread_self(), "culprit");
	usleep(20000);
	if (is("exec")) execl("/bin/sh", "sh", "-c", "exit 5", (char *)0);
	if (is("exec-again")) execl("/proc/self/exe", "threads", "segv", (char *)0);
	if (is("abort")) abort();
	if (is("segv")) *(volatile int *)8 = 1;
	if (is("kill")) { kill(getpid(), SIGKILL); pause(); }
	if (is("term")) { kill(getpid(), SIGTERM); pause(); }
	if (is("alone")) syscall(SYS_exit, 7);
	if (is("group")) syscall(SYS_exit_group, 7);
	exit(6);
}

static int code_of(int pid, int flags) {
	int status;
	while (waitpid(pid, &status, flags) != pid)
		;
	return WEXITSTATUS(status);
}

/* Every way to make a child; each must end with its own code and be nobody else's. */
static int children(void) {
	static char stack[65536] __attribute__((aligned(16)));
	char *argv[] = {"sh", "-c", "exit 3", 0};
	int sum = 0, pid = fork();
	if (pid == 0) _exit(1);
	sum += code_of(pid, 0);
	if ((pid = vfork()) == 0) _exit(2);
	sum += code_of(pid, 0);
	if (posix_spawn(&pid, "/bin/sh", 0, 0, argv, environ)) return 99;
	sum += code_of(pid, 0);
	pid = clone(child, stack + sizeof stack, CLONE_VM, 0);
	sum += code_of(pid, __WALL);
	pid = clone(child, stack + sizeof stack, CLONE_VM | SIGUSR1, 0);
	return sum + code_of(pid, __WALL);
}

int main(int argc, char **argv) {
	pthread_t thread, other;
	int i;

	what = argv[1];
	signal(SIGUSR1, handle);
	for (i = 0; i < 5; i++)
		pthread_create(&other, 0, rest, 0);
	if (is("main")) { pthread_setname_np(pthread_self(), "culprit"); usleep(20000); return 9; }
	if (is("children")) return children();
	if (is("many"))
		for (i = 0; i < 300; i++) {
			pthread_create(&thread, 0, nothing, 0);
			pthread_join(thread, 0);
		}
	if (is("main-exec")) execl("/bin/sh", "sh", "-c", "exit 5", (char *)0);
	if (is("stop"))
		for (i = 0; i < 5; i++) {
			int pid = fork();
			if (pid == 0) {
				char stat[256], path[64] = "/proc/";
				int n, fd;
				for (n = getppid(), fd = 10; fd > 0 && n; n /= 10) stat[fd--] = '0' + n % 10;
				memcpy(path + 6, stat + fd + 1, 10 - fd);
				strcpy(path + 16 - fd, "/stat");
				kill(getppid(), SIGSTOP);
				do {
					usleep(2000);
					fd = open(path, O_RDONLY);
					n = read(fd, stat, sizeof stat - 1);
					close(fd);
					stat[n > 0 ? n : 0] = 0;
				} while (!strstr(stat, ") T ") && !strstr(stat, ") t "));
				kill(getppid(), SIGCONT);
				_exit(0);
			}
			code_of(pid, 0);
		}
	pthread_create(&thread, 0, act, 0);
	if (is("leader")) pthread_exit(0);
	pthread_join(thread, 0);
	return 1;
}`

// TestThreads ends processes in ways that only those with threads know: with and without
// being traced the end is the same, nothing hangs, and at a failure all threads stand still
// until they are let go, the one that has ended the process first.
func TestThreads(t *testing.T) {
	program := compile(t, threadsSource, "-pthread")
	f := newFixture(t)
	for _, test := range []struct {
		what    string
		threads int // that stand still; 0 where it is not frozen
		culprit string
	}{
		{"exit", 7, "culprit"},
		{"group", 7, "culprit"},
		{"abort", 7, "culprit"},
		{"segv", 7, "culprit"},
		{"term", 7, ""}, // whichever thread gets the signal
		{"kill", 7, ""},
		{"main", 6, "culprit"},
		{"alone", 6, "threads"},
		{"many", 7, "culprit"},
		{"stop", 7, "culprit"},
		{"children", 6, "threads"},
		{"leader", 0, ""}, // its first thread ends long before the process
		{"exec", 1, "sh"}, // by another thread, which takes the first one's place
		{"exec-again", 7, "culprit"},
		{"main-exec", 1, "sh"},
	} {
		argv := []string{"sh", "-c", `ulimit -c 0; exec "$@"`, "sh", program, test.what}
		plain := f.exit(f.start(&Command{Owner: "p#1", Argv: argv, Env: os.Environ(), Files: stdio, Isolation: NewGroup}))
		pid := f.startFrozen(argv...)
		end := f.exit(pid)
		for end.Frozen != nil && end.Status == 0 { // the first thread, in the way of the execve
			delete(f.exits, pid)
			end.Frozen.LetGo()
			end = f.exit(pid)
		}
		if end.Status != plain.Status || (end.Frozen != nil) != (test.threads > 0) {
			t.Errorf("%s: it ended with %#x, frozen %v; want %#x, %v", test.what, end.Status, end.Frozen != nil, plain.Status, test.threads > 0)
		}
		if end.Frozen != nil {
			f.eventually("all threads stand still", func() bool { f.drain(); return len(end.Frozen.Threads()) == test.threads })
			first := end.Frozen.Threads()[0]
			if name, _ := os.ReadFile("/proc/" + strconv.Itoa(first) + "/comm"); test.culprit != "" && strings.TrimSpace(string(name)) != test.culprit {
				t.Errorf("%s: the thread that has ended it is %q, want %q", test.what, name, test.culprit)
			}
			if n, err := end.Frozen.Registers(first, 1, make([]byte, 1024)); err != nil || n < 100 {
				t.Errorf("%s: its registers: %d bytes, %v", test.what, n, err)
			}
			delete(f.exits, pid)
			end.Frozen.LetGo()
			if again := f.exit(pid); again.Status != plain.Status {
				t.Errorf("%s: let go, it ended with %#x, want %#x", test.what, again.Status, plain.Status)
			}
		}
		if len(f.threads) != 0 {
			t.Errorf("%s: threads are remembered: %v", test.what, f.threads)
		}
	}
}

// TestKeptThreadsEndWithTheirProcess keeps it first, as a hold does.
func TestKeptThreadsEndWithTheirProcess(t *testing.T) {
	program := compile(t, threadsSource, "-pthread")
	f := newFixture(t)
	end := f.exit(f.startFrozen("sh", "-c", `ulimit -c 0; exec "$@"`, "sh", program, "segv"))
	if end.Frozen == nil {
		t.Fatalf("it ended as %+v", end)
	}
	end.Frozen.Keep()
	f.eventually("all threads stand still", func() bool { f.drain(); return len(end.Frozen.Threads()) == 7 })
	f.SignalStrays("f#1", unix.SIGKILL)
	f.eventually("it is gone", func() bool { f.drain(); return !isAlive(end.PID) && f.Strays("f#1") == 0 })
	if len(f.threads) != 0 {
		t.Errorf("threads are remembered: %v", f.threads)
	}
}

// compile makes a program of C, or skips the test.
func compile(t *testing.T, text string, flags ...string) (program string) {
	t.Helper()
	compiler, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc here")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "threads.c"), filepath.Join(dir, "threads")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(compiler, append(flags, "-w", "-o", program, source)...).CombinedOutput(); err != nil {
		t.Skipf("gcc: %v\n%s", err, output)
	}
	return program
}
