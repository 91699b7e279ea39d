package nile_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/procs"
	"github.com/nile-init/nile/internal/testkit"
)

// TestSeeWhatRuns runs the commands of the page in a PID namespace with the pod that it
// shows, and compares what they print with what the page says, but for the figures.
func TestSeeWhatRuns(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make and enter a PID namespace")
	}
	if _, err := exec.LookPath("nsenter"); err != nil {
		t.Skip("needs nsenter: apt-get install util-linux")
	}
	page, err := os.ReadFile("docs/how-to/see-what-runs.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := testkit.Build("-o", dir, "./cmd/nile", "./internal/testprogram"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pod.yaml"), yamlBlock.FindSubmatch(page)[1], 0o644); err != nil {
		t.Fatal(err)
	}
	run := inPod(t, dir)
	shown := 0
	for _, block := range examples(string(page)) {
		got := run(block.command)
		if len(block.output) == 0 {
			continue
		}
		shown++
		if got, want := normal(got), normal(block.output); !slices.Equal(got, want) {
			t.Errorf("$ %s\n%s\nthe page shows\n%s", block.command, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if shown < 3 {
		t.Errorf("only %d commands with their output are on the page", shown)
	}
}

// inPod starts the pod, as PID 1 of a namespace, and gives a function that runs a command
// in there, as `docker exec` does.
func inPod(t *testing.T, dir string) func(command string) []string {
	t.Helper()
	env := append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "NILE_CONTROL="+dir+"/control.sock", "LC_ALL=C.UTF-8")
	pod := exec.Command(filepath.Join(dir, "testprogram"), "namespace", "nile", "run", "pod.yaml")
	pod.Dir, pod.Env = dir, env
	if err := pod.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pod.Process.Signal(syscall.SIGTERM)
		_ = pod.Wait()
	})
	inside := func() string { // the process id of PID 1
		table, err := procs.Read(procs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range table.Processes {
			if p := &table.Processes[i]; p.Parent == pod.Process.Pid {
				return strconv.Itoa(p.PID)
			}
		}
		return "none"
	}
	run := func(command string) ([]byte, error) {
		cmd := exec.Command("nsenter", append([]string{"-t", inside(), "-p", "-m", "--wd=" + dir}, strings.Fields(command)...)...)
		cmd.Env = env
		return cmd.CombinedOutput()
	}
	var out []byte
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		// The zombie is there once its parent has become another program.
		if out, _ = run("nile ps"); bytes.Contains(out, []byte("1 zombie is not reaped")) && bytes.Contains(out, []byte(" sleep 601\n")) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the pod is not there: %s", out)
		}
	}
	return func(command string) []string {
		out, err := run(command)
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		return strings.Split(string(out), "\n")
	}
}

type example struct {
	command string
	output  []string
}

// examples are the commands after a dollar sign, with what the page shows below them.
func examples(page string) (list []example) {
	inside := false
	for line := range strings.SplitSeq(page, "\n") {
		text, indented := strings.CutPrefix(line, "    ")
		command, isCommand := strings.CutPrefix(text, "$ ")
		switch {
		case indented && isCommand:
			list, inside = append(list, example{command: command}), true
		case !indented && line != "":
			inside = false
		case indented && inside:
			last := &list[len(list)-1]
			last.output = append(last.output, text)
		}
	}
	return list
}

var figures = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`, memory .*|load .*`), ""},
	{regexp.MustCompile(`zombie, not.*`), "zombie, not"},
	{regexp.MustCompile(`(nile top --once).*`), "$1"},
	{regexp.MustCompile(`[0-9][0-9.]*(Ki|Mi|%|m?s|m[0-9]+s)?`), "N"},
	{regexp.MustCompile(`sleeping|running|disk`), "alive"},
	{regexp.MustCompile(` +`), " "},
}

// normal is an output without what differs each time, in an order of its own: numbers of
// processes are given in the order in which they happen to start.
func normal(output []string) []string {
	var lines []string
	for _, line := range output {
		for _, figure := range figures {
			line = figure.pattern.ReplaceAllString(line, figure.text)
		}
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
