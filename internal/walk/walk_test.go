package walk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/walk"
)

// a tree of directories, files and links: "dir/", "file", "link -> target", each with what
// os.Chown and os.Chmod make of it.
type entry struct {
	what  string
	owner int // -1: the own user
	mode  fs.FileMode
}

func plant(t *testing.T, entries ...entry) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, e := range entries {
		name, target, isLink := strings.Cut(e.what, " -> ")
		at := filepath.Join(root, name)
		var err error
		switch {
		case isLink:
			err = os.Symlink(strings.ReplaceAll(target, "ROOT", root), at)
		case strings.HasSuffix(name, "/"):
			err = errors.Join(os.Mkdir(at, 0o755), os.Chmod(at, e.mode))
		default:
			err = os.WriteFile(at, nil, 0o644)
		}
		if err == nil && e.owner >= 0 {
			err = os.Lchown(at, e.owner, -1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// leads tells where a descriptor leads; it closes it.
func leads(t *testing.T, fd int) unix.Stat_t {
	t.Helper()
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	return info
}

func TestDirectoriesAreFoundAsTheKernelFindsThem(t *testing.T) {
	root := plant(t, entry{"a/", -1, 0o755}, entry{"a/b/", -1, 0o755}, entry{"file", -1, 0}, entry{"a/relative -> ../a/b", -1, 0},
		entry{"absolute -> ROOT/a", -1, 0}, entry{"chain -> absolute/relative", -1, 0}, entry{"loop -> loop", -1, 0}, entry{"nowhere -> none", -1, 0},
		entry{"tofile -> file", -1, 0}, entry{"slashed -> a//b/", -1, 0})
	t.Chdir(root)
	for _, path := range []string{
		"a", "a/b", "./a/./b", "a/../a//b/", "absolute/b", "chain", "a/relative/..", "slashed", "chain/../relative", ".", "..", "/", "//", "/..", root + "//a",
		"", "none", "a/none/b", "file", "file/x", "tofile", "tofile/.", "loop", "loop/x", "nowhere", strings.Repeat("x", 300), "a\x00b",
	} {
		var want unix.Stat_t
		wanted := unix.Stat(path+"/", &want)
		if path == "" {
			wanted = unix.ENOENT
		}
		fd, err := walk.Open(path)
		if wanted != nil {
			if !errors.Is(err, wanted) {
				t.Errorf("%q: %v, want %v", path, err, wanted)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", path, err)
		} else if got := leads(t, fd); got.Dev != want.Dev || got.Ino != want.Ino {
			t.Errorf("%q leads elsewhere", path)
		}
	}
}

func TestMissingDirectoriesAreMade(t *testing.T) {
	root := plant(t, entry{"real/", -1, 0o755}, entry{"link -> real", -1, 0}, entry{"file", -1, 0})
	for range 2 { // they may be there
		fd, err := walk.Make(root+"/link/x//y/", 0o700)
		if err != nil {
			t.Fatal(err)
		}
		if info := leads(t, fd); info.Mode&0o777 != 0o700 {
			t.Errorf("its mode is %o", info.Mode)
		}
	}
	if _, err := os.Stat(root + "/real/x/y"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{root + "/file/x", ""} {
		if _, err := walk.Make(path, 0o700); err == nil {
			t.Errorf("%q is made", path)
		}
	}
}

func TestTheLastElementIsSplitOff(t *testing.T) {
	for path, want := range map[string][2]string{
		"/a/b": {"/a/", "b"}, "/a": {"/", "a"}, "a": {".", "a"}, "a/b/": {"a/", "b"}, "/": {"/", "."}, "//": {"/", "."}, "": {".", ""}, "a//b": {"a//", "b"},
	} {
		if dir, name := walk.Split(path); dir != want[0] || name != want[1] {
			t.Errorf("%q is %q and %q, want %q", path, dir, name, want)
		}
	}
}

// A link counts for what its owner could do, and where he could have put it.
func TestLinksThatOthersCanHavePutThereAreNotFollowed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a link of another user takes root to make")
	}
	const other = 1234
	for _, test := range []struct {
		name     string
		dir      entry
		owner    int // of the link
		followed bool
	}{
		{"root's in root's", entry{"dir/", 0, 0o755}, 0, true},
		{"root's in /tmp", entry{"dir/", 0, 0o777 | fs.ModeSticky}, 0, true},
		{"root's in another user's", entry{"dir/", other, 0o755}, 0, true}, // as the kubelet's in a volume of an fsGroup
		{"another's in root's", entry{"dir/", 0, 0o755}, other, true},
		{"another's in his own", entry{"dir/", other, 0o755}, other, false},
		{"another's in /tmp", entry{"dir/", 0, 0o777 | fs.ModeSticky}, other, false},
		{"another's where a group may write", entry{"dir/", 0, 0o775}, other, false},
		{"another's in a third one's", entry{"dir/", other + 1, 0o700}, other, false},
	} {
		root := plant(t, entry{"precious/", 0, 0o755}, test.dir, entry{"dir/link -> ../precious", test.owner, 0})
		for path, make := range map[string]bool{"dir/link": false, "dir/link/.": false, "dir/link/new": true} {
			path, open := root+"/"+path, walk.Open
			if make {
				open = func(path string) (int, error) { return walk.Make(path, 0o700) }
			}
			fd, err := open(path)
			switch {
			case err == nil:
				unix.Close(fd)
				if !test.followed {
					t.Errorf("%s: %s is followed", test.name, path)
				}
			case test.followed || !strings.Contains(err.Error(), "link in its path is a symbolic link of user 1234, which is not followed: name the directory itself"):
				t.Errorf("%s: %s: %v", test.name, path, err)
			}
		}
		if _, err := os.Stat(root + "/precious/new"); (err == nil) != test.followed {
			t.Errorf("%s: what was made: %v", test.name, err)
		}
	}
}

// Where fs.protected_hardlinks is off anybody can link root's own link to where he likes.
func TestALinkWithASecondNameIsNotRootsWhereOthersMayWrite(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a directory of another user takes root to make")
	}
	root := plant(t, entry{"precious/", 0, 0o755}, entry{"roots/", 0, 0o755}, entry{"theirs/", 1234, 0o755}, entry{"roots/link -> ROOT/precious", 0, 0})
	if err := unix.Linkat(unix.AT_FDCWD, root+"/roots/link", unix.AT_FDCWD, root+"/theirs/link", 0); err != nil {
		t.Skipf("this file system links no links: %v", err)
	}
	if fd, err := walk.Open(root + "/theirs/link"); err == nil || !strings.Contains(err.Error(), "with a second name (hard link)") {
		t.Errorf("it is followed: %d, %v", fd, err)
	}
	fd, err := walk.Open(root + "/roots/link")
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
}

func TestNoDescriptorIsLeft(t *testing.T) {
	root := plant(t, entry{"a/", -1, 0o755}, entry{"a/b/", -1, 0o755}, entry{"link -> a/b", -1, 0}, entry{"loop -> loop", -1, 0}, entry{"file", -1, 0})
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	before := count()
	for _, path := range []string{"/a/b", "/link", "/loop", "/file", "/none", "/a/file/x", "/file/x"} {
		if fd, err := walk.Open(root + path); err == nil {
			unix.Close(fd)
		}
	}
	if after := count(); after > before {
		t.Errorf("there are %d descriptors, %d before", after, before)
	}
}
