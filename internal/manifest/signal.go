package manifest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// parseSignal reads a signal in nile's notation; 0 where there is no such signal.
func parseSignal(text string) int {
	if number, ok := supervisor.ParseSignal(text); ok {
		return number
	}
	return 0
}

// maxSignal is the last of the real-time signals.
const maxSignal = 64

// signalNames are the names that a typing error is held against.
func signalNames() []string {
	return strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP " +
		"TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RTMAX")
}

// signal is a signal in nile's notation, see [supervisor.ParseSignal].
type signal int

func (v *signal) decode(d *decoder, at place) {
	text, ok := d.scalar(at, "a signal such as TERM, SIGUSR1 or 15")
	if !ok {
		return
	}
	number := parseSignal(text)
	if number == 0 {
		d.unknownSignal(at, text)
		return
	}
	*v = signal(number)
}

func (*signal) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "minLength": 1},
		map[string]any{"type": "integer", "minimum": 1, "maximum": maxSignal},
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
		map[string]any{"type": "integer", "minimum": 0, "maximum": maxSignal},
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
	*v = stopSignal(parseSignal(text))
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
