package presets_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/presets"
)

func TestRuntimesAreRecognisedByTheirCommands(t *testing.T) {
	for _, test := range []struct {
		argv   []string
		want   presets.Runtime
		direct bool
	}{
		{[]string{"java", "-jar", "app.jar"}, presets.Java, true},
		{[]string{"/opt/jdk/bin/java", "Main"}, presets.Java, true},
		{[]string{"catalina.sh", "run"}, presets.Java, true},
		{[]string{"/app/app.jar"}, presets.Java, true},
		{[]string{"/usr/bin/env", "JAVA_HOME=/opt/jdk", "java", "Main"}, presets.Java, true},
		{[]string{"env", "-S", "java -Xmx1g Main"}, presets.Java, true},
		{[]string{"env", "-u", "HOME", "java", "Main"}, presets.Java, true},
		{[]string{"env", "-i", "java", "Main"}, presets.None, true},
		{[]string{"nice", "-n", "5", "java", "Main"}, presets.Java, true},
		{[]string{"gosu", "app", "java", "Main"}, presets.Java, true},
		{[]string{"tini", "-g", "--", "java", "Main"}, presets.Java, false},
		{[]string{"sh", "-c", "exec java $JAVA_OPTS -jar app.jar"}, presets.Java, true},
		{[]string{"sh", "-c", `exec "$JAVA_HOME"/bin/java -jar app.jar`}, presets.Java, true},
		{[]string{"bash", "-ec", "cd /app && exec java -jar app.jar"}, presets.Java, true},
		{[]string{"sh", "-c", "X=1 java -jar app.jar"}, presets.Java, false},
		{[]string{"sh", "-c", "java -jar app.jar | tee log"}, presets.None, true},
		{[]string{"sh", "-c", "java -jar app.jar & sleep 9"}, presets.None, true},
		{[]string{"sh", "-c", "java -version; echo done"}, presets.None, false},
		{[]string{"sh", "-c", "if true; then java A; fi"}, presets.None, true},
		{[]string{"sh", "-c", "exec 'java"}, presets.None, true},
		{[]string{"sh", "-c", ""}, presets.None, true},
		{[]string{"node", "server.js"}, presets.Node, true},
		{[]string{"npm", "start"}, presets.Node, true},
		{[]string{"python3.11", "app.py"}, presets.Python, true},
		{[]string{"python", "app.py"}, presets.Python, true},
		{[]string{"pythonize", "app.py"}, presets.None, true},
		{[]string{"dotnet", "app.dll"}, presets.Dotnet, true},
		{[]string{"/bin/sleep", "9"}, presets.None, true},
		{[]string{"no-such-program"}, presets.None, true},
		{[]string{""}, presets.None, true},
		{nil, presets.None, true},
	} {
		if got := presets.Recognise(test.argv, []string{"PATH=/usr/bin:/bin"}, ""); got != test.want {
			t.Errorf("%q is recognised as %s, want %s", test.argv, got, test.want)
		}
		if got := presets.Direct(test.argv); got != test.direct {
			t.Errorf("Direct(%q) is %v, want %v", test.argv, got, test.direct)
		}
	}
}

func TestScriptsAreRecognisedByTheirInterpreter(t *testing.T) {
	dir := t.TempDir()
	for head, want := range map[string]presets.Runtime{
		"#!/usr/bin/python3 -u\n":            presets.Python,
		"#! /usr/bin/env node\n":             presets.Node,
		"#!/usr/bin/env -S python3 -X dev\n": presets.Python,
		"#!/bin/sh\nexec java Main\n":        presets.None,
		"#!":                                 presets.None,
		"":                                   presets.None,
		"\x7fELF":                            presets.None,
	} {
		file := filepath.Join(dir, "program")
		if err := os.WriteFile(file, []byte(head), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, argv := range [][]string{{file}, {"./program"}, {"program"}} {
			if got := presets.Recognise(argv, []string{"PATH=/nowhere:" + dir}, dir); got != want {
				t.Errorf("%q that begins with %q is recognised as %s, want %s", argv, head, got, want)
			}
		}
	}
}

// A FIFO in the place of a program must not block nile.
func TestWhatIsNoFileIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := presets.Recognise([]string{"./program"}, nil, dir); got != presets.None {
		t.Errorf("a FIFO is recognised as %s", got)
	}
}

func TestProgramsMadeByGoAreRecognised(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "service")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("cannot build a program: %v\n%s", err, out)
	}
	if got := presets.Recognise([]string{program}, nil, ""); got != presets.Go {
		t.Errorf("a stripped Go program is recognised as %s", got)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(text); cut += len(text)/97 + 1 { // half a file is no reason to fail
		if err := os.WriteFile(program, text[:cut], 0o755); err != nil {
			t.Fatal(err)
		}
		_ = presets.Recognise([]string{program}, nil, "")
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("sh", "-c", "exec java -jar app.jar")
	f.Add("env", "-S", "'node")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		argv := []string{a, b, c}
		_ = presets.Recognise(argv, []string{"PATH=/nowhere"}, "/nowhere")
		_ = presets.Direct(argv)
	})
}
