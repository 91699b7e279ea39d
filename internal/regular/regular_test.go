package regular

import (
	"errors"
	"os"
	"path/filepath"
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
