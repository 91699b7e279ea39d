package procs

import (
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/procstat"
)

// Process is a process at one moment, or one of its threads.
type Process struct {
	PID     int `json:"pid"`
	Thread  int `json:"thread,omitempty"` // its thread id; 0 for the process as a whole
	Parent  int `json:"parent"`           // 0 where the parent is outside the PID namespace
	Group   int `json:"processGroup"`
	Session int `json:"session"`

	Name      string   `json:"name"`                // as the kernel has it: 15 bytes of a process's
	Args      []string `json:"command"`             // empty for kernel threads, zombies, and what has overwritten it
	Truncated bool     `json:"truncated,omitempty"` // the command line is longer than what is here
	Kernel    bool     `json:"kernel,omitempty"`    // a thread of the kernel
	State     State    `json:"state"`
	Zombie    bool     `json:"zombie,omitempty"` // it has ended, and its parent has not noticed
	Terminal  string   `json:"terminal,omitempty"`

	UID     uint32 `json:"uid"`            // effective
	User    string `json:"user,omitempty"` // its name in /etc/passwd
	Threads int    `json:"threads"`

	Resident uint64        `json:"residentBytes"`
	PSS      *uint64       `json:"pssBytes,omitempty"` // where it was asked for and may be read
	CPU      time.Duration `json:"cpuNanoseconds"`     // of user and system, since its start
	Reaped   time.Duration `json:"-"`                  // the same of the children that have ended and that it waited for
	Started  time.Time     `json:"startedAt"`
	Age      time.Duration `json:"-"`

	Cgroup    string `json:"cgroup,omitempty"`      // the path in the hierarchy that tells most, see proc_pid_cgroup(5)
	Container string `json:"containerID,omitempty"` // the id in that path that a container engine gave

	start uint64 // ticks since boot
}

// State is the state of a process: the letter of proc_pid_stat(5).
type State byte

var stateWords = [...]struct {
	state State
	word  string
}{
	{'R', "running"}, {'S', "sleeping"}, {'D', "disk"}, {'T', "stopped"}, {'t', "traced"},
	{'Z', "zombie"}, {'X', "dead"}, {'I', "idle"}, {'P', "parked"},
}

// String is the state in a word; "disk" is a sleep that no signal interrupts.
func (s State) String() string {
	for _, one := range stateWords {
		if one.state == s {
			return one.word
		}
	}
	return string(rune(s))
}

// MarshalText gives the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// CommandLine is the command with its arguments on one line, or the name in brackets
// where there is none, as ps shows it. The bytes are those of the process.
func (p *Process) CommandLine() string {
	if len(p.Args) == 0 || p.Thread != 0 {
		return "[" + p.Name + "]"
	}
	line := strings.Join(p.Args, " ")
	if p.Truncated {
		line += "…"
	}
	return line
}

// terminal is the name of a controlling terminal below /dev, from its number in
// /proc/PID/stat (Documentation/admin-guide/devices.txt).
func terminal(device int) string {
	major, minor := device>>8&0xfff, device&0xff|device>>12&0xfff00
	switch {
	case device == 0:
		return ""
	case major >= 136 && major <= 143: // Unix98 pseudo terminals
		return fmt.Sprintf("pts/%d", (major-136)<<20|minor)
	case major == 4 && minor < 64:
		return fmt.Sprintf("tty%d", minor)
	case major == 4:
		return fmt.Sprintf("ttyS%d", minor-64)
	case major == 5 && minor == 1:
		return "console"
	}
	return fmt.Sprintf("%d:%d", major, minor)
}

// ticks is a time in /proc's unit.
func ticks(n uint64) time.Duration {
	return time.Duration(n) * (time.Second / procstat.TicksPerSecond)
}
