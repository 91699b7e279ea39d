package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// configMap makes a directory as the kubelet mounts a ConfigMap: links through ..data
// to a directory with the files.
func configMap(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "..2026", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func podWithEnvFrom(envFrom string) []byte {
	return fmt.Appendf(nil, `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: c
    command: [show, $(X_COLOUR)]
    env: [{name: SIZE, value: large}, {name: BOTH, value: $(X_COLOUR) and $(SIZE)}]
    nile: {envFrom: %s}
`, envFrom)
}

func TestAMountedConfigMapIsOneVariableAFile(t *testing.T) {
	dir := configMap(t, map[string]string{"COLOUR": "blue\n", "SIZE": "small", "TEXT": "two\nlines\n\n", "not=a name": "x"})
	if err := os.Mkdir(filepath.Join(dir, "directory"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "FIFO"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "more.env")
	if err := os.WriteFile(file, []byte("# more\nSHAPE='round'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := podWithEnvFrom(fmt.Sprintf("[{directory: %s, prefix: X_}, {directory: %[1]s}, {file: %s}, {file: /nowhere.env, optional: true}]", dir, file))
	pod, err := Load("p", text, Options{Environ: []string{"SIZE=medium"}})
	if err != nil {
		t.Fatal(err)
	}
	if !pod.ReadsFiles("c") {
		t.Fatal("the files are not read again before a start")
	}
	process, err := pod.Process("c")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"BOTH=blue and large", "COLOUR=blue", "SHAPE=round", "SIZE=large", "TEXT=two\nlines\n",
		"X_COLOUR=blue", "X_SIZE=small", "X_TEXT=two\nlines\n"}
	if got := slices.Sorted(slices.Values(process.Env)); !slices.Equal(got, want) {
		t.Errorf("the environment is %q, want %q", got, want)
	}
	if process.Argv[1] != "blue" {
		t.Errorf("the argument is %q", process.Argv[1])
	}
	// The kubelet swaps a changed ConfigMap in; the next start sees it.
	if err := os.WriteFile(filepath.Join(dir, "..2026", "COLOUR"), []byte("red"), 0o644); err != nil {
		t.Fatal(err)
	}
	if process, err = pod.Process("c"); err != nil || process.Argv[1] != "red" {
		t.Errorf("after a change the argument is %q, %v", process.Argv[1], err)
	}
}

func TestWhatIsWrongWithSourcesOfVariables(t *testing.T) {
	large := map[string]string{}
	for i := range 20 {
		large[fmt.Sprint("K", i)] = strings.Repeat("x", 60<<10)
	}
	bad := filepath.Join(t.TempDir(), "bad.env")
	if err := os.WriteFile(bad, []byte("A='1'\nB=2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for envFrom, want := range map[string]string{
		"[{directory: /nowhere}]":                                               "cannot take variables from /nowhere: no such file or directory",
		"[{directory: " + bad + "}]":                                            bad + ": not a directory",
		"[{file: " + bad + "}]":                                                 bad + ": line 2: the value of B must stand in single quotes",
		"[{directory: " + configMap(t, large) + "}]":                            "the files are larger than 1 MiB together",
		"[{directory: " + configMap(t, map[string]string{"A": "x\x00y"}) + "}]": "A: the value has a NUL byte",
		"[{directory: x}]":                                                      "want an absolute path",
		"[{prefix: x}]":                                                         "want one of directory or file",
		"[{directory: /x, file: /y}]":                                           "directory and file cannot both be set",
	} {
		pod, err := Load("p", podWithEnvFrom(envFrom), Options{})
		if err == nil {
			if len(pod.Warnings) != 1 || !strings.Contains(pod.Warnings[0].Note, want) {
				t.Errorf("%s: the warnings are %v, want %q", envFrom, pod.Warnings, want)
			}
			_, err = pod.Process("c")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", envFrom, err, want)
		}
	}
}
