package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const plainPod = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: a
    command: [sh, -c, "echo x > /proc/1/fd/1"]
    lifecycle: {preStop: {exec: {command: [sh, -c, "echo y > /proc/1/fd/1"]}}}
  - {name: b, command: [/no/such/file]}
  - {name: c, command: [sh, -c, "exit 1"], terminationMessagePolicy: FallbackToLogsOnError}
`

// TestManifestIsChangedAsLittleAsPossible wants the changes of the package comment and no other.
func TestManifestIsChangedAsLittleAsPossible(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pod.yaml")
	if err := os.WriteFile(file, []byte(plainPod), 0o600); err != nil {
		t.Fatal(err)
	}
	exists := func(command string) bool { return command == "sh" }
	for _, c := range []struct {
		namespaces bool
		old, new   []string
	}{
		{false,
			[]string{"name: p}", `command: [sh, -c, "echo x`, "/proc/1/fd/1"},
			[]string{"name: p-kubetest}", `command: [/conformance/tools/container, a, sh, -c, "echo x`, "/conformance/output/a"}},
		{true,
			[]string{"name: p}", `command: [sh, -c, "echo x`, `command: [sh, -c, "echo y`, `command: [sh, -c, "exit 1"]`},
			[]string{"name: p-kubetest}", `command: [/conformance/tools/shim, a, sh, -c, "echo x`,
				`command: [/conformance/tools/enter, a, sh, -c, "echo y`, `command: [/conformance/tools/shim, c, sh, -c, "exit 1"]`}},
	} {
		m, err := readManifest(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.prepare(c.namespaces, exists)
		if err != nil {
			t.Fatal(err)
		}
		want := plainPod
		for i, old := range c.old {
			want = strings.ReplaceAll(want, old, c.new[i])
		}
		if canonical(t, string(got)) != canonical(t, want) {
			t.Errorf("with namespaces %v the manifest is\n%s, want\n%s", c.namespaces, got, want)
		}
		if !m.container("b").direct || m.container("a").direct || m.container("c").direct == c.namespaces {
			t.Errorf("with namespaces %v the wrong containers are left as they are: %+v", c.namespaces, m.containers)
		}
	}
}

// canonical is a YAML text without its notation.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	plain, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// TestMessageFilesAreSeparated wants a message file of its own for each container that has the default one, and a path
// that was chosen to be kept.
func TestMessageFilesAreSeparated(t *testing.T) {
	const pod = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  initContainers:
  - {name: a, command: [sh, -c, "echo x > /dev/termination-log"]}
  containers:
  - {name: b, command: [sh, -c, "exit 1"], terminationMessagePath: /dev/termination-log}
  - {name: c, command: [sh, -c, "cat /dev/termination-log"], terminationMessagePath: /tmp/c}
`
	const want = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  initContainers:
  - {name: a, command: [sh, -c, "echo x > /dev/termination-log-a"], terminationMessagePath: /dev/termination-log-a}
  containers:
  - {name: b, command: [sh, -c, "exit 1"], terminationMessagePath: /dev/termination-log-b}
  - {name: c, command: [sh, -c, "cat /dev/termination-log"], terminationMessagePath: /tmp/c}
`
	file := filepath.Join(t.TempDir(), "pod.yaml")
	if err := os.WriteFile(file, []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := readManifest(file)
	if err != nil {
		t.Fatal(err)
	}
	m.separateMessages()
	got, err := yaml.Marshal(m.root)
	if err != nil {
		t.Fatal(err)
	}
	if canonical(t, string(got)) != canonical(t, want) {
		t.Errorf("the manifest is\n%s, want\n%s", got, want)
	}
}
