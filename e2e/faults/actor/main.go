// Command actor plays, in the tests of package faults, the programs that go wrong.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: actor PART [ARG…]
  steady              prints a line every 100 ms
  stubborn            ignores SIGTERM
  orphans N BATCH     leaves N processes behind that end at once, so many at a time, then stays
  daemon              leaves a process behind in a session of its own, by two forks, then ends
  sleep               does nothing until it is killed
  endless BYTES       prints so many bytes without a newline, then stays
  lines N             prints N lines of 1 KB as fast as it can, then stays
  eat MEGABYTES       takes so much memory, then stays
  exit CODE           ends with a code at once
  serve HOW PORT      takes connections, and is silent, slow or reset
  refuse ERRNO CALL CMD [ARG…]
                      becomes CMD, to which the kernel refuses a call`

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "steady":
		steady()
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("stubborn is here")
		stay()
	case "orphans":
		if len(args) != 2 {
			fail(usage)
		}
		orphans(number(args[:1]), number(args[1:]))
	case "daemon":
		daemon()
	case "sleep":
		stay()
	case "endless":
		endless(number(args))
	case "lines":
		lines(number(args))
	case "eat":
		eat(number(args))
	case "exit":
		os.Exit(number(args))
	case "serve":
		serve(args)
	case "refuse":
		refuse(args)
	default:
		fail(usage)
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(99)
}

func number(args []string) int {
	if len(args) == 1 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			return n
		}
	}
	fail(usage)
	return 0
}

// stay does nothing, however long.
func stay() {
	for {
		time.Sleep(time.Hour)
	}
}

func steady() {
	for n := 0; ; n++ {
		fmt.Println("steady", n)
		time.Sleep(100 * time.Millisecond)
	}
}

// spawn starts this program again, and does not wait for it.
func spawn(session bool, args ...string) {
	self, err := os.Executable()
	if err != nil {
		fail(err.Error())
	}
	_, err = syscall.ForkExec(self, append([]string{self}, args...), &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setsid: session},
	})
	if err != nil {
		fail(err.Error())
	}
}

// daemon leaves a process behind as daemon(3) does.
func daemon() {
	if len(os.Args) == 2 {
		spawn(true, "daemon", "again")
	} else {
		spawn(false, "sleep")
	}
}

func endless(bytes int) {
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = 'x'
	}
	for ; bytes > 0; bytes -= len(block) {
		if _, err := os.Stdout.Write(block[:min(bytes, len(block))]); err != nil {
			fail(err.Error())
		}
	}
	fmt.Fprintln(os.Stderr, "all is printed")
	stay()
}

func lines(n int) {
	padding := strings.Repeat("x", 1000)
	for i := range n {
		if _, err := fmt.Println("line", i, padding); err != nil {
			fail(err.Error())
		}
	}
	fmt.Fprintln(os.Stderr, "all is printed")
	stay()
}

func eat(megabytes int) {
	eaten := make([]byte, megabytes<<20)
	for i := 0; i < len(eaten); i += os.Getpagesize() {
		eaten[i] = 1
	}
	fmt.Println("all is eaten")
	stay()
	runtime.KeepAlive(eaten)
}
