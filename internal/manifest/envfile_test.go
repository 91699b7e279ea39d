package manifest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEnvFileValue(t *testing.T) {
	const file = `# a comment = 'x'

  A='one'
B='two # no comment'   # a comment
MULTI='first
second'
A='again'
EMPTY=''
URL='http://x/?a=b&c="d"'`
	for key, want := range map[string]string{
		"A": "again", "B": "two # no comment", "MULTI": "first\nsecond", "EMPTY": "", "URL": `http://x/?a=b&c="d"`,
	} {
		got, found, err := EnvFileValue(file, key)
		if err != nil || !found || got != want {
			t.Errorf("%s is %q, %v, %v; want %q", key, got, found, err, want)
		}
	}
	if _, found, err := EnvFileValue(file, "NOPE"); found || err != nil {
		t.Errorf("a key that is not there: %v, %v", found, err)
	}
	if got, _, err := EnvFileValue("A='x'\r\nB='y'\r\n", "B"); got != "y" || err != nil {
		t.Errorf("a file with Windows line ends gives %q, %v", got, err)
	}
}

func TestEnvFileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"A=1":              `line 1: the value of A must stand in single quotes`,
		"A=\"x\"":          `line 1: the value of A must stand in single quotes`,
		"A='x'\nB='open":   `line 2: the value of B has no closing quote`,
		"A='x' B='y'":      `line 1: unexpected text behind the value of A`,
		"A='x'#y":          `line 1: unexpected text behind the value of A`,
		"A='x'\\''y'":      `line 1: unexpected text behind the value of A`,
		"\n\nexport A='x'": `line 3 is not of the form NAME='value'`,
		"A ='x'":           `line 1 is not of the form NAME='value'`,
		"just text":        `line 1 is not of the form NAME='value'`,
		"='x'":             `line 1 is not of the form NAME='value'`,
		"A='1\n2\n'\nB=3":  `line 4: the value of B must stand in single quotes`,
	} {
		if _, _, err := EnvFileValue(text, "Z"); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

const withEnvFile = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes: [{name: config, emptyDir: {}}]
  initContainers:
  - name: writer
    command: [write]
    volumeMounts: [{name: config, mountPath: DIR}]
  containers:
  - name: app
    command: [app, "$(COLOR)"]
    env:
    - {name: COLOR, valueFrom: {fileKeyRef: {volumeName: config, path: app.env, key: COLOR}}}
    - {name: SHADE, valueFrom: {fileKeyRef: {volumeName: config, path: app.env, key: SHADE, optional: true}}}
    - {name: BOTH, value: "$(COLOR)$(SHADE)"}
`

// An init container writes the file only after the manifest was read, so the
// variables are read again when the container starts.
func TestVariablesFromFileAreReadAtTheStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.env")
	pod, err := Load("pod.yaml", []byte(strings.ReplaceAll(withEnvFile, "DIR", dir)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(pod.Warnings) != 1 || !strings.Contains(pod.Warnings[0].Note, file+": no such file") {
		t.Errorf("warnings: %v", pod.Warnings)
	}
	if !pod.ReadsFiles("app") || pod.ReadsFiles("writer") {
		t.Error("app reads a file and writer does not")
	}
	if _, err := pod.Process("app"); err == nil || err.Error() != "cannot set COLOR from "+file+": no such file or directory" {
		t.Errorf("without the file: %v", err)
	}

	write(t, file, "OTHER='x'\n")
	if _, err := pod.Process("app"); err == nil || err.Error() != "cannot set COLOR from "+file+`: the file has no variable "COLOR"` {
		t.Errorf("without the key: %v", err)
	}
	write(t, file, "COLOR=blue\n")
	if _, err := pod.Process("app"); err == nil || !strings.Contains(err.Error(), "must stand in single quotes") {
		t.Errorf("with a bad line: %v", err)
	}
	write(t, file, strings.Repeat("#", 70_000))
	if _, err := pod.Process("app"); err == nil || !strings.Contains(err.Error(), "larger than 65536 bytes") {
		t.Errorf("with a large file: %v", err)
	}

	write(t, file, "COLOR='blue'\n")
	process, err := pod.Process("app")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"app", "blue"}; !slices.Equal(process.Argv, want) {
		t.Errorf("argv %q, want %q", process.Argv, want)
	}
	if want := []string{"COLOR=blue", "BOTH=blue$(SHADE)"}; !slices.Equal(process.Env, want) {
		t.Errorf("env %q, want %q", process.Env, want)
	}

	again, err := Load("pod.yaml", []byte(strings.ReplaceAll(withEnvFile, "DIR", dir)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"app", "blue"}; !slices.Equal(again.Spec.Main[0].Process.Argv, want) || len(again.Warnings) > 0 {
		t.Errorf("a file that is there already: argv %q, warnings %v", again.Spec.Main[0].Process.Argv, again.Warnings)
	}
}

func TestEnvFileThroughSubPath(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.env"), "COLOR='blue'\n")
	text := strings.ReplaceAll(withEnvFile, "mountPath: DIR", "mountPath: "+dir+", subPath: sub/")
	for path, want := range map[string]string{
		"sub/app.env":   "blue",
		"other/app.env": "$(COLOR)", // no mount leads there
	} {
		pod, err := Load("pod.yaml", []byte(strings.ReplaceAll(text, "path: app.env", "path: "+path)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := pod.Spec.Main[0].Process.Argv[1]; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
