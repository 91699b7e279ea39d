package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// brokenNile builds a nile with a panic in it: before is a line of the source, which must be
// there once, and the panic comes right behind. The source is not touched.
func brokenNile(t *testing.T, file, before, panics string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make namespaces")
	}
	source, err := filepath.Abs(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), before); n != 1 {
		t.Fatalf("%s has %q %d times: adapt the test to it", file, before, n)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), before, before+panics, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(filepath.Dir(nile), strings.NewReplacer("/", "-").Replace(t.Name()))
	if err := testkit.Build("-ldflags="+linking, "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "../../cmd/nile"); err != nil {
		t.Fatal(err)
	}
	return program
}

// TestPanicInTheCore and the next: what decides is broken. nile is a plain init from then on:
// it reaps, passes signals on, restarts nothing, and ends with main's code.
func TestPanicInTheCore(t *testing.T) {
	program := brokenNile(t, "supervisor/step.go", "func (m *Machine) Step(now time.Time, event Event) []Action {",
		"\n\tif s, ok := event.(Signal); ok && s.Num == 12 {\n\t\tpanic(\"on purpose\")\n\t}\n")
	degraded(t, program, func(p *pod) { p.signal(syscall.SIGUSR2) })
}

func TestPanicInTheLoop(t *testing.T) {
	program := brokenNile(t, "internal/loop/loop.go", "	signal, event := l.Signals.Next(l.untilIdle(l.timers.earliest()))",
		"\n\tif signal.Num == 12 {\n\t\tpanic(\"on purpose\")\n\t}\n")
	degraded(t, program, func(p *pod) { p.signal(syscall.SIGUSR2) })
}

func degraded(t *testing.T, program string, provoke func(*pod)) {
	p := start(t, always("ACTOR, orphans, '200', '200'"), options{program: program})
	p.awaitOutput("all orphans are made")
	main := p.outside(p.running("steady").PID)
	other := p.outside(p.running("broken").PID)
	provoke(p)
	p.awaitWords("nile goes on as a plain init")
	if err := syscall.Kill(other, syscall.SIGKILL); err != nil {
		t.Fatalf("broken has ended: %v", err)
	}
	p.await("what ends is reaped", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/%d", other))
		return err != nil
	})
	if err := syscall.Kill(main, 0); err != nil {
		t.Errorf("steady has ended: %v", err)
	}
	p.end(143)
}

// TestPanicInAProbe: the answer of a probe that panics counts as none, which is told, and the
// next one is made as ever.
func TestPanicInAProbe(t *testing.T) {
	program := brokenNile(t, "hooks/tcp.go", "func probeTCP(ctx context.Context, h *TCPSocket) Outcome {", "\n\tif ctx != nil {\n\t\tpanic(\"on purpose\")\n\t}\n")
	p := start(t, always("ACTOR, sleep")+"    livenessProbe: {tcpSocket: {host: 127.0.0.1, port: 1}, periodSeconds: 1}\n", options{program: program})
	p.awaitWords("internal error")
	p.holds("steady")
	p.end(143)
}

// TestPanicInAVerb: who asked is told, and nobody else notices.
func TestPanicInAVerb(t *testing.T) {
	program := brokenNile(t, "cmd/nile/serve_events.go", "func sendEvents(send func(any) error, list []events.Event, lost uint64, name string) error {",
		"\n\tif send != nil {\n\t\tpanic(\"on purpose\")\n\t}\n")
	p := start(t, always("ACTOR, sleep"), options{program: program})
	p.running("steady")
	if _, said, code := p.verb("events"); code != 1 || !strings.Contains(said, "internal error") {
		t.Errorf("exit code %d: %s", code, said)
	}
	p.holds("steady")
	p.end(143)
}

// TestPanicInTheMetrics: the page is not there, and the pod is.
func TestPanicInTheMetrics(t *testing.T) {
	program := brokenNile(t, "internal/metrics/write.go", "func (r *Recorder) Write(s *Sample) []byte {", "\n\tif s != nil {\n\t\tpanic(\"on purpose\")\n\t}\n")
	port := testkit.FreePort(t)
	p := start(t, always("ACTOR, sleep"), options{program: program, env: []string{fmt.Sprintf("NILE_LISTEN=127.0.0.1:%d", port)}})
	p.running("steady")
	p.await("the server answers", func() bool {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		if err != nil {
			return strings.Contains(err.Error(), "EOF")
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusInternalServerError
	})
	p.holds("steady")
	p.end(143)
}
