//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standIn is a kubectl whose pods are containers of the Container Runtime Interface, by their ids. A selector is the
// list of ids that it selects.
const standIn = `#!/bin/sh
case $1 in
exec)
    container=$2
    shift 3
    exec "$CRICTL" --runtime-endpoint "$NILE_E2E_CRI" exec --sync "$container" "$@" ;;
get)
    echo "$4" | tr , '\n' | sed s,^,pod/, ;;
esac
`

// TestKubectlNile runs kubectl-nile over the containers of a pod with a shared PID namespace, and over one of a pod
// without, as if each were a pod.
func TestKubectlNile(t *testing.T) {
	shared, own := startPod(t, namespaceOfPod), startPod(t, namespaceOfContainer)
	web := shared.start("web", "--", "sleep", "7021")
	db := shared.start("db", "--hold", "--", "sh", "-c", `test "$FIX" = 1 && exec sleep 7022; exit 5`)
	cache := own.start("cache", "--", "sleep", "7023")

	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "kubectl"), []byte(standIn), 0o755); err != nil {
		t.Fatal(err)
	}
	plugin := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		cmd := command("../deploy/kubectl-nile", args...)
		cmd.Env = append(os.Environ(), "PATH="+directory+":"+os.Getenv("PATH"), "CRICTL="+crictl)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("kubectl nile %q: %v\n%s%s", args, err, stdout.String(), stderr.String())
		}
		return stdout.String()
	}
	all := strings.Join([]string{web.id, db.id, cache.id}, ",")
	var table string
	eventually(t, 20*time.Second, func() string { return "held: " + table },
		func() bool { table = plugin("status", "-l", all); return strings.Contains(table, "Held") })
	checkMatches(t, table,
		`^POD +NAME +ROLE +STATE +READY +RESTARTS +PID +AGE +LAST END\n`,
		`\n`+web.id+` +sleep +main +Running +yes +0 +\d+ `,
		`\n`+db.id+` +sh +main +Held +no +0 +- `,
		`\n`+cache.id+` +sleep +main +Running +yes +0 +\d+ `,
		`\n`+db.id+`: held for `)
	checkMatches(t, plugin("report", db.id), `exited 5`)
	checkMatches(t, plugin("tree", web.id), `sleep 7021`, `container `+db.id[:12])
	checkMatches(t, plugin("retry", db.id, "--env", "FIX=1"), `runs as process \d+`)
	checkMatches(t, plugin("status", "-l", all), `\n`+db.id+` +sh +main +Running +yes`)
}
