package watch

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links there may be on the way to a file (as in the kernel,
// path_resolution(7)).
const maxLinks = 40

// stamp is what changes when a file is written to, but for clocks that are too coarse.
type stamp struct {
	inode
	size         int64
	mtime, ctime int64 // nanoseconds
}

// file is a file of a target as a look has found it.
type file struct {
	path  string // as it was named
	real  string // without links
	stamp stamp
}

// look is one look at a target: who is there, not yet what it contains.
type look struct {
	w           *Watcher
	t           *target
	files       []file
	interest    map[string][]string
	listed      map[inode]bool // directories that have been listed: links can lead back to them
	directories int
	missing     []string // what was named and is not there now, or cannot be seen: all below it counts as unchanged
	discovered  bool     // inotify was not told of a part of it until now
	blind       bool     // inotify cannot be told of a part of it
	failed      bool     // something could not be looked at, which may be better later
	full        bool     // it has more than may be looked at
	troubles    map[string]trouble
}

// part is a part of a path: own where somebody has written it, not where a link leads.
type part struct {
	name string
	own  bool
}

func parts(p string, own bool) (list []part) {
	for _, name := range strings.Split(p, "/") {
		if name != "" && name != "." {
			list = append(list, part{name, own})
		}
	}
	return list
}

// place is where a look has come on its way along a path.
type place struct {
	dir     string // real; "" for the root
	named   string // the same as it was named
	links   int    // symbolic links so far
	pattern bool   // it has been found by a pattern, or in a directory
	listing bool   // it has been found in a directory that is listed
}

// look takes a look and sees to it that inotify tells of what it has passed.
func (w *Watcher) look(t *target) *look {
	begun := time.Now()
	l := &look{w: w, t: t, interest: map[string][]string{}, listed: map[inode]bool{}, troubles: map[string]trouble{}}
	for _, p := range t.Paths {
		l.enter(place{}, parts(p, true))
	}
	before := t.interest
	t.interest = l.interest
	w.dropUnwanted(before)
	t.renew, t.renewAt = false, begun.Add(max(pause, rest*time.Since(begun)))
	t.print = l.print()
	switch now := time.Now(); {
	case t.Poll == 0 && !l.blind && w.fs != nil:
		t.pollAt = time.Time{}
	case !now.Before(t.pollAt):
		t.pollAt = now.Add(max(t.interval(), rest*now.Sub(begun)))
	}
	return l
}

// print is a hash of all that has been found: of how it looks, not of what it contains.
func (l *look) print() uint64 {
	var h maphash.Hash
	h.SetSeed(l.w.seed)
	for i := range l.files {
		f := &l.files[i]
		_, _ = h.WriteString(f.path)
		for _, n := range [...]uint64{f.stamp.dev, f.stamp.ino, uint64(f.stamp.size), uint64(f.stamp.mtime), uint64(f.stamp.ctime)} {
			var b [8]byte
			for i := range b {
				b[i] = byte(n >> (8 * i))
			}
			_, _ = h.Write(b[:])
		}
	}
	return h.Sum64()
}

// enter goes on in a directory.
func (l *look) enter(at place, rest []part) {
	switch {
	case l.full:
		return
	case strings.HasPrefix(at.dir+"/", "/proc/") || strings.HasPrefix(at.dir+"/", "/sys/"):
		l.warn(at.named, fmt.Sprintf("cannot watch %s: it leads to %s, where the kernel tells of no changes", at.named, at.dir))
		return
	case len(rest) == 0 && at.listing && !l.t.Recursive:
		return
	case len(rest) == 0:
		l.list(at, "", nil)
		return
	}
	first := rest[0]
	if first.own && strings.ContainsAny(first.name, `*?[\`) {
		l.list(at, first.name, rest[1:])
		return
	}
	if first.name == ".." {
		at.dir = at.dir[:max(0, strings.LastIndexByte(at.dir, '/'))]
		l.enter(at, rest[1:])
		return
	}
	heeded := l.heed(at, first.name)
	l.step(at, first, rest[1:], heeded)
}

// step goes on to what a directory has under a name.
func (l *look) step(at place, p part, rest []part, heeded bool) {
	real := at.dir + "/" + p.name
	if p.own {
		at.named += "/" + p.name
	}
	found, kind, mounted, err := stat(real)
	if err != nil {
		l.absent(at, rest, err, heeded)
		return
	}
	switch kind {
	case unix.S_IFDIR:
		at.dir = real
		l.enter(at, rest)
		return
	case unix.S_IFLNK:
		l.follow(at, real, rest)
	case unix.S_IFREG:
		l.add(at, file{at.named, real, found}, mounted || !at.pattern, rest)
	}
	l.unheeded(at.dir, heeded)
}

// absent says that there is nothing, or that it cannot be known.
func (l *look) absent(at place, rest []part, err error, heeded bool) {
	l.unheeded(at.dir, heeded)
	switch {
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR):
		l.cannot(at.named, err)
	case at.pattern:
		return
	default:
		name := at.named
		for _, p := range rest {
			if p.own {
				name += "/" + p.name
			}
		}
		l.say(name, "there is no "+name+" now: waiting for it", false)
	}
	l.missing = append(l.missing, at.named)
}

// follow goes on where a symbolic link leads.
func (l *look) follow(at place, real string, rest []part) {
	if at.links++; at.links > maxLinks {
		l.absent(at, rest, unix.ELOOP, true)
		return
	}
	leads, err := os.Readlink(real)
	if err != nil {
		l.absent(at, rest, err, true)
		return
	}
	if strings.HasPrefix(leads, "/") {
		at.dir = ""
	}
	l.enter(at, append(parts(leads, false), rest...))
}

// add takes a file up.
func (l *look) add(at place, f file, itself bool, rest []part) {
	switch {
	case len(rest) > 0:
		l.absent(at, rest, unix.ENOTDIR, true)
		return
	case len(l.files) >= l.w.maxFiles:
		l.fill(at, "files", l.w.maxFiles)
		return
	case itself:
		l.heedNode(f.real, f.stamp.inode, nil)
	}
	l.files = append(l.files, f)
}
