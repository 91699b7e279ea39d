// Package deploy_test tests what is here for clusters with the real nile.
package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// bin has nile and the stand-in for kubectl.
var bin string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(kubectl(os.Args[1:]))
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "nile-deploy-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		self, err := os.Executable()
		if err == nil {
			err = os.Symlink(self, filepath.Join(dir, "kubectl"))
		}
		if err != nil {
			panic(err)
		}
		if err := testkit.Build("-ldflags=-E nile_start", "-o", dir, "../cmd/nile"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// cluster is a directory that the stand-in for kubectl takes for a cluster.
type cluster struct {
	t   *testing.T
	dir string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	// Not t.TempDir: a socket's path has 107 bytes at most, unix(7).
	dir, err := os.MkdirTemp("", "nile-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &cluster{t: t, dir: dir}
}

func (c *cluster) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// pod adds a pod with labels, as JSON, in which nile is at a path, and starts nile with args there.
func (c *cluster) pod(name, labels, path string, args ...string) {
	c.t.Helper()
	c.write(name+".json", labels)
	at := filepath.Join(c.dir, name, "root", path)
	install := exec.Command(filepath.Join(bin, "nile"), "install", "--mkdir", filepath.Dir(at)+"/")
	if out, err := install.CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %v\n%s", install.Args, err, out)
	}
	if err := os.Mkdir(filepath.Join(c.dir, name, "state"), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if len(args) > 0 { // else nobody answers there
		c.start(name, path, nil, args...)
	}
}

// start starts nile in a pod and waits until it answers. The variables of the pod go before env.
func (c *cluster) start(name, path string, env []string, args ...string) {
	c.t.Helper()
	pod := filepath.Join(c.dir, name)
	at := filepath.Join(pod, "root", path)
	process := exec.Command(at, args...)
	process.Env = append(append(env, podEnvironment(pod)...), "NILE_LOG_LEVEL=off")
	if err := process.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		check := exec.Command(at, "check", "live")
		check.Env = podEnvironment(pod)
		if check.Run() == nil {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("nile does not answer in %s", name)
		}
	}
}

// run runs kubectl-nile.
func (c *cluster) run(args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	var out, talk bytes.Buffer
	cmd := exec.Command("./kubectl-nile", args...)
	cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "TEST_CLUSTER=" + c.dir}
	cmd.Stdout, cmd.Stderr, cmd.Stdin = &out, &talk, strings.NewReader("echo typed\n")
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok && err != nil {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), talk.String()
}

// want runs kubectl-nile and wants its exit code, and texts in what it prints on both streams.
func (c *cluster) want(code int, args []string, texts ...string) string {
	c.t.Helper()
	got, stdout, stderr := c.run(args...)
	if got != code {
		c.t.Errorf("kubectl nile %q: exit code %d, want %d\n%s%s", args, got, code, stdout, stderr)
	}
	for _, text := range texts {
		if !strings.Contains(stdout+stderr, text) {
			c.t.Errorf("kubectl nile %q: no %q in\n%s%s", args, text, stdout, stderr)
		}
	}
	return stdout
}

// await runs kubectl-nile until a text is in what it prints.
func (c *cluster) await(text string, args []string) {
	c.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, stdout, stderr := c.run(args...)
		if strings.Contains(stdout, text) {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("kubectl nile %q: no %q in\n%s%s", args, text, stdout, stderr)
		}
	}
}

func words(text string) []string { return strings.Fields(text) }

