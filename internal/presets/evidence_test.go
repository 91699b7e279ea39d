package presets_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/presets"
)

func TestEvidenceHasADirectoryOfTheContainersUser(t *testing.T) {
	state := t.TempDir()
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}
	uid := -1
	if os.Getuid() == 0 {
		uid = 65532
	}
	for range 2 { // before each start
		directory, err := presets.EvidenceDirectory(state, "web", uid, uid)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(directory)
		if err != nil {
			t.Fatal(err)
		}
		if uid >= 0 && info.Sys().(*syscall.Stat_t).Uid != uint32(uid) {
			t.Errorf("%s does not belong to the container's user", directory)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has the mode %v: a heap dump is nobody else's business", directory, info.Mode())
		}
	}
	if info, err := os.Stat(state); err != nil || info.Mode().Perm()&0o044 != 0 || uid >= 0 && info.Mode().Perm()&1 == 0 {
		t.Errorf("the state directory has the mode %v, %v", info.Mode(), err)
	}
}

func TestAPlaceThatSomebodyElseHasPreparedIsNotUsed(t *testing.T) {
	state := t.TempDir()
	elsewhere := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "evidence"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(state, "evidence", "linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "evidence", "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linked", "file", "", "..", "a/b"} {
		if directory, err := presets.EvidenceDirectory(state, name, -1, -1); err == nil {
			t.Errorf("%q is %s", name, directory)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("giving a directory to another user needs root")
	}
	theirs := filepath.Join(state, "evidence", "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, 65533, 65533); err != nil {
		t.Fatal(err)
	}
	if _, err := presets.EvidenceDirectory(state, "theirs", 65532, 65532); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("the directory of another user: %v", err)
	}
}
