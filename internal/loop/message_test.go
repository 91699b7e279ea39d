package loop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMessageIsTheEndOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "termination-log")
	clearMessage(path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o666 {
		t.Fatalf("the file for a new run is %v, %v; want one that everybody may write", info, err)
	}
	for text, want := range map[string]string{
		"":                          "",
		"why it died\n":             "why it died\n",
		strings.Repeat("x", 6000):   strings.Repeat("x", maxMessage),
		strings.Repeat("é", 3000):   strings.Repeat("é", maxMessage/2),
		strings.Repeat("a", 4096):   strings.Repeat("a", 4096),
		"\x00binary\xff\xfe\x1b[1m": "\x00binary\xff\xfe\x1b[1m",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := readMessage(path); got != want {
			t.Errorf("of %d bytes %d were read, want %d", len(text), len(got), len(want))
		}
	}
	clearMessage(path)
	if got := readMessage(path); got != "" {
		t.Errorf("after clearing the message is %q", got)
	}
}

// What stands in the place of the file may be anybody's work.
func TestMessageFileIsARegularFileOnly(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("keep me"), 0o644); err != nil {
		t.Fatal(err)
	}
	link, fifo, directory := filepath.Join(dir, "link"), filepath.Join(dir, "fifo"), filepath.Join(dir, "directory")
	if err := os.Symlink(precious, link); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range []string{link, fifo, directory, filepath.Join(dir, "no", "such"), ""} {
			clearMessage(path)
			if got := readMessage(path); got != "" {
				t.Errorf("%s: read %q", path, got)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a FIFO in place of the message file blocks nile")
	}
	if text, _ := os.ReadFile(precious); string(text) != "keep me" {
		t.Errorf("through a symbolic link the file became %q", text)
	}
}
