package copytree

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// firstCopy is where the first name of a file with several hard links went.
type firstCopy struct {
	path     string
	identity inode
}

var errNotTheCopy = errors.New("the first copy was replaced meanwhile")

// linkCopy makes the target a hard link to the copy of the same file's other
// name. Where it can't (a mount point between them, too many links, no
// permission, a copy that somebody has replaced) the caller copies.
func (c *copier) linkCopy(first firstCopy, to place) bool {
	// rename(2) of one link over another of the same file does nothing, and
	// would leave the temporary name.
	if there, err := to.stat(false); err == nil && inodeOf(&there) == first.identity {
		return true
	}
	// Here alone a path of several names is needed. os.Root doesn't let a link
	// that somebody puts into that path lead outside.
	root, err := os.OpenRoot(c.rootPath)
	if err != nil {
		return false
	}
	defer root.Close()
	err = replace(to, func(temporary place) error {
		firstName, err := filepath.Rel(c.rootPath, first.path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(c.rootPath, temporary.path)
		if err != nil {
			return err
		}
		if err := root.Link(firstName, name); err != nil {
			return err
		}
		made, err := temporary.stat(false)
		if err == nil && inodeOf(&made) != first.identity {
			return errNotTheCopy
		}
		return err
	})
	return err == nil
}

// copyLink copies a symbolic link as it is, wherever it points.
func (c *copier) copyLink(from, to place, stat *unix.Stat_t) error {
	text, err := readlink(from)
	if err != nil {
		return cannot("read the link", from.path, err)
	}
	err = replace(to, func(temporary place) error {
		if err := unix.Symlinkat(text, temporary.at(), temporary.name); err != nil {
			return err
		}
		c.setOwnerByName(temporary, stat)
		return setTimes(temporary, stat)
	})
	if err != nil {
		return cannotCopy(from, to, err)
	}
	c.result.Links++
	return nil
}

func readlink(from place) (string, error) {
	// No Linux file system stores a longer link than PATH_MAX.
	buffer := make([]byte, unix.PathMax)
	length := 0
	err := retry(func() (err error) {
		length, err = unix.Readlinkat(from.at(), from.name, buffer)
		return err
	})
	return string(buffer[:max(length, 0)]), err
}

// copySpecial makes a FIFO or a device like the source.
func (c *copier) copySpecial(from, to place, stat *unix.Stat_t) error {
	err := replace(to, func(temporary place) error {
		// No permission for anybody until the owner is right.
		kind := stat.Mode & unix.S_IFMT
		if err := unix.Mknodat(temporary.at(), temporary.name, kind, int(stat.Rdev)); err != nil {
			return err
		}
		kept := c.setOwnerByName(temporary, stat)
		if err := chmodByName(temporary, permissions(stat.Mode, kept)); err != nil {
			return err
		}
		return setTimes(temporary, stat)
	})
	if err != nil {
		return cannotCopy(from, to, err)
	}
	c.result.Specials++
	return nil
}

// chmodByName doesn't follow a symbolic link on kernels from 6.6 on; older ones
// have no such call, and the name is one that only this run knows.
func chmodByName(p place, mode uint32) error {
	err := unix.Fchmodat(p.at(), p.name, mode, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPERM) { // EPERM: seccomp filters older than the call
		err = unix.Fchmodat(p.at(), p.name, mode, 0)
	}
	return err
}
