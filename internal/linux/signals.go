package linux

import "syscall"

// SignalName is the name of a signal, such as SIGTERM, or "" where it has none.
func SignalName(sig syscall.Signal) string {
	for _, one := range signals {
		if one.number == sig {
			return one.name
		}
	}
	return ""
}

// The numbers are the machine's.
var signals = [...]struct {
	number syscall.Signal
	name   string
}{
	{syscall.SIGHUP, "SIGHUP"},
	{syscall.SIGINT, "SIGINT"},
	{syscall.SIGQUIT, "SIGQUIT"},
	{syscall.SIGILL, "SIGILL"},
	{syscall.SIGTRAP, "SIGTRAP"},
	{syscall.SIGABRT, "SIGABRT"},
	{syscall.SIGBUS, "SIGBUS"},
	{syscall.SIGFPE, "SIGFPE"},
	{syscall.SIGKILL, "SIGKILL"},
	{syscall.SIGUSR1, "SIGUSR1"},
	{syscall.SIGSEGV, "SIGSEGV"},
	{syscall.SIGUSR2, "SIGUSR2"},
	{syscall.SIGPIPE, "SIGPIPE"},
	{syscall.SIGALRM, "SIGALRM"},
	{syscall.SIGTERM, "SIGTERM"},
	{syscall.SIGCHLD, "SIGCHLD"},
	{syscall.SIGCONT, "SIGCONT"},
	{syscall.SIGSTOP, "SIGSTOP"},
	{syscall.SIGTSTP, "SIGTSTP"},
	{syscall.SIGTTIN, "SIGTTIN"},
	{syscall.SIGTTOU, "SIGTTOU"},
	{syscall.SIGURG, "SIGURG"},
	{syscall.SIGXCPU, "SIGXCPU"},
	{syscall.SIGXFSZ, "SIGXFSZ"},
	{syscall.SIGVTALRM, "SIGVTALRM"},
	{syscall.SIGPROF, "SIGPROF"},
	{syscall.SIGWINCH, "SIGWINCH"},
	{syscall.SIGIO, "SIGIO"},
	{syscall.SIGPWR, "SIGPWR"},
	{syscall.SIGSYS, "SIGSYS"},
	{16, "SIGSTKFLT"}, // MIPS has none, and another signal of that number above
}
