package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func printDescriptors() {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		fail(err.Error())
	}
	own := fmt.Sprint(dir.Fd())
	names, _ := dir.Readdirnames(-1)
	slices.Sort(names)
	for _, name := range names {
		// The runtime's poller opens descriptors of its own in any Go program.
		target, _ := os.Readlink("/proc/self/fd/" + name)
		if name != own && !strings.HasPrefix(target, "anon_inode:") {
			fmt.Println(name)
		}
	}
}

func printStatus(fields []string) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		fail(err.Error())
	}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if slices.Contains(fields, name) {
			fmt.Println(name + ": " + strings.Join(strings.Fields(value), " "))
		}
	}
}

// leaveStray starts a process that outlives this one. A daemon takes two steps:
// the process in between ends at once.
func leaveStray(args []string) {
	kind, then := args[0], args[1:]
	self, err := os.Executable()
	if err != nil {
		fail(err.Error())
	}
	cmd := exec.Command(self, "exit", "0", "1m")
	switch kind {
	case "plain":
	case "session":
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	case "bare":
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Env = []string{}
	case "stubborn":
		cmd = exec.Command(self, "stubborn", "stray is there")
		cmd.Stdout = os.Stdout
	case "daemon":
		cmd = exec.Command(self, "stray", "session")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	default:
		fail("testprogram: unknown kind of stray: " + kind)
	}
	if err := cmd.Start(); err != nil {
		fail(err.Error())
	}
	fmt.Printf("left %s stray behind\n", kind)
	if len(then) > 0 {
		time.Sleep(duration(then[0]))
	}
}

// inNamespace runs a command as PID 1 of a new PID namespace with a /proc of its
// own, and ends as it does. Without root it needs user namespaces.
func inNamespace(argv []string) int {
	if os.Getenv("TESTPROGRAM_MOUNT_PROC") != "" {
		os.Unsetenv("TESTPROGRAM_MOUNT_PROC")
		return becomeInNamespace(argv)
	}
	// The first of two steps: the second one mounts /proc inside.
	self, _ := os.Executable()
	cmd := exec.Command(self, append([]string{"namespace"}, argv...)...)
	cmd.Env = append(os.Environ(), "TESTPROGRAM_MOUNT_PROC=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	asked := make(chan os.Signal, 8)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1)
	if err := cmd.Start(); err != nil {
		fail("testprogram: cannot make a PID namespace: " + err.Error())
	}
	go func() {
		for sig := range asked {
			_ = cmd.Process.Signal(sig)
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			return 128 + int(status.Signal())
		}
		return exit.ExitCode()
	}
	return 0
}

// becomeInNamespace mounts /proc and becomes the command, as PID 1.
func becomeInNamespace(argv []string) int {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		fail("testprogram: cannot make the mounts private: " + err.Error())
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		fail("testprogram: cannot mount /proc: " + err.Error())
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		fail(err.Error())
	}
	fail(syscall.Exec(path, argv, os.Environ()).Error())
	return 0
}
