package postmortem

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nile-init/nile/supervisor"
)

var update = flag.Bool("update", false, "write the causes in testdata/cause again")

// The files in testdata/cause are what real programs printed when they died. Each begins
// with what nile knew of the end; behind "want" is what the report says of it.
func TestCauses(t *testing.T) {
	files, err := filepath.Glob("testdata/cause/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	found := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cause := findCause(evidenceOf(t, archive))
			found[cause.Rule] = true
			got := render(cause)
			i := len(archive.Files) - 1
			if i < 0 || archive.Files[i].Name != "want" {
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
				i++
			}
			if want := string(archive.Files[i].Data); got != want {
				if !*update {
					t.Fatalf("got:\n%swant:\n%s", got, want)
				}
				archive.Files[i].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for _, family := range families {
		for _, r := range family {
			if !found[r.name] {
				t.Errorf("no file shows what the rule %s finds", r.name)
			}
		}
	}
}

func render(c Cause) string {
	sure := "sure"
	if !c.Sure {
		sure = "seen"
	}
	text := fmt.Sprintf("%s\nrule: %s (%s)\nevidence: %s\n", c.Line, c.Rule, sure, c.Evidence)
	for _, line := range c.Details {
		text += "detail: " + line + "\n"
	}
	if c.Try != "" {
		text += "try: " + c.Try + "\n"
	}
	return text
}

// evidenceOf reads the facts at the head of a file, and what was printed and left.
func evidenceOf(t *testing.T, archive *txtar.Archive) *evidence {
	t.Helper()
	f := &Facts{Capture: supervisor.Capture{Name: "app", PID: 7, Trigger: supervisor.TriggerExit}}
	f.Capture.End.Started = time.Unix(1000, 0)
	f.Capture.End.Finished = f.Capture.End.Started.Add(300 * time.Millisecond)
	holder, memory := "", (*Memory)(nil)
	var listening []int
	probe := ProbeResult{}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		n, _ := strconv.Atoi(value)
		switch key {
		case "code":
			f.Capture.End.Status.Code = n
		case "signal":
			f.Capture.End.Status.Signal = n
		case "core":
			f.Capture.End.Status.Core = true
		case "trigger":
			f.Capture.Trigger = supervisor.Trigger(value)
			probe.Kind = value
		case "probe":
			f.Capture.Probe = value
		case "handler":
			probe.Handler = value
		case "failures":
			probe.Failures = n
			f.Probes = []ProbeResult{probe}
		case "why":
			f.Capture.End.Why = value
		case "message":
			f.Capture.End.Message = value
		case "runtime":
			f.Runtime = value
		case "command":
			f.Process.Argv = strings.Fields(value)
		case "holder":
			holder = value
		case "listening":
			listening = append(listening, n)
		case "oom":
			f.OOM = OOMKills{Known: true, Before: 0, After: n}
			limit := int64(512 << 20)
			memory = &Memory{Cgroup: "v2", Limit: &limit}
			f.Usage.MaxRSS = 490 << 20
		default:
			t.Fatalf("unknown fact %q", line)
		}
	}
	var output Output
	var files []evidenceFile
	for _, file := range archive.Files {
		switch name, artefact := strings.CutPrefix(file.Name, "file "); {
		case file.Name == "stdout":
			output.Stdout = file.Data
		case file.Name == "stderr":
			output.Stderr = file.Data
		case artefact:
			one := evidenceFile{name: name, kind: kindOf(name), size: int64(len(file.Data)), head: string(file.Data)}
			if size, ok := strings.CutPrefix(string(file.Data), "size "); ok {
				n, _ := strconv.Atoi(strings.TrimSpace(size))
				one.size, one.head = int64(n), ""
			}
			files = append(files, one)
		}
	}
	e := newEvidence(f, output, memory, nil)
	e.files = files
	e.holder = func(int) (string, bool) { return holder, holder != "" }
	e.listening = func() []int { return listening }
	return e
}

// FuzzCause gives the rules what no program prints: they must end, with one line.
func FuzzCause(f *testing.F) {
	files, _ := filepath.Glob("testdata/cause/*.txt")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			f.Add(part.Data, byte(1), byte(0))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, code, signal byte) {
		facts := &Facts{Capture: supervisor.Capture{Name: "app"}}
		facts.Capture.End.Status = supervisor.Status{Code: int(code), Signal: int(signal) % 65}
		half := len(text) / 2
		e := newEvidence(facts, Output{Stdout: text[:half], Stderr: text[half:]}, nil, nil)
		e.files = []evidenceFile{{name: "hs_err_pid1.log", kind: "JVM error file", head: string(text)}}
		e.holder = func(int) (string, bool) { return "", false }
		e.listening = func() []int { return []int{8080} }
		cause := findCause(e)
		if cause.Line == "" || cause.Rule == "" || strings.ContainsAny(cause.Line, "\n\x1b\x00") || len(cause.Line) > maxLine+8 {
			t.Fatalf("cause %+v", cause)
		}
	})
}
