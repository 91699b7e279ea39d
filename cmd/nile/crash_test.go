package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/supervisor"
)

func crashReport() *postmortem.Report {
	r := &postmortem.Report{Container: "tomcat", Held: true}
	r.Cause.Line = "java.lang.OutOfMemoryError: Java heap space"
	r.End.How, r.End.Started, r.End.Finished, r.End.Seconds = "exited with code 3", time.Unix(100, 0), time.Unix(112, 0), 12
	r.Output.Stderr = "Picked up JAVA_TOOL_OPTIONS: -Xmx1m\n\x1b[31mFATAL\x1b[0m no heap\n"
	return r
}

func TestBannerSaysWhatToType(t *testing.T) {
	text := banner("nile", crashReport(), false)
	for _, want := range []string{
		"nile: tomcat has failed and is held: it exited with code 3 after 12s\n", "nile: cause: java.lang.OutOfMemoryError: Java heap space\n",
		"nile report tomcat ", "nile shell tomcat ", "nile retry tomcat ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the banner lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "nile inspect") {
		t.Errorf("there is nothing to inspect:\n%s", text)
	}
	frozen := crashReport()
	frozen.Frozen = true
	if text := banner("nile", frozen, false); !strings.Contains(text, "nile inspect tomcat ") || !strings.Contains(text, "nile core FILE tomcat ") {
		t.Errorf("the banner does not tell of the process that is there:\n%s", text)
	}
	flag := crashReport()
	flag.Container = "--help"
	if text := banner("nile", flag, false); !strings.Contains(text, "nile:   nile report     ") {
		t.Errorf("a program that is called as a flag is named as one:\n%s", text)
	}
	if text := banner("nile", crashReport(), true); strings.Contains(text, "nile report") || !strings.Contains(text, "no control socket") {
		t.Errorf("a nile that cannot be asked says:\n%s", text)
	}
	if text := banner("/opt/nile", crashReport(), false); !strings.Contains(text, "nile:   /opt/nile report tomcat ") {
		t.Errorf("the banner of a nile that is not in the PATH lacks its path:\n%s", text)
	}
	hostile := crashReport()
	hostile.Container, hostile.Cause.Line = "a b", "x\n\x1b[2Jy"
	text = banner("nile", hostile, false)
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\ny") || strings.Contains(text, "nile report a b") {
		t.Errorf("the banner is %q", text)
	}
}

// The termination message is the wrapped command's first.
func TestMessageOfAWrappedCommandStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "termination-log")
	read := func() string {
		text, _ := os.ReadFile(path)
		return string(text)
	}
	c := newCrashes(crashOptions{}, false, path)
	c.shared = true
	if err := c.tellMessage("x"); err != nil || read() != "" {
		t.Errorf("a file that is not there: %v, %q", err, read())
	}
	if err := os.WriteFile(path, []byte("its own"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.tellMessage("x"); err != nil || read() != "its own" {
		t.Errorf("a message of the command's own: %v, %q", err, read())
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"held", "ended"} {
		if err := c.tellMessage(text); err != nil || read() != text {
			t.Errorf("%v, %q", err, read())
		}
	}
}

func TestSummaryHasTheCauseAndTheLastLines(t *testing.T) {
	held := heldSummary(crashReport())
	want := "tomcat is held since 1970-01-01T00:01:52Z: it exited with code 3 after 12s\ntomcat: cause: java.lang.OutOfMemoryError: Java heap space\n" +
		"last lines of stderr of tomcat:\nFATAL no heap\n"
	if held != want {
		t.Errorf("while it is held: %q", held)
	}
	c := newCrashes(crashOptions{}, false, "")
	c.latest["tomcat"] = crashReport()
	c.latest["tomcat"].Output.Stderr = strings.Repeat("\u00e9\n", 5000)
	end := &supervisor.Termination{Status: supervisor.Status{Code: 3}, Reason: "Error", Finished: time.Unix(112, 0)}
	result := loop.Result{Code: 3, Message: "tomcat exited with code 3"}
	result.Last.Containers = []supervisor.ContainerSnapshot{{Name: "tomcat", Last: end}}
	text := summary(result, c)
	if !strings.HasPrefix(text, "tomcat exited with code 3; exit code 3\ntomcat: Error, exit code 3\ntomcat: cause: java.lang.OutOfMemoryError") || len(text) > maxSummary {
		t.Errorf("at the end: %d bytes, %.300q", len(text), text)
	}
	// The cause of a run before says nothing about the last one.
	end.Finished = time.Unix(200, 0)
	if text := summary(result, c); strings.Contains(text, "cause:") {
		t.Errorf("of a later run: %.300q", text)
	}
}
