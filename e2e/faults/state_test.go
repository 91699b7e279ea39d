package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// container is what nile status tells of one.
type container struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	PID      int    `json:"pid"` // in the namespace
	Restarts int    `json:"restarts"`
}

// containers asks nile for its containers, and must be answered.
func (p *pod) containers() map[string]container {
	p.t.Helper()
	stdout, stderr, code := p.verb("status", "-o", "json")
	var status struct {
		Nile struct{ Containers []container }
	}
	if err := json.Unmarshal([]byte(stdout), &status); err != nil || code != 0 {
		p.t.Fatalf("nile status: exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	all := map[string]container{}
	for _, c := range status.Nile.Containers {
		all[c.Name] = c
	}
	return all
}

// running waits until a container runs, and tells of it.
func (p *pod) running(name string) (found container) {
	p.t.Helper()
	p.await("nile listens", func() bool {
		_, err := os.Stat(p.socket())
		return err == nil
	})
	p.await(name+" runs", func() bool {
		found = p.containers()[name]
		return found.State == "Running" && found.PID != 0
	})
	return found
}

// outside is the process id outside of the namespace of one inside; 0 where there is none.
func (p *pod) outside(pid int) int {
	files, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), "\nNSpid:")
		line, _, _ := strings.Cut(rest, "\n")
		ids := strings.Fields(line)
		if len(ids) < 2 || ids[len(ids)-1] != strconv.Itoa(pid) || !p.hasSameNamespace(filepath.Dir(file)) {
			continue
		}
		number, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		return number
	}
	return 0
}

func (p *pod) hasSameNamespace(proc string) bool {
	mine, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", p.pid1()))
	other, _ := os.Readlink(proc + "/ns/pid")
	return err == nil && mine == other
}

// zombies counts the children of nile that have ended and were not waited for.
func (p *pod) zombies() (count int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		at := bytes.LastIndexByte(text, ')')
		if err != nil || at < 0 {
			continue
		}
		fields := strings.Fields(string(text[at+1:]))
		if len(fields) > 1 && fields[0] == "Z" && fields[1] == strconv.Itoa(p.pid1()) {
			count++
		}
	}
	return count
}

// holds shows that nile goes on: the process of a container that has restartPolicy Always is
// killed and started again, no zombie stays, and nile answers.
func (p *pod) holds(name string) {
	p.t.Helper()
	before := p.kill(name)
	p.await(name+" is started again", func() bool {
		now := p.containers()[name]
		return now.State == "Running" && now.Restarts > before.Restarts
	})
	p.await("no zombie is left", func() bool { return p.zombies() == 0 })
}

// kill sends SIGKILL to the process of a container that runs, and tells which that was.
func (p *pod) kill(name string) container {
	p.t.Helper()
	before := p.running(name)
	victim := p.outside(before.PID)
	if err := syscall.Kill(victim, syscall.SIGKILL); victim == 0 || err != nil {
		p.t.Fatalf("cannot kill %s, process %d: %v", name, victim, err)
	}
	return before
}

// over tells whether nile has ended.
func (p *pod) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// end ends the pod by SIGTERM, and expects its exit code.
func (p *pod) end(code int) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.exits(code)
}

// exits waits for nile's end and expects an exit code.
func (p *pod) exits(code int) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("nile has not ended after %v", patience)
	}
	got := p.cmd.ProcessState.ExitCode()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		got = 128 + int(status.Signal())
	}
	if got != code {
		p.t.Errorf("nile ended with %d, should be %d", got, code)
	}
}
