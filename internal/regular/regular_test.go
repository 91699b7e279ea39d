package regular

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(at("fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(10*time.Second, func() { panic("a FIFO blocks the opening") })
	defer late.Stop()
	for _, test := range []struct {
		name  string
		flags int
		ok    bool
	}{
		{"file", unix.O_RDONLY, true}, {"file", unix.O_WRONLY, true},
		{"link", unix.O_RDONLY, true}, {"link", unix.O_WRONLY, false},
		{"fifo", unix.O_RDONLY, false}, {"fifo", unix.O_WRONLY, false}, {"fifo", unix.O_RDWR, false},
		{".", unix.O_RDONLY, false}, {"missing", unix.O_RDONLY, false}, {"missing", unix.O_WRONLY, false},
		{"new", unix.O_WRONLY | unix.O_CREAT, true},
	} {
		file, err := Open(at(test.name), test.flags, 0o644)
		if (err == nil) != test.ok {
			t.Errorf("%s with %#x: %v", test.name, test.flags, err)
		}
		if err == nil {
			file.Close()
		}
	}
	if _, err := Open(at("fifo"), unix.O_RDONLY, 0); !errors.Is(err, ErrNotRegular) {
		t.Errorf("the error of a FIFO is %v", err)
	}
}

// Who may write to the place of a file has nile write to no other, and clear none.
func TestWhatOthersHavePutThereIsNotWrittenTo(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(at("precious"), 0o755), os.WriteFile(at("precious/file"), []byte("kept"), 0o644),
		os.Link(at("precious/file"), at("second")), os.Mkdir(at("theirs"), 0o755), os.Symlink(at("precious"), at("theirs/link")),
		os.Symlink("theirs/../precious", at("own")), os.Symlink("loop", at("loop")))
	for _, name := range []string{"second", "precious/file"} {
		if _, err := Open(at(name), unix.O_WRONLY|unix.O_TRUNC, 0); !errors.Is(err, ErrLinked) {
			t.Errorf("%s, a file with two names: %v", name, err)
		}
	}
	if text, _ := os.ReadFile(at("precious/file")); string(text) != "kept" {
		t.Errorf("what has a second name has become %q", text)
	}
	must(os.Remove(at("second")))
	for name, ok := range map[string]bool{"own/file": true, "precious/file": true, "./theirs//link/file": true, "loop/file": false, "own/file/x": false} {
		file, err := Open(dir+"/"+name, unix.O_WRONLY, 0)
		if (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
	}
	if os.Getuid() != 0 {
		t.Log("a link of another user takes root to make")
		return
	}
	must(os.Lchown(at("theirs/link"), 1234, 1234), os.Chown(at("theirs"), 1234, 1234))
	_, err := Open(at("theirs/link/file"), unix.O_WRONLY|unix.O_TRUNC|unix.O_CREAT, 0o600)
	if err == nil || !strings.Contains(err.Error(), "link in its path is a symbolic link of user 1234") {
		t.Errorf("through another user's link: %v", err)
	}
	if file, err := Open(at("theirs/link/file"), unix.O_RDONLY, 0); err != nil {
		t.Errorf("for reading it is followed: %v", err)
	} else {
		file.Close()
	}
}

// What is in the place of a file that is replaced stays as it is, a second name of it too.
func TestReplaceWritesToNothingThatIsThere(t *testing.T) {
	dir := t.TempDir()
	precious, at := filepath.Join(dir, "precious"), filepath.Join(dir, "at")
	for what, put := range map[string]func() error{
		"nothing":       func() error { return nil },
		"a link":        func() error { return os.Symlink(precious, at) },
		"a second name": func() error { return os.Link(precious, at) },
		"a FIFO":        func() error { return unix.Mkfifo(at, 0o666) },
	} {
		_ = os.Remove(at)
		if err := errors.Join(os.WriteFile(precious, []byte("kept"), 0o600), put(), Replace(at, []byte("new"), 0o640)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		info, err := os.Lstat(at)
		if err != nil || info.Mode() != 0o640 {
			t.Errorf("%s has become %v, %v", what, info, err)
		}
		old, _ := os.ReadFile(precious)
		if text, _ := os.ReadFile(at); string(text) != "new" || string(old) != "kept" {
			t.Errorf("%s has become %q, and what is precious %q", what, text, old)
		}
	}
	if err := errors.Join(os.Remove(at), os.Mkdir(at, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := Replace(at, []byte("new"), 0o644); err == nil || !strings.Contains(err.Error(), "cannot replace "+at) {
		t.Errorf("a directory: %v", err)
	}
	if left, _ := filepath.Glob(dir + "/.nile-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
