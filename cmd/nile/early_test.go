package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/early"
)

// TestCommandStartsBeforeTheHeavyPackages holds the order of initialisation that
// `nile -- CMD` gets its speed from.
func TestCommandStartsBeforeTheHeavyPackages(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin, "nile"), "--", "true")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	trace, rest, found := strings.Cut(string(out), "init github.com/nile-init/nile/internal/early ")
	if !found {
		t.Fatalf("package early is not initialised:\n%s", out)
	}
	for _, heavy := range []string{
		"unicode", "strings", "reflect", "fmt", "flag", "encoding/binary", "encoding/json", "compress/flate", "crypto/sha256", "golang.org/x/sys/unix",
		"go.yaml.in/yaml/v4", "net", "go.uber.org/zap/zapcore", "crypto/tls",
	} {
		if strings.Contains(trace, "init "+heavy+" ") {
			t.Errorf("package %s is initialised before the command is started", heavy)
		}
	}
	if !strings.Contains(rest, "init crypto/tls ") {
		t.Error("the trace is not what this test takes it for: crypto/tls is not in it")
	}
}

// TestWhatIsStartedEarlyIsNotRefused compares the two readings of a command line: a
// command must not have been started where nile then refuses the flags, and its output
// must be kept where the pod may be held.
func TestWhatIsStartedEarlyIsNotRefused(t *testing.T) {
	values := map[string][]string{
		"hold":                {"", "true", "false", "1", "0", "T", "yes"},
		"hold-for":            {"", "2h", "0s", "90s", "5", "1h30m", "1.5h", "-1s", "10ms", "soon", "99999h"},
		"hold-after-restarts": {"", "3", "0", "-1", "65536", "x"},
		"hold-sidecars":       {"Continue", "Stop", "stop"},
		"log-level":           {"off", "warn", "loud"},
		"log-format":          {"json", "auto", "xml"},
		"control":             {"off", "/run/x.sock", "x", "@x"},
		"output":              {"prefix"},
		"grace":               {"5s"},
	}
	var settings []string
	for name, list := range values {
		for _, value := range list {
			settings = append(settings, name+"="+value)
		}
	}
	slices.Sort(settings)
	early := 0
	for _, one := range settings {
		for _, other := range settings {
			name, value, _ := strings.Cut(other, "=")
			for _, test := range []struct{ args, environ []string }{
				{[]string{"nile", "--" + one, "--" + other, "--", "true", "x"}, nil},
				{[]string{"nile", "--" + one, "--", "true", "x"}, []string{variable(name) + "=" + value}},
				{[]string{"nile", "--hold", "--" + name, value, "--", "true", "x"}, nil},
			} {
				if comparesWell(t, test.args, test.environ) {
					early++
				}
			}
		}
	}
	if early < 500 {
		t.Errorf("only %d command lines are started early", early)
	}
}

// comparesWell reports whether a command line is one that is started early; it is an
// error if the ordinary way then thinks otherwise of it.
func comparesWell(t *testing.T, args, environ []string) (isEarly bool) {
	t.Helper()
	line, isEarly := early.Read(args, environ)
	if !isEarly {
		return false
	}
	w, ok := parseWrap(args[1:], environ)
	if !ok || w.err != nil || !slices.Equal(w.argv, line.Argv) {
		t.Errorf("%q with %q is started early, but is no good: %v", args, environ, w.err)
		return true
	}
	if _, err := w.log.logger(); err != nil {
		t.Errorf("%q with %q is started early: %v", args, environ, err)
	}
	spec := w.spec()
	if holds := mayHold(spec, &spec.Main[0]); holds != line.Hold {
		t.Errorf("%q with %q: it may be held: %v, and was started so: %v", args, environ, holds, line.Hold)
	}
	return true
}
