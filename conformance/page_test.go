package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is the reference that explains the exceptions.
var page = filepath.Join("..", "docs", "reference", "kubelet.md")

var (
	pageRow  = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\| ([^|]+) \\|$")
	pageName = regexp.MustCompile("`([^`]+)`")
	pageFile = regexp.MustCompile("`((?:[a-z]+/)+[A-Za-z0-9_./-]+)`")
)

// TestPageAndExceptionsAgree wants each exception explained, each explanation shown by the pods that it names, and no
// other: `make conformance` then finds out whether they still do.
func TestPageAndExceptionsAgree(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string][]string{}
	for _, row := range pageRow.FindAllStringSubmatch(string(text), -1) {
		for _, name := range pageName.FindAllStringSubmatch(row[2], -1) {
			explained[row[1]] = append(explained[row[1]], name[1])
		}
	}
	if len(explained) == 0 {
		t.Fatalf("%s has no table of differences", page)
	}
	shown := map[string][]string{}
	for name, s := range settingsOf {
		for _, e := range s.exceptions {
			if !slices.Contains(shown[e.reason], name) {
				shown[e.reason] = append(shown[e.reason], name)
			}
		}
	}
	for reason, pods := range shown {
		slices.Sort(pods)
		slices.Sort(explained[reason])
		if !slices.Equal(pods, explained[reason]) {
			t.Errorf("%s: %q is shown by the pods %v, the page names %v", page, reason, pods, explained[reason])
		}
	}
	for reason := range explained {
		if shown[reason] == nil {
			t.Errorf("%s: no pod shows %q", page, reason)
		}
	}
}

// TestPageNamesFilesThatAreThere wants every file that is named as evidence.
func TestPageNamesFilesThatAreThere(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	named := pageFile.FindAllStringSubmatch(string(text), -1)
	if len(named) == 0 {
		t.Fatalf("%s names no file", page)
	}
	for _, name := range named {
		if _, err := os.Stat(filepath.Join("..", name[1])); err != nil {
			t.Errorf("%s: %v", page, err)
		}
	}
}

// TestPodsAreComplete wants a manifest and a trace of each pod, and no setting for a pod that isn't there.
func TestPodsAreComplete(t *testing.T) {
	pods, err := loadPods()
	if err != nil {
		t.Fatal(err)
	}
	var names, titles []string
	own := 0
	for _, p := range pods {
		names, titles = append(names, p.name), append(titles, p.title())
		if !p.observed {
			own++
		}
		if len(p.want.lines)+len(p.want.states) == 0 {
			t.Errorf("the trace of %s says nothing", p.name)
		}
	}
	if own < 25 || len(pods)-own < 24 {
		t.Errorf("there are %d observed pods and %d of our own", len(pods)-own, own)
	}
	var strangers []string
	for name := range settingsOf {
		if !slices.Contains(names, name) {
			strangers = append(strangers, name)
		}
	}
	for title := range pending {
		if !slices.Contains(titles, title) {
			strangers = append(strangers, title)
		}
	}
	if len(strangers) > 0 {
		t.Errorf("the lists name pods that are not there: %s", strings.Join(strangers, ", "))
	}
	files, err := filepath.Glob(filepath.Join("..", "testdata", "conformance", "*", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		manifest := regexp.MustCompile(`\.(observed|expected|nile)\.txt$`).ReplaceAllString(file, ".yaml")
		if _, err := os.Stat(manifest); err != nil {
			t.Error(fmt.Errorf("%s belongs to no pod: %w", file, err))
		}
	}
}
