package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// The roles of containers.
const (
	roleCrash  = "crash"  // ends after a while with any code, or by any signal
	roleHang   = "hang"   // stops answering its liveness probe, and ignores SIGTERM
	roleFork   = "fork"   // leaves processes behind, in sessions of their own and not
	roleTalk   = "talk"   // prints as fast as it can, then ends
	roleSteady = "steady" // prints now and then until it is told to end
)

var roles = []string{roleCrash, roleHang, roleFork, roleTalk, roleSteady}

// child is a container of the pod at work.
type child struct {
	name   string
	ledger *ledger
}

func play(role, name, file string) {
	book, err := openLedger(file)
	if err != nil {
		fmt.Fprintf(os.Stderr, "cannot open the ledger %s: %v\n", file, err)
		os.Exit(99)
	}
	c := &child{name, book}
	switch role {
	case roleCrash:
		c.print(1 + rand.IntN(5))
		pause(200, 4000)
		c.print(1 + rand.IntN(5))
		c.die()
	case roleHang:
		signal.Ignore(syscall.SIGTERM)
		for {
			c.print(1)
			pause(1000, 2000)
		}
	case roleFork:
		c.print(2)
		c.leave(1 + rand.IntN(6))
		pause(100, 4000)
		c.end(rand.IntN(2))
	case roleTalk:
		c.print(200 + rand.IntN(1000))
		pause(500, 8000)
		c.print(1)
		c.end(0)
	default:
		c.steady()
	}
}

func pause(atLeast, below int) {
	time.Sleep(time.Duration(atLeast+rand.IntN(below-atLeast)) * time.Millisecond)
}

// print prints lines to both streams: most are short, some as long as a stack trace, one in
// a thousand as long as a pipe.
func (c *child) print(lines int) {
	for range lines {
		stream, counter, file := "o", &c.ledger.current.Stdout, os.Stdout
		if rand.IntN(3) == 0 {
			stream, counter, file = "e", &c.ledger.current.Stderr, os.Stderr
		}
		padding := rand.IntN(200)
		switch rand.IntN(1000) {
		case 0:
			padding = 100_000
		case 1, 2, 3, 4, 5:
			padding = 5_000
		}
		line := fmt.Appendf(nil, "%s %s %d %s %d ", mark, c.name, c.ledger.number, stream, *counter)
		line = append(append(line, bytes.Repeat([]byte{'x'}, padding)...), '\n')
		if _, err := file.Write(line); err != nil {
			return
		}
		count(counter)
	}
}

// end ends the process with an exit code.
func (c *child) end(code int) {
	c.ledger.current.Intent = 1 + uint64(code)
	os.Exit(code)
}

// die ends the process with any exit code or by a signal that a program dies of.
func (c *child) die() {
	if rand.IntN(3) > 0 {
		c.end(rand.IntN(256))
	}
	deadly := []syscall.Signal{syscall.SIGKILL, syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGXCPU}
	number := deadly[rand.IntN(len(deadly))]
	c.ledger.current.Intent = intentSignal + uint64(number)
	// By a shell in the place of this process: Go's runtime catches what nobody asked for.
	_ = syscall.Exec("/bin/sh", []string{"sh", "-c", fmt.Sprintf("kill -%d $$; sleep 60", number)}, os.Environ())
}

// leave starts processes that outlive this one.
func (c *child) leave(strays int) {
	for range strays {
		command := exec.Command("/proc/self/exe", partStray, fmt.Sprintf("%dms", rand.IntN(6000)))
		command.SysProcAttr = &syscall.SysProcAttr{Setsid: rand.IntN(2) == 0}
		_ = command.Start()
	}
}

func (c *child) steady() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	signal.Ignore(syscall.SIGUSR1)
	for {
		select {
		case <-told:
			c.print(1)
			c.end(0)
		case <-time.After(time.Duration(200+rand.IntN(2000)) * time.Millisecond):
			c.print(1 + rand.IntN(3))
		}
	}
}
