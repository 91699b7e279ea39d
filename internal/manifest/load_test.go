package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// Files that are made to hurt are refused soon and with little memory.
func TestHostileFiles(t *testing.T) {
	fill := func(head, repeat, tail string) string {
		return head + strings.Repeat(repeat, (MaxSize-len(head)-len(tail))/len(repeat)) + tail
	}
	spec := "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    command: [app]\n"
	for name, test := range map[string]struct{ text, want string }{
		"10 MB":              {strings.Repeat("# padding\n", 1<<20), "larger than 1048576 bytes"},
		"a million items":    {fill(spec+"    args: [", "1,", "1]\n"), "want a string, got the number 1"},
		"a list of nothing":  {fill(spec+"    args:\n", "    -\n", ""), "the list item is empty"},
		"unknown fields":     {unknownFields(80_000), `unknown field "k1"`},
		"the same key":       {fill(spec, "    x: 1\n", ""), "stands here a second time"},
		"open brackets":      {fill("", "[", ""), "nested more than 64 levels deep"},
		"open braces":        {fill("", "{a: ", ""), "nested more than 64 levels deep"},
		"dashes":             {fill("", "- ", "\n"), "nested more than 64 levels deep"},
		"question marks":     {fill("", "? ", "\n"), "nested more than 64 levels deep"},
		"one long line":      {fill(spec+"    workingDir: ", "x", "\n"), `want an absolute path, got "xxx`},
		"one long word":      {fill("", "x", ""), "want a manifest with"},
		"anchors":            {fill("", "- &a x\n", ""), "want a manifest with"},
		"aliases":            {fill(spec+"    env:\n    - &v {name: A}\n", "    - *v\n", ""), "aliases stand for more than 20000 values"},
		"many documents":     {fill("", "---\n- 1\n", ""), "want a manifest with"},
		"comments":           {fill("", "#\n", "a: 1\n"), `the field "kind" is missing`},
		"tags":               {fill("", "!a ", "x\n"), "not valid YAML"},
		"quotes":             {fill("", "''", ""), "want a manifest with"},
		"escapes":            {fill("a: \"", `\x41`, "\"\n"), `the field "kind" is missing`},
		"a long key":         {fill("", "k", ": 1\n"), `the field "kind" is missing`},
		"containers":         {fill(spec, "  - {name: app, command: [a]}\n", ""), "stands here a second time"},
		"values of one rule": {fill(spec+"    restartPolicy: Never\n    restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [", "7,", "7]}}]\n"), "want at most 255 exit codes"},
		"dependencies":       {fill(spec+"    nile:\n      dependsOn:\n", "      - {name: b}\n", ""), `the pod has no container "b"`},
		"mounts":             {fill(spec+"    volumeMounts:\n", "    - {name: b, mountPath: /b}\n", ""), `the pod has no volume "b"`},
		"ports":              {fill(spec+"    ports:\n", "    - {name: b, containerPort: 1}\n", ""), "stands here a second time"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Load("f", []byte(test.text), Options{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %.200s, want %s", fmt.Sprint(err), test.want)
			}
			if len(Errors(err)) > maxProblems+1 {
				t.Errorf("%d errors", len(Errors(err)))
			}
			if took > 30*time.Second { // a guard against quadratic work only
				t.Errorf("it took %v", took)
			}
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 2000 {
				t.Errorf("it took %d MiB", grown)
			}
			t.Logf("%v, %d MiB allocated", took, (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

func unknownFields(count int) string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n")
	for i := range count {
		fmt.Fprintf(&text, "  k%d: 1\n", i)
	}
	return text.String()
}

// FuzzLoad: Load never panics, and says either a pod or what is wrong.
func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"good", "bad"} {
		files, err := filepath.Glob(filepath.Join(examples, dir, "*.[yj]*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, opt := range []Options{{CheckOnly: true}, {Environ: []string{"A=1"}, PasswdPath: "testdata/passwd", GroupPath: "testdata/group"}} {
			pod, err := Load("f", text, opt)
			switch {
			case (pod == nil) == (err == nil):
				t.Fatalf("pod %v with error %v", pod, err)
			case err != nil:
				for _, one := range Errors(err) {
					if one.Message == "" || strings.ContainsAny(one.Error(), "\n\x00\x1b") || one.Line < 0 || one.Line > 0 && one.Column < 1 {
						t.Fatalf("%+v", one)
					}
				}
			case pod.Name == "" || len(pod.Spec.Main) == 0 || pod.Spec.Grace < 0:
				t.Fatalf("%+v", pod)
			case len(pod.Spec.Main[0].Process.Argv) == 0:
				t.Fatal("no command")
			}
		}
	})
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
