package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// workload is what the tests read of a Pod, or of an object with a template of pods.
type workload struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		Replicas int
		Selector any
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     map[string]any
		}
	}
	pod map[string]any // the Pod's spec, or that of its template
}

// container is what the tests read of a container.
type container struct {
	Name          string
	RestartPolicy string `json:"restartPolicy"`
	Command, Args []string
	Env           []struct{ Name, Value string }
}

// readWorkloads reads all objects of a YAML text.
func readWorkloads(t *testing.T, text string) (all []workload) {
	t.Helper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		var w workload
		var whole struct{ Spec map[string]any }
		if err := yaml.Unmarshal([]byte(document), &w); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if err := yaml.Unmarshal([]byte(document), &whole); err != nil {
			t.Fatal(err)
		}
		if w.pod = w.Spec.Template.Spec; w.Kind == "Pod" {
			w.pod = whole.Spec
		}
		all = append(all, w)
	}
	return all
}

// containers are those of a list of the pod's: containers or initContainers.
func (w *workload) containers(t *testing.T, list string) (found []container) {
	t.Helper()
	if err := json.Unmarshal([]byte(toJSON(t, w.pod[list])), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// writePod writes the pod as a manifest, in JSON, which is YAML too.
func (w *workload) writePod(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "pod.yaml")
	text := toJSON(t, map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": w.Metadata.Name}, "spec": w.pod})
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// validate has nile validate the pod.
func (w *workload) validate(t *testing.T) {
	t.Helper()
	if len(w.containers(t, "containers")) == 0 {
		t.Errorf("%s %s has no containers", w.Kind, w.Metadata.Name)
	}
	if out, err := exec.Command(filepath.Join(bin, "nile"), "validate", w.writePod(t, t.TempDir())).CombinedOutput(); err != nil {
		t.Errorf("nile refuses the pod of %s %s: %v\n%s", w.Kind, w.Metadata.Name, err, out)
	}
}

// TestKustomizeExampleRuns runs the pods that the component makes of the example's Deployments: the init container
// installs nile, and the main container starts by what was installed.
func TestKustomizeExampleRuns(t *testing.T) {
	text, err := os.ReadFile("kustomize/example/built.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		code    int
		printed string
	}{"shop": {0, "the shop is open, welcome"}, "cart": {3, ""}}
	for _, w := range readWorkloads(t, string(text)) {
		w.validate(t)
		dir := t.TempDir()
		w.pod["restartPolicy"] = "Never" // to see the end
		path := w.writePod(t, dir)
		pod, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// As the image and the volume have it.
		moved := strings.NewReplacer(`"/nile"`, `"`+bin+`/nile"`, `/opt/nile`, dir).Replace(string(pod))
		if err := os.WriteFile(path, []byte(moved), 0o644); err != nil {
			t.Fatal(err)
		}
		run := exec.Command(filepath.Join(bin, "nile"), "run", "--log-level=off", "--control=off", path)
		out, _ := run.CombinedOutput()
		expected, known := want[w.Metadata.Name]
		if !known || run.ProcessState.ExitCode() != expected.code || !strings.Contains(string(out), expected.printed) {
			t.Errorf("pod %s ended with code %d, want %+v:\n%s", w.Metadata.Name, run.ProcessState.ExitCode(), expected, out)
		}
		delete(want, w.Metadata.Name)
	}
	if len(want) > 0 {
		t.Errorf("not built: %v", want)
	}
}
