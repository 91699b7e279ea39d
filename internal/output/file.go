package output

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/internal/walk"
)

const (
	// fileMode is that of the kubelet's and containerd's log files.
	fileMode = 0o640

	// retryAfter is how long an open or a rotation that failed is not tried
	// again.
	retryAfter = time.Second
)

// file is a log file that is set aside, as FILE.1, before it outgrows its size. It
// is used by one goroutine at a time.
//
// Who may write to its directory can put anything there under its name, so it
// follows no symbolic link of theirs, writes to nothing but a regular file with no other
// name, and works in the directory that it opened first.
type file struct {
	path     string
	base     string // its name in the directory
	maxSize  int64
	maxFiles int

	directory int // -1 before it was opened
	fd        int // -1 while it is not open
	size      int64
	midLine   bool // what was last written was no newline

	retry  time.Time // no attempt to open or rotate before
	failed error     // what the last attempt said
}

func newFile(c *Config) *file {
	f := &file{
		path: c.File, base: filepath.Base(c.File), maxSize: c.MaxSize, maxFiles: c.MaxFiles,
		directory: -1, fd: -1,
	}
	if f.maxSize <= 0 {
		f.maxSize = DefaultMaxSize
	}
	if f.maxFiles <= 0 {
		f.maxFiles = DefaultMaxFiles
	}
	return f
}

func (f *file) name() string { return f.path }

func (f *file) close() {
	for _, fd := range []*int{&f.fd, &f.directory} {
		if *fd >= 0 {
			closeDescriptor(*fd)
		}
		*fd = -1
	}
}

// write writes lines, to as many files as they take.
func (f *file) write(p []byte) (lost int, err error) {
	for len(p) > 0 {
		n := f.fit(p)
		if f.fd < 0 || n == 0 {
			if err := f.next(); err != nil {
				return len(p), f.failure(err)
			}
			continue
		}
		written, err := f.writeLines(p[:n])
		p = p[written:]
		if err != nil {
			return len(p), f.failure(err)
		}
	}
	return 0, nil
}

func (f *file) failure(err error) error {
	return fmt.Errorf("cannot write output to %s: %w: it is dropped until that works", f.path, err)
}

// fit is how much of p goes into the current file: whole lines; 0 if the next one
// belongs to a new file.
func (f *file) fit(p []byte) int {
	room := f.maxSize - f.size
	if int64(len(p)) <= room {
		return len(p)
	}
	if !f.midLine {
		if end := bytes.LastIndexByte(p[:max(room, 0)], '\n') + 1; end > 0 || f.size > 0 {
			return end
		}
	}
	// The rest of a line that has begun, or a line that is larger than a file.
	if end := bytes.IndexByte(p, '\n') + 1; end > 0 {
		return end
	}
	return len(p)
}

// writeLines writes all of p. If it can't, it takes back the line that it had to
// leave unfinished, and returns how much remains written.
func (f *file) writeLines(p []byte) (written int, err error) {
	for written < len(p) {
		n, err := unix.Write(f.fd, p[written:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			whole := bytes.LastIndexByte(p[:written], '\n') + 1
			if unix.Ftruncate(f.fd, f.size+int64(whole)) == nil {
				written = whole
			}
			f.advance(p[:written])
			return written, err
		}
		written += n
	}
	f.advance(p)
	return written, nil
}

func (f *file) advance(written []byte) {
	f.size += int64(len(written))
	if len(written) > 0 {
		f.midLine = written[len(written)-1] != '\n'
	}
}

// next opens the file, or sets the current one aside and opens a new one.
func (f *file) next() error {
	now := time.Now()
	if now.Before(f.retry) {
		return f.failed
	}
	var err error
	if f.fd < 0 {
		err = f.open(0)
	} else if err = f.setAside(); err == nil {
		closeDescriptor(f.fd)
		f.fd = -1
		err = f.open(unix.O_EXCL)
	}
	if err != nil {
		f.retry, f.failed = now.Add(retryAfter), err
	}
	return err
}

func (f *file) open(flags int) error {
	if f.directory < 0 {
		fd, err := walk.Open(filepath.Dir(f.path))
		if err != nil {
			return fmt.Errorf("cannot open its directory: %w", err)
		}
		f.directory = fd
	}
	// O_NONBLOCK: a FIFO in its place must not make us wait.
	flags |= unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err := unix.Openat(f.directory, f.base, flags, fileMode)
	switch {
	case err == unix.ELOOP:
		return errors.New("it is a symbolic link, which is not followed: name the file itself")
	case err != nil:
		return err
	}
	size, err := checkRegular(fd)
	if err != nil {
		closeDescriptor(fd)
		return err
	}
	f.fd, f.size, f.midLine = fd, size, false
	return nil
}

func checkRegular(fd int) (size int64, err error) {
	var about unix.Stat_t
	switch err := unix.Fstat(fd, &about); {
	case err != nil:
		return 0, err
	case about.Mode&unix.S_IFMT != unix.S_IFREG:
		return 0, errors.New("it is no regular file")
	case about.Nlink > 1:
		return 0, regular.ErrLinked
	}
	return about.Size, nil
}

// setAside moves FILE to FILE.1, that to FILE.2 and so on; the last one goes.
func (f *file) setAside() error {
	if f.maxFiles == 1 {
		return unix.Unlinkat(f.directory, f.base, 0)
	}
	last := 1 // the first name that is free, or the last one that is allowed
	var about unix.Stat_t
	for last < f.maxFiles-1 && unix.Fstatat(f.directory, f.numbered(last), &about, unix.AT_SYMLINK_NOFOLLOW) == nil {
		last++
	}
	for i := last; i > 0; i-- {
		from, to := f.numbered(i-1), f.numbered(i)
		if err := unix.Renameat(f.directory, from, f.directory, to); err != nil && err != unix.ENOENT {
			return fmt.Errorf("cannot rename %s to %s: %w", from, to, err)
		}
	}
	return nil
}

// numbered is the name of a file that was set aside; number 0 is the current one.
func (f *file) numbered(i int) string {
	if i == 0 {
		return f.base
	}
	return fmt.Sprintf("%s.%d", f.base, i)
}
