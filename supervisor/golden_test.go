package supervisor_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the results in testdata/core")

// TestGolden plays the scripts in testdata/core. Each shows one rule: a command,
// a line of four dashes, exactly what the machine did, an empty line. To accept
// what it does now: go test ./supervisor -run Golden -update
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("../testdata/core/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot find the scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			playFile(t, file)
		})
	}
}

func playFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := parseScript(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	stage := newStage()
	for i := range steps {
		step := &steps[i]
		got, err := stage.play(step.command)
		if err != nil {
			t.Fatalf("%s:%d: %s: %v", file, step.line, step.command[0], err)
		}
		if got != step.result && !*update {
			t.Fatalf("%s:%d: %s\n%s", file, step.line, step.command[0], difference(step.result, got))
		}
		step.result = got
	}
	if *update {
		if err := os.WriteFile(file, []byte(formatScript(steps)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// scriptStep is a command of a script and what is to come of it.
type scriptStep struct {
	prelude []string // comments and empty lines before it
	command []string // the command and its indented lines
	result  string
	line    int
}

// parseScript reads a script. Its first line must be a comment that tells the
// rule, and every command must have its dashes.
func parseScript(text string) ([]scriptStep, error) {
	var steps []scriptStep
	var step scriptStep
	inResult := false
	if !strings.HasPrefix(text, "# ") {
		return nil, fmt.Errorf("cannot read the script: its first line is no comment that tells the rule")
	}
	var result []string
	for i, line := range append(strings.Split(strings.TrimRight(text, "\n"), "\n"), "") {
		switch {
		case inResult && line == "":
			step.result = strings.Join(result, "\n")
			steps, step, result, inResult = append(steps, step), scriptStep{}, nil, false
		case inResult:
			result = append(result, line)
		case line == "----":
			inResult = true
		case len(step.command) > 0:
			if !strings.HasPrefix(line, "  ") {
				return nil, fmt.Errorf("line %d: cannot read %q: neither indented nor ----", i+1, line)
			}
			step.command = append(step.command, line)
		case line == "" || strings.HasPrefix(line, "#"):
			step.prelude = append(step.prelude, line)
		default:
			step.command, step.line = []string{line}, i+1
		}
	}
	if len(step.command) > 0 {
		return nil, fmt.Errorf("line %d: %s has no ---- after it", step.line, step.command[0])
	}
	return steps, nil
}

func formatScript(steps []scriptStep) string {
	var parts []string
	for _, s := range steps {
		lines := append(append(s.prelude, s.command...), "----", s.result)
		for lines[0] == "" {
			lines = lines[1:] // the empty line that ends the step before
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// difference shows the first line in which two texts differ, and both.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	line := func(lines []string) string {
		if i < len(lines) {
			return lines[i]
		}
		return "(nothing more)"
	}
	return fmt.Sprintf("line %d of the result is\n\t%s\nand should be\n\t%s\n--- all of it:\n%s\n--- should be:\n%s", i+1, line(g), line(w), got, want)
}
