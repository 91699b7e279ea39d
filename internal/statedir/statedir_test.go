package statedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/statedir"
)

// opened opens a state directory and closes it again.
func opened(configured string) (string, error) {
	path, fd, err := statedir.Open(configured)
	if err == nil {
		err = syscall.Close(fd)
	}
	return path, err
}

func TestAConfiguredDirectoryIsMadeAndUsed(t *testing.T) {
	want := filepath.Join(t.TempDir(), "state")
	for range 2 { // it may be there already
		got, err := opened(want)
		if err != nil || got != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	info, err := os.Stat(want)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can look into it: %v, %v", info.Mode(), err)
	}
}

func TestWhatIsNoFitDirectoryIsRefusedWithItsReason(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{
		file:                          "it is no directory",
		link:                          "it is a symbolic link",
		filepath.Join(dir, "no", "x"): "no such file or directory",
		"/proc/nile":                  "no such file or directory",
	}
	if os.Getuid() == 0 {
		other := filepath.Join(dir, "other")
		if err := os.Mkdir(other, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(other, 65532, 65532); err != nil {
			t.Fatal(err)
		}
		refused[other] = "it belongs to user 65532"
		through := filepath.Join(other, "link")
		if err := errors.Join(os.Symlink(dir, through), os.Lchown(through, 65532, 65532)); err != nil {
			t.Fatal(err)
		}
		refused[filepath.Join(through, "x")] = "link in its path is a symbolic link of user 65532, which is not followed"
	}
	for directory, reason := range refused {
		if _, err := opened(directory); err == nil || !strings.Contains(err.Error(), directory+": "+reason) {
			t.Errorf("%s: %v, want %q", directory, err, reason)
		}
	}
}

func TestWithoutConfigurationThereIsOneSomewhere(t *testing.T) {
	directory, err := opened("")
	if err != nil {
		t.Skipf("this machine has no place for it: %v", err)
	}
	if info, err := os.Stat(directory); err != nil || !info.IsDir() {
		t.Errorf("%s: %v", directory, err)
	}
}

func TestAskingWhereMakesNothing(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "state")
	if got, err := statedir.Choose(want); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := os.Lstat(want); !os.IsNotExist(err) {
		t.Errorf("%s: %v", want, err)
	}
	if _, err := statedir.Choose(filepath.Join(dir, "no", "x")); err == nil {
		t.Error("a directory that could not be made is chosen")
	}
}
