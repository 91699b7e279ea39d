package output

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAFileIsSetAsideAndTheOldestGoes(t *testing.T) {
	c := Config{File: filepath.Join(t.TempDir(), "app.log"), MaxSize: 100, MaxFiles: 3}
	if err := os.WriteFile(c.File, []byte("from an earlier life\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, Options{})
	for i := range 20 {
		h.feed("app", i, c, fmt.Appendf(nil, "line %d of a file that is small\n", i)) // 31 or 32 bytes
	}
	h.finish()
	for name, want := range map[string]string{
		"app.log":   "line 17 of a file that is small\nline 18 of a file that is small\nline 19 of a file that is small\n",
		"app.log.1": "line 14 of a file that is small\nline 15 of a file that is small\nline 16 of a file that is small\n",
		"app.log.2": "line 11 of a file that is small\nline 12 of a file that is small\nline 13 of a file that is small\n",
	} {
		got, err := os.ReadFile(filepath.Join(filepath.Dir(c.File), name))
		if err != nil || string(got) != want {
			t.Errorf("%s has %q, %v; want %q", name, got, err, want)
		}
	}
	checkNames(t, filepath.Dir(c.File), "app.log", "app.log.1", "app.log.2")
	if said := h.said(); len(said) > 0 {
		t.Errorf("it was said %q", said)
	}
}

func checkNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, want) {
		t.Errorf("the directory has %v, want %v", names, want)
	}
}

func TestASingleFileBeginsAnew(t *testing.T) {
	c := Config{Mode: Prefix, File: filepath.Join(t.TempDir(), "app.log"), MaxSize: 20, MaxFiles: 1}
	h := newHost(t, Options{})
	h.feed("app", 1, c, []byte("one\ntwo\nthree\nfour\n"))
	h.finish()
	if got, _ := os.ReadFile(c.File); string(got) != "app | three\n" && string(got) != "app | four\n" {
		t.Errorf("the file has %q", got)
	}
	checkNames(t, filepath.Dir(c.File), "app.log")
}

func TestALineLargerThanAFile(t *testing.T) {
	c := Config{File: filepath.Join(t.TempDir(), "app.log"), MaxSize: 10, MaxFiles: 5}
	text := "a\n" + strings.Repeat("x", 50) + "\nb\n"
	h := newHost(t, Options{})
	h.feed("app", 1, c, []byte(text))
	h.finish()
	if got := joinFiles(t, c); got != text {
		t.Errorf("the files have %q", got)
	}
	checkNames(t, filepath.Dir(c.File), "app.log", "app.log.1", "app.log.2")
}

func TestContainersShareAFile(t *testing.T) {
	c := Config{Mode: Prefix, File: filepath.Join(t.TempDir(), "pod.log")}
	h := newHost(t, Options{})
	a, b := h.start("a", 1, c, "alternate 3000"), h.start("b", 1, c, "alternate 3000")
	a.wait()
	b.wait()
	h.finish()
	got, err := os.ReadFile(c.File)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		var lines []string
		for line := range strings.Lines(string(got)) {
			if strings.HasPrefix(line, name+" | ") {
				lines = append(lines, line)
			}
		}
		for i, line := range lines {
			if line != fmt.Sprintf("%s | line %d\n", name, i) {
				t.Fatalf("line %d of %s is %q", i, name, line)
			}
		}
		if len(lines) != 3000 {
			t.Errorf("%s has %d lines", name, len(lines))
		}
	}
}

// Whoever may write to the directory of a log must not lead nile, which may be
// root, to write elsewhere, or to wait.
func TestNothingButARegularFileIsWritten(t *testing.T) {
	for name, test := range map[string]struct {
		make func(path, victim string) error
		want string
	}{
		"symbolic link": {func(path, victim string) error { return os.Symlink(victim, path) }, "it is a symbolic link, which is not followed: name the file itself"},
		"dangling link": {func(path, victim string) error { return os.Symlink(victim+".new", path) }, "it is a symbolic link, which is not followed: name the file itself"},
		"hard link":     {func(path, victim string) error { return os.Link(victim, path) }, "it has a second name (hard link), and could be anybody's: remove it"},
		"FIFO":          {func(path, _ string) error { return unix.Mkfifo(path, 0o600) }, "no such device or address"},
		"directory":     {func(path, _ string) error { return os.Mkdir(path, 0o700) }, "is a directory"},
		"no directory":  {func(path, _ string) error { return os.Remove(filepath.Dir(path)) }, "cannot open its directory: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			victim := filepath.Join(t.TempDir(), "victim")
			if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			c := Config{Mode: Prefix, File: filepath.Join(t.TempDir(), "app.log")}
			if err := test.make(c.File, victim); err != nil {
				t.Fatal(err)
			}
			h := newHost(t, Options{})
			p := h.start("app", 1, c, "lines 5000")
			if d := p.wait(); !strings.HasSuffix(string(d.LogTail), "line 4999\n") {
				t.Errorf("the log ends with %q", d.LogTail)
			}
			h.finish()
			want := "cannot write output to " + c.File + ": " + test.want + ": it is dropped until that works"
			if said := h.said(); len(said) != 1 || said[0] != want {
				t.Errorf("it was said %q, want once %q", said, want)
			}
			if got, _ := os.ReadFile(victim); string(got) != "precious" {
				t.Errorf("the victim has %q", got)
			}
			if _, err := os.Lstat(victim + ".new"); err == nil {
				t.Error("a file was made by way of a link")
			}
		})
	}
}

