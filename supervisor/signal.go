package supervisor

import (
	"strconv"
	"strings"
)

// The signals that the machine itself has a use for. Their numbers are the same
// on every architecture that Linux and Go share, MIPS' differences lie elsewhere.
const (
	sigHup  = 1
	sigInt  = 2
	sigQuit = 3
	sigKill = 9
	sigTerm = 15
	sigStop = 19
	sigTstp = 20
	sigTtin = 21
	sigTtou = 22
)

// signalNames are the standard signals of Linux in the order of their numbers
// (signal(7)), from 1.
var signalNames = [...]string{
	"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
	"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
}

// The real-time signals as the C library numbers them.
const (
	realTimeMin = 34
	realTimeMax = 64
)

// SignalName is the name of a signal, such as SIGTERM or SIGRTMIN+3; its number
// where it has no name.
func SignalName(num int) string {
	switch {
	case num >= 1 && num <= len(signalNames):
		return "SIG" + signalNames[num-1]
	case num == realTimeMin:
		return "SIGRTMIN"
	case num > realTimeMin && num <= realTimeMax:
		return "SIGRTMIN+" + strconv.Itoa(num-realTimeMin)
	}
	return "signal " + strconv.Itoa(num)
}

// ParseSignal reads a signal: a number, or a name in any case with or without
// SIG, RTMIN+n and RTMAX-n among them. It tells whether there is such a signal.
func ParseSignal(s string) (num int, ok bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n >= 1 && n <= realTimeMax
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for i, known := range signalNames {
		if name == known {
			return i + 1, true
		}
	}
	switch {
	case name == "POLL": // second names of the same signals
		return ParseSignal("IO")
	case name == "CLD":
		return ParseSignal("CHLD")
	case name == "IOT":
		return ParseSignal("ABRT")
	case name == "RTMIN":
		return realTimeMin, true
	case name == "RTMAX":
		return realTimeMax, true
	case strings.HasPrefix(name, "RTMIN+"):
		n, err := strconv.Atoi(name[len("RTMIN+"):])
		return realTimeMin + n, err == nil && n >= 0 && n <= realTimeMax-realTimeMin
	case strings.HasPrefix(name, "RTMAX-"):
		n, err := strconv.Atoi(name[len("RTMAX-"):])
		return realTimeMax - n, err == nil && n >= 0 && n <= realTimeMax-realTimeMin
	}
	return 0, false
}
