package copytree

import (
	"os"
	"testing"
)

func TestHardLinksGivenTwiceLeaveNothingBehind(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/a", "x", 0o644)
	must(t, os.Link(source+"/a", source+"/b"))
	mustCopy(t, target, source+"/.", source+"/.")
	if a, b := lstat(t, target+"/a"), lstat(t, target+"/b"); a.Ino != b.Ino || a.Nlink != 2 {
		t.Errorf("inodes %d and %d with %d names, want one with 2", a.Ino, b.Ino, a.Nlink)
	}
	noTemporaryNames(t, target)
}

func TestHardLinksAreKeptAcrossSources(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/one/a", "x", 0o644)
	must(t, os.Mkdir(source+"/two", 0o755))
	must(t, os.Link(source+"/one/a", source+"/two/b"))
	mustCopy(t, target, source+"/one", source+"/two")
	if a, b := lstat(t, target+"/one/a"), lstat(t, target+"/two/b"); a.Ino != b.Ino {
		t.Error("the two names are no longer one file")
	}
}

func TestALinkIsNeverMadeToSomebodyElsesFile(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/a", "right", 0o644)
	must(t, os.Link(source+"/a", source+"/b"))
	replaced := false
	_, err := Copy(t.Context(), []string{source + "/."}, target, Options{Progress: func(Result) {
		if !replaced { // after a, before b
			replaced = true
			must(t, os.WriteFile(target+"/new", []byte("wrong"), 0o600))
			must(t, os.Rename(target+"/new", target+"/a"))
		}
	}})
	must(t, err)
	if got := contentsOf(t, target+"/b"); got != "right" {
		t.Errorf("b holds %q", got)
	}
	noTemporaryNames(t, target)
}

func TestALinkToTheDestinationDoesNotMakeTheCopyEndless(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/file", "x", 0o644)
	must(t, os.Symlink(target, source+"/link"))
	_, err := Copy(t.Context(), []string{source}, target+"/copy", Options{Dereference: true})
	wantError(t, err, "cannot copy "+source+"/link/copy into itself: it is the destination")
	if contentsOf(t, target+"/copy/file") != "x" {
		t.Error("the file beside the link was not copied")
	}
}
