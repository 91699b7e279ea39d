package copytree

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Each case stands in a fresh directory that has the files of TestDestination.
var destinationCases = []struct {
	name    string
	sources []string
	to      string
	mkdir   bool
	want    string // a file that must exist then, with the contents "one"
	errors  []string
}{
	{name: "file to a new name", sources: []string{"one"}, to: "new", want: "new"},
	{name: "file over a file", sources: []string{"one"}, to: "two", want: "two"},
	{name: "file into a directory", sources: []string{"one"}, to: "directory", want: "directory/one"},
	{name: "file into a directory with a slash", sources: []string{"one"}, to: "directory/", want: "directory/one"},
	{name: "file into a directory behind a link", sources: []string{"one"}, to: "link-to-directory", want: "directory/one"},
	{name: "file into the working directory", sources: []string{"tree/one"}, to: ".", want: "one"},
	{name: "several files", sources: []string{"one", "two"}, to: "directory", want: "directory/one"},
	{name: "tree to a new name", sources: []string{"tree"}, to: "new", want: "new/one"},
	{name: "tree with a slash to a new name", sources: []string{"tree/"}, to: "new", want: "new/one"},
	{name: "tree into a directory", sources: []string{"tree"}, to: "directory", want: "directory/tree/one"},
	{name: "tree's contents into a directory", sources: []string{"tree/."}, to: "directory", want: "directory/one"},
	{name: "tree's contents to a new name", sources: []string{"tree/."}, to: "new", want: "new/one"},
	{name: "tree by its parent", sources: []string{"tree/sub/.."}, to: "directory", want: "directory/one"},
	{name: "tree behind a link, by the slash", sources: []string{"link-to-tree/"}, to: "new", want: "new/one"},
	{name: "contents of two trees, the later wins", sources: []string{"other/.", "tree/."}, to: "directory", want: "directory/one"},
	{name: "file to missing directories", sources: []string{"one"}, to: "x/y/z", mkdir: true, want: "x/y/z"},
	{name: "file into missing directories", sources: []string{"one"}, to: "x/y/", mkdir: true, want: "x/y/one"},
	{name: "several into a missing directory", sources: []string{"one", "two"}, to: "x", mkdir: true, want: "x/one"},
	{name: "over a link to a file", sources: []string{"one"}, to: "link-to-two", want: "link-to-two"},

	{name: "missing source", sources: []string{"nothing"}, to: "new",
		errors: []string{"cannot read nothing: no such file or directory: check the name; a relative one starts in /"}},
	{name: "missing parent", sources: []string{"one"}, to: "x/y",
		errors: []string{"cannot copy to x/y: there is no directory x: make it first, or use --mkdir"}},
	{name: "missing directory with a slash", sources: []string{"one"}, to: "x/",
		errors: []string{"cannot copy to x/: no such file or directory, and the name ends in /: make the directory first, or use --mkdir"}},
	{name: "several to a file", sources: []string{"one", "tree"}, to: "two",
		errors: []string{"cannot copy to two: not a directory, and 2 sources need one"}},
	{name: "several to a missing name", sources: []string{"one", "tree"}, to: "x",
		errors: []string{"cannot copy to x: no such file or directory, and 2 sources need one"}},
	{name: "file with a slash", sources: []string{"one"}, to: "two/", errors: []string{"not a directory, and the name ends in /"}},
	{name: "file below a file", sources: []string{"one"}, to: "two/x", errors: []string{"cannot copy to two/x: not a directory"}},
	{name: "onto itself", sources: []string{"one"}, to: "one", errors: []string{"cannot copy one to one: they are the same file"}},
	{name: "onto itself through a directory", sources: []string{"one"}, to: ".", errors: []string{"are the same file"}},
	{name: "onto a hard link of itself", sources: []string{"one"}, to: "one-too", errors: []string{"are the same file"}},
	{name: "file over a directory", sources: []string{"one"}, to: "clash", errors: []string{"cannot copy one to clash/one: the target is a directory"}},
	{name: "directory over a file", sources: []string{"tree"}, to: "clash", errors: []string{"cannot make the directory clash/tree: what is there is not a directory"}},
	{name: "directory over a link to a directory", sources: []string{"tree"}, to: "links",
		errors: []string{"cannot make the directory links/tree: what is there is not a directory"}},
	{name: "tree into itself", sources: []string{"tree"}, to: "tree", errors: []string{"cannot copy tree into itself"}},
	{name: "tree below itself", sources: []string{"tree"}, to: "tree/sub/new", errors: []string{"cannot copy tree into itself"}},
	{name: "contents into themselves", sources: []string{"tree/."}, to: "tree", errors: []string{"cannot copy tree/. into itself"}},
	{name: "tree over itself", sources: []string{"tree"}, to: ".", errors: []string{"cannot copy tree to tree: they are the same directory"}},
	{name: "same name twice", sources: []string{"one", "tree/one"}, to: "directory",
		errors: []string{"cannot copy both one and tree/one: both would become one"}},
	{name: "empty destination", sources: []string{"one"}, to: "", errors: []string{"cannot copy to an empty name"}},
	{name: "empty source", sources: []string{""}, to: "directory", errors: []string{`cannot read "": no such file or directory`}},
	{name: "a name that would fool a terminal", sources: []string{"\x1b[2J"}, to: "new", errors: []string{`cannot read "\x1b[2J": no such file`}},
}

