//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// blocksOf are the manifests of a page of docs/how-to.
func blocksOf(t *testing.T, page string) (texts []string) {
	t.Helper()
	for _, block := range yamlBlock.FindAllStringSubmatch(read(t, filepath.Join("../docs/how-to", page+".md")), -1) {
		texts = append(texts, block[1])
	}
	if len(texts) == 0 {
		t.Fatalf("%s shows no manifest", page)
	}
	return texts
}

// TestRecipes makes the pods of the pages as a kubelet makes them, and types what the pages say.
func TestRecipes(t *testing.T) {
	images := recipeImages(t)
	for _, recipe := range []struct{ page, shown string }{
		{"any-image", "an init container installs nile in an emptyDir, the application starts by it"},
		{"native-sidecar", "a sidecar under nile, whose startup probe lets the next container start"},
		{"share-processes", "two niles below one pause"},
		{"read-only-root", "the restricted Pod Security level: read-only root, no capabilities, seccomp"},
		{"non-root", "a user that no image knows, and files of the pod's group"},
		{"distroless", "nile in an image without a shell"},
		{"hold-a-deployment", "Hold by `kubectl set env` in a Deployment of two pods: report, retry, release"},
	} {
		t.Run(recipe.page, func(t *testing.T) {
			shows(t, recipe.shown)
			runRecipe(t, recipe.page, images)
		})
	}
	t.Run("job", func(t *testing.T) {
		shows(t, "a Job whose container ends with its command's code")
		job := readManifest(t, blocksOf(t, "job")[0])
		k := &kubelet{t: t, images: images}
		if code := k.run("import", nil, job.Spec.Template.Spec).containers[0].wait(); code != 3 {
			t.Errorf("exit code %d, want 3", code)
		}
	})
	t.Run("kubectl-debug", func(t *testing.T) {
		shows(t, "a debug container of nile's image looks into another one")
		runDebugRecipe(t, images)
	})
}

// recipeImages are the images that the pages name: an application's has the machine's programs, or one program only.
func recipeImages(t *testing.T) map[string]podImage {
	t.Helper()
	needCRI(t)
	newImage(t).file("nile", nile).importAs("nile.test/nile:e2e", imageConfig{Entrypoint: []string{"/nile"}})
	machine := podImage{name: criImageName, mounts: machineMounts()}
	return map[string]podImage{
		"registry.example.com/nile":    {name: "nile.test/nile:e2e"},
		"registry.example.com/shop":    machine,
		"registry.example.com/shipper": machine,
		"registry.example.com/import":  machine,
	}
}

// distroless is an image with a single program, called sleep, and no shell.
func distroless(t *testing.T) podImage {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sleep")
	build := command("gcc", "-static", "-o", program, "-x", "c", "-")
	build.Stdin = strings.NewReader("#include <stdlib.h>\n#include <unistd.h>\nint main(int n, char **a) { return n < 2 ? 1 : (int)sleep(atoi(a[1])); }\n")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, output)
	}
	newImage(t).file("usr/bin/sleep", program).importAs("nile.test/distroless:e2e", imageConfig{Env: []string{"PATH=/usr/bin"}})
	return podImage{name: "nile.test/distroless:e2e"}
}

func runRecipe(t *testing.T, page string, images map[string]podImage) {
	t.Helper()
	c := newCluster(t)
	k := &kubelet{t: t, images: images}
	if page == "distroless" {
		k.images = map[string]podImage{"registry.example.com/nile": images["registry.example.com/nile"], "registry.example.com/shop": distroless(t)}
	}
	text := read(t, filepath.Join("../docs/how-to", page+".md"))
	if variable := regexp.MustCompile(`kubectl set env \S+ (\w+)=(\w+)\n`).FindStringSubmatch(text); variable != nil {
		k.env = map[string]string{variable[1]: variable[2]}
	}
	for _, block := range blocksOf(t, page) {
		m := readManifest(t, block)
		if m.Kind == "Pod" {
			k.run(m.Metadata.Name, map[string]string{"app": m.Metadata.Name}, &m.Spec)
			continue
		}
		for i := range max(1, m.Spec.Replicas) {
			k.run(fmt.Sprintf("%s-%d", m.Metadata.Name, i+1), m.Spec.Template.Metadata.Labels, readManifest(t, block).Spec.Template.Spec)
		}
		c.workload(m.Metadata.Name, block)
	}
	for _, one := range examples(text) {
		c.runExample(t, one)
	}
}

// runExample types a command of a page until it prints what the page shows; one that changes something, once.
func (c *cluster) runExample(t *testing.T, one example) {
	t.Helper()
	once := strings.Contains(one.command, " retry ") || strings.Contains(one.command, " release ")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		code, said := c.code(one.command)
		shown := withoutNumbers(strings.Split(said, "\n"))
		missing := slices.DeleteFunc(withoutNumbers(one.output), func(line string) bool {
			return slices.Contains(shown, line) || strings.HasPrefix(line, "kubectl ")
		})
		if code == 0 && len(missing) == 0 {
			return
		}
		if once || time.Now().After(end) {
			t.Errorf("$ %s\n%scode %d; the page shows also\n%s", one.command, said, code, strings.Join(missing, "\n"))
			return
		}
	}
}

// runDebugRecipe types the page's commands of nile in a container as `kubectl debug --target=app --profile=general` makes
// it.
func runDebugRecipe(t *testing.T, images map[string]podImage) {
	t.Helper()
	m := readManifest(t, blocksOf(t, "kubectl-debug")[0])
	k := &kubelet{t: t, images: images}
	pod := k.run("shop", nil, &m.Spec)
	app := pod.containers[0]
	namespaces := map[string]any{"network": namespaceOfNode, "pid": namespaceOfTarget, "target_id": app.id}
	debug := pod.create("debug", namespaces, map[string]any{
		"image":   map[string]any{"image": images["registry.example.com/nile"].name},
		"command": []string{"/nile", "toolbox"}, "stdin": true, "tty": true, "mounts": []any{},
		"linux": map[string]any{"security_context": map[string]any{"namespace_options": namespaces,
			"capabilities": map[string]any{"add_capabilities": []string{"SYS_PTRACE"}}}},
	})
	want := map[string]string{
		"/nile tree":                        `container ` + app.id[:12] + `: 2 processes\n(.*\n)+.*sleep 600`,
		"/nile toolbox ls -l /proc/1/root/": ` usr\n`,
		"/nile status --control @nile":      `sleep +main +Running`,
	}
	for line := range strings.Lines(read(t, "../docs/how-to/kubectl-debug.md")) {
		line = strings.TrimSpace(line)
		// TestDebugContainer has the socket that is a file.
		if pattern, known := want[line]; known {
			checkMatches(t, debug.exec(strings.Fields(line)...), pattern)
			delete(want, line)
		}
	}
	if len(want) > 0 {
		t.Errorf("the page does not say: %v", want)
	}
}
