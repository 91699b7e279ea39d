package presets_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/presets"
)

// These tests run the real runtimes, where the machine has them: what the table says
// they leave, they leave.

func TestJavaLeavesAHeapDumpAndEnds(t *testing.T) {
	class := javac(t, "Full", `import java.util.*;
public class Full { public static void main(String[] a) { List<byte[]> l = new ArrayList<>(); while (true) l.add(new byte[1 << 20]); } }`)
	evidence := t.TempDir()
	code, _ := run(t, presets.Java, evidence, "java", "-Xmx16m", "-cp", class, "Full")
	if code != 3 {
		t.Errorf("the JVM has ended with code %d, want 3 of -XX:+ExitOnOutOfMemoryError", code)
	}
	dump := only(t, evidence, "java_pid*.hprof")
	if !bytes.HasPrefix(dump, []byte("JAVA PROFILE")) {
		t.Errorf("the dump begins with %.20q", dump)
	}
}

func TestJavaLeavesItsErrorFile(t *testing.T) {
	class := javac(t, "Wild", `import java.lang.reflect.Field;
public class Wild { public static void main(String[] a) throws Exception {
  Field f = sun.misc.Unsafe.class.getDeclaredField("theUnsafe"); f.setAccessible(true);
  ((sun.misc.Unsafe) f.get(null)).putAddress(0, 0); } }`)
	evidence := t.TempDir()
	run(t, presets.Java, evidence, "java", "-Xmx16m", "-XX:-CreateCoredumpOnCrash", "-cp", class, "Wild")
	if text := only(t, evidence, "hs_err_pid*.log"); !bytes.Contains(text, []byte("SIGSEGV")) {
		t.Errorf("the error file is %.300q", text)
	}
}

// An options file reaches the JVM, quotes and all, and the command line goes before it.
func TestJavaReadsTheOptionsOfAFile(t *testing.T) {
	class := javac(t, "Show", `public class Show { public static void main(String[] a) {
  for (String name : new String[]{"one", "two", "three"}) System.out.println(name + "=" + System.getProperty(name)); } }`)
	options, err := presets.ParseOptions(presets.Java, "jvm.options", `
# as a user would write it
-Done="it's a day"
-Dtwo=file
'-Dthree="quoted"'
--add-opens java.base/java.lang=ALL-UNNAMED
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	argv := []string{"java", "-Dtwo=command", "-cp", class, "Show"}
	applied := presets.Apply(presets.Java, argv, os.Environ(), t.TempDir(), options)
	_, out := runWith(t, applied.Env, argv...)
	for _, want := range []string{"one=it's a day\n", "two=command\n", "three=\"quoted\"\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestNodeLeavesAReport(t *testing.T) {
	for name, program := range map[string]string{
		"Allocation failed": "const l = []; while (true) l.push(new Array(1e5).fill({}))",
		"out of cheese":     "throw new Error('out of cheese')",
	} {
		evidence := t.TempDir()
		run(t, presets.Node, evidence, "node", "--max-old-space-size=20", "-e", program)
		if report := only(t, evidence, "report.*.json"); !bytes.Contains(report, []byte(name)) {
			t.Errorf("the report says nothing of %q: %.600s", name, report)
		}
	}
}

func TestPythonPrintsWhereItWas(t *testing.T) {
	code, out := run(t, presets.Python, t.TempDir(), "python3", "-c",
		"import os, signal\nprint('last words')\ndef deep(): os.kill(os.getpid(), signal.SIGSEGV)\ndeep()")
	if code != -1 || !strings.Contains(out, "Segmentation fault") || !strings.Contains(out, "in deep") {
		t.Errorf("no traceback, code %d:\n%s", code, out)
	}
	if !strings.Contains(out, "last words") {
		t.Errorf("what was printed last is lost:\n%s", out)
	}
}

func TestPythonReadsTheOptionsOfAFile(t *testing.T) {
	options, err := presets.ParseOptions(presets.Python, "o", "-X dev\n-W error::UserWarning\n-OO", nil)
	if err != nil {
		t.Fatal(err)
	}
	argv := []string{"python3", "-c", "import sys; print(sys.flags.dev_mode, sys.flags.optimize, sys.warnoptions)"}
	_, out := runWith(t, presets.Apply(presets.None, argv, os.Environ(), "", options).Env, argv...)
	if want := "True 2 ['default', 'error::UserWarning']"; !strings.Contains(out, want) && !strings.Contains(out, "True 2 ['error::UserWarning']") {
		t.Errorf("got %s", out)
	}
}

func TestGoPrintsAllGoroutines(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte(`package main
import "time"
func bystander() { time.Sleep(time.Hour) }
func main() { go bystander(); time.Sleep(10 * time.Millisecond); panic("over") }
`), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "service")
	if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("cannot build a program: %v\n%s", err, out)
	}
	code, out := run(t, presets.Go, "", program)
	if code != 2 || !strings.Contains(out, "main.bystander") {
		t.Errorf("code %d, or another goroutine is not told of:\n%s", code, out)
	}
}

// javac compiles a class and returns the directory that it lies in.
func javac(t *testing.T, name, source string) string {
	t.Helper()
	for _, tool := range []string{"java", "javac"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this machine has no %s", tool)
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, name+".java")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("javac", "-nowarn", "-d", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("cannot compile: %v\n%s", err, out)
	}
	return dir
}

// run runs a command with the preset of its runtime.
func run(t *testing.T, runtime presets.Runtime, evidence string, argv ...string) (code int, output string) {
	t.Helper()
	env := os.Environ()
	if got := presets.Recognise(argv, env, ""); got != runtime && exists(argv[0]) && runtime != presets.Python {
		t.Errorf("%s is recognised as %s", argv[0], got)
	}
	return runWith(t, presets.Apply(runtime, argv, env, evidence, nil).Env, argv...)
}

func exists(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func runWith(t *testing.T, env []string, argv ...string) (code int, output string) {
	t.Helper()
	if !exists(argv[0]) {
		t.Skipf("this machine has no %s", argv[0])
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = env, t.TempDir()
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// only returns the text of the one file that a pattern matches.
func only(t *testing.T, dir, pattern string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		all, _ := filepath.Glob(filepath.Join(dir, "*"))
		t.Fatalf("want one file %s, got %q of %q, %v", pattern, files, all, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return text
}
