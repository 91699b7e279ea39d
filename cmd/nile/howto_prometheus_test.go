package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestHowToWatchWithPrometheus runs what the page shows: its pod's metrics, read by the
// page's commands, and its rules, read by Prometheus' own tool.
func TestHowToWatchWithPrometheus(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "watch-with-prometheus.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 3 {
		t.Fatalf("the page shows %d files", len(blocks))
	}
	address := testkit.FreeAddress(t)
	pod := strings.NewReplacer("[catalina.sh, run]", `[sleep, "1000"]`, "httpGet: {port: 8080, path: /healthz}", `exec: {command: ["true"]}`, "listen: :9190", "listen: "+address).Replace(blocks[0][1])
	r := background(t, 0, "run", writeFile(t, "pod.yaml", pod))
	for _, line := range regexp.MustCompile(`(?m)^    curl -s (http://127.0.0.1:9190/\S+)`).FindAllStringSubmatch(string(text), -1) {
		r.waitPage(strings.Replace(line[1], "127.0.0.1:9190", address, 1), 200, "tomcat")
	}
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool here; Debian has it in the package prometheus")
	}
	for i, check := range []string{"config", "rules"} {
		if out, err := exec.Command(tool, "check", check, writeFile(t, check+".yaml", blocks[i+1][1])).CombinedOutput(); err != nil {
			t.Errorf("promtool check %s: %v\n%s", check, err, out)
		}
	}
}