func TestOnePod(t *testing.T) {
	c := newCluster(t)
	c.pod("prod/pods/shop-1", `{"app":"shop"}`, "usr/bin/nile", "--hold", "--", "sh", "-c", `test "$FIX" = 1 && exec sleep 600; echo broken >&2; exit 3`)
	c.await(`"Held"`, words("status shop-1 -n prod -o json"))
	c.want(0, words("-n prod status pod/shop-1"), "pod nile: Held", "code 3")
	c.want(0, words("tree --namespace=prod shop-1"), "this container, with nile: ") // lines are cut at 80 columns
	c.want(0, words("logs -n prod -c app shop-1"), "broken")
	c.want(0, words("report -n prod --context test shop-1"), "exited 3")
	c.want(1, words("check -n prod shop-1 ready"), "held")
	c.want(0, words("shell -n prod shop-1 --toolbox"), "typed")
	c.want(0, words("toolbox -n prod shop-1 echo a tool"), "a tool")
	c.want(0, append(words("exec -n prod shop-1 --"), "sh", "-c", "echo with  $0 'two words'", "x"), "two words")
	c.want(0, words("retry -n prod shop-1 --env FIX=1"), "runs")
	c.want(3, words("release -n prod shop-1"))
	c.want(4, words("status -n prod shop-2"), `pods "shop-2" not found`, "cannot find nile in pod shop-2")
}

func TestAllPodsOfAWorkload(t *testing.T) {
	c := newCluster(t)
	c.write("default/deploy/shop.json", `{"spec":{"selector":{"matchLabels":{"app":"shop"},"matchExpressions":[
		{"key":"tier","operator":"In","values":["web","api"]},{"key":"canary","operator":"DoesNotExist"},{"key":"tier","operator":"Exists"},
		{"key":"zone","operator":"NotIn","values":["z"]}]}}}`)
	c.pod("default/pods/shop-held", `{"app":"shop","tier":"web"}`, "opt/nile/nile", "--hold", "--", "sh", "-c", "exit 3")
	c.pod("default/pods/shop-runs", `{"app":"shop","tier":"api","zone":"a"}`, "opt/nile/nile", "--", "sleep", "600")
	c.pod("default/pods/shop-silent", `{"app":"shop","tier":"api"}`, "opt/nile/nile")
	c.pod("default/pods/shop-canary", `{"app":"shop","tier":"web","canary":"1"}`, "opt/nile/nile")
	c.pod("default/pods/shop-zone", `{"app":"shop","tier":"web","zone":"z"}`, "opt/nile/nile")
	c.pod("default/pods/other", `{"app":"other"}`, "opt/nile/nile")

	c.await("Held", words("status deploy/shop"))
	table := c.want(4, words("status deploy/shop"), "shop-held: held for ", "shop-silent: ", "no nile answers")
	lines := strings.Split(table, "\n")
	for i, want := range []string{"POD NAME ROLE STATE READY RESTARTS PID AGE LAST END", "shop-held sh main Held no", "shop-runs sleep main Running yes", "shop-silent no answer"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); !strings.HasPrefix(got, want) {
			t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
		}
	}
	if strings.Index(lines[0], "NAME") != strings.Index(lines[1], "sh  ") || strings.Index(lines[0], "NAME") != strings.Index(lines[2], "sleep") {
		t.Errorf("the columns are not aligned:\n%s", table)
	}
	if strings.Contains(table, "canary") || strings.Contains(table, "zone") || strings.Contains(table, "other") {
		t.Errorf("there are pods of others:\n%s", table)
	}
	c.want(4, words("check -l app=shop,tier=api live"), "== shop-runs\nthe pod is Running", "== shop-silent\n", "no nile answers")
	c.want(1, words("tree deploy/cart"), "deploy/cart not found")
	c.want(1, words("tree -l app=cart"), "no pod has the labels app=cart")
	if json := c.want(4, words("status deploy/shop -o json")); strings.Contains(json, "==") || strings.Count(json, `"phase"`) != 2 {
		t.Errorf("want two documents and nothing else:\n%s", json)
	}
	c.want(2, words("status deploy/shop --watch"), "cannot follow several pods", "shop-held")
	c.want(2, words("shell deploy/shop"), "cannot shell in several pods", "shop-held")
}

func TestUsage(t *testing.T) {
	c := newCluster(t)
	c.want(0, words("--help"), "usage: kubectl nile VERB POD")
	c.want(2, nil, "no verb is given")
	c.want(2, words("status"), "no pod is given")
	c.want(2, words("run shop"), `no verb "run" for pods`)
	c.want(2, words("status -n"), "-n needs a value")
	c.want(2, words("--color=no status shop"), "cannot take the option --color")
}
