package watch

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// inode is a file or directory, whatever its name.
type inode struct{ dev, ino uint64 }

// begin opens inotify.
func (w *Watcher) begin() {
	if w.options.NoInotify {
		w.noFS = errors.New("it is switched off")
	} else {
		w.fs, w.noFS = w.connect()
		w.hearErrors()
	}
	if w.noFS != nil {
		w.tellNoFS()
	}
}

func (w *Watcher) tellNoFS() {
	remedy := ""
	switch {
	case errors.Is(w.noFS, unix.EMFILE):
		remedy = ": raise fs.inotify.max_user_instances, or the limit of open files (nofile)"
	case !w.options.NoInotify:
		remedy = ": see whether a seccomp profile forbids it"
	}
	for _, t := range w.targets {
		w.options.Said(t.index, true, fmt.Sprintf("cannot use inotify: %v%s; looking every %s instead", w.noFS, remedy, t.interval()))
	}
}

// reconnect tries inotify again where there was no room for it.
func (w *Watcher) reconnect(now time.Time) {
	if !errors.Is(w.noFS, unix.EMFILE) {
		return
	}
	fs, err := w.connect()
	if err != nil {
		return
	}
	w.fs, w.noFS = fs, nil
	w.hearErrors()
	for _, t := range w.targets {
		t.pollAt = now // it ends there, if all is well
		w.options.Said(t.index, false, "inotify has room again")
	}
}

// hearErrors takes the errors of inotify, all of which say that events are lost
// (fsnotify.ErrEventOverflow, say). That is done beside the watcher: fsnotify holds a lock
// while it waits for somebody to take one, and the watcher may be waiting for that lock.
func (w *Watcher) hearErrors() {
	if w.fs == nil {
		return
	}
	go func(errors <-chan error) {
		for range errors {
			select {
			case w.lost <- struct{}{}:
			default:
			}
		}
	}(w.fs.Errors)
}

func (w *Watcher) disconnect() {
	if w.fs != nil {
		_ = w.fs.Close()
	}
}

// interval is how often a target is looked at that has to be.
func (t *target) interval() time.Duration {
	if t.Poll > 0 {
		return t.Poll
	}
	return DefaultPoll
}

// heed has inotify tell of what happens in a directory, or to a file. reported is the path
// by which it will be told, which is another one where a directory is mounted twice; fresh
// is whether that is new.
func (w *Watcher) heed(path string, node inode) (reported string, fresh bool, err error) {
	if w.fs == nil {
		return path, false, nil // said already
	}
	if reported, ok := w.heededAs[node]; ok {
		return reported, false, nil
	}
	if _, ok := w.heeded[path]; ok {
		w.unheed(path) // another one was there
	}
	if err := w.fs.Add(path); err != nil {
		return path, false, err
	}
	w.heeded[path], w.heededAs[node] = node, path
	return path, true, nil
}

func (w *Watcher) unheed(path string) {
	node := w.heeded[path]
	delete(w.heeded, path)
	if w.heededAs[node] == path {
		delete(w.heededAs, node)
	}
	_ = w.fs.Remove(path) // the kernel may have done so
}

// dropUnwanted gives up what a target was interested in, and nobody is any more.
func (w *Watcher) dropUnwanted(before map[string][]string) {
	for path := range before {
		wanted := false
		for _, t := range w.targets {
			if _, ok := t.interest[path]; ok {
				wanted = true
			}
		}
		if _, ok := w.heeded[path]; ok && !wanted {
			w.unheed(path)
		}
	}
}

// remoteTypes are the file systems that others change without this kernel's knowledge, by
// their magic numbers (statfs(2)).
var remoteTypes = [...]struct {
	magic uint32
	name  string
}{
	{0x6969, "NFS"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"}, {0x65735546, "FUSE"}, {0x01021997, "9p"},
	{0x00c36400, "Ceph"}, {0x5346414f, "AFS"}, {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"}, {0x01161970, "GFS2"},
}

// remoteType names the file system of a directory if it is one of those; else "".
func (w *Watcher) remoteType(path string, dev uint64) string {
	name, known := w.remote[dev]
	if known {
		return name
	}
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return ""
	}
	for _, t := range remoteTypes {
		if uint32(st.Type) == t.magic {
			name = t.name
		}
	}
	w.remote[dev] = name
	return name
}
