package procs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// made describes a process of a made /proc.
type made struct {
	pid, parent, session int
	name                 string
	state                string
	uid                  int
	command              string // with NULs
	cgroup               string
	environ              string
	threads              []made
	user, start, pages   int
	flags                int
}

func (m made) stat(threads int) string {
	state := m.state
	if state == "" {
		state = "S"
	}
	return fmt.Sprintf("%d (%s) %s %d %d %d 0 -1 %d 0 0 0 0 %d 0 0 0 20 0 %d 0 %d 1000 %d 18446744073709551615 0 0\n",
		m.pid, m.name, state, m.parent, m.pid, m.session, m.flags, m.user, threads, m.start, m.pages)
}

// makeProc writes a /proc with some processes.
func makeProc(t testing.TB, processes ...made) string {
	t.Helper()
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range processes {
		dir := fmt.Sprint(m.pid)
		put(dir+"/stat", m.stat(1+len(m.threads)))
		put(dir+"/status", fmt.Sprintf("Name:\t%s\nUid:\t%d\t%d\t%d\t%[2]d\nCapEff:\t0\n", strings.ReplaceAll(m.name, "\n", `\n`), 7, m.uid, 7))
		put(dir+"/cmdline", m.command)
		put(dir+"/environ", m.environ)
		if m.cgroup != "" {
			put(dir+"/cgroup", m.cgroup)
		}
		for _, thread := range m.threads {
			put(fmt.Sprintf("%s/task/%d/stat", dir, thread.pid), thread.stat(1+len(m.threads)))
		}
	}
	put("uptime", "1000.00 0\n")
	if len(processes) > 0 {
		if err := os.Symlink(fmt.Sprint(processes[0].pid), root+"/self"); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func readMade(t *testing.T, options Options, processes ...made) *Table {
	t.Helper()
	options.Root = makeProc(t, processes...)
	table, err := Read(options)
	if err != nil {
		t.Fatal(err)
	}
	return table
}
