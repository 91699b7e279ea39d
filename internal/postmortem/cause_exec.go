package postmortem

import (
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// execRules find why a command could not be executed at all. The reason is the reaper's
// (StartError), which has looked at the file, its #! line and its ELF header.
var execRules = []rule{
	{"cannot-start", func(e *evidence) (Cause, bool) {
		c := e.facts.Capture
		if c.Trigger != supervisor.TriggerStart {
			return Cause{}, false
		}
		why := c.End.Why
		if why == "" {
			why = "cannot start " + e.program()
		}
		return Cause{Line: why, Evidence: "execve", Sure: true, Try: execHint(why)}, true
	}},
	// The same of a program that a shell or a wrapper was to execute.
	{"command-not-found", func(e *evidence) (Cause, bool) {
		code := e.facts.Capture.End.Status.ExitCode()
		if code != 126 && code != 127 {
			return Cause{}, false
		}
		s, at, ok := e.lastWith("not found", "No such file or directory", "Permission denied", "cannot execute", "Exec format error", "bad interpreter")
		if !ok {
			return Cause{}, false
		}
		if strings.Contains(s.lines[at], "error while loading shared libraries") {
			return Cause{}, false // it was found
		}
		return Cause{Line: strings.TrimSpace(s.lines[at]), Evidence: s.name, Sure: true, Try: execHint(s.lines[at])}, true
	}},
	{"shared-library", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastWith("error while loading shared libraries: ", "Error loading shared library ", "undefined symbol: ")
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		return Cause{
			Line: strings.TrimSpace(s.lines[at]), Evidence: s.name, Sure: true,
			Try: "the image lacks a library that the program needs, or has another libc than it was built for",
		}, true
	}},
}

func execHint(why string) string {
	for _, hint := range []struct{ text, try string }{
		{"Windows line ends", "convert it: sed -i 's/\\r$//' FILE"},
		{"its #! interpreter", "the image has no such shell: use one that it has, or a program without"},
		{"its interpreter", "the image has no such shell: use one that it has, or a program without"},
		{"bad interpreter", "the image has no such shell: use one that it has, or a program without"},
		{"dynamic loader", "build it statically (CGO_ENABLED=0), or for the libc of the image"},
		{"it is a program for", "build or pull the image for this machine (--platform)"},
		{"Exec format error", "it is for another machine, or a script without a #! line"},
		{"noexec", "put it on a file system that is not mounted noexec"},
		{"not executable", "chmod +x it, in the Dockerfile"},
		{"cannot enter the directory", "make the directory, or correct workingDir"},
		{"not found in PATH", "name it with its full path, or correct PATH"},
	} {
		if strings.Contains(why, hint.text) {
			return hint.try
		}
	}
	return ""
}
