package manifest

import (
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The real-time signals that programs may use. The kernel's range begins at
// 32, but the C library keeps the first two for its threads.
const (
	signalRealTimeMin = 34
	signalRealTimeMax = 64
)

// ParseSignal reads a signal: by name with or without SIG, as RTMIN+n or
// RTMAX-n, or as a number from 1 to 64. It returns 0 for anything else.
func ParseSignal(text string) int {
	if number, err := strconv.Atoi(text); err == nil {
		if number < 1 || number > signalRealTimeMax {
			return 0
		}
		return number
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if base, offset, ok := realTime(name); ok {
		return base + offset
	}
	switch name { // second names of the same signals
	case "CLD":
		name = "CHLD"
	case "IOT":
		name = "ABRT"
	case "POLL":
		name = "IO"
	}
	return int(unix.SignalNum("SIG" + name))
}

// realTime reads RTMIN, RTMIN+3, RTMAX, RTMAX-2.
func realTime(name string) (base, offset int, ok bool) {
	rest, isMin := strings.CutPrefix(name, "RTMIN")
	base = signalRealTimeMin
	sign := "+"
	if !isMin {
		var isMax bool
		if rest, isMax = strings.CutPrefix(name, "RTMAX"); !isMax {
			return 0, 0, false
		}
		base, sign = signalRealTimeMax, "-"
	}
	if rest == "" {
		return base, 0, true
	}
	offset, err := strconv.Atoi(rest)
	inRange := offset >= signalRealTimeMin-signalRealTimeMax && offset <= signalRealTimeMax-signalRealTimeMin
	return base, offset, err == nil && strings.HasPrefix(rest, sign) && inRange
}

// SignalName returns the name of a signal without SIG, or its number.
func SignalName(number int) string {
	if number >= signalRealTimeMin && number <= signalRealTimeMax {
		if offset := number - signalRealTimeMin; offset > 0 {
			return "RTMIN+" + strconv.Itoa(offset)
		}
		return "RTMIN"
	}
	if name := unix.SignalName(syscall.Signal(number)); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(number)
}

// signalNames are the names that a typing error is held against.
func signalNames() []string {
	return strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP " +
		"TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RTMAX")
}

// signal is a signal in nile's notation, see ParseSignal.
type signal int

func (v *signal) decode(d *decoder, at place) {
	text, ok := d.scalar(at, "a signal such as TERM, SIGUSR1 or 15")
	if !ok {
		return
	}
	number := ParseSignal(text)
	if number == 0 {
		d.unknownSignal(at, text)
		return
	}
	*v = signal(number)
}

func (*signal) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "minLength": 1},
		map[string]any{"type": "integer", "minimum": 1, "maximum": signalRealTimeMax},
	}}
}

func (d *decoder) unknownSignal(at place, text string) {
	problem := d.errorf(at, "want a signal such as TERM, SIGUSR1 or 15, got %q", shorten(text, 40))
	name, prefixed := strings.CutPrefix(strings.ToUpper(text), "SIG")
	if problem.Suggestion = suggest(name, signalNames()); problem.Suggestion != "" && prefixed {
		problem.Suggestion = "SIG" + problem.Suggestion
	}
}

// rewrittenSignal is what a signal becomes: another one, or 0 for none.
type rewrittenSignal int

func (v *rewrittenSignal) decode(d *decoder, at place) {
	if at.node.Value == "0" {
		return
	}
	(*signal)(v).decode(d, at)
}

func (*rewrittenSignal) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "minLength": 1},
		map[string]any{"type": "integer", "minimum": 0, "maximum": signalRealTimeMax},
	}}
}

// stopSignal is lifecycle.stopSignal: only the names that the Pod API lists
// (k8s.io/api/core/v1 Signal), with SIG, no numbers.
type stopSignal int

func (v *stopSignal) decode(d *decoder, at place) {
	text, ok := d.text(at)
	if !ok {
		return
	}
	if !slices.Contains(stopSignalNames(), text) {
		problem := d.errorf(at, "want a signal by its full name, such as SIGTERM or SIGUSR1, got %q", shorten(text, 40))
		problem.Suggestion = suggest("SIG"+strings.TrimPrefix(strings.ToUpper(text), "SIG"), stopSignalNames())
		return
	}
	*v = stopSignal(ParseSignal(text))
}

func (*stopSignal) schema() map[string]any {
	return map[string]any{"type": "string", "enum": stopSignalNames()}
}

func stopSignalNames() []string {
	names := strings.Fields("SIGTERM SIGINT SIGQUIT SIGHUP SIGUSR1 SIGUSR2 SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE " +
		"SIGILL SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTRAP SIGTSTP SIGTTIN " +
		"SIGTTOU SIGURG SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX")
	for offset := 1; offset <= 15; offset++ {
		names = append(names, "SIGRTMIN+"+strconv.Itoa(offset))
		if offset <= 14 {
			names = append(names, "SIGRTMAX-"+strconv.Itoa(offset))
		}
	}
	return names
}
