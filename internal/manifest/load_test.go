package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-multierror"
)

// onePod is a pod with one container, to which lines can be added.
func onePod(spec, container string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + spec + "  containers:\n  - name: app\n    command: [app]\n" + container
}

// messages returns the errors of a manifest without their file and position.
func messages(t *testing.T, text string, opt Options) []string {
	t.Helper()
	_, err := Load("f", []byte(text), opt)
	var list []string
	for _, one := range Errors(err) {
		one.File, one.Line = "", 0
		list = append(list, strings.TrimPrefix(one.Error(), ": "))
	}
	return list
}

func TestErrorsCanBeTakenApart(t *testing.T) {
	_, err := Load("pod.yaml", []byte(onePod("", "    comand: [x]\n    workingDir: x\n")), Options{})
	var several *multierror.Error
	if !errors.As(err, &several) || several.Len() != 2 {
		t.Fatalf("%T with %v", err, err)
	}
	var first *Error
	if !errors.As(err, &first) {
		t.Fatal("no *Error inside")
	}
	want := Error{File: "pod.yaml", Line: 8, Column: 5, Path: "spec.containers[0]", Message: `unknown field "comand"`, Suggestion: "command"}
	if *first != want {
		t.Errorf("%+v, want %+v", *first, want)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 {
		t.Errorf("want one error a line, got %q", lines)
	}
	if Errors(nil) != nil {
		t.Error("no error has no parts")
	}
	if other := Errors(errors.New("x")); len(other) != 1 || other[0].Message != "x" {
		t.Errorf("an error from elsewhere: %v", other)
	}
}

func TestNameLookups(t *testing.T) {
	opt := Options{PasswdPath: "testdata/passwd", GroupPath: "testdata/group"}
	for user, want := range map[string]string{
		"tomcatt":      `spec.containers[0].nile.user: testdata/passwd has no user "tomcatt" (did you mean "tomcat"?)`,
		"tomcat:nogrp": `spec.containers[0].nile.user: testdata/group has no group "nogrp"`,
		// Its line is damaged: that is no typing error.
		"numbers": `spec.containers[0].nile.user: testdata/passwd has no user "numbers"`,
	} {
		if got := messages(t, onePod("", "    nile: {user: \""+user+"\"}\n"), opt); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", user, got, want)
		}
	}
	missing := Options{PasswdPath: "testdata/nope", GroupPath: "testdata/nope"}
	want := []string{`spec.containers[0].nile.user: cannot look up the user "tomcat" in testdata/nope: no such file or directory (write the number instead)`}
	if got := messages(t, onePod("", "    nile: {user: tomcat}\n"), missing); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	want = []string{`spec.containers[0].nile.user: cannot look up the group "adm" in testdata/nope: no such file or directory (write the number instead)`}
	if got := messages(t, onePod("", "    nile: {user: \"5:adm\"}\n"), missing); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	missing.CheckOnly = true
	if got := messages(t, onePod("", "    nile: {user: \"tomcat:adm\"}\n"), missing); got != nil {
		t.Errorf("a check of the manifest alone looked up a name: %q", got)
	}
}

