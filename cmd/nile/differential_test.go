package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scenario is one way to run an init. It is played with the program from Debian's
// package and with nile under that program's name, and what can be seen must be the
// same: output, exit code, what the command saw, who is left.
type scenario struct {
	name string
	// only names the peers that it is for; nil is all of them.
	only []string
	// options of the peer, a "--" if it needs one, and the command.
	args []string
	env  []string // more variables, NAME=VALUE
	// launch is a line of shell that ends in the execution of "$@", the peer.
	launch string
	files  map[string]string // made in the working directory; programs, if they begin with #!
	tty    bool              // on a terminal of its own, as the leader of its session
	pid1   bool              // as PID 1 of a new PID namespace
	// play acts on the run until the peer ends; nil just waits.
	play func(*performance)
	// form makes the output comparable; nil where it is as it is.
	form func(string) string
}

// peers are the programs that nile can stand in for.
var peers = []string{"tini", "dumb-init", "catatonit"}

// outcome is all that can be seen of a run.
type outcome struct {
	stdout, stderr string
	code           int
	seen           string // what the play saw
}

// TestPersonality plays every scenario with every peer that it is for.
func TestPersonality(t *testing.T) {
	theirs, ours := t.TempDir(), t.TempDir()
	found := map[string]bool{}
	for _, peer := range peers {
		path, err := exec.LookPath(peer)
		if err != nil {
			continue
		}
		found[peer] = true
		symlink(t, path, filepath.Join(theirs, peer))
		symlink(t, filepath.Join(bin, "nile"), filepath.Join(ours, peer))
	}
	played := 0
	for _, s := range slices.Concat(commonScenarios, tiniScenarios, dumbInitScenarios, catatonitScenarios) {
		for _, peer := range peers {
			if s.only != nil && !slices.Contains(s.only, peer) {
				continue
			}
			played++
			t.Run(peer+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				switch {
				case !found[peer]:
					t.Skipf("needs Debian's %s: apt-get install %s", peer, peer)
				case s.pid1 && os.Getuid() != 0:
					t.Skip("needs root, to make a PID namespace")
				}
				compare(t, &s, peer, theirs, ours)
			})
		}
	}
	t.Logf("%d scenarios", played)
}

// takes is how often a scenario is played until both agree: where several processes
// act at once, which of them comes first is chance on a busy machine, with the peer as
// with nile. A real difference is there each time.
const takes = 3

// compare plays a scenario with both. What is known to differ must differ, so that
// the list of these stays true.
func compare(t *testing.T, s *scenario, peer, theirs, ours string) {
	why, known := knownDifference(peer, s.name)
	var want, got outcome
	for take := 0; take < takes; take++ {
		want, got = perform(t, s, peer, theirs), perform(t, s, peer, ours)
		if got == want || known {
			break
		}
	}
	switch {
	case got == want && known:
		t.Errorf("it no longer differs: remove it from the known differences (%s)", why)
	case got != want && !known:
		t.Errorf("%s:\n%s\nnile:\n%s", peer, show(want), show(got))
	case got != want:
		t.Logf("differs, as is known: %s\n%s:\n%s\nnile:\n%s", why, peer, show(want), show(got))
	}
}

func show(o outcome) string {
	var b strings.Builder
	for _, part := range []struct{ name, text string }{{"stdout", o.stdout}, {"stderr", o.stderr}, {"seen", o.seen}} {
		for line := range strings.Lines(part.text) {
			b.WriteString("  " + part.name + ": " + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return b.String() + "  exit code " + strconv.Itoa(o.code)
}

// forms is what may differ in any output: numbers of processes, and the versions.
var forms = []struct {
	what *regexp.Regexp
	form string
}{
	{regexp.MustCompile(`(tini|catatonit:|pid1) ?\(?\d+\)`), "$1 (PID)"},
	{regexp.MustCompile(`(catatonit):\d+`), "$1:PID"},
	{regexp.MustCompile(`(?i)\b(pid|child process)(: |=| )('?)\d+`), "$1$2${3}N"},
	{regexp.MustCompile(`tini version [0-9.]+(_catatonit)?( - [^)\n]*)?`), "tini version N$1"},
	{regexp.MustCompile(`dumb-init v[0-9.]+( \(nile [^)]*\))?`), "dumb-init vN"},
}

func (s *scenario) normal(text string) string {
	for _, f := range forms {
		text = f.what.ReplaceAllString(text, f.form)
	}
	if s.form != nil {
		text = s.form(text)
	}
	return text
}

// firstLine keeps what must be the same of a long text in own words.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// sorted is for the words of processes that run side by side.
func sorted(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// without leaves out the lines that fit.
func without(pattern string) func(string) string {
	what := regexp.MustCompile(pattern)
	return func(text string) string {
		var kept []string
		for line := range strings.Lines(text) {
			if !what.MatchString(line) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
}

// optionsNamed are the options that a help text names, in order.
func optionsNamed(text string) string {
	var named []string
	for line := range strings.Lines(text) {
		if option := optionLine.FindString(line); option != "" {
			named = append(named, strings.TrimSpace(option))
		}
	}
	return firstLine(text) + "\n" + strings.Join(named, "\n")
}

var optionLine = regexp.MustCompile(`^ +(-[-a-zA-Z]+|TINI_[A-Z_]+)`)

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second
