//go:build conformance

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The test's own binary also plays the small programs that stand around nile and its containers. Which one it is says the
// name by which it is called.
var helpers = map[string]func(args []string) error{
	"sandbox":   becomeNile,
	"container": becomeContainer,
	"shim":      runShim,
	"namespace": becomeFirst,
	"enter":     enterContainer,
}

// A helper that cannot do its work ends with this code and a line that begins so.
const (
	helperFailed = 121
	helperSays   = "conformance: cannot "
)

// help does a helper's work and does not come back, if this is one.
func help() {
	helper := helpers[filepath.Base(os.Args[0])]
	if helper == nil {
		return
	}
	runtime.LockOSThread() // Pdeathsig is about the thread that started the child
	err := helper(os.Args[1:])
	fmt.Fprintf(os.Stderr, helperSays+"%s: %v\n", strings.Join(os.Args, " "), err)
	os.Exit(helperFailed)
}

// becomeNile is `sandbox ROOT SHARED CGROUP COMMAND…`, the first process of new namespaces: it mounts what a container's root
// has, and becomes the command.
func becomeNile(args []string) error {
	root, shared, group, argv := args[0], args[1], args[2], args[3:]
	if group != "-" { // 0 is the process that writes it
		if err := os.WriteFile(group+"/cgroup.procs", []byte("0"), 0); err != nil {
			return err
		}
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	for _, m := range []struct {
		source, target, fstype string
		flags                  uintptr
	}{
		{root, "", "", unix.MS_BIND},
		{"proc", "/proc", "proc", 0},
		{shared + "/bin", "/bin", "", unix.MS_BIND},
		{shared + "/tools", tools, "", unix.MS_BIND},
		{cgroups, cgroups, "", unix.MS_BIND | unix.MS_REC},
		{"tmpfs", "/dev", "tmpfs", 0},
	} {
		if err := unix.Mount(m.source, root+m.target, m.fstype, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := makeDevices(root + "/dev"); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := changeRoot(root); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	return unix.Exec(argv[0], argv, []string{"PATH=/bin", "HOME=/root", "HOSTNAME=kubetest"})
}

// changeRoot makes a mount the root. The old one goes on top of it and off again (pivot_root(2)).
func changeRoot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Chdir("/")
}

func makeDevices(dev string) error {
	unix.Umask(0)
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		if err := unix.Mknod(filepath.Join(dev, name), unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))); err != nil {
			return fmt.Errorf("make the device %s: %w", name, err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(target, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dev, "termination-log"), nil, 0o666)
}

func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bring up the loopback device: %w", err)
	}
	return nil
}

// becomeContainer is `container NAME COMMAND…`: it connects stdout and stderr to the container's FIFO and becomes the
// command.
func becomeContainer(args []string) error {
	if err := connectOutput(args[0]); err != nil {
		return err
	}
	return become(args[1:])
}

func connectOutput(name string) error {
	output, err := unix.Open(filepath.Join(inside, "output", name), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Dup2(output, 1); err != nil {
		return err
	}
	return unix.Dup2(output, 2)
}

func become(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return unix.Exec(path, argv, os.Environ())
}

// runShim is `shim NAME COMMAND…`: it does what a container runtime does.
func runShim(args []string) error {
	if err := connectOutput(args[0]); err != nil {
		return err
	}
	asked := make(chan os.Signal, 64)
	signal.Notify(asked)
	cmd := exec.Command(tools+"/namespace", args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := os.WriteFile(pidFile(args[0]), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
		return err
	}
	go func() {
		for sig := range asked {
			if sig != unix.SIGCHLD && sig != unix.SIGURG {
				_ = cmd.Process.Signal(sig)
			}
		}
	}()
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		os.Exit(128 + int(status.Signal()))
	}
	os.Exit(status.ExitStatus())
	return nil
}

func pidFile(container string) string { return filepath.Join(inside, "pids", container) }

// becomeFirst is `namespace COMMAND…`, the first process of a container's PID namespace. Its mounts are private, as
// those that it has them from.
func becomeFirst(argv []string) error {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""); err != nil {
		return err
	}
	return become(argv)
}

// enterContainer is `enter NAME COMMAND…`: it runs an exec probe or hook in the container's namespaces, once its first
// process is the container's command: a container runtime runs none before that either.
func enterContainer(args []string) error {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		pid, err := os.ReadFile(pidFile(args[0]))
		if err == nil {
			var program string
			program, err = os.Readlink("/proc/" + string(pid) + "/exe")
			if err == nil && filepath.Base(program) != "helper" {
				return become(append([]string{"nsenter", "-t", string(pid), "-m", "-p", "--"}, args[1:]...))
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the container does not run: %w", err)
		}
	}
}
