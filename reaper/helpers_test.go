package reaper

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// runHelper is a helper program: its exit code.
func runHelper(name string, args []string) int {
	program, ok := map[string]func([]string) error{
		"linger":     linger,
		"stray":      leaveStray,
		"hop":        hop,
		"tree":       growTree,
		"late":       forkLate,
		"on-demand":  forkOnDemand,
		"files":      printFiles,
		"limits":     inheritLimits,
		"eagain":     meetForkLimit,
		"untraced":   startUntraced,
		"foreground": takeForeground,
		"degraded":   withoutSubreaper,
		"subreaper":  asSubreaper,
	}[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no helper", name)
		return 99
	}
	if err := program(args); err != nil {
		fmt.Fprintf(os.Stderr, "helper %s: %v\n", name, err)
		return 98
	}
	return 0
}

// fork starts another helper without waiting for it.
func fork(env []string, sys *syscall.SysProcAttr, name string, args ...string) error {
	_, err := syscall.ForkExec(self, helper(name, args...), &syscall.ProcAttr{
		Env: env, Files: stdio, Sys: sys,
	})
	return err
}

// announce appends the helper's process id to a file.
func announce(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return err
}

// linger FILE announces itself and stays, but not for ever.
func linger(args []string) error {
	if err := announce(args[0]); err != nil {
		return err
	}
	time.Sleep(2 * time.Minute)
	return nil
}

// strayKinds are the ways out of the sight of a supervisor: how the lingering
// process is forked.
var strayKinds = map[string]struct {
	empty  bool // with an emptied environment
	group  bool // in a process group of its own
	sid    bool // in a session of its own
	double bool // by a middle process that ends, the daemon's way
}{
	"plain":                {},
	"group":                {group: true},
	"session":              {sid: true},
	"double fork":          {double: true},
	"double fork, session": {double: true, sid: true},
	"empty":                {empty: true},
	"empty, group":         {empty: true, group: true},
	"empty, session":       {empty: true, sid: true},
	"daemon":               {empty: true, double: true, sid: true},
}

// leaveStray KIND FILE THEN leaves a lingering process of that kind behind and
// then ends, or with THEN "stay" lingers too. As "middle" it is the process in
// the middle of a double fork.
func leaveStray(args []string) error {
	kind := strayKinds[args[0]]
	env := os.Environ()
	if kind.empty {
		env = nil
	}
	sys := &syscall.SysProcAttr{Setsid: kind.sid, Setpgid: kind.group && !kind.sid}
	switch {
	case args[2] == "middle":
		return fork(env, &syscall.SysProcAttr{}, "linger", args[1])
	case kind.double:
		if err := fork(env, sys, "stray", args[0], args[1], "middle"); err != nil {
			return err
		}
	default:
		if err := fork(env, sys, "linger", args[1]); err != nil {
			return err
		}
	}
	if args[2] == "stay" {
		time.Sleep(2 * time.Minute)
	}
	return nil
}

// hop FILE LEFT forks its successor and ends, over and over, so that its process
// id changes faster than it can be looked up and killed.
func hop(args []string) error {
	left, err := strconv.Atoi(args[1])
	if err != nil || left == 0 {
		return err
	}
	if err := announce(args[0]); err != nil {
		return err
	}
	return fork(os.Environ(), nil, "hop", args[0], strconv.Itoa(left-1))
}

// growTree FILE DEPTH forks two children of itself down to depth 0; all linger.
func growTree(args []string) error {
	depth, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range 2 {
		if depth == 0 {
			break
		}
		if err := fork(os.Environ(), nil, "tree", args[0], strconv.Itoa(depth-1)); err != nil {
			return err
		}
	}
	return linger(args)
}

// forkLate FILE leaves a process in a session of its own behind, which on SIGUSR1
// forks a lingering child with an emptied environment and ends.
func forkLate(args []string) error {
	if len(args) == 1 {
		return fork(os.Environ(), &syscall.SysProcAttr{Setsid: true}, "late", args[0], "wait")
	}
	wanted := make(chan os.Signal, 1)
	signal.Notify(wanted, syscall.SIGUSR1)
	if err := announce(args[0]); err != nil {
		return err
	}
	<-wanted
	return fork(nil, nil, "linger", args[0])
}

// forkOnDemand FILE forks a lingering child whenever it gets SIGUSR1.
func forkOnDemand(args []string) error {
	wanted := make(chan os.Signal, 1)
	signal.Notify(wanted, syscall.SIGUSR1)
	if err := announce(args[0]); err != nil {
		return err
	}
	for range wanted {
		if err := fork(os.Environ(), nil, "linger", args[0]); err != nil {
			return err
		}
	}
	return nil
}

// printFiles FILE… prints files.
func printFiles(args []string) error {
	for _, path := range args {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		os.Stdout.Write(text)
	}
	return nil
}
