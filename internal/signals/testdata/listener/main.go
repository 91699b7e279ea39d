// Command listener is what the tests of package signals send signals to. Its
// first argument says what it does:
//
//	launch IGNORE BLOCK LIMIT CLOSE CMD…  executes CMD with these signals (numbers
//	                                      with commas, or -) ignored and blocked,
//	                                      this soft limit of open files (or -), and
//	                                      this descriptor closed (or -)
//	state     prints what package startstate knows
//	listen    prints each signal that arrives, until its stdin ends
//	late      the same, but opens the queue late
//	spin      the same, with goroutines that the runtime has to interrupt
//	asleep    the same, but takes the first one only when a line comes on stdin
//	pass      passes SIGUSR1, SIGINT and 40 on to a process that prints them as listen
//	          does, and prints what was passed
//	collect   waits while garbage is collected beside it
//	refused   executes itself with listen where ppoll(2) is refused
//	timer     waits with a deadline and prints whether it was kept
//	recover   recovers from faults, prints "recovered" for each
//	crash     dies of a fault
//	complain  writes to a stdout that nobody reads, then exits with 7 if no signal
//	          came of it
//	background  writes to its terminal, stdin, from the background where that stops
//	            a program (stty tostop), and prints the error
//	release   gives the signals back and sleeps
//	notify    gives the signals back and prints those that os/signal delivers
//	status    gives the signals back and prints its signals from /proc
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/internal/startstate"
)

func main() {
	switch os.Args[1] {
	case "launch":
		launch(os.Args[2:])
	case "state":
		soft, hard, ok := startstate.OpenFiles()
		fmt.Println(startstate.Known(), list(startstate.Ignored()), list(startstate.Blocked()), soft, hard, ok,
			startstate.Closed(0), startstate.Closed(1), startstate.Closed(2))
	case "listen":
		listen()
	case "late":
		time.Sleep(3 * time.Millisecond)
		listen()
	case "spin":
		for range 2 * runtime.NumCPU() {
			go spin()
		}
		go func() {
			for {
				runtime.GC()
			}
		}()
		listen()
	case "asleep":
		q := open()
		bufio.NewReader(os.Stdin).ReadString('\n')
		show(q)
	case "pass":
		pass()
	case "collect":
		collect()
	case "refused":
		refuse(syscall.SYS_PPOLL)
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", []string{"listener", "listen"}, os.Environ()))
	case "timer":
		q := open()
		start := time.Now()
		_, event := q.Next(start.Add(30 * time.Millisecond))
		fmt.Println(event == signals.Expired, time.Since(start) >= 30*time.Millisecond)
		_, event = q.Next(start)
		fmt.Println(event == signals.Expired)
	case "recover":
		open()
		for range 3 {
			fault()
		}
	case "crash":
		open()
		var p *int
		*p = 1
	case "complain":
		q := open()
		for range 3 {
			if _, err := os.Stdout.WriteString("hello\n"); err == nil {
				os.Exit(1)
			}
		}
		if _, event := q.Next(time.Now()); event == signals.Expired {
			os.Exit(7)
		}
	case "background":
		open()
		fmt.Println(background())
	case "release":
		time.Sleep(20 * time.Millisecond)
		signals.Release()
		fmt.Println("released")
		time.Sleep(time.Minute)
	case "notify":
		signals.Release()
		c := make(chan os.Signal, 100)
		signal.Notify(c)
		fmt.Println("ready")
		for s := range c {
			if s != syscall.SIGURG {
				fmt.Println(int(s.(syscall.Signal)))
			}
		}
	case "status":
		signals.Release()
		data, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "Sig") && !strings.HasPrefix(line, "SigQ") {
				fmt.Print(line)
			}
		}
	}
}

func open() *signals.Queue {
	q, err := signals.Open()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "open")
	return q
}

