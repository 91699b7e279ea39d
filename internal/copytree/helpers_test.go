package copytree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// copierVariable makes the test program copy its arguments and exit: that is how
// tests run a copy in a root directory of its own, or as another user.
const copierVariable = "COPYTREE_TEST_COPIER"

func TestMain(m *testing.M) {
	if os.Getenv(copierVariable) == "" {
		os.Exit(m.Run())
	}
	last := len(os.Args) - 1
	if _, err := Copy(context.Background(), os.Args[1:last], os.Args[last], Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// aTime has nanoseconds that a copy in microseconds would lose.
var aTime = time.Date(2001, 2, 3, 4, 5, 6, 123456789, time.UTC)

// mustCopy copies without an error, or ends the test.
func mustCopy(t *testing.T, destination string, sources ...string) Result {
	t.Helper()
	result, err := Copy(t.Context(), sources, destination, Options{})
	if err != nil {
		t.Fatalf("Copy(%q, %q): %v", sources, destination, err)
	}
	return result
}

func write(t testing.TB, path, contents string, mode os.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(contents), 0o600))
	must(t, os.Chmod(path, mode))
	must(t, os.Chtimes(path, aTime, aTime))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contentsOf(t *testing.T, path string) string {
	t.Helper()
	contents, err := os.ReadFile(path)
	must(t, err)
	return string(contents)
}

func lstat(t testing.TB, path string) unix.Stat_t {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		t.Fatalf("lstat %s: %v", path, err)
	}
	return stat
}

// describe lists a tree, one line for each file with all that a copy keeps: two
// trees are the same if their descriptions are.
func describe(t testing.TB, root string) string {
	t.Helper()
	var lines strings.Builder
	names := map[inode]string{}
	must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		stat := lstat(t, path)
		fmt.Fprintf(&lines, "%s mode=%o owner=%d:%d mtime=%d.%09d", name, stat.Mode, stat.Uid, stat.Gid, stat.Mtim.Sec, stat.Mtim.Nsec)
		switch stat.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			if first, known := names[inodeOf(&stat)]; known {
				fmt.Fprintf(&lines, " same as %s", first)
			}
			names[inodeOf(&stat)] = name
			contents, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&lines, " %d bytes %x", len(contents), sha256.Sum256(contents))
		case unix.S_IFLNK:
			text, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&lines, " -> %q", text)
		case unix.S_IFCHR, unix.S_IFBLK:
			fmt.Fprintf(&lines, " device %x", stat.Rdev)
		}
		lines.WriteByte('\n')
		return nil
	}))
	return lines.String()
}

// noTemporaryNames fails the test if a copy left one of its own names behind.
func noTemporaryNames(t testing.TB, root string) {
	t.Helper()
	must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), ".nile-") {
			t.Errorf("a temporary name is left: %s", path)
		}
		return err
	}))
}

// wantError checks that an error says all of the given things.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q:\n%v", part, err)
		}
	}
}

func needRoot(t *testing.T, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: " + why)
	}
}

// wantErrno checks the errno that a caller can ask for with errors.Is.
func wantErrno(t *testing.T, err error, want unix.Errno) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is not %v: %v", want, err)
	}
}
