package watch

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// expectEach waits until each of these targets, by index, has told of exactly these files.
func (w *watched) expectEach(want map[int][]string) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, paths := range want {
		for range paths {
			for known := true; known; {
				c := w.next()
				for _, p := range c.Paths {
					key := string(rune('0'+c.Target)) + p
					if !slices.Contains(want[c.Target], p) {
						w.t.Fatalf("target %d tells of %s; want %q", c.Target, p, want[c.Target])
					}
					known = known && seen[key]
					seen[key] = true
				}
			}
			total := 0
			for _, paths := range want {
				total += len(paths)
			}
			if len(seen) == total {
				return
			}
		}
	}
}

func TestConfigMapsAreSwapped(t *testing.T) {
	swaps := map[string]func(from, to string) error{
		"renamed over":           os.Rename,
		"removed and made again": removeAndMakeAgain,
	}
	for name, swap := range swaps {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, polled bool) { testConfigMap(t, polled, swap) })
		})
	}
}

// removeAndMakeAgain puts a link in another one's place with a moment in which there is none.
func removeAndMakeAgain(from, to string) error {
	leads, err := os.Readlink(from)
	return errors.Join(err, os.Remove(to), os.Symlink(leads, to), os.Remove(from))
}

func testConfigMap(t *testing.T, polled bool, swap func(from, to string) error) {
	at := in(t.TempDir())
	app, log, labels, fresh := at("conf", "app.yaml"), at("conf", "log.yaml"), at("conf", "user", "labels"), at("conf", "new.yaml")
	c := testkit.NewConfigMap(t, at("conf"), map[string]string{"app.yaml": "1", "log.yaml": "1", "user/labels": "1"})
	c.Swap = swap
	w := open(t, polled,
		Target{Paths: []string{app}},
		Target{Paths: []string{at("conf")}},
		Target{Paths: []string{at("conf")}, Recursive: true},
	)
	c.Write(map[string]string{"app.yaml": "1", "log.yaml": "1", "user/labels": "1"}) // another directory, the same contents
	c.Write(map[string]string{"app.yaml": "2", "log.yaml": "1", "user/labels": "1"})
	w.expectEach(map[int][]string{0: {app}, 1: {app}, 2: {app}})
	c.Write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "1"})
	w.expectEach(map[int][]string{1: {log}, 2: {log}})
	c.Write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "2"})
	w.expectEach(map[int][]string{2: {labels}})
	c.Write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "2", "new.yaml": "1"})
	w.expectEach(map[int][]string{1: {fresh}, 2: {fresh}})
	c.Write(map[string]string{"app.yaml": "3", "log.yaml": "2", "user/labels": "2"})
	w.expectEach(map[int][]string{0: {app}, 1: {app, fresh}, 2: {app, fresh}})
}
