package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/procs"
)

// sharedPod is a /proc of a pod whose containers share their processes: the pause
// container, nile's with two containers, and another one. Lines are PID PARENT CGROUP
// STATE NAME.
const sharedPod = `1 0 /../aaaa S pause
20 0 /../bbbb S postgres
21 20 /../bbbb S checkpointer
22 20 /../bbbb Z worker
30 0 / S nile
31 30 / S java
32 31 / S helper
33 30 / S tail
34 31 / S last`

func procOf(t *testing.T, lines string) string {
	t.Helper()
	root := t.TempDir()
	for line := range strings.Lines(lines) {
		var pid, parent int
		var cgroup, state, name string
		if _, err := fmt.Sscan(line, &pid, &parent, &cgroup, &state, &name); err != nil {
			t.Fatal(err)
		}
		// A container's id has 64 hexadecimal digits.
		if before, letters, ok := strings.Cut(cgroup, "/../"); ok {
			cgroup = before + "/../" + strings.Repeat(letters, 16)
		}
		dir := filepath.Join(root, fmt.Sprint(pid))
		must(t, os.Mkdir(dir, 0o755))
		for file, text := range map[string]string{
			"stat":    fmt.Sprintf("%d (%s) %s %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 256 0 0\n", pid, name, state, parent),
			"status":  "Uid:\t0\t70\t0\t0\n",
			"cmdline": name + "\x00-x\x00",
			"cgroup":  "0::" + cgroup + "\n",
		} {
			must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
		}
	}
	must(t, os.Symlink("30", root+"/self"))
	return root
}

func sharedScene(t *testing.T) *scene {
	t.Helper()
	table, err := procs.Read(procs.Options{Root: procOf(t, sharedPod), Passwd: "/dev/null"})
	must(t, err)
	status := &client.Status{Nile: client.NileStatus{PID: 30, Containers: []client.Container{{Name: "app", PID: 31}, {Name: "logs", PID: 33}, {Name: "done"}}}}
	return newScene(table, status)
}

// TestTreeOfASharedPod: each container is a tree of its own, nile's first.
func TestTreeOfASharedPod(t *testing.T) {
	var out bytes.Buffer
	must(t, sharedScene(t).draw(&out, false, boxLines))
	const want = `this container, with nile: 5 processes
PID  USER  MEM    STATE     COMMAND
30   70    1.0Mi  sleeping  nile -x
31   70    1.0Mi  sleeping  ├─ app: java -x
32   70    1.0Mi  sleeping  │  ├─ helper -x
34   70    1.0Mi  sleeping  │  └─ last -x
33   70    1.0Mi  sleeping  └─ logs: tail -x

container aaaaaaaaaaaa: 1 process
PID  USER  MEM    STATE     COMMAND
1    70    1.0Mi  sleeping  pause -x

container bbbbbbbbbbbb: 3 processes
PID  USER  MEM    STATE     COMMAND
20   70    1.0Mi  sleeping  postgres -x
21   70    1.0Mi  sleeping  ├─ checkpointer -x
22   70    -      zombie    └─ [worker] zombie, not reaped by its parent 20 pos…
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestListOfASharedPod(t *testing.T) {
	var out, told bytes.Buffer
	must(t, sharedScene(t).printList(&out, &told, &formatValue{text: formatTable}, false))
	for _, want := range []string{" sleeping  (aaaaaaaaaaaa)  pause -x\n", " sleeping  app             java -x\n", " app             last -x\n", "sleeping  -               nile -x\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not there: %q in\n%s", want, out.String())
		}
	}
	if want := "nile: 1 zombie is not reaped: 1 by 20 postgres\n"; told.String() != want {
		t.Errorf("told %q, want %q", told.String(), want)
	}
}

// TestTreeOfACircle: what is above itself is shown once.
func TestTreeOfACircle(t *testing.T) {
	table, err := procs.Read(procs.Options{Root: procOf(t, "5 6 / S a\n6 5 / S b\n7 7 / S c\n30 0 / S self"), Passwd: "/dev/null"})
	must(t, err)
	var out bytes.Buffer
	must(t, newScene(table, nil).draw(&out, false, asciiLines))
	for _, want := range []string{"  a -x\n", "`- b -x\n", "  c -x\n"} {
		if strings.Count(out.String(), want) != 1 {
			t.Errorf("not there once: %q in\n%s", want, out.String())
		}
	}
}

// TestDeepTree: a chain of hundreds of processes is drawn, and not far to the right.
func TestDeepTree(t *testing.T) {
	var lines strings.Builder
	for pid := 30; pid < 430; pid++ {
		fmt.Fprintf(&lines, "%d %d / S deep\n", pid, pid-1)
	}
	table, err := procs.Read(procs.Options{Root: procOf(t, lines.String()), Passwd: "/dev/null"})
	must(t, err)
	var out bytes.Buffer
	must(t, newScene(table, nil).draw(&out, true, asciiLines))
	if n := strings.Count(out.String(), "deep -x"); n != 400 {
		t.Errorf("%d processes of 400 are drawn", n)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 200 {
			t.Fatalf("a line has %d bytes: %q", len(line), line)
		}
	}
}

func TestLocales(t *testing.T) {
	for _, test := range []struct {
		variables map[string]string
		want      lines
	}{
		{nil, asciiLines},
		{map[string]string{"LANG": "C.UTF-8"}, boxLines},
		{map[string]string{"LANG": "de_DE.utf8"}, boxLines},
		{map[string]string{"LANG": "C.UTF-8", "LC_ALL": "C"}, asciiLines},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, boxLines},
	} {
		if got := linesOf(func(name string) string { return test.variables[name] }); got != test.want {
			t.Errorf("%v: %q", test.variables, got)
		}
	}
}

func TestUnitsOfProcesses(t *testing.T) {
	for bytes, want := range map[uint64]string{0: "0Ki", 4096: "4Ki", 999 << 10: "999Ki", 1000 << 10: "1.0Mi", 5 << 20: "5.0Mi", 123 << 20: "123Mi", 1023 << 20: "1.0Gi", 9 << 40: "9.0Ti"} {
		if got := memory(bytes); got != want {
			t.Errorf("%d bytes are %s, want %s", bytes, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0.0%", 0.0123: "1.2%", 1: "100.0%", 12.5: "1250%"} {
		if got := percent(share); got != want {
			t.Errorf("%v of a processor is %s, want %s", share, got, want)
		}
	}
}
