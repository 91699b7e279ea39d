//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPostmortem runs every death in a container with nothing but its program: an ordinary user, no capabilities, and a
// read-only root.
func TestPostmortem(t *testing.T) {
	programs := buildDeaths(t)
	machine := machineImage(t)
	deaths := append(javaDeaths(), otherDeaths()...)
	shows(t, fmt.Sprintf("%d deaths of Java, Go, Node, Python and C: the first line of the report says the cause", len(deaths)))
	causes := make([]string, len(deaths))
	for i, d := range deaths {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			causes[i] = d.happen(t, machine, confined(), programs)
		})
	}
	t.Cleanup(func() { // when all are done
		var table strings.Builder
		for i, d := range deaths {
			fmt.Fprintf(&table, "| %s | %s |\n", d.name, causes[i])
		}
		t.Logf("| death | cause line |\n|---|---|\n%s", table.String())
	})
}

// TestPostmortemAsRootWithoutAShell takes an image that holds nothing but nile and the program.
func TestPostmortemAsRootWithoutAShell(t *testing.T) {
	shows(t, "the deaths of Go and C in an image FROM scratch")
	programs := buildDeaths(t)
	scratch := newImage(t).file("nile", nile).load("--change", `ENTRYPOINT ["/nile"]`, "--change", "ENV PATH=/")
	for _, d := range otherDeaths() {
		if len(d.command) == 0 || !strings.HasPrefix(d.command[0], "/app/deaths-") {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.happen(t, scratch, []string{"--read-only"}, programs)
		})
	}
}

// happen has a death happen and returns the first line of its report.
func (d *death) happen(t *testing.T, image string, options []string, programs string) (cause string) {
	t.Helper()
	app := programs
	if len(d.files) > 0 {
		app = t.TempDir()
		if err := os.Chmod(app, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range d.files {
			if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	options = append(slices.Clone(options), "--volume", app+":/app:ro")
	options = append(options, d.options...)
	arguments := append([]string{"--hold", "--"}, d.command...)
	if d.pod != "" {
		file := filepath.Join(t.TempDir(), "pod.yaml")
		if err := os.WriteFile(file, []byte(d.pod), 0o644); err != nil {
			t.Fatal(err)
		}
		options = append(options, "--volume", file+":/etc/nile/pod.yaml:ro")
		arguments = []string{"run"}
	}
	c := start(t, image, options, arguments...)
	report := c.held()
	line, _, _ := strings.Cut(report, "\n")
	_, cause, _ = strings.Cut(line, ": ") // behind the container's name
	if !regexp.MustCompile(d.cause).MatchString(cause) {
		t.Errorf("the first line is\n  %s\nwant %s; the report:\n%s", cause, d.cause, report)
	}
	if code, _ := c.stop(30 * time.Second); code != d.code {
		t.Errorf("exit code %d when the hold was over, want %d", code, d.code)
	}
	return cause
}

// held waits until the pod is held and returns the report.
func (c *container) held() string {
	c.t.Helper()
	name := docker(c.t, "inspect", "--format", `{{index .Config.Entrypoint 0}}`, c.id)
	eventually(c.t, 2*time.Minute, func() string { return "held; it wrote:\n" + c.stderr() }, func() bool {
		return command("docker", "exec", c.id, name, "wait", "--for=held", "--timeout=60s").Run() == nil
	})
	return c.exec(name, "report")
}

// buildDeaths builds the programs that die, in a directory that everybody may read.
func buildDeaths(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for at := directory; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, build := range [][]string{
		{"javac", "-nowarn", "-d", directory, "postmortem/java/Deaths.java"},
		{"gcc", "-O0", "-g", "-static", "-o", filepath.Join(directory, "deaths-c"), "postmortem/c/deaths.c"},
		{"env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", filepath.Join(directory, "deaths-go"), "./postmortem/go"},
		{"env", "CGO_ENABLED=0", "GOARCH=" + otherMachine, "go", "build", "-o", filepath.Join(directory, "deaths-other"), "./postmortem/go"},
		{"cp", "postmortem/deaths.js", "postmortem/deaths.py", directory},
		{"mkdir", filepath.Join(directory, "future")},
	} {
		if output, err := command(build[0], build[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, output)
		}
	}
	class := []byte(read(t, filepath.Join(directory, "Deaths.class")))
	class[6], class[7] = 0, 99 // the major version, JVMS 4.1
	if err := os.WriteFile(filepath.Join(directory, "future", "Deaths.class"), class, 0o644); err != nil {
		t.Fatal(err)
	}
	return directory
}
