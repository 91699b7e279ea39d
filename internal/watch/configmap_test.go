package watch

import (
	"os"
	"slices"
	"testing"
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
	swaps := map[string]func(t *testing.T) func(from, to string){
		"renamed over": func(t *testing.T) func(from, to string) {
			return func(from, to string) { must(t, os.Rename(from, to)) }
		},
		"removed and made again": func(t *testing.T) func(from, to string) {
			return func(from, to string) {
				leads, err := os.Readlink(from)
				must(t, err)
				must(t, os.Remove(to))
				must(t, os.Symlink(leads, to))
				must(t, os.Remove(from))
			}
		},
	}
	for name, swap := range swaps {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, polled bool) { testConfigMap(t, polled, swap(t)) })
		})
	}
}

func testConfigMap(t *testing.T, polled bool, swap func(from, to string)) {
	at := in(t.TempDir())
	app, log, labels, fresh := at("conf", "app.yaml"), at("conf", "log.yaml"), at("conf", "user", "labels"), at("conf", "new.yaml")
	c := newConfigMap(t, at("conf"), map[string]string{"app.yaml": "1", "log.yaml": "1", "user/labels": "1"})
	c.swap = swap
	w := open(t, polled,
		Target{Paths: []string{app}},
		Target{Paths: []string{at("conf")}},
		Target{Paths: []string{at("conf")}, Recursive: true},
	)
	c.write(map[string]string{"app.yaml": "1", "log.yaml": "1", "user/labels": "1"}) // another directory, the same contents
	c.write(map[string]string{"app.yaml": "2", "log.yaml": "1", "user/labels": "1"})
	w.expectEach(map[int][]string{0: {app}, 1: {app}, 2: {app}})
	c.write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "1"})
	w.expectEach(map[int][]string{1: {log}, 2: {log}})
	c.write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "2"})
	w.expectEach(map[int][]string{2: {labels}})
	c.write(map[string]string{"app.yaml": "2", "log.yaml": "2", "user/labels": "2", "new.yaml": "1"})
	w.expectEach(map[int][]string{1: {fresh}, 2: {fresh}})
	c.write(map[string]string{"app.yaml": "3", "log.yaml": "2", "user/labels": "2"})
	w.expectEach(map[int][]string{0: {app}, 1: {app, fresh}, 2: {app, fresh}})
}
