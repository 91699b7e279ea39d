package postmortem

import (
	"fmt"
	"path"
	"strings"
)

// javaRules find what a JVM (HotSpot, OpenJDK 8 and later) says of its end.
var javaRules = []rule{
	{"java-heap", javaOutOfMemory},
	{"java-crash", func(e *evidence) (Cause, bool) {
		// The report on a fatal error, in its file, or on standard output.
		text, where := []string(nil), ""
		if f := e.fileOf("JVM error file"); f != nil {
			text, where = linesOf([]byte(f.head)), f.name
		} else if s, at, ok := e.lastWith("# A fatal error has been detected by the Java Runtime Environment:"); ok {
			text, where = s.lines[at:], s.name
		}
		return hsErr(text, where)
	}},
	{"java-launch", func(e *evidence) (Cause, bool) {
		for _, l := range launches {
			s, at, ok := e.lastWith(l.text)
			if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
				continue
			}
			line := strings.TrimPrefix(strings.TrimSpace(s.lines[at]), "Error: ")
			if l.next { // more on the next line
				line += ": " + strings.TrimSpace(s.line(at+1))
			}
			return Cause{Line: line, Evidence: s.name, Sure: true, Try: l.try}, true
		}
		return Cause{}, false
	}},
	{"java-class-version", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastWith("java.lang.UnsupportedClassVersionError: ")
		if !ok {
			return Cause{}, false
		}
		_, text, _ := strings.Cut(s.lines[at], "java.lang.UnsupportedClassVersionError: ")
		c := Cause{Line: "UnsupportedClassVersionError: " + text, Evidence: s.name, Sure: true}
		built, runs := classVersion(text, "(class file version "), classVersion(text, "class file versions up to ")
		if built > 44 && runs > 44 {
			class, _, _ := strings.Cut(text, " ")
			c.Line = fmt.Sprintf("UnsupportedClassVersionError: %s is compiled for Java %d; this is Java %d", strings.ReplaceAll(class, "/", "."), built-44, runs-44)
			c.Try = fmt.Sprintf("use an image with Java %d or later, or compile with --release %d", built-44, runs-44)
		}
		return c, true
	}},
	{"java-class-not-found", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("Error: Could not find or load main class ")
		if !ok {
			return Cause{}, false
		}
		c := Cause{Line: strings.TrimPrefix(s.lines[at], "Error: "), Evidence: s.name, Sure: true, Try: "correct the class path (-cp) or the class's name"}
		if next := s.line(at + 1); strings.HasPrefix(next, "Caused by: ") {
			c.Details = []string{next}
		}
		return c, true
	}},
}

// launches are what the java launcher says when no JVM comes of it.
var launches = []struct {
	text string
	next bool
	try  string
}{
	{"Error: Unable to access jarfile ", false, "correct the path; a relative one begins at the working directory"},
	{"Error: Invalid or corrupt jarfile ", false, "copy it again: it is no jar, or only a part of one"},
	{"no main manifest attribute, in ", false, "build it with a Main-Class, or name the class: java -cp JAR CLASS"},
	{"Error: Main method not found in class ", false, ""},
	{"Invalid maximum heap size: ", false, "write it as -Xmx512m"},
	{"Invalid initial heap size: ", false, "write it as -Xms512m"},
	{"Unrecognized VM option ", false, "remove it from the command and from JAVA_TOOL_OPTIONS, or use the JVM that knows it"},
	{"Unrecognized option: ", false, "remove it from the command and from JAVA_TOOL_OPTIONS, or use the JVM that knows it"},
	{"Error opening zip file or JAR manifest missing : ", false, "the -javaagent is not there: correct its path"},
	{"Could not reserve enough space for ", false, "the heap is larger than the memory: lower -Xmx"},
	{"There is insufficient memory for the Java Runtime Environment to continue", false, "raise the memory limit, or lower -Xmx"},
	{"Error occurred during initialization of ", true, ""},
	{"Error: Could not create the Java Virtual Machine", false, ""},
}

// javaOutOfMemory finds an OutOfMemoryError: thrown, or one that has ended the JVM by
// itself (ExitOnOutOfMemoryError, CrashOnOutOfMemoryError).
func javaOutOfMemory(e *evidence) (Cause, bool) {
	if e.facts.Capture.End.Status.ExitCode() == 0 {
		return Cause{}, false
	}
	const name = "java.lang.OutOfMemoryError: "
	s, at, ok := e.lastStarting("Terminating due to "+name, "Aborting due to "+name)
	if !ok {
		s, at, ok = e.last(func(line string) bool {
			before, _, found := strings.Cut(line, name)
			return found && (before == "" || strings.HasSuffix(before, `" `) || strings.HasSuffix(before, "Caused by: "))
		})
	}
	sure := ok
	if !ok { // in the midst of a log line
		s, at, ok = e.lastWith(name)
	}
	if !ok || e.hidden(s, at) {
		return Cause{}, false
	}
	_, what, _ := strings.Cut(s.lines[at], name)
	c := Cause{Line: name + strings.TrimSpace(what) + " (from " + s.name, Evidence: s.name, Sure: sure}
	if dump := e.fileOf("heap dump"); dump != nil {
		c.Line += fmt.Sprintf("; heap dump %s collected", bytesText(dump.size))
		if dump.size > maxArtefact {
			c.Line = strings.TrimSuffix(c.Line, "collected") + "left in place"
		}
		c.Evidence += ", " + dump.name
	}
	c.Line += ")"
	c.Try = memoryHint(what)
	for i := at + 1; i < len(s.lines) && len(c.Details) < 3; i++ {
		if frame := strings.TrimSpace(s.lines[i]); strings.HasPrefix(frame, "at ") {
			c.Details = append(c.Details, frame)
		} else {
			break
		}
	}
	return c, true
}

