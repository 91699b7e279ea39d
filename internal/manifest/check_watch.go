package manifest

import (
	"slices"
	"strings"
	"time"
)

// The bounds of what a container may watch.
const (
	mostWatches    = 32
	mostPaths      = 64 // of one watch
	shortestPoll   = time.Second
	longestWatched = time.Hour // of debounce, poll and timeout
)

func (c *checker) checkWatches(nile *containerNile, plainInit bool) {
	if len(nile.Watch) == 0 {
		return
	}
	if plainInit {
		c.errorf(nile.at("watch"), "an init container runs once, before the others, so it watches nothing: put this under a container, or a sidecar (restartPolicy: Always)")
	}
	if len(nile.Watch) > mostWatches {
		c.errorf(nile.at("watch"), "want %d at most, got %d: one can have several paths", mostWatches, len(nile.Watch))
	}
	for i := range nile.Watch {
		c.checkWatch(&nile.Watch[i])
	}
}

func (c *checker) checkWatch(w *watch) {
	if w.node == nil {
		return
	}
	switch {
	case !w.has("path") && !w.has("paths"), w.has("paths") && isEmptyList(w.at("paths").node):
		c.errorf(w.place, "want a path, or paths: the files to watch")
	case len(w.Paths) > mostPaths:
		c.errorf(w.at("paths"), "want %d paths at most, got %d: name a directory, or use a pattern", mostPaths, len(w.Paths))
	}
	if w.has("path") {
		c.checkWatched(w.at("path"), w.Path)
	}
	for i, p := range w.Paths {
		c.checkWatched(w.at("paths").item(i), p)
	}
	for _, extra := range []struct{ field, action string }{{"signal", "Signal"}, {"exec", "Exec"}, {"timeout", "Exec"}} {
		switch {
		case w.Action == extra.action && !w.has(extra.field) && extra.field != "timeout":
			c.errorf(w.place, "the action %s needs the field %q", extra.action, extra.field)
		case w.Action != "" && w.Action != extra.action && w.has(extra.field):
			c.errorf(w.at(extra.field), "the action %s has no use for this; want the action %s", w.Action, extra.action)
		}
	}
	c.checkExec(w.Exec)
	for _, d := range []struct {
		field string
		value duration
		least time.Duration
	}{{"debounce", w.Debounce, 10 * time.Millisecond}, {"poll", w.Poll, shortestPoll}, {"timeout", w.Timeout, time.Millisecond}} {
		// A wrong notation leaves 0 too, and has been reported.
		at := w.at(d.field)
		if length, err := parseDuration(target(at.node).Value); w.has(d.field) && err == nil && (length < d.least || length > longestWatched) {
			c.errorf(at, "want %v to %v, got %q", d.least, longestWatched, shorten(target(at.node).Value, 40))
		}
	}
}

// checkWatched checks one path or pattern of a watch.
func (c *checker) checkWatched(at place, p string) {
	if p == "" {
		c.errorf(at, "the path is empty: name a file or directory")
		return
	}
	c.checkGlob(at, p)
	parts := strings.Split(p, "/")
	switch {
	case slices.Contains(parts, "**"):
		c.errorf(at, "** is not known here: name the directory, and set recursive: true")
	case slices.Contains(parts, ".."):
		c.errorf(at, "want a path without .., got %q", shorten(p, 64))
	case len(parts) > 1 && parts[0] == "" && (parts[1] == "proc" || parts[1] == "sys"):
		c.errorf(at, "cannot watch %q: the kernel tells of no changes below /%s", shorten(p, 64), parts[1])
	}
}
