package copytree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stretch is how many bytes are copied between two looks at the context and two
// progress reports: a fraction of a second on any storage.
const stretch = 8 << 20

// errStopped marks a file that was not finished because the context ended.
var errStopped = errors.New("stopped")

// ReplaceFile writes what is left to read of the source to the file target with
// the given permission bits, whatever the umask. The target appears, or changes,
// in one step, also when it is a program that runs; it is left alone on an error
// and when the context ends. A symbolic link at target is replaced, not followed.
func ReplaceFile(ctx context.Context, source *os.File, target string, mode os.FileMode) error {
	directory, err := openat(nil, filepath.Dir(target), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return cannot("write", target, err)
	}
	defer directory.Close()
	c := &copier{ctx: ctx}
	err = replace(entry(directory, filepath.Dir(target), filepath.Base(target)), func(temporary place) error {
		return writeFile(temporary, func(file *os.File) error {
			if err := c.copyStretch(file, source, math.MaxInt64); err != nil {
				return err
			}
			return file.Chmod(mode)
		})
	})
	if errors.Is(err, errStopped) {
		err = context.Cause(ctx)
	}
	return cannot("write", target, err)
}

// copyFile copies a regular file, or links it if another name of it was copied.
func (c *copier) copyFile(from, to place) error {
	source, err := from.open(unix.O_RDONLY, c.options.Dereference)
	if err != nil {
		return cannot("read", from.path, err)
	}
	defer source.Close()
	stat, err := statOf(source)
	if err != nil {
		return cannot("read", from.path, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return fmt.Errorf("cannot copy %s: it was replaced by something else meanwhile: run it again", printable(from.path))
	}
	if first, known := c.copied[inodeOf(&stat)]; known && c.linkCopy(first, to) {
		c.result.Files++
		return nil
	}
	var written inode
	err = replace(to, func(temporary place) error {
		err := writeFile(temporary, func(file *os.File) (err error) {
			if err = c.copyContents(file, source, &stat); err != nil {
				return err
			}
			written, err = c.setFileAttributes(file, source, &stat)
			return err
		})
		if err != nil {
			return err
		}
		// By name and after the close: over NFS, closing may set the times.
		return setTimes(temporary, &stat)
	})
	if err != nil {
		return cannotCopy(from, to, err)
	}
	if stat.Nlink > 1 {
		c.copied[inodeOf(&stat)] = firstCopy{path: to.path, identity: written}
	}
	c.result.Files++
	return nil
}

// replace has something made under a temporary name beside the target and then
// renames it, so that others see the old thing or the new one, whole.
func replace(to place, makeIt func(temporary place) error) error {
	temporary, err := place{}, error(nil)
	for range 100 { // 64 random bits: once is enough unless somebody plays tricks
		// A leading dot, and no suffix: nothing that a program looking for
		// *.war or *.conf in the directory would take for its own.
		temporary = to.sibling(fmt.Sprintf(".nile-%016x", rand.Uint64()))
		if err = makeIt(temporary); !errors.Is(err, unix.EEXIST) {
			break
		}
	}
	if err == nil {
		err = retry(func() error { return unix.Renameat(to.at(), temporary.name, to.at(), to.name) })
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, unix.EEXIST) {
		_ = unix.Unlinkat(to.at(), temporary.name, 0) // best effort: err matters more
	}
	return err
}

// writeFile creates a file, has it filled and closes it.
func writeFile(temporary place, fill func(*os.File) error) error {
	flags := unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW
	file, err := createat(temporary.directory, temporary.name, flags, 0o600)
	if err != nil {
		return err
	}
	err = fill(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// copyContents copies the bytes. The blocks that a file occupies tell whether it
// may have holes, and only then are they looked for.
func (c *copier) copyContents(target, source *os.File, stat *unix.Stat_t) error {
	if stat.Blocks*512 >= stat.Size {
		return c.copyStretch(target, source, math.MaxInt64)
	}
	for offset := int64(0); offset < stat.Size; {
		data, err := unix.Seek(int(source.Fd()), offset, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) { // a hole up to the end
			break
		}
		if err != nil { // a file system that doesn't know holes
			data = offset
		}
		hole, err := unix.Seek(int(source.Fd()), data, unix.SEEK_HOLE)
		if err != nil {
			hole = stat.Size
		}
		for _, file := range []*os.File{source, target} {
			if _, err := file.Seek(data, io.SeekStart); err != nil {
				return err
			}
		}
		if err := c.copyStretch(target, source, hole-data); err != nil {
			return err
		}
		offset = hole
	}
	return target.Truncate(stat.Size)
}

// copyStretch copies up to length bytes, or up to the end. os.File.ReadFrom uses
// copy_file_range(2), which shares the blocks on file systems that can, and
// falls back to reading and writing where it is not supported.
func (c *copier) copyStretch(target, source *os.File, length int64) error {
	for length > 0 {
		if c.ctx.Err() != nil {
			return errStopped
		}
		copied, err := target.ReadFrom(&io.LimitedReader{R: source, N: min(length, stretch)})
		c.result.Bytes += copied
		if err != nil {
			return err
		}
		if copied == 0 {
			return nil
		}
		length -= copied
		if copied == stretch {
			c.progress()
		}
	}
	return nil
}