// pass starts another listener, which has its output, and passes signals on to it.
func pass() {
	q := open()
	fds := []int{0, 0}
	if err := syscall.Pipe2(fds, syscall.O_CLOEXEC); err != nil {
		panic(err)
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"listener", "listen"}, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, uintptr(fds[1])},
	})
	if err != nil {
		panic(err)
	}
	syscall.Read(fds[0], make([]byte, 5)) // it is open
	q.Pass(startstate.Set(1<<(syscall.SIGUSR1-1)|1<<(syscall.SIGINT-1)|1<<(40-1)), pid)
	fmt.Println("ready")
	for {
		s, event := q.Next(time.Time{})
		if event != signals.Arrived || s.Num == syscall.SIGCHLD {
			return
		}
		if s.Num == syscall.SIGUSR2 {
			q.Pass(0, 0)
		}
		fmt.Println(int(s.Num), "passed", s.Passed)
	}
}

// collect prints how many collections of garbage have come to their end while the queue
// was waited for.
func collect() {
	q := open()
	var done atomic.Int32
	go func() {
		for range 20 {
			runtime.GC()
			done.Add(1)
		}
		q.Wake()
	}()
	_, event := q.Next(time.Now().Add(20 * time.Second))
	fmt.Println(event == signals.Woken, done.Load())
}

// refuse has a system call fail from now on, for this thread and what it executes, see
// seccomp(2).
func refuse(number uint32) {
	runtime.LockOSThread()
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: number},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(syscall.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		panic(err)
	}
}

func listen() { show(open()) }

// show prints signals until stdin ends, and then how many were lost.
func show(q *signals.Queue) {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		q.Wake()
	}()
	var deadline time.Time
	for {
		s, event := q.Next(deadline)
		switch event {
		case signals.Arrived:
			fmt.Println(int(s.Num), s.Code, s.PID, s.UID, s.Value)
		case signals.Woken:
			// A handler may still be on its way on another thread.
			deadline = time.Now().Add(20 * time.Millisecond)
		case signals.Expired:
			fmt.Println("dropped", q.Dropped())
			return
		}
	}
}

var sink int

// spin never yields by itself.
func spin() {
	for i := 0; ; i++ {
		sink = i
	}
}

func fault() {
	defer func() { fmt.Println("recovered", recover() != nil) }()
	var p *int
	*p = 1
}

// background gives the terminal on descriptor 0 to another process group and writes
// to it.
func background() error {
	modes, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return err
	}
	modes.Lflag |= unix.TOSTOP
	if err := unix.IoctlSetTermios(0, unix.TCSETS, modes); err != nil {
		return err
	}
	pid, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "10"}, &syscall.ProcAttr{
		Files: []uintptr{0, 0, 0}, Sys: &syscall.SysProcAttr{Foreground: true, Ctty: 0},
	})
	if err != nil {
		return err
	}
	_, err = os.Stdin.WriteString("from the background\n")
	syscall.Kill(pid, syscall.SIGKILL)
	return err
}

func launch(args []string) {
	// What the launcher of the tests has left must not count: GNU make, for one,
	// starts its commands with signals 32 and 33 ignored.
	var standard [8]uint64
	for num := uintptr(1); num <= 64; num++ {
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, num, uintptr(unsafe.Pointer(&standard)), 0, 8, 0, 0)
	}
	for _, num := range numbers(args[0]) {
		ignore := [8]uint64{1}
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(num), uintptr(unsafe.Pointer(&ignore)), 0, 8, 0, 0)
	}
	runtime.LockOSThread()
	var mask uint64
	for _, num := range numbers(args[1]) {
		mask |= 1 << (num - 1)
	}
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
	if soft, err := strconv.ParseUint(args[2], 10, 64); err == nil {
		var limit syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
		limit.Cur = soft
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	if fd, err := strconv.Atoi(args[3]); err == nil {
		syscall.Close(fd)
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(args[4], args[4:], os.Environ()))
	os.Exit(1)
}

func numbers(text string) []int {
	var list []int
	for word := range strings.SplitSeq(text, ",") {
		if num, err := strconv.Atoi(word); err == nil {
			list = append(list, num)
		}
	}
	return list
}

func list(set startstate.Set) string {
	text := "-"
	for num := 1; num <= 64; num++ {
		if set.Has(num) {
			text += "," + strconv.Itoa(num)
		}
	}
	return strings.TrimPrefix(text, "-,")
}