// The attack in the moment of setting aside.
func TestALinkInPlaceOfTheNextFile(t *testing.T) {
	dir := t.TempDir()
	f := newFile(&Config{File: filepath.Join(dir, "app.log"), MaxSize: 10, MaxFiles: 2})
	defer f.close()
	if _, err := f.write([]byte("one line\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+".moved"); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, dir); err != nil {
		t.Fatal(err)
	}
	if lost, err := f.write([]byte("two\nthree\n")); lost != 0 || err != nil {
		t.Fatal(lost, err)
	}
	checkNames(t, elsewhere)
	checkNames(t, dir+".moved", "app.log", "app.log.1")
}

func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot make a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{File: filepath.Join(dir, "app.log")}
	h := newHost(t, Options{})
	h.run("app", 1, c, "lines 20000")
	full := "cannot write output to " + c.File + ": no space left on device: it is dropped until that works"
	until(t, "the failure of all the rest", func() (rest bool) {
		h.ask(func() { rest = h.files[c.File].queued() == 0 })
		return rest && len(h.said()) > 0
	})
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	h.run("app", 2, c, `out there is room again\n`)
	h.finish()
	got, err := os.ReadFile(c.File)
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for line := range bytes.Lines(got) {
		if string(line) == "there is room again\n" {
			continue
		}
		var number int
		if n, _ := fmt.Sscanf(string(line), "line %d\n", &number); n != 1 || number <= last || string(line) != fmt.Sprintf("line %d\n", number) {
			t.Fatalf("after line %d comes %q", last, line)
		}
		last = number
	}
	if !bytes.HasSuffix(got, []byte("there is room again\n")) {
		t.Errorf("the file ends with %q", got[max(0, len(got)-40):])
	}
	said := h.said()
	if len(said) != 2 || said[0] != full || !strings.HasPrefix(said[1], c.File+" can be written again: ") {
		t.Errorf("it was said %q", said)
	}
}

// A file that cannot be set aside neither grows for ever nor is tried at each line.
func TestAFileThatCannotBeSetAside(t *testing.T) {
	dir := t.TempDir()
	f := newFile(&Config{File: filepath.Join(dir, "app.log"), MaxSize: 10, MaxFiles: 2})
	defer f.close()
	if err := os.MkdirAll(filepath.Join(dir, "app.log.1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	lost, err := f.write([]byte("one line\ntwo\n"))
	if err == nil || !strings.Contains(err.Error(), "cannot rename app.log to app.log.1: ") || lost != len("two\n") {
		t.Errorf("lost %d bytes: %v", lost, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "app.log.1")); err != nil {
		t.Fatal(err)
	}
	if _, again := f.write([]byte("three\n")); again == nil {
		t.Error("tried again at once")
	}
	f.retry = time.Time{}
	if _, err := f.write([]byte("four\n")); err != nil {
		t.Error(err)
	}
	checkNames(t, dir, "app.log", "app.log.1")
}

func TestBadConfigurations(t *testing.T) {
	h := newHost(t, Options{})
	for want, c := range map[string]Config{
		`unknown output mode "xml": use inherit, prefix or json`: {Mode: "xml"},
		"cannot write output to app.log: it is no absolute path": {Mode: JSON, File: "app.log"},
	} {
		files, err := h.Open("app", 1, c)
		if err == nil || err.Error() != want {
			t.Errorf("%+v: %v", c, err)
		}
		if files.Stdout != h.options.Stdout || files.Stderr != h.options.Stderr {
			t.Errorf("%+v: the run can't be started all the same: %+v", c, files)
		}
	}
}
