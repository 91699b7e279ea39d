package copytree

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// sampleTree makes a tree with one of everything that an ordinary user can make.
func sampleTree(t testing.TB, root string) {
	t.Helper()
	write(t, root+"/readme", "hello\n", 0o644)
	write(t, root+"/empty", "", 0o600)
	write(t, root+"/bin/tool", "#!/bin/sh\n", 0o4755)
	write(t, root+"/deep/er/read-only", "x", 0o400)
	must(t, os.Link(root+"/readme", root+"/deep/readme-too"))
	must(t, os.Symlink("../readme", root+"/deep/link"))
	must(t, os.Symlink("/nowhere/at all", root+"/dangling"))
	must(t, unix.Mkfifo(root+"/fifo", 0o640))
	must(t, unix.UtimesNanoAt(unix.AT_FDCWD, root+"/dangling", []unix.Timespec{{Sec: 7, Nsec: 8}, {Sec: 9, Nsec: 10}}, unix.AT_SYMLINK_NOFOLLOW))
	must(t, os.Mkdir(root+"/closed", 0o700))
	write(t, root+"/closed/inside", "in a read-only directory", 0o444)
	must(t, os.Chmod(root+"/closed", 0o555))
	t.Cleanup(func() { _ = os.Chmod(root+"/closed", 0o700) })
	must(t, os.Chmod(root+"/bin", os.ModeSticky|0o777))
	for _, directory := range []string{"closed", "deep/er", "deep", "bin", "."} {
		must(t, os.Chtimes(filepath.Join(root, directory), aTime, aTime))
	}
}

func TestACopyKeepsModesTimesAndLinks(t *testing.T) {
	source, target := t.TempDir()+"/source", t.TempDir()+"/target"
	sampleTree(t, source)
	result := mustCopy(t, target, source)
	t.Cleanup(func() { _ = os.Chmod(target+"/closed", 0o700) })
	if got, want := describe(t, target), describe(t, source); got != want {
		t.Errorf("the copy differs:\n%s\nwant:\n%s", got, want)
	}
	noTemporaryNames(t, target)
	if want := (Result{Files: 6, Directories: 5, Links: 2, Specials: 1, Bytes: 6 + 10 + 1 + 24}); result != want {
		t.Errorf("counted %+v, want %+v", result, want)
	}
}

func TestASecondCopyChangesNothing(t *testing.T) {
	source, target := t.TempDir()+"/source", t.TempDir()+"/target"
	sampleTree(t, source)
	must(t, os.Chmod(source+"/closed", 0o755)) // an ordinary user can't replace what is in a read-only directory
	must(t, os.Chtimes(source+"/closed", aTime, aTime))
	mustCopy(t, target, source)
	mustCopy(t, target, source+"/.")
	if got, want := describe(t, target+"/deep"), describe(t, source+"/deep"); got != want {
		t.Errorf("the copy differs:\n%s\nwant:\n%s", got, want)
	}
	first, second := lstat(t, target+"/readme"), lstat(t, target+"/deep/readme-too")
	if first.Ino != second.Ino {
		t.Error("the hard link is gone after the second copy")
	}
	noTemporaryNames(t, target)
}

func TestRootKeepsOwnersAndDevices(t *testing.T) {
	needRoot(t, "only root may give files away and make devices")
	source, target := t.TempDir()+"/source", t.TempDir()+"/target"
	sampleTree(t, source)
	for name, id := range map[string]int{"readme": 1234, "dangling": 4321, "deep": 77, "fifo": 65534} {
		must(t, os.Lchown(filepath.Join(source, name), id, id+1))
	}
	must(t, os.Chmod(source+"/readme", os.ModeSetuid|os.ModeSetgid|0o755))
	must(t, unix.Mknod(source+"/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
	mustCopy(t, target, source)
	if got, want := describe(t, target), describe(t, source); got != want {
		t.Errorf("the copy differs:\n%s\nwant:\n%s", got, want)
	}
}

// randomTree fills a directory with what rapid comes up with.
func randomTree(tb testing.TB, t *rapid.T, root string, depth int) {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "ä ö", "-f", "new\nline", ".hidden"}), 0, 5, rapid.ID).Draw(t, "names")
	for _, name := range names {
		path := filepath.Join(root, name)
		mode := os.FileMode(rapid.SampledFrom([]int{0o400, 0o644, 0o755, 0o666}).Draw(t, "mode"))
		switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
		case kind == 0 && depth < 3:
			must(tb, os.Mkdir(path, 0o755))
			randomTree(tb, t, path, depth+1)
			must(tb, os.Chmod(path, mode|0o700))
		case kind == 1:
			must(tb, os.Symlink(rapid.SampledFrom([]string{"a", "../b", "/", "loop", "."}).Draw(t, "link"), path))
		case kind == 2:
			if os.Link(filepath.Join(root, names[0]), path) == nil {
				continue
			}
			fallthrough
		default:
			contents := strings.Repeat("x", rapid.SampledFrom([]int{0, 1, 4096, 70_000}).Draw(t, "size"))
			must(tb, os.WriteFile(path, []byte(contents), 0o600))
			must(tb, os.Chmod(path, mode))
		}
		_ = unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{{Sec: 1, Nsec: 2}, {Sec: rapid.Int64Range(0, 1<<32).Draw(t, "mtime"), Nsec: 999}}, unix.AT_SYMLINK_NOFOLLOW)
	}
}

