// Package watch tells when files have changed: what they contain, not when somebody
// touched them.
//
// A [Target] is a set of files, named by paths or patterns. What makes a change known is
// never taken for the change itself. inotify(7) says that something has stirred in a
// directory; then, once it has been quiet for a while, the whole target is looked at
// again, from the root, through every link, and compared with what it contained before.
// So it does not matter how a file is changed: written in place, renamed over by an editor,
// or reached through a link that now leads elsewhere, as in the volumes that the kubelet
// fills (pkg/volume/util/atomic_writer.go), whose file app.yaml is a link to ..data/app.yaml,
// and ..data one that is renamed over.
//
// # What is watched
//
// Each directory that is passed on the way to a file, for the one name that is looked up in
// it: that is where it appears if it does not exist yet, and where it, or a directory or link
// on the way to it, is replaced. A directory that is listed is watched for all names. A file
// that is named is watched itself too, and so is one that is a mount point: writes to a
// bind-mounted file stir the directory it comes from, not the one it is seen in.
//
// As in a shell, hidden files (.NAME) are left out where they are not named, and so is what
// editors leave behind (NAME~ and #NAME#).
//
// # Where inotify does not help
//
// Where inotify is at its limits or missing, and on file systems that others change without
// this kernel's knowledge (NFS, CIFS, FUSE and the like), targets are looked at regularly.
package watch

import (
	"hash/maphash"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The bounds of what watching may cost, and what holds where nothing is set.
const (
	DefaultDebounce = time.Second
	DefaultPoll     = 5 * time.Second

	MaxFiles       = 20_000   // of a target; what comes after them is not looked at
	MaxDirectories = 2_000    // the same
	MaxContent     = 16 << 20 // bytes of a file that are compared; a larger one by size, mtime and inode

	// Patience is how many times the debounce a target that never gets quiet is waited for.
	Patience = 10
)

// Target is a set of files that are watched together: however many of them change, it is
// one change.
type Target struct {
	// Paths are absolute. Each is a file, or a directory, which stands for the files in it,
	// or a pattern of path.Match in any of its parts. A file or directory that is named
	// without a pattern and is gone, counts as unchanged until it is back.
	Paths []string
	// Recursive takes the directories below a directory too.
	Recursive bool
	// Debounce is how long it must be quiet before a change is told; zero means
	// DefaultDebounce. While it does not get quiet, a change is told after Patience times that.
	Debounce time.Duration
	// Poll, where it is not zero, is how often the files are looked at, whatever inotify
	// says. Where it is zero they are looked at each DefaultPoll only if inotify cannot tell.
	Poll time.Duration
}

// Change says that files of a target have changed.
type Change struct {
	Target int      // its index
	Paths  []string // which, as they were named, sorted: the first few
	More   int      // how many others
	// Last is when something has stirred last, as far as known: a process that was started
	// after it has seen the new contents.
	Last time.Time
}

// Options say what is watched and who is told. Both functions are called by the watcher's
// goroutine, one at a time, which does nothing else meanwhile.
type Options struct {
	Targets []Target
	Changed func(Change)
	// Said is told what people should know about the watching of a target: what is missing,
	// or cannot be read, or can only be looked at now and then. Each is said once, and again
	// if it comes back.
	Said func(target int, warning bool, text string)
	// Before, where not nil, is a watcher that this one takes the place of, and closes: a
	// target that it has had too is compared with what it knows.
	Before *Watcher
	// Since is when those began who may have read the files: what has changed after it counts
	// as changed at the first look, though nobody knows what it was before. It is the time of
	// Open where it is zero.
	Since time.Time
	// NoInotify does without inotify, as if it were missing.
	NoInotify bool
}

// Watcher watches targets. Its methods may be called by any goroutine.
type Watcher struct {
	options Options
	targets []*target
	stop    chan struct{}
	ready   chan struct{}
	over    chan struct{}
	lost    chan struct{} // told that inotify has lost events

	maxFiles       int // MaxFiles
	maxDirectories int // MaxDirectories

	// What follows belongs to the goroutine.
	fs       *fsnotify.Watcher // nil where there is no inotify
	noFS     error             // why
	connect  func() (*fsnotify.Watcher, error)
	heeded   map[string]inode  // by path: what inotify tells of
	heededAs map[inode]string  // the other way round
	remote   map[uint64]string // by device: its file system, where inotify cannot be relied on
	seed     maphash.Seed
}

// Open begins to watch, and returns at once: the first look is taken by the watcher's
// goroutine. What changes after [Watcher.Ready] is told, and what is written between
// Options.Since and then.
func Open(options Options) *Watcher {
	w := newWatcher(options)
	go w.run()
	return w
}

// eventRoom is how many events can wait for the watcher, which takes them in batches.
const eventRoom = 512

func newWatcher(options Options) *Watcher {
	if options.Since.IsZero() {
		options.Since = time.Now()
	}
	w := &Watcher{
		options:        options,
		maxFiles:       MaxFiles,
		maxDirectories: MaxDirectories,
		stop:           make(chan struct{}),
		lost:           make(chan struct{}, 1),
		ready:          make(chan struct{}),
		over:           make(chan struct{}),
		heeded:         map[string]inode{},
		heededAs:       map[inode]string{},
		remote:         map[uint64]string{},
		seed:           maphash.MakeSeed(),
		connect:        func() (*fsnotify.Watcher, error) { return fsnotify.NewBufferedWatcher(eventRoom) },
	}
	for i, t := range options.Targets {
		if t.Debounce <= 0 {
			t.Debounce = DefaultDebounce
		}
		w.targets = append(w.targets, &target{Target: t, index: i})
	}
	return w
}

// Ready is closed when the first look has been taken.
func (w *Watcher) Ready() <-chan struct{} { return w.ready }

// Close ends the watching. It does not wait for a look under way, which may hang on a dead
// file server: nothing is told any more once [Watcher.Done] is closed. It is called once.
func (w *Watcher) Close() { close(w.stop) }

// Done is closed when the watcher's goroutine has ended, after Close.
func (w *Watcher) Done() <-chan struct{} { return w.over }