func TestRunAsNonRoot(t *testing.T) {
	root, other := uint32(0), uint32(1000)
	const nonRoot = "  securityContext: {runAsNonRoot: true}\n"
	for _, test := range []struct {
		name, container string
		uid             *uint32
		want            string
	}{
		{"nile is not root", "", &other, ""},
		{"nile is root", "", &root, `the container "app" must not run as root, and nile itself does; set runAsUser`},
		{"another user", "    securityContext: {runAsUser: 5}\n", &root, ""},
		{"root by name", "    nile: {user: root}\n", &other, `the container "app" must not run as root, and its user is root`},
		{"another by name", "    nile: {user: tomcat}\n", &root, ""},
		{"the container says otherwise", "    securityContext: {runAsNonRoot: false}\n", &root, ""},
	} {
		got := messages(t, onePod(nonRoot, test.container), Options{UID: test.uid, PasswdPath: "testdata/passwd", GroupPath: "testdata/group"})
		if test.want == "" && got != nil || test.want != "" && (len(got) != 1 || !strings.HasSuffix(got[0], test.want)) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCommandThatExpandsToNothing(t *testing.T) {
	text := strings.Replace(onePod("", "    env: [{name: EMPTY}]\n"), "[app]", "[$(EMPTY)]", 1)
	want := []string{"spec.containers[0].command[0]: the name of the program is empty once its variables are put in"}
	if got := messages(t, text, Options{}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDefaultsAndExtremes(t *testing.T) {
	for _, test := range []struct {
		spec string
		want time.Duration
	}{
		{"", 30 * time.Second},
		{"  terminationGracePeriodSeconds:\n", 30 * time.Second},
		{"  terminationGracePeriodSeconds: 0\n", 0},
		{"  terminationGracePeriodSeconds: 1\n", time.Second}, // the minimum of 2 s is the supervisor's
		{"  terminationGracePeriodSeconds: 9223372036854775807\n", 1<<63 - 1},
	} {
		pod, err := Load("f", []byte(onePod(test.spec, "")), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if pod.Spec.Grace != test.want {
			t.Errorf("%q: %v, want %v", test.spec, pod.Spec.Grace, test.want)
		}
	}
	pod, err := Load("f", []byte(onePod("  nile: {backoff: {max: 5s}}\n", "")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := pod.Spec.Backoff; got.Initial != 5*time.Second || got.Max != 5*time.Second {
		t.Errorf("a max below the kubelet's first wait gives %+v", got)
	}
}

func TestEnvironmentOfNileIsTheImages(t *testing.T) {
	opt := Options{Environ: []string{"A=nile", "B=nile", "A=second", "=odd", "odd", "SECRET=s", "N=from-outside"}}
	text := onePod("", `    env:
    - {name: B, value: own}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}
    - {name: USES, value: "$(SECRET)$(A)"}
    - {name: N, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
`)
	pod, err := Load("f", []byte(text), opt)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A=nile", "B=own", "SECRET=s", "N=from-outside", "USES=s$(A)"}
	if got := pod.Spec.Main[0].Process.Env; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pod.yaml")
	write(t, file, "a: b\n")
	if text, err := Read(file, nil); err != nil || string(text) != "a: b\n" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := Read("-", strings.NewReader("c: d\n")); err != nil || string(text) != "c: d\n" {
		t.Errorf("stdin: %q, %v", text, err)
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "nope"): "cannot read the manifest: no such file or directory",
		dir:                        "cannot read the manifest: is a directory",
	} {
		if _, err := Read(name, nil); err == nil || err.Error() != name+": "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(file, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file, nil); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("without permission: %v", err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	text := []byte(fiveContainers)
	environ := make([]string, 40)
	for i := range environ {
		environ[i] = fmt.Sprintf("VARIABLE_%d=the value of a variable", i)
	}
	for b.Loop() {
		if _, err := Load("pod.yaml", text, Options{Environ: environ}); err != nil {
			b.Fatal(err)
		}
	}
}

const fiveContainers = `
apiVersion: v1
kind: Pod
metadata: {name: five, labels: {app: five}}
spec:
  terminationGracePeriodSeconds: 20
  securityContext: {runAsUser: 1000, fsGroup: 2000}
  volumes: [{name: data, emptyDir: {}}]
  initContainers:
  - {name: fetch, image: a, command: [fetch, /data], volumeMounts: [{name: data, mountPath: /data}]}
  - {name: proxy, image: a, command: [proxy], restartPolicy: Always, startupProbe: {httpGet: {port: 80}, periodSeconds: 1}}
  containers:
  - name: web
    image: web:1
    command: [web, --port, $(PORT)]
    env: [{name: PORT, value: "8080"}, {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
    ports: [{name: http, containerPort: 8080}]
    livenessProbe: {httpGet: {port: http, path: /live}}
    readinessProbe: {httpGet: {port: http, path: /ready}}
    resources: {limits: {memory: 1Gi}}
    nile: {rlimits: {nofile: 4096}, umask: "0027"}
  - {name: worker, image: web:1, command: [worker], env: [{name: QUEUE, value: q}], lifecycle: {preStop: {sleep: {seconds: 1}}}}
  - {name: logs, image: logs:1, command: [sh, -c, "exec ship-logs"], volumeMounts: [{name: data, mountPath: /data, readOnly: true}]}
`

// JSON writes characters beyond U+FFFF as two escapes, which YAML does not know.
func TestJSONEscapes(t *testing.T) {
	for text, want := range map[string]string{
		`\ud83d\ude00`:               "😀",
		`a\ud83d\ude00b\uD83D\uDE00`: "a😀b😀",
		`\\ud83d`:                    `\ud83d`,
		`\\\ud83d\ude00`:             `\😀`,
		`\u00e9\/\"`:                 `é/"`,
	} {
		pod, err := Load("f", []byte(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"x": "`+text+`"}},
			"spec": {"containers": [{"name": "a", "command": ["a"]}]}}`), Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := pod.Labels["x"]; got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
	if got := messages(t, `{"kind": "\ud83d"}`, Options{}); len(got) != 1 || !strings.Contains(got[0], "invalid Unicode") {
		t.Errorf("half a pair: %q", got)
	}
}

func TestLineEndsAndByteOrderMark(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(onePod("", "    comand: [x]\n"), "\n", "\r\n")
	_, err := Load("f", []byte(text), Options{})
	if want := `f:8:5: spec.containers[0]: unknown field "comand" (did you mean "command"?)`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestErrorsAreSafeToPrint(t *testing.T) {
	text := onePod("", "    \"a\\e[31mred\\nline\": 1\n    resources: {\"\\e[2J\": 1, \"\\e[2J\": 2}\n    env: [{name: A, value: 1}]\n    \"\\u202e\": {x: !y z}\n")
	for _, message := range messages(t, text, Options{}) {
		if strings.ContainsAny(message, "\x1b\n\u202e") {
			t.Errorf("%q", message)
		}
	}
}
