//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestProcessesOfASharedPod looks at two containers that share their processes, as those of a pod with
// shareProcessNamespace do: nile is in the second, and not PID 1.
func TestProcessesOfASharedPod(t *testing.T) {
	shows(t, "nile tree and ps of two containers that share their processes")
	image := machineImage(t)
	other := start(t, image, machineOptions("--entrypoint", "sh"), "-c", "sleep 1001 & exec sleep 1000")
	app := start(t, image, machineOptions("--pid", "container:"+other.id), "--", "sh", "-c", "true & exec sleep 1002")
	var tree string
	eventually(t, 20*time.Second, func() string { return tree }, func() bool {
		tree = app.exec("nile", "tree")
		return strings.Contains(tree, "zombie, not") && strings.Contains(tree, "sh: sleep 1002")
	})
	trees := strings.Split(tree, "\n\n")
	if len(trees) != 2 {
		t.Fatalf("want a tree for each of two containers:\n%s", tree)
	}
	checkMatches(t, trees[0],
		`^this container, with nile: \d+ processes\n`,
		`\n\d+ +root +\S+ +(sleeping|running) +nile -- sh -c true`,
		"\n\\d+ +root +\\S+ +sleeping +`- sh: sleep 1002\n",
		"\n\\d+ +root +- +zombie +`- \\[sh\\] zombie, not reaped by its parent \\d+ sl")
	checkMatches(t, trees[1],
		`^container `+other.id[:12]+`: 2 processes\n`,
		`\n1 +0 +\S+ +sleeping +sleep 1000\n`,
		"\n\\d+ +0 +\\S+ +sleeping +`- sleep 1001$")
	list := app.exec("nile", "ps")
	checkMatches(t, list,
		`\n1 +0 .* \(`+other.id[:12]+`\) +sleep 1000\n`,
		`\n\d+ +root .* sh +sleep 1002\n`,
		`\n\d+ +root .* - +nile -- sh`)
}

func checkMatches(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("no match for %q in\n%s", pattern, text)
		}
	}
}
