// Command mutants shows that the tests of the supervisor are worth something: it
// breaks one rule after the other in its source, as list.txt says, and runs the
// tests, which must fail. The source itself is never touched: each change is an
// overlay of the build.
//
//	go run ./testdata/mutants            all of them
//	go run ./testdata/mutants grace      those with grace in their name
//
// It exits with 1 where a mutant survives, does not apply exactly once or does not
// compile.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// timeLimit is for one mutant, compiling included.
const timeLimit = 60 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "testdata", "mutants", "list.txt"))
	if err != nil {
		return err
	}
	mutants, err := parse(string(text))
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if verdict, _ := test(root, ""); verdict != survived {
		return errors.New("the tests fail without a mutant already: run go test ./supervisor")
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !wanted(m, names) })
	begin := time.Now()
	killed := tryAll(mutants, root, scratch)
	fmt.Printf("%d of %d killed in %s\n", killed, len(mutants), time.Since(begin).Round(time.Second))
	if killed != len(mutants) || killed == 0 {
		return errors.New("the tests let a broken rule pass")
	}
	return nil
}

// tryAll tries mutants, so many at a time as there are processors, tells of each in the
// order of the list, and returns how many were killed.
func tryAll(mutants []mutant, root, scratch string) (killed int) {
	type outcome struct {
		verdict verdict
		by      string
	}
	outcomes := make([]chan outcome, len(mutants))
	for i := range outcomes {
		outcomes[i] = make(chan outcome, 1)
	}
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for i := int(next.Add(1)) - 1; i < len(mutants); i = int(next.Add(1)) - 1 {
				verdict, by := mutants[i].try(root, scratch)
				outcomes[i] <- outcome{verdict, by}
			}
		}()
	}
	for i, m := range mutants {
		o := <-outcomes[i]
		if o.verdict == isKilled {
			killed++
		}
		fmt.Printf("%-36s %s %s\n", m.name, o.verdict, o.by)
	}
	return killed
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("cannot run go env: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

func wanted(m mutant, names []string) bool {
	for _, name := range names {
		if strings.Contains(m.name, name) {
			return true
		}
	}
	return len(names) == 0
}

// verdict is what became of a mutant.
type verdict string

const (
	isKilled    verdict = "killed by"
	survived    verdict = "SURVIVED"
	notApplied  verdict = "DOES NOT APPLY"
	notCompiled verdict = "DOES NOT COMPILE"
)

// mutant is one change that breaks a rule.
type mutant struct {
	name, rule, file, from, to string
}

// try applies the mutant and runs the tests.
func (m mutant) try(root, scratch string) (verdict, string) {
	source := filepath.Join(root, "supervisor", m.file)
	text, err := os.ReadFile(source)
	if err != nil {
		return notApplied, err.Error()
	}
	if n := strings.Count(string(text), m.from); n != 1 {
		return notApplied, fmt.Sprintf("%s has the text %d times", m.file, n)
	}
	changed := filepath.Join(scratch, m.name+".go")
	overlay := filepath.Join(scratch, m.name+".json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: changed}})
	if err != nil {
		return notApplied, err.Error()
	}
	err = errors.Join(
		os.WriteFile(changed, []byte(strings.Replace(string(text), m.from, m.to, 1)), 0o600),
		os.WriteFile(overlay, replace, 0o600))
	if err != nil {
		return notApplied, err.Error()
	}
	return test(root, overlay)
}

// test runs the tests, with an overlay if there is one, and says who failed.
func test(root, overlay string) (verdict, string) {
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	// Without symbols it links faster, and the first test that fails is enough.
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay="+overlay, "-vet=off", "-ldflags=-s -w", "-failfast", "-short", "-count=1", "-timeout=50s", "./supervisor")
	cmd.Dir = root
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return survived, ""
	case bytes.Contains(out, []byte("[build failed]")):
		return notCompiled, "\n" + string(out)
	}
	return isKilled, failures(string(out))
}

// failures lists the tests that failed, and how many scripts.
func failures(output string) string {
	var tests []string
	scripts := 0
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "    --- FAIL: TestGolden/") {
			scripts++
		}
		if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			tests = append(tests, name)
		}
	}
	if len(tests) == 0 {
		return "a panic or the time limit"
	}
	list := strings.Join(tests, ", ")
	if scripts > 0 {
		list = strings.Replace(list, "TestGolden", fmt.Sprintf("TestGolden (%d)", scripts), 1)
	}
	return list
}

// parse reads the list: "mutant NAME FILE", a line with the rule, a line of four
// dashes, the old text, a line of four dashes, the new text, a line of four equals
// signs. Lines with # before a mutant are comments.
func parse(text string) ([]mutant, error) {
	var mutants []mutant
	seen := map[string]bool{}
	for i, block := range strings.Split(text, "\n====\n") {
		for strings.HasPrefix(block, "#") || strings.HasPrefix(block, "\n") {
			_, block, _ = strings.Cut(block, "\n")
		}
		if block == "" {
			continue
		}
		parts := strings.Split(block+"\n", "\n----\n")
		if len(parts) != 3 {
			return nil, fmt.Errorf("cannot read mutant %d: it has %d parts, should be head, old and new:\n%s", i+1, len(parts), block)
		}
		head, rule, _ := strings.Cut(parts[0], "\n")
		words := strings.Fields(head)
		if len(words) != 3 || words[0] != "mutant" || rule == "" || seen[words[1]] {
			return nil, fmt.Errorf("cannot read mutant %d: %q, should be mutant NAME FILE with a name of its own, and the rule below it", i+1, head)
		}
		seen[words[1]] = true
		mutants = append(mutants, mutant{words[1], rule, words[2], parts[1], strings.TrimSuffix(parts[2], "\n")})
	}
	return mutants, nil
}
