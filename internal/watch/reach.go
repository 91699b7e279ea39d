package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"
)

// heed sees to it that inotify tells of a name in a directory, or of all; false if it does not.
func (l *look) heed(at place, name string) bool {
	dir := at.dir
	if dir == "" {
		dir = "/"
	}
	node, err := nodeOf(dir)
	if err != nil {
		return true // what comes next will say why
	}
	var names []string
	if name != "" {
		names = []string{name}
	}
	if kind := l.w.remoteType(dir, node.dev); kind != "" {
		l.blind = true
		l.say(kind, fmt.Sprintf("%s is on %s, which does not tell of what others change: looking every %s", dir, kind, l.t.interval()), false)
	}
	return l.heedNode(dir, node, names)
}

// heedNode has inotify tell of a path, unless it does so already.
func (l *look) heedNode(real string, node inode, names []string) bool {
	reported, fresh, err := l.w.heed(real, node)
	l.discovered = l.discovered || fresh
	if before, known := l.interest[reported]; known && (before == nil || names == nil) {
		names = nil
	} else if known && slices.Contains(before, names[0]) {
		names = before
	} else if known {
		names = append(before, names...)
	}
	l.interest[reported] = names
	switch {
	case err == nil:
		return true
	case errors.Is(err, unix.ENOSPC):
		l.blind = true
		l.warn("inotify", fmt.Sprintf("cannot watch %s by inotify: its limit of watches is reached: raise fs.inotify.max_user_watches; looking every %s instead", real, l.t.interval()))
	case !errors.Is(err, fs.ErrNotExist):
		return false
	}
	return true
}

func nodeOf(dir string) (inode, error) {
	var st unix.Stat_t
	err := unix.Stat(dir, &st)
	return inode{uint64(st.Dev), st.Ino}, err
}

// stat tells what is at a path, itself where that is a link: its type, and whether it is a
// mount point, which the kernel tells since 5.8.
func stat(path string) (s stamp, kind uint16, mounted bool, err error) {
	var x unix.Statx_t
	err = unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &x)
	switch {
	case err == nil:
		s = stamp{inode{unix.Mkdev(x.Dev_major, x.Dev_minor), x.Ino}, int64(x.Size), nanoseconds(x.Mtime), nanoseconds(x.Ctime)}
		return s, x.Mode & unix.S_IFMT, x.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, nil
	case err != unix.ENOSYS && err != unix.EPERM: // a kernel, or a seccomp profile, of before 2018
		return s, 0, false, err
	}
	var old unix.Stat_t
	err = unix.Lstat(path, &old)
	s = stamp{inode{uint64(old.Dev), old.Ino}, old.Size, old.Mtim.Nano(), old.Ctim.Nano()}
	return s, uint16(old.Mode & unix.S_IFMT), false, err
}

func nanoseconds(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }
