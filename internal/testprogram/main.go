// Command testprogram plays the programs that nile runs in its tests and in the
// pod of `make run`: one small static binary instead of a shell and a dozen tools.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: testprogram VERB [ARG…]
  say TEXT…              prints TEXT
  exit CODE [AFTER]      ends with CODE, after a while if asked
  die SIGNAL             ends itself by a signal's number
  work STEPS EACH        counts steps aloud, then ends with 0
  once TEXT              fails with code 3 when its parent runs it first, then prints TEXT
  tick TEXT EACH         prints TEXT again and again until SIGTERM, then says goodbye
  stubborn TEXT          prints TEXT and ignores SIGTERM
  signals                prints the name of each signal that it gets; ends on SIGTERM
  env NAME…              prints the values of variables
  fds                    prints the descriptors that it was given
  status FIELD…          prints fields of /proc/self/status
  stray KIND             leaves a process behind (plain, session, daemon, bare) and ends
  serve PORT             answers HTTP on a port; /exit/CODE ends it, /post prints what it is sent
  notify WORD…           says something of itself: READY=1 child:READY=1 fd:3 close:3 wait:1s flood:99 exit:0
  notified PATH LAST     prints what is sent to a socket until it has the word LAST
  namespace CMD…         runs CMD as PID 1 of a new PID namespace`

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "say":
		fmt.Println(strings.Join(args, " "))
	case "exit":
		if len(args) > 1 {
			time.Sleep(duration(args[1]))
		}
		os.Exit(number(args[0]))
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.Signal(number(args[0])))
		time.Sleep(time.Second)
	case "work":
		for i := range number(args[0]) {
			fmt.Printf("step %d of %s\n", i+1, args[0])
			time.Sleep(duration(args[1]))
		}
	case "once":
		failOnce(strings.Join(args, " "))
	case "tick":
		tick(args[0], duration(args[1]))
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println(args[0])
		time.Sleep(time.Minute)
	case "signals":
		printSignals()
	case "env":
		for i, name := range args {
			args[i] = os.Getenv(name)
		}
		fmt.Println(strings.Join(args, " "))
	case "fds":
		printDescriptors()
	case "status":
		printStatus(args)
	case "stray":
		leaveStray(args)
	case "serve":
		serve(args[0])
	case "notify":
		notify(args)
	case "notified":
		notified(args[0], args[1])
	case "namespace":
		os.Exit(inNamespace(args))
	default:
		fail(usage)
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(2)
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		fail("testprogram: not a number: " + s)
	}
	return n
}

func duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		fail("testprogram: not a duration: " + s)
	}
	return d
}

// failOnce fails the first time it is run by a parent and prints its text the
// second time. The mark is named after the parent, so that each life of a pod
// begins anew.
func failOnce(text string) {
	mark := fmt.Sprintf("%s/testprogram-once-%d", os.TempDir(), os.Getppid())
	if err := os.Remove(mark); err == nil {
		fmt.Println(text)
		time.Sleep(time.Second)
		return
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		fail("testprogram: " + err.Error())
	}
	fmt.Println("a first try that fails")
	os.Exit(3)
}

func tick(text string, each time.Duration) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	for {
		fmt.Println(text)
		select {
		case <-stop:
			fmt.Println(text + ": got SIGTERM, goodbye")
			return
		case <-time.After(each):
		}
	}
}

func printSignals() {
	got := make(chan os.Signal, 64)
	signal.Notify(got)
	fmt.Println("listening")
	for sig := range got {
		if sig == syscall.SIGURG {
			continue // Go's runtime interrupts its threads by it
		}
		fmt.Println("got " + strings.ToLower(sig.String()))
		if sig == syscall.SIGTERM {
			return
		}
	}
}
