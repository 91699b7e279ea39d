package copytree

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cannot says what could not be done to which file, why, and what helps. It
// returns nil for a nil error and keeps the errno for errors.Is.
func cannot(doWhat, path string, err error) error {
	if err == nil || errors.Is(err, errStopped) {
		return err
	}
	return fmt.Errorf("cannot %s %s: %w%s", doWhat, printable(path), bare(err), remedy(err, doWhat == "read"))
}

func cannotCopy(from, to place, err error) error {
	return cannot("copy "+printable(from.path)+" to", to.path, err)
}

// bare takes away the "openat /path:" that the os package puts before a reason:
// the message has the name already, and without a temporary part.
func bare(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// remedy is what a user can do about an errno, or nothing.
func remedy(err error, reading bool) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	switch errno {
	case unix.EACCES:
		if reading {
			return fmt.Sprintf(": give user %d permission to read it, or run as its owner", os.Geteuid())
		}
		return fmt.Sprintf(": make the directory writable for user %d (on a Kubernetes volume: securityContext.fsGroup)", os.Geteuid())
	case unix.ENOENT:
		if reading {
			return ": check the name; a relative one starts in " + workingDirectory()
		}
		return ": make its directory first"
	case unix.EISDIR:
		return ": remove it, or choose another name"
	case unix.EROFS:
		return ": mount a writable volume there"
	case unix.ENOSPC:
		return ": free some space or inodes, or give the volume a larger size"
	case unix.EDQUOT:
		return ": raise the quota"
	case unix.EPERM:
		return ": it takes its owner, or CAP_FOWNER (for a device CAP_MKNOD)"
	case unix.EMFILE:
		return ": the tree is too deep for the limit of open files: raise it (ulimit -n)"
	}
	return ""
}

func workingDirectory() string {
	directory, err := os.Getwd()
	if err != nil {
		return "the working directory"
	}
	return printable(directory)
}

// printable is a path as it may stand in a message: quoted if a terminal or a
// reader could take it for something else.
func printable(path string) string {
	quoted := strconv.Quote(path)
	if quoted == `"`+path+`"` && path != "" && !strings.Contains(path, " ") {
		return path
	}
	return quoted
}
