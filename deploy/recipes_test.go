package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// recipes are the pages about nile in clusters.
var recipes = []string{"any-image", "native-sidecar", "share-processes", "job", "read-only-root", "non-root", "distroless", "kubectl-debug", "hold-a-deployment"}

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	setEnv    = regexp.MustCompile(`(?m)^    kubectl set env \S+ (\S+=\S+)$`)
)

// TestRecipes validates what a page wants in the cluster, starts the containers that run nile in a stand-in for a cluster,
// and runs the page's commands, which stand after a dollar sign, with what they print below them.
func TestRecipes(t *testing.T) {
	for _, recipe := range recipes {
		t.Run(recipe, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../docs/how-to", recipe+".md"))
			if err != nil {
				t.Fatal(err)
			}
			page := string(text)
			c, dir := newCluster(t), t.TempDir()
			var env []string
			for _, variable := range setEnv.FindAllStringSubmatch(page, -1) {
				env = append(env, variable[1])
			}
			for _, block := range yamlBlock.FindAllStringSubmatch(page, -1) {
				for _, w := range readWorkloads(t, block[1]) {
					w.validate(t)
					if w.Kind == "Job" {
						runJob(t, &w)
						continue
					}
					w.writePod(t, dir)
					c.deploy(&w, env)
				}
			}
			for _, example := range examplesOf(page) {
				c.runExample(dir, example)
			}
		})
	}
}

// runJob runs the container of a Job, whose page says that it ends with code 3; or the two
// of one in which the second ends with the first.
func runJob(t *testing.T, w *workload) {
	t.Helper()
	if all := w.containers(t, "containers"); len(all) == 2 {
		runJobOfTwo(t, all)
		return
	}
	command := w.containers(t, "containers")[0].Command
	run := exec.Command(filepath.Join(bin, command[0]), command[1:]...)
	run.Env = []string{"PATH=/usr/bin:/bin", "NILE_CONTROL=off", "NILE_STATE_DIR=" + t.TempDir()}
	if out, _ := run.CombinedOutput(); run.ProcessState.ExitCode() != 3 || !strings.Contains(string(out), "importing") {
		t.Errorf("the job ended with code %d:\n%s", run.ProcessState.ExitCode(), out)
	}
}

// runJobOfTwo runs the containers of a Job that share a volume, mounted at /pod: both end, and
// with code 0, though the second one's program would not by itself.
func runJobOfTwo(t *testing.T, all []container) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range map[string]string{"import": "sleep 0.2", "proxy": "exec sleep 1000"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var running []*exec.Cmd
	for _, c := range all {
		words := strings.Split(strings.ReplaceAll(strings.Join(c.Command, "\n"), "/pod\n", dir+"\n"), "\n")
		run := exec.Command(filepath.Join(bin, words[0]), words[1:]...)
		run.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "NILE_CONTROL=off", "NILE_STATE_DIR=" + filepath.Join(dir, "state")}
		run.Stderr = os.Stderr
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = run.Process.Kill() })
		running = append(running, run)
	}
	for i, run := range running {
		if err := run.Wait(); err != nil {
			t.Errorf("%q: %v", all[i].Command, err)
		}
	}
}

// deploy starts those containers of a pod, or of a Deployment's pods, that run nile.
func (c *cluster) deploy(w *workload, env []string) {
	c.t.Helper()
	running := slices.DeleteFunc(slices.Concat(w.containers(c.t, "initContainers"), w.containers(c.t, "containers")), func(one container) bool {
		return len(one.Command) < 2 || one.Command[1] != "--" || filepath.Base(one.Command[0]) != "nile"
	})
	labels, names := w.Metadata.Labels, []string{w.Metadata.Name}
	if w.Kind == "Deployment" {
		labels, names = w.Spec.Template.Metadata.Labels, nil
		for i := range max(1, w.Spec.Replicas) {
			names = append(names, fmt.Sprintf("%s-%d", w.Metadata.Name, i+1))
		}
		c.write("default/deploy/"+w.Metadata.Name+".json", toJSON(c.t, map[string]any{"spec": map[string]any{"selector": w.Spec.Selector}}))
	}
	if labels == nil {
		labels = map[string]string{"app": w.Metadata.Name}
	}
	for _, name := range names {
		for _, one := range running {
			place := "default/pods/" + name
			if len(running) > 1 {
				place += "." + one.Name
			}
			path := one.Command[0]
			if !strings.HasPrefix(path, "/") {
				path = "/usr/bin/" + path
			}
			variables := slices.Clone(env)
			for _, variable := range one.Env {
				variables = append(variables, variable.Name+"="+variable.Value)
			}
			c.pod(place, toJSON(c.t, labels), path)
			c.start(place, path, variables, append(one.Command[1:], one.Args...)...)
		}
	}
}

// example is a command of a page and the lines that the page shows below it.
type example struct {
	command string
	shown   []string
}

func examplesOf(page string) (list []example) {
	for line := range strings.SplitSeq(page, "\n") {
		text, indented := strings.CutPrefix(line, "    ")
		if command, ok := strings.CutPrefix(text, "$ "); ok && indented {
			list = append(list, example{command: command})
		} else if indented && len(list) > 0 && !strings.HasPrefix(text, "kubectl ") {
			last := &list[len(list)-1]
			last.shown = append(last.shown, text)
		} else if line != "" {
			list = append(list, example{}) // ends what is shown
		}
	}
	return slices.DeleteFunc(list, func(e example) bool { return e.command == "" })
}

var (
	figure = regexp.MustCompile(`[0-9][0-9.]*(ms|s|m[0-9]+s)?`)
	spaces = regexp.MustCompile(` +`)
)

// normal is a line without what differs each time.
func normal(line string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(figure.ReplaceAllString(line, "N"), " "))
}

// runExample runs a command until it succeeds and prints what the page shows; one that changes something runs once.
func (c *cluster) runExample(dir string, e example) {
	c.t.Helper()
	once := strings.Contains(e.command, " retry ") || strings.Contains(e.command, " release ")
	plugin, err := filepath.Abs("kubectl-nile")
	if err != nil {
		c.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		cmd := exec.Command("sh", "-c", e.command)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "TEST_CLUSTER=" + c.dir, "TEST_PLUGIN=" + plugin, "NILE_STATE_DIR=" + dir}
		out, err := cmd.CombinedOutput()
		var got []string
		for line := range strings.SplitSeq(string(out), "\n") {
			got = append(got, normal(line))
		}
		missing := slices.DeleteFunc(slices.Clone(e.shown), func(line string) bool { return slices.Contains(got, normal(line)) })
		if err == nil && len(missing) == 0 {
			return
		}
		if once || time.Now().After(end) {
			c.t.Errorf("$ %s\n%s%v\nthe page shows also\n%s", e.command, out, err, strings.Join(missing, "\n"))
			return
		}
	}
}
