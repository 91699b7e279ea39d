package logging

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/supervisor"
)

func pipe(t *testing.T) (read *os.File, fd int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	fd, err = unix.Dup(int(w.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return r, fd
}

func TestNoteAsTextAndAsJSON(t *testing.T) {
	note := supervisor.Note{
		Level: supervisor.LevelWarn, Name: "tomcat", From: "Running", To: "Backoff", PID: 7, Restart: 2,
		Why: "exited with code 1 after 2.3s; back-off: restart 3 in 20s", Status: &supervisor.Status{Code: 1},
	}
	read, fd := pipe(t)
	l, err := New(Options{Level: "info", Format: FormatJSON, Out: fd})
	if err != nil {
		t.Fatal(err)
	}
	l.Note(supervisor.Note{Level: supervisor.LevelDebug, Why: "too quiet to be heard"})
	l.Note(note)
	l.Final(1, "tomcat exited with code 1", nil)
	l.Flush()
	unix.Close(fd)
	text, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 {
		t.Fatalf("want a line for the note and the last one, got:\n%s", text)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "ts")
	want := map[string]any{
		"level": "warn", "msg": "container backoff", "container": "tomcat", "from": "Running", "to": "Backoff",
		"why": note.Why, "pid": 7.0, "restarts": 2.0, "exitCode": 1.0,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("line is %v\nwant    %v", got, want)
	}

	read, fd = pipe(t)
	l, _ = New(Options{Level: "debug", Format: FormatConsole, Out: fd, Colour: true})
	l.Note(note)
	l.Flush()
	unix.Close(fd)
	text, _ = io.ReadAll(read)
	if want := "WARN tomcat Backoff: exited with code 1 after 2.3s; back-off: restart 3 in 20s\n"; !strings.HasSuffix(string(text), want) {
		t.Errorf("text is %q, want it to end in %q", text, want)
	}
}

func TestBlockedReaderBlocksNobody(t *testing.T) {
	read, fd := pipe(t)
	l, err := New(Options{Level: "info", Format: FormatJSON, Out: fd})
	if err != nil {
		t.Fatal(err)
	}
	const many = 3 * queued
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range many {
			l.Note(supervisor.Note{Level: supervisor.LevelInfo, Name: "main", Why: fmt.Sprintf("line %d of many, long enough to fill a pipe", i)})
		}
		l.Flush()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("logging waits for a reader")
	}
	// The reader comes back: what was dropped is said.
	time.AfterFunc(500*time.Millisecond, func() { unix.Close(fd) })
	text, _ := io.ReadAll(read)
	lines := strings.Count(string(text), "\n")
	if !strings.Contains(string(text), "lines of this log are missing") || lines >= many {
		t.Errorf("of %d lines %d arrived, and nothing is said of the missing ones", many, lines)
	}
}

func TestUnknownLevelAndFormatAreRefused(t *testing.T) {
	for _, o := range []Options{{Level: "loud"}, {Level: "fatal"}, {Level: "info", Format: "xml"}} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), "use ") {
			t.Errorf("%+v: error %v, want one that says what to use", o, err)
		}
	}
}

func TestLastLineIsWrittenAtOnceAndAfterAllOthers(t *testing.T) {
	for _, notes := range []int{0, 300} {
		read, fd := pipe(t)
		l, err := New(Options{Level: "info", Format: FormatConsole, Out: fd})
		if err != nil {
			t.Fatal(err)
		}
		for i := range notes {
			l.Note(supervisor.Note{Level: supervisor.LevelInfo, Why: fmt.Sprintf("line %d", i)})
		}
		l.Final(3, "the end", nil)
		l.Flush()
		unix.Close(fd)
		text, err := io.ReadAll(read)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != notes+1 || !strings.HasSuffix(lines[notes], "the end; exit code 3") {
			t.Errorf("want %d lines and the last one, got %d, at the end %q", notes, len(lines), lines[len(lines)-1])
		}
	}
}

func TestLastLineDoesNotWaitForAFullPipe(t *testing.T) {
	read, fd := pipe(t)
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fd, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	line := []byte("the last line\n")
	if left := writeAtOnce(fd, line); string(left) != string(line) {
		t.Errorf("a full pipe has taken all but %q", left)
	}
	read.Close()
	if left := writeAtOnce(fd, line); left != nil {
		t.Errorf("%q is to be written to a pipe that nobody reads", left)
	}
}

// A file that cannot promise to take a line at once is written to all the same, if there is somebody to end the process.
func TestLastLineEndsTheProcessWhereItHangs(t *testing.T) {
	read, fd := pipe(t)
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	filling := strings.Repeat(".", size)
	if _, err := unix.Write(fd, []byte(filling)); err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{Level: "info", Format: FormatConsole, Out: fd})
	if err != nil {
		t.Fatal(err)
	}
	l.Prepare()
	late, text := make(chan struct{}), make(chan string)
	go func() { // for the end of the process, which ends the waiting too
		<-late
		all, _ := io.ReadAll(read)
		text <- string(all)
	}()
	l.Final(3, "the end", func() { close(late) })
	unix.Close(fd)
	if got := strings.TrimLeft(<-text, "."); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "the end; exit code 3\n") {
		t.Errorf("a full pipe got %q, want the last line", got)
	}
}

func TestLastLineOfAFile(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l, err := New(Options{Level: "info", Format: FormatConsole, Out: int(file.Fd())})
	if err != nil {
		t.Fatal(err)
	}
	l.Prepare()
	if text, err := os.ReadFile(file.Name()); err != nil || len(text) > 0 {
		t.Errorf("what was got ready was written: %q, %v", text, err)
	}
	l.Final(3, "the end", func() { t.Error("a file that takes the line is called late") })
	if text, err := os.ReadFile(file.Name()); err != nil || !strings.HasSuffix(string(text), "the end; exit code 3\n") {
		t.Errorf("the file has %q, %v", text, err)
	}
}
