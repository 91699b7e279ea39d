package toolbox

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func stat(c *call) error {
	if len(c.args) == 0 {
		return usageError{"want a file"}
	}
	for _, name := range c.args {
		e, err := look(name, name)
		if c.has('L') && err == nil {
			if err = unix.Stat(name, &e.info); err != nil {
				err = &os.PathError{Op: "stat", Path: name, Err: err}
			}
		}
		if err != nil {
			c.complain(err)
			continue
		}
		shown := printable(name)
		if target, err := os.Readlink(name); err == nil && !c.has('L') {
			shown += " -> " + printable(target)
		}
		s := &e.info
		fmt.Fprintf(c.out, "  File: %s\n  Size: %d\tBlocks: %d\tIO block: %d\t%s\n", shown, s.Size, s.Blocks, s.Blksize, kindText(s.Mode))
		fmt.Fprintf(c.out, "Device: %d,%d\tInode: %d\tLinks: %d\n", unix.Major(uint64(s.Dev)), unix.Minor(uint64(s.Dev)), s.Ino, s.Nlink)
		fmt.Fprintf(c.out, "Access: (%04o/%s)\tUid: (%d/%s)\tGid: (%d/%s)\n", s.Mode&0o7777, modeText(s.Mode), s.Uid, c.user(s.Uid), s.Gid, c.group(s.Gid))
		for _, one := range []struct {
			title string
			at    unix.Timespec
		}{{"Access", s.Atim}, {"Modify", s.Mtim}, {"Change", s.Ctim}} {
			fmt.Fprintf(c.out, "%s: %s\n", one.title, time.Unix(one.at.Unix()).Format("2006-01-02 15:04:05.000000000 -0700"))
		}
	}
	return nil
}

func kindText(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symbolic link"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR:
		return "character device"
	case unix.S_IFBLK:
		return "block device"
	}
	return "regular file"
}

// modeText is a mode as ls -l has it: drwxr-sr-t.
func modeText(mode uint32) string {
	kinds := map[uint32]byte{unix.S_IFDIR: 'd', unix.S_IFLNK: 'l', unix.S_IFIFO: 'p', unix.S_IFSOCK: 's', unix.S_IFCHR: 'c', unix.S_IFBLK: 'b'}
	text := []byte("-rwxrwxrwx")
	if kind, ok := kinds[mode&unix.S_IFMT]; ok {
		text[0] = kind
	}
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			text[1+i] = '-'
		}
	}
	for i, special := range []struct {
		bit    uint32
		letter byte
	}{{unix.S_ISUID, 's'}, {unix.S_ISGID, 's'}, {unix.S_ISVTX, 't'}} {
		if mode&special.bit != 0 {
			at := 3 + 3*i
			if text[at] == '-' {
				special.letter -= 'a' - 'A'
			}
			text[at] = special.letter
		}
	}
	return string(text)
}
