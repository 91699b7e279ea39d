// Command inherit starts a command as nile does, waits for it and exits with its
// code. As "inherit plain CMD…" it does nothing else, as "inherit open CMD…" it
// receives signals meanwhile. Before that "inherit launch IGNORE BLOCK LIMIT CMD…"
// executes CMD with these signals (numbers with commas, or -) ignored and blocked,
// and with this soft limit of open files.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
)

func main() {
	if os.Args[1] == "launch" {
		fail(launch(os.Args[2], os.Args[3], os.Args[4], os.Args[5:]))
	}
	r, _ := reaper.New() // it works without being a subreaper, too
	var q *signals.Queue
	var err error
	if os.Args[1] == "open" {
		q, err = signals.Open()
		fail(err)
	} else {
		signals.Release()
	}
	pid, err := r.Start(&reaper.Command{Argv: os.Args[2:], Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	fail(err)
	for {
		if q != nil {
			if s, _ := q.Next(time.Time{}); s.Num != syscall.SIGCHLD {
				r.Signal(pid, s.Num, reaper.Process)
			}
		} else {
			unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		}
		r.Drain(func(exit reaper.Exit) {
			if exit.PID == pid && exit.Status.Signaled() {
				os.Exit(128 + int(exit.Status.Signal()))
			}
			if exit.PID == pid {
				os.Exit(exit.Status.ExitStatus())
			}
		})
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "inherit:", err)
		os.Exit(125)
	}
}

func launch(ignore, block, limit string, argv []string) error {
	// Not package signal, which cannot ignore all: struct sigaction has the handler
	// first, and SIG_IGN is 1.
	action := [8]uintptr{1}
	for _, num := range numbers(ignore) {
		if _, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(num), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0); errno != 0 {
			return fmt.Errorf("cannot ignore signal %d: %w", num, errno)
		}
	}
	runtime.LockOSThread()
	var mask unix.Sigset_t
	for _, num := range numbers(block) {
		bits := 8 * int(unix.SizeofPtr)
		mask.Val[(num-1)/bits] |= 1 << ((num - 1) % bits)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil); err != nil {
		return err
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	soft, err := strconv.ParseUint(limit, 10, 64)
	if err != nil {
		return err
	}
	files.Cur = soft
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	return syscall.Exec(argv[0], argv, os.Environ())
}

func numbers(list string) (nums []int) {
	for word := range strings.SplitSeq(list, ",") {
		if num, err := strconv.Atoi(word); err == nil {
			nums = append(nums, num)
		}
	}
	return nums
}
