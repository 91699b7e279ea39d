package hooks

import (
	"fmt"
	"strings"
)

// maxMessage is what is kept of a command's output and of an answer's body
// (maxReadLength in the kubelet's pkg/probe/exec, maxRespBodyLength in
// pkg/probe/http).
const maxMessage = 10 << 10

// JudgeExec says what the end of an exec probe's command means. The code is the
// exit code, 128+n if signal n ended it, and negative if the command could not be
// run at all: that is an error of the probe, not a failure of what it probes. A
// command that ran into the timeout has failed, whatever its code. The output is
// stdout and stderr in the order they came; the first 10 KiB of it are kept.
func JudgeExec(code int, output []byte, timedOut bool) Outcome {
	said := text(output)
	switch {
	case timedOut:
		return Outcome{Failure, join("command timed out", said)}
	case code < 0:
		return Outcome{Unknown, join("cannot run the command", said)}
	case code == 0:
		return Outcome{Success, said}
	}
	return Outcome{Failure, join(fmt.Sprintf("command exited with code %d", code), said)}
}

func join(what, said string) string {
	if said == "" {
		return what
	}
	return what + ": " + said
}

// text makes a message of bytes that somebody else's program wrote.
func text(output []byte) string {
	if len(output) > maxMessage {
		output = output[:maxMessage]
	}
	return strings.ToValidUTF8(strings.TrimSpace(string(output)), "\uFFFD")
}