func TestDestination(t *testing.T) {
	for _, test := range destinationCases {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for path, contents := range map[string]string{
				"one": "one", "two": "two", "tree/one": "one", "tree/sub/deep": "deep", "other/one": "other",
				"directory/kept": "kept", "clash/one/x": "x", "clash/tree": "file", "outside/kept": "kept",
			} {
				write(t, path, contents, 0o644)
			}
			must(t, os.Link("one", "one-too"))
			must(t, os.MkdirAll("links", 0o755))
			for link, text := range map[string]string{
				"link-to-directory": "directory", "link-to-tree": "tree", "link-to-two": "two", "links/tree": "../outside",
			} {
				must(t, os.Symlink(text, link))
			}
			_, err := Copy(t.Context(), test.sources, test.to, Options{MakeDirectories: test.mkdir})
			noTemporaryNames(t, ".")
			if test.errors != nil {
				wantError(t, err, test.errors...)
			} else {
				must(t, err)
				if got := contentsOf(t, test.want); got != "one" {
					t.Errorf("%s holds %q, want %q", test.want, got, "one")
				}
			}
			if test.to != "two" && contentsOf(t, "two") != "two" {
				t.Error("two was changed, which is no destination of this copy")
			}
			if got := contentsOf(t, "directory/kept") + contentsOf(t, "outside/kept"); got != "keptkept" {
				t.Error("a file that was there before has changed")
			}
			if entries, _ := os.ReadDir("outside"); len(entries) != 1 {
				t.Errorf("something was written through a link in the target: %v", entries)
			}
		})
	}
}

func TestTheDestinationDirectoryKeepsItsOwnMode(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/sub/file", "x", 0o600)
	must(t, os.Chmod(source+"/sub", 0o711))
	must(t, os.Chmod(source, 0o700))
	must(t, os.Chmod(target, os.ModeSetgid|0o777)) // as Kubernetes makes an emptyDir with an fsGroup
	mustCopy(t, target, source+"/.")
	if mode := lstat(t, target).Mode & 0o7777; mode != 0o2777 {
		t.Errorf("the destination directory has mode %o, want 2777", mode)
	}
	if mode := lstat(t, target+"/sub").Mode & 0o7777; mode != 0o711 {
		t.Errorf("the directory in it has mode %o, want 711", mode)
	}
}

func TestDereference(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()+"/copy"
	write(t, source+"/..2026/app.conf", "port=1", 0o640)
	must(t, os.Symlink("..2026", source+"/..data")) // as Kubernetes lays out a ConfigMap
	must(t, os.Symlink("..data/app.conf", source+"/app.conf"))
	_, err := Copy(t.Context(), []string{source}, target, Options{Dereference: true})
	must(t, err)
	for _, name := range []string{"app.conf", "..data/app.conf"} {
		stat := lstat(t, target+"/"+name)
		if stat.Mode != unix.S_IFREG|0o640 || contentsOf(t, target+"/"+name) != "port=1" {
			t.Errorf("%s has mode %o, want a regular file", name, stat.Mode)
		}
	}
	must(t, os.Symlink(".", source+"/loop"))
	must(t, os.Symlink("/nowhere", source+"/dangling"))
	_, err = Copy(t.Context(), []string{source}, target+"2", Options{Dereference: true})
	wantError(t, err, fmt.Sprintf("cannot copy %s/loop: it is a link back to a directory above it", source),
		fmt.Sprintf("cannot read %s/dangling: no such file or directory", source))
	if contentsOf(t, target+"2/app.conf") != "port=1" {
		t.Error("the files beside the bad links were not copied")
	}
}