// hidden tells whether something after a place shows that the program went on and ended
// of something else: another exception that nobody caught.
func (e *evidence) hidden(s *stream, at int) bool {
	for i := at + 1; i < len(s.lines); i++ {
		if strings.HasPrefix(s.lines[i], "Exception in thread ") || strings.HasPrefix(s.lines[i], "APPLICATION FAILED TO START") {
			return true
		}
	}
	return false
}

func memoryHint(what string) string {
	switch {
	case strings.Contains(what, "heap space"), strings.Contains(what, "GC overhead"):
		return "raise -Xmx or -XX:MaxRAMPercentage, or look into the heap dump for what fills the heap"
	case strings.Contains(what, "Metaspace"), strings.Contains(what, "class space"):
		return "raise -XX:MaxMetaspaceSize, or look for class loaders that are never let go"
	case strings.Contains(what, "native thread"):
		return "raise the limit of processes (ulimit -u, pids.max), or start fewer threads"
	case strings.Contains(what, "Direct buffer"), strings.Contains(what, "direct buffer"):
		return "raise -XX:MaxDirectMemorySize"
	}
	return ""
}

// hsErr reads the head of a JVM's report on its own crash.
func hsErr(lines []string, where string) (Cause, bool) {
	what, frame := "", ""
	var stack []string
	for i, line := range lines {
		text := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "#"), "  "))
		switch {
		case what == "" && (strings.HasPrefix(text, "SIG") || strings.HasPrefix(text, "Internal Error")):
			what, _, _ = strings.Cut(text, ", pid=")
			if name, _, ok := strings.Cut(what, " ("); ok && strings.HasPrefix(what, "SIG") {
				what = name
			}
			next := strings.TrimSpace(strings.TrimPrefix(linesAt(lines, i+1), "#"))
			if !strings.HasPrefix(what, "SIG") && next != "" {
				what += ": " + next
			}
		case text == "Problematic frame:":
			frame = strings.TrimSpace(strings.TrimPrefix(linesAt(lines, i+1), "#"))
		case len(stack) > 0 || strings.HasPrefix(line, "Native frames:") || strings.HasPrefix(line, "Java frames:"):
			if text == "" {
				stack = append(stack, "")
				continue
			}
			stack = append(stack, text)
		}
	}
	if what == "" {
		return Cause{}, false
	}
	c := Cause{Line: "the JVM crashed: " + what, Evidence: where, Sure: true}
	if frame != "" {
		c.Line += " in " + frameText(frame)
	}
	c.Line += " (" + path.Base(where) + ")"
	if len(stack) > 1 {
		for _, line := range stack[1:] {
			if line == "" || len(c.Details) == 6 {
				break
			}
			c.Details = append(c.Details, line)
		}
	}
	if strings.HasPrefix(frame, "C") {
		c.Try = "the fault is in native code, not in Java: look for a newer version of that library"
	}
	return c, true
}

func linesAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// frameText makes "libfoo.so (parse+0x12)" of "C  [libfoo.so+0x1139]  parse+0x12".
func frameText(frame string) string {
	_, rest, ok := strings.Cut(frame, "[")
	library, function, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		if len(frame) > 2 && frame[1] == ' ' { // J 123 c2 com.example.Main…, j  java.lang…
			return "Java code " + strings.TrimSpace(frame[2:])
		}
		return frame
	}
	library, _, _ = strings.Cut(library, "+")
	if function = strings.TrimSpace(function); function != "" {
		return library + " (" + function + ")"
	}
	return library
}

// classVersion reads the number behind a text: 65 of "(class file version 65.0)".
func classVersion(line, before string) int {
	_, rest, ok := strings.Cut(line, before)
	if !ok {
		return 0
	}
	digits, _, _ := strings.Cut(rest, ".")
	return number(digits)
}

// isPickedUp tells of the line in which a JVM says which options it has from its environment,
// such as those of a preset: it tells nothing of an end. (JDK: arguments.cpp, args.c)
func isPickedUp(line string) bool {
	return strings.HasPrefix(strings.TrimPrefix(line, "NOTE: "), "Picked up J") || strings.HasPrefix(line, "Picked up _JAVA_OPTIONS: ")
}
