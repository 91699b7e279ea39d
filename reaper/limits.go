package reaper

import (
	"strconv"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/startstate"
)

const (
	opScore = "set oom_score_adj to"
	opLimit = "set the limit"
)

// limits plans what may need CAP_SYS_RESOURCE, hence before the identity.
func (p *plan) limits() {
	c := p.command
	if c.OOMScoreAdj != nil {
		value := strconv.Itoa(*c.OOMScoreAdj)
		says := StartError{Op: opScore, Path: value}
		here := linux.AT_FDCWD
		file := p.call(says, syscall.SYS_OPENAT, uintptr(here), p.text("/proc/self/oom_score_adj"), syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
		write := p.call(says, syscall.SYS_WRITE, 0, p.text(value), uintptr(len(value)))
		p.steps[write].first = file
	}
	if c.Umask != nil {
		p.try(anyError, StartError{}, syscall.SYS_UMASK, uintptr(*c.Umask))
	}
	if soft, hard, raised := raisedFileLimit(); raised {
		p.limit(anyError, Rlimit{Resource: syscall.RLIMIT_NOFILE, Soft: soft, Hard: hard})
	}
	for _, limit := range c.Rlimits {
		p.limit(0, limit)
	}
}

func (p *plan) limit(goOn uint64, limit Rlimit) {
	says := StartError{Op: opLimit, Path: limit.text()}
	p.try(goOn, says, syscall.SYS_PRLIMIT64, 0, uintptr(limit.Resource), p.at(unsafe.Pointer(&[2]uint64{limit.Soft, limit.Hard})), 0)
}

// text is a limit and its value as a manifest has them.
func (l Rlimit) text() string {
	text := linux.LimitName(l.Resource) + " to "
	if l.Soft != l.Hard {
		text += limitText(l.Soft) + ":"
	}
	return text + limitText(l.Hard)
}

// limitText is a limit as a manifest has it.
func limitText(value uint64) string {
	if value == ^uint64(0) {
		return "unlimited"
	}
	return strconv.FormatUint(value, 10)
}

// raisedFileLimit is the limit of open files that nile was started with, if the
// soft one is now what Go's runtime has made of it (syscall/rlimit.go), and not what
// somebody has set since.
func raisedFileLimit() (soft, hard uint64, raised bool) {
	soft, hard, known := startstate.OpenFiles()
	var now syscall.Rlimit
	if !known || syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now) != nil {
		return 0, 0, false
	}
	return soft, hard, now.Cur == hard-1 && now.Max == hard
}

// beyond explains why a limit was not raised, or oom_score_adj not lowered: "" where the
// errno says it all.
func (e *StartError) beyond(limits []Rlimit) string {
	switch {
	case e.Op == opScore && e.Err == syscall.EACCES: // proc_pid_oom_score_adj(5)
		return e.Err.Error() + ": to go below nile's own takes CAP_SYS_RESOURCE"
	case e.Op != opLimit || e.Err != syscall.EPERM:
		return ""
	}
	for _, limit := range limits {
		if limit.text() != e.Path {
			continue
		}
		if most := mostFiles(); limit.Resource == syscall.RLIMIT_NOFILE && most > 0 && limit.Hard > most { // whatever the capabilities, getrlimit(2)
			return e.Err.Error() + ": the machine allows at most " + limitText(most) + " (fs.nr_open)"
		}
		var own syscall.Rlimit
		if syscall.Getrlimit(limit.Resource, &own) == nil && limit.Hard > own.Max {
			return e.Err.Error() + ": to go beyond nile's own hard limit, " + limitText(own.Max) + ", takes CAP_SYS_RESOURCE"
		}
	}
	return ""
}

// mostFiles is fs.nr_open; 0 where it cannot be known.
func mostFiles() uint64 {
	buffer := make([]byte, 32)
	text, err := readFile("/proc/sys/fs/nr_open", buffer)
	if err != nil {
		return 0
	}
	most, _ := strconv.ParseUint(ascii.TrimSpace(string(text)), 10, 64)
	return most
}
