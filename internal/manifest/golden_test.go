package manifest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// examples are the manifests that the documentation shows, too.
const examples = "../../testdata/manifests"

// golden compares text with a golden file, or rewrites that.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func manifests(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	for _, ending := range []string{"*.yaml", "*.json"} {
		found, err := filepath.Glob(filepath.Join(examples, dir, ending))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no manifests found")
	}
	return files
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Each bad manifest is told all that is wrong with it, in its own order, with
// position and remedy.
func TestBadManifests(t *testing.T) {
	files := manifests(t, "bad")
	if len(files) < 40 {
		t.Errorf("only %d bad manifests", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			pod, err := Load(filepath.Base(file), read(t, file), Options{CheckOnly: true})
			if err == nil {
				t.Fatalf("accepted as %q", pod.Name)
			}
			if pod != nil {
				t.Error("a pod came with the error")
			}
			checkOrder(t, Errors(err))
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".golden", err.Error()+"\n")
		})
	}
}

func checkOrder(t *testing.T, list []*Error) {
	t.Helper()
	for i, one := range list[1:] {
		before := list[i]
		if one.Line < before.Line || one.Line == before.Line && one.Column < before.Column {
			t.Errorf("%v stands after %v", one, before)
		}
	}
	for _, one := range list {
		for _, leak := range []string{"manifest.", "*int64", "struct", "reflect", "yaml.", "!!str"} {
			if strings.Contains(one.Message, leak) {
				t.Errorf("the message shows the program's inside %q: %v", leak, one)
			}
		}
	}
}

// Each good manifest is accepted and becomes the Spec in its golden file.
func TestGoodManifests(t *testing.T) {
	for _, file := range manifests(t, "good") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			uid := uint32(1000)
			pod, err := Load(filepath.Base(file), read(t, file), Options{
				Environ:    []string{"PATH=/bin", "HOME=/root", "DB_PASSWORD=from-the-environment", "APP_COLOR=blue"},
				UID:        &uid,
				PasswdPath: "testdata/passwd",
				GroupPath:  "testdata/group",
			})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".golden", render(pod))
		})
	}
}
