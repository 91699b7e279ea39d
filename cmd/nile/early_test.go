package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	for _, heavy := range []string{"go.yaml.in/yaml/v4", "net/http", "go.uber.org/zap", "crypto/tls", "fmt"} {
		if strings.Contains(trace, "init "+heavy+" ") {
			t.Errorf("package %s is initialised before the command is started", heavy)
		}
	}
	if !strings.Contains(rest, "init net/http ") {
		t.Error("the trace is not what this test takes it for: net/http is not in it")
	}
}
