package postmortem

import (
	"strings"
	"syscall"
)

// nativeRules find what the C library, C++, Rust and the sanitizers print before they
// abort a program.
var nativeRules = []rule{
	{"sanitizer", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastWith("ERROR: AddressSanitizer: ", "WARNING: ThreadSanitizer: ", "ERROR: LeakSanitizer: ", "runtime error: ")
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		line := strings.TrimSpace(s.lines[at])
		if _, text, ok := strings.Cut(line, "ERROR: "); ok {
			line = strings.TrimSuffix(text, ":")
		}
		c := Cause{Line: line, Evidence: s.name, Sure: true}
		for i := at + 1; i < min(len(s.lines), at+20); i++ {
			frame := strings.TrimSpace(s.lines[i])
			if strings.HasPrefix(frame, "#") && !strings.Contains(frame, "libsanitizer") {
				if _, place, ok := strings.Cut(frame, " in "); ok {
					c.Line += "; in " + place
				}
				break
			}
		}
		return c, true
	}},
	{"rust-panic", func(e *evidence) (Cause, bool) {
		s, at, ok := e.last(func(line string) bool {
			return strings.HasPrefix(line, "thread '") && strings.Contains(line, "panicked at ")
		})
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		_, place, _ := strings.Cut(s.lines[at], "panicked at ")
		c := Cause{Line: "Rust panic at " + strings.TrimSuffix(place, ":"), Evidence: s.name, Sure: true}
		if message := s.line(at + 1); strings.HasSuffix(place, ":") && message != "" { // since Rust 1.73
			c.Line = "Rust panic: " + oneLine(message, maxLine-150) + " at " + strings.TrimSuffix(place, ":")
		}
		return c, true
	}},
	{"abort", func(e *evidence) (Cause, bool) {
		if e.facts.Capture.End.Status.ExitCode() != 128+int(syscall.SIGABRT) {
			return Cause{}, false
		}
		return aborted(e)
	}},
}

// abortMessages are what stands before a SIGABRT: assert(3), glibc's heap checks
// (malloc/malloc.c, malloc_printerr), its fortification and C++'s std::terminate.
var abortMessages = []string{
	": Assertion `", "stack smashing detected", "buffer overflow detected", "double free", "free(): ", "malloc(): ", "malloc_consolidate(): ", "realloc(): ",
	"munmap_chunk(): ", "corrupted size vs. prev_size", "corrupted double-linked list", "terminate called ", "Assertion failed: ", "pure virtual method called",
}

func aborted(e *evidence) (Cause, bool) {
	s, at, ok := e.lastWith(abortMessages...)
	if !ok {
		return Cause{}, false
	}
	line := strings.TrimSpace(s.lines[at])
	if what := strings.TrimSpace(s.line(at + 1)); strings.HasPrefix(line, "terminate called") && strings.HasPrefix(what, "what():") {
		line += ": " + strings.TrimSpace(strings.TrimPrefix(what, "what():"))
	}
	return Cause{Line: "SIGABRT: " + line + e.coreText(), Evidence: s.name, Sure: true}, true
}

// coreText tells of a core dump.
func (e *evidence) coreText() string {
	switch core := e.fileOf("core dump"); {
	case core != nil:
		return "; " + core.name + " collected"
	case e.facts.Capture.End.Status.Core:
		return "; core dumped"
	}
	return ""
}
