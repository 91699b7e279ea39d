package main

// knownDifferences are those between a peer and nile in its place, by peer and
// scenario ("*" is every peer), with the reason. Each must be there: one that is
// gone is an error, so that this list, and the one in docs/reference/wrap.md, stay
// true.
var knownDifferences = map[string]string{
	// Where nile does better, or has nothing to tell.
	"tini/SEGV from outside":      livesOn,
	"tini/ABRT from outside":      livesOn,
	"catatonit/SEGV from outside": livesOn,
	"catatonit/ABRT from outside": livesOn,
	"tini/SIGCHLD ignored":        "tini waits for ever for the end of a child that the kernel reaps itself",

	"tini/standard input closed": noInput,
	"tini/all three closed":      noInput,

	"catatonit/the init's directory":  "catatonit leaves its directory since 0.2, Debian's is older",
	"tini/-v, no such command":        noChild,
	"dumb-init/-v, no such command":   noChild,
	"dumb-init/DUMB_INIT_DEBUG=1":     "dumb-init says that it forwards SIGTERM at the end, though with -c nobody is there any more",
	"catatonit/nothing ignored":       leaks,
	"catatonit/HUP and INT ignored":   leaks,
	"catatonit/PIPE ignored":          leaks,
	"catatonit/SEGV and TTOU ignored": leaks,
	"catatonit/TERM blocked":          leaks,
	"catatonit/USR1 blocked":          leaks,

	"dumb-init/HUP and INT ignored":     loses,
	"dumb-init/PIPE ignored":            loses,
	"dumb-init/SEGV and TTOU ignored":   loses,
	"dumb-init/TERM blocked":            loses,
	"dumb-init/USR1 blocked":            loses,
	"dumb-init/TERM ignored, then sent": loses,

	"tini/LISTEN_PID":      keepsPID,
	"dumb-init/LISTEN_PID": keepsPID,
}

const (
	livesOn  = "the peer dies of it and leaves the command alone; nile goes on and drops it, as the kernel does for PID 1"
	noChild  = "nile finds out before there is a child whose end could be told"
	leaks    = "catatonit leaves TSTP, TTIN and TTOU blocked in the command"
	loses    = "dumb-init loses what was ignored and blocked; nile hands it on"
	noInput  = "tini does not start the command, since it cannot ask a closed descriptor for a terminal"
	keepsPID = "the command takes the sockets for another's; nile puts its number there, as catatonit does"
)

func knownDifference(peer, scenario string) (why string, known bool) {
	if why, known = knownDifferences[peer+"/"+scenario]; known {
		return why, true
	}
	why, known = knownDifferences["*/"+scenario]
	return why, known
}