func TestACopyIsWhatCpWouldMake(t *testing.T) {
	if _, err := exec.LookPath("cp"); err != nil {
		t.Skip("needs cp to compare with")
	}
	scratch, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		base := filepath.Join(scratch, strconv.Itoa(run))
		must(t, os.MkdirAll(base+"/source", 0o755))
		randomTree(t, r, base+"/source", 0)
		existing := rapid.Bool().Draw(r, "destination exists")
		for _, target := range []string{"ours", "theirs"} {
			if existing {
				must(t, os.MkdirAll(filepath.Join(base, target, "source"), 0o700))
				must(t, os.WriteFile(filepath.Join(base, target, "source", "kept"), []byte("kept"), 0o600))
				must(t, os.Chtimes(filepath.Join(base, target, "source", "kept"), aTime, aTime))
				must(t, os.Chtimes(filepath.Join(base, target), aTime, aTime))
			}
		}
		output, theirError := exec.Command("cp", "-a", base+"/source", base+"/theirs").CombinedOutput()
		_, ourError := Copy(t.Context(), []string{base + "/source"}, base+"/ours", Options{})
		if theirError != nil || ourError != nil {
			r.Fatalf("cp: %v\n%s\nours: %v", theirError, output, ourError)
		}
		if got, want := describe(t, base+"/ours"), describe(t, base+"/theirs"); got != want {
			r.Fatalf("the copy differs:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestHolesStayHoles(t *testing.T) {
	source, target := t.TempDir()+"/sparse", t.TempDir()+"/copy"
	file, err := os.Create(source)
	must(t, err)
	for _, offset := range []int64{0, 20 << 20} {
		_, err := file.WriteAt([]byte("data"), offset)
		must(t, err)
	}
	must(t, file.Truncate(64<<20)) // ends in a hole
	must(t, file.Close())
	if before := lstat(t, source); before.Blocks*512 >= before.Size {
		t.Skip("the file system of the temporary directory has no sparse files")
	}
	result := mustCopy(t, target, source)
	copied := lstat(t, target)
	if copied.Size != 64<<20 || copied.Blocks*512 > 1<<20 {
		t.Errorf("the copy has %d bytes in %d blocks, want %d bytes in a few blocks", copied.Size, copied.Blocks, 64<<20)
	}
	if result.Bytes > 1<<20 {
		t.Errorf("%d bytes were written for 8 bytes of data", result.Bytes)
	}
	if contentsOf(t, source) != contentsOf(t, target) {
		t.Error("the contents differ")
	}
}

func TestExtendedAttributesAreKept(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()+"/copy"
	write(t, source+"/file", "x", 0o600)
	for _, path := range []string{source, source + "/file"} {
		if err := unix.Setxattr(path, "user.origin", []byte("the\x00build"), 0); err != nil {
			t.Skipf("the file system of the temporary directory has no user attributes: %v", err)
		}
	}
	must(t, os.Chmod(source+"/file", 0o400)) // which forbids its owner to set attributes
	mustCopy(t, target, source)
	for _, path := range []string{target, target + "/file"} {
		value := make([]byte, 100)
		size, err := unix.Getxattr(path, "user.origin", value)
		if err != nil || string(value[:size]) != "the\x00build" {
			t.Errorf("%s: attribute %q, error %v", path, value[:max(size, 0)], err)
		}
	}
}

func TestSocketsAreSkippedWithAWord(t *testing.T) {
	source := t.TempDir()
	t.Chdir(source) // a socket's path must be short
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, err)
	defer unix.Close(socket)
	must(t, unix.Bind(socket, &unix.SockaddrUnix{Name: "socket"}))
	write(t, source+"/file", "x", 0o600)
	target := t.TempDir()
	var told []string
	_, err = Copy(t.Context(), []string{"."}, target, Options{Skipped: func(path, why string) { told = append(told, path+": "+why) }})
	must(t, err)
	if len(told) != 1 || !strings.HasPrefix(told[0], "socket: it is a socket") {
		t.Errorf("told %q", told)
	}
	if _, err := os.Lstat(target + "/socket"); err == nil {
		t.Error("the socket was copied")
	}
	if contentsOf(t, target+"/file") != "x" {
		t.Error("the file beside the socket was not copied")
	}
}
