package copytree

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// setFileAttributes gives a copied file the owner, extended attributes and mode
// of its source and says which inode it is. The order matters: a change of owner
// clears the set-user-ID bit and file capabilities, and a mode without write
// permission forbids the setting of user attributes.
func (c *copier) setFileAttributes(target, source *os.File, stat *unix.Stat_t) (inode, error) {
	kept := c.setOwner(target, stat)
	c.copyExtendedAttributes(target, source)
	if err := unix.Fchmod(int(target.Fd()), permissions(stat.Mode, kept)); err != nil {
		return inode{}, err
	}
	written, err := statOf(target)
	return inodeOf(&written), err
}

// finishDirectory does the same for a directory that has been filled. One that
// existed before and belongs to somebody else keeps what it has.
func (c *copier) finishDirectory(source, target *os.File, path string, existed bool, stat *unix.Stat_t) {
	c.setOwner(target, stat)
	c.copyExtendedAttributes(target, source)
	err := unix.Fchmod(int(target.Fd()), stat.Mode&0o7777)
	if err == nil {
		err = setTimes(place{directory: target, name: "."}, stat)
	}
	if existed && errors.Is(err, unix.EPERM) {
		c.detail("directory", fmt.Sprintf("%s was there before and belongs to another user: its mode and times are left as they are", printable(path)))
		return
	}
	c.fail(cannot("set the mode and times of", path, err))
}

// permissions are the mode bits for a copy. The set-ID bits promise an identity
// that a copy with another owner hasn't got, so they go when the owner did.
func permissions(mode uint32, ownerKept bool) uint32 {
	if ownerKept {
		return mode & 0o7777
	}
	return mode & 0o1777
}

// setOwner gives the target the source's owner and group, or failing that the
// group alone, and reports whether both were kept.
func (c *copier) setOwner(target *os.File, stat *unix.Stat_t) bool {
	descriptor := int(target.Fd())
	return c.chown(stat, func(user, group int) error { return unix.Fchown(descriptor, user, group) })
}

func (c *copier) setOwnerByName(p place, stat *unix.Stat_t) bool {
	return c.chown(stat, func(user, group int) error {
		return unix.Fchownat(p.at(), p.name, user, group, unix.AT_SYMLINK_NOFOLLOW)
	})
}

func (c *copier) chown(stat *unix.Stat_t, change func(user, group int) error) bool {
	own := unix.Geteuid()
	if (int(stat.Uid) == own || c.mayChangeOthers()) && change(int(stat.Uid), int(stat.Gid)) == nil {
		return true
	}
	// EPERM for who is not root, EINVAL for an id that the user namespace lacks,
	// others from file systems without owners: never a reason not to copy.
	_ = change(-1, int(stat.Gid))
	text := fmt.Sprintf("files of user %d are copied as user %d, who may not give files away", stat.Uid, own)
	if own == 0 {
		text += ": that takes CAP_CHOWN and CAP_FOWNER"
	}
	c.detail("owner", text)
	return false
}

// mayChangeOthers tells whether a file can be given its mode and times after it was given
// away, and moved in a directory like /tmp: root may lack CAP_FOWNER, and then a copy with
// another owner is better than none. The mode cannot come first, since the change of owner
// takes from it, nor can the times, see copyFile.
func (c *copier) mayChangeOthers() bool {
	if c.bound == nil {
		var sets [2]unix.CapUserData
		err := unix.Capget(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &sets[0])
		bound := err == nil && sets[0].Effective&(1<<unix.CAP_FOWNER) == 0
		c.bound = &bound
	}
	return !*c.bound
}

// setTimes sets access and modification time of what was made, not of what a
// link points to.
func setTimes(p place, stat *unix.Stat_t) error {
	times := []unix.Timespec{stat.Atim, stat.Mtim}
	return unix.UtimesNanoAt(p.at(), p.name, times, unix.AT_SYMLINK_NOFOLLOW)
}

// copyExtendedAttributes copies what belongs to the file: the user's attributes,
// access control lists, file capabilities, and trusted.* for root. Security
// labels (SELinux and its kin) belong to the place: a volume has its own, and
// the pod would be refused a file with another. All of it is best effort, since
// tmpfs, overlays and unprivileged users each lack some.
func (c *copier) copyExtendedAttributes(target, source *os.File) {
	for _, name := range attributeNames(source) {
		if !belongsToFile(name) {
			continue
		}
		value, err := attribute(source, name)
		if err == nil {
			err = unix.Fsetxattr(int(target.Fd()), name, value, 0)
		}
		if err != nil && !errors.Is(err, unix.ENOTSUP) {
			c.detail(name, fmt.Sprintf("the extended attribute %s was not kept: %v", name, err))
		}
	}
}

func belongsToFile(name string) bool {
	for _, prefix := range []string{"user.", "trusted.", "system.posix_acl_", "security.capability"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// attributeNames lists the extended attributes; none where they are unknown.
func attributeNames(file *os.File) []string {
	size, err := unix.Flistxattr(int(file.Fd()), nil)
	if err != nil || size == 0 {
		return nil
	}
	list := make([]byte, size)
	size, err = unix.Flistxattr(int(file.Fd()), list)
	if err != nil { // ERANGE: the list grew meanwhile
		return nil
	}
	return strings.FieldsFunc(string(list[:size]), func(r rune) bool { return r == 0 })
}

func attribute(file *os.File, name string) ([]byte, error) {
	value := make([]byte, 64<<10) // XATTR_SIZE_MAX
	size, err := unix.Fgetxattr(int(file.Fd()), name, value)
	if err != nil {
		return nil, err
	}
	return value[:size], nil
}

// detail tells a thing that was not kept, once for each kind.
func (c *copier) detail(kind, text string) {
	if c.options.Detail != nil && !c.told[kind] {
		c.told[kind] = true
		c.options.Detail(text)
	}
}
