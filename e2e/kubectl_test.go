//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

const shopDeployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}}
`

// TestKubectlNile runs kubectl-nile over a pod with a shared PID namespace and two containers, over one without, and over
// both as a Deployment.
func TestKubectlNile(t *testing.T) {
	shows(t, "kubectl nile: six verbs over a pod, and over deploy/shop in one table; the shell on a terminal")
	labels := map[string]string{"app": "shop"}
	namespaces := func(pids int) map[string]any {
		return map[string]any{"namespace_options": map[string]any{"network": namespaceOfNode, "pid": pids}}
	}
	shared := startNamedPod(t, "shop-1", labels, namespaces(namespaceOfPod))
	own := startNamedPod(t, "shop-2", labels, namespaces(namespaceOfContainer))
	startNamedPod(t, "cart-1", map[string]string{"app": "cart"}, namespaces(namespaceOfContainer))
	shared.startDefault("app", "--hold", "--", "sh", "-c", `test "$FIX" = 1 && exec sleep 7022; echo broken >&2; exit 5`)
	shared.start("logs", "--", "sleep", "7021")
	own.startDefault("app", "--hold", "--", "sh", "-c", "exit 6")
	c := newCluster(t)
	c.workload("shop", shopDeployment)

	var table string
	eventually(t, 20*time.Second, func() string { return "two are held: " + table },
		func() bool {
			table = c.types("kubectl nile status deploy/shop")
			return strings.Count(table, "Held") == 2
		})
	checkMatches(t, table,
		`^POD +NAME +ROLE +STATE +READY +RESTARTS +PID +AGE +LAST END\n`+
			`shop-1 +sh +main +Held +no +0 +- +- +code 5, .*\n`+
			`shop-2 +sh +main +Held +no +0 +- +- +code 6, .*\n`+
			`\n`,
		`\nshop-1: held for `, `\nshop-2: held for `)
	if same := c.types("kubectl nile status -l app=shop"); strings.Count(same, "Held") != 2 {
		t.Errorf("by a label:\n%s", same)
	}
	t.Run("one container of a pod", func(t *testing.T) {
		checkMatches(t, c.types("kubectl nile status shop-1 -c logs"), `pod nile: Running`, `sleep +main +Running +yes`)
		checkMatches(t, c.types("kubectl nile tree shop-1 -c logs"), `^this container, with nile`, `sleep: sleep 7021`, `(?m)^1 .* pause$`)
	})
	t.Run("report", func(t *testing.T) {
		checkMatches(t, c.types("kubectl nile report shop-1"), `exited 5`, `broken`)
		checkMatches(t, c.types("kubectl nile report deploy/shop"), `(?s)== shop-1\n.*exited 5.*== shop-2\n.*exited 6`)
		if page := c.types("kubectl nile report shop-1 --html - >report.html && cat report.html"); !strings.HasPrefix(page, "<!DOCTYPE html>") {
			t.Errorf("the page is %.300s", page)
		}
	})
	t.Run("shell on a terminal", func(t *testing.T) { checkPluginShell(t, c) })
	t.Run("shell for a script", func(t *testing.T) {
		checkMatches(t, c.types("echo 'echo typed $((6 * 7))' | kubectl nile shell shop-1"), `typed 42`)
		if code, said := c.code("kubectl nile shell deploy/shop </dev/null"); code != 2 || !strings.Contains(said, "shop-1 shop-2") {
			t.Errorf("a shell in two pods: code %d: %s", code, said)
		}
	})
	t.Run("retry and release", func(t *testing.T) {
		checkMatches(t, c.types("kubectl nile retry shop-1 --env FIX=1"), `runs as process \d+`)
		checkMatches(t, c.types("kubectl nile check shop-1 ready"), `the pod is ready`)
		c.types("kubectl nile release shop-2")
		if code := own.containers[0].wait(); code != 6 {
			t.Errorf("shop-2 ended with code %d, want its own 6", code)
		}
		if code, said := c.code("kubectl nile release shop-1"); code != 3 {
			t.Errorf("nothing is held: code %d, want 3: %s", code, said)
		}
	})
	t.Run("a pod that does not answer", func(t *testing.T) {
		code, table := c.code("kubectl nile status deploy/shop")
		if code != 4 {
			t.Errorf("code %d, want 4", code)
		}
		checkMatches(t, table, `\nshop-1 +sh +main +Running +yes`, `\nshop-2 +no answer\n`)
	})
}

// startDefault starts a container that `kubectl exec` takes where none is named.
func (p *criPod) startDefault(name string, args ...string) {
	p.t.Helper()
	p.create(name, p.namespaces, map[string]any{"args": args, "labels": map[string]string{defaultLabel: "true"}}).awaitNile()
}

// checkPluginShell has a shell in a pod, on a terminal.
func checkPluginShell(t *testing.T, c *cluster) {
	t.Helper()
	tty := onTerminal(t, "env", append(c.variables(), "kubectl", "nile", "shell", "shop-1")...)
	tty.waitFor("sh", 1) // the prompt has the container's name
	tty.types("test -t 0 && test -t 1 && echo on a $((1)) terminal\r")
	tty.waitFor("on a 1 terminal", 1)
	tty.types("sleep 1000\r")
	time.Sleep(500 * time.Millisecond) // for the job to be in front
	tty.types("\x03")
	tty.types("echo back: $((6 * 7))\r")
	tty.waitFor("back: 42", 1)
	tty.types("exit 0\r")
	if code := tty.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestKubectlItself has the real kubectl find the plugin, and turn Hold on as a page says.
func TestKubectlItself(t *testing.T) {
	shows(t, "the real kubectl finds the plugin, and `kubectl set env` turns Hold on in a Deployment")
	cmd := command(realKubectl(t), "nile", "--help")
	cmd.Env = append(os.Environ(), "PATH=../deploy:"+os.Getenv("PATH"))
	if output, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(output), "usage: kubectl nile VERB POD") {
		t.Errorf("kubectl nile --help: %v\n%s", err, output)
	}
	held := readManifest(t, setEnv(t, "hold-a-deployment", "NILE_HOLD=1"))
	if env := held.Spec.Template.Spec.Containers[0].Env; len(env) != 1 || env[0].Name != "NILE_HOLD" || env[0].Value != "1" {
		t.Errorf("kubectl set env has made the variables %v", env)
	}
}

// setEnv is the manifest of a page after `kubectl set env`.
func setEnv(t *testing.T, page, variable string) string {
	t.Helper()
	cmd := command(realKubectl(t), "set", "env", "--local", "-f", "-", variable, "-o", "yaml")
	cmd.Stdin = strings.NewReader(blocksOf(t, page)[0])
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubectl set env: %v\n%s", err, talk(err))
	}
	return string(output)
}
