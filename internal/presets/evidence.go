package presets

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/statedir"
)

// EvidencePath is where [EvidenceDirectory] makes it.
func EvidencePath(state, name string) string { return state + "/evidence/" + name }

// LeavesFiles says whether the preset of a runtime needs a directory for evidence.
func LeavesFiles(runtime Runtime) bool {
	preset, _ := Lookup(runtime)
	for _, setting := range preset.Settings {
		if ascii.Contains(setting.Value, Directory) {
			return true
		}
	}
	return false
}

// EvidenceDirectory makes the directory that a container's runtime writes its dumps to,
// STATE/evidence/NAME, for the user that it runs as, and returns its path. It may be
// there already; what lies in it stays. Others can neither read nor list it: a heap
// dump has secrets in it.
//
// configured is nile's state directory as [statedir.Open] takes it. uid and gid are the
// container's; -1 means nile's own. From the state directory on nothing is reached by its
// path, so that nobody can put another one in its place meanwhile.
func EvidenceDirectory(configured, name string, uid, gid int) (string, error) {
	if name == "" || ascii.ContainsAny(name, "/\x00") || name == "." || name == ".." {
		return "", errors.New("cannot make a directory for evidence: the name " + name + " is no file name")
	}
	own := syscall.Geteuid()
	if uid < 0 {
		uid = own
	}
	if gid < 0 {
		gid = syscall.Getegid()
	}
	state, fd, err := statedir.Open(configured)
	if err != nil {
		return "", err
	}
	defer syscall.Close(fd)
	if err := passable(fd, state, own, uid); err != nil {
		return "", err
	}
	parent, err := makeDirectory(fd, "evidence", state+"/evidence", 0o711, own, syscall.Getegid())
	if err != nil {
		return "", err
	}
	defer syscall.Close(parent)
	path := EvidencePath(state, name)
	directory, err := makeDirectory(parent, name, path, 0o700, uid, gid)
	if err != nil {
		return "", err
	}
	defer syscall.Close(directory)
	// This finds a file system that is read-only. Another user's may be closed to nile
	// itself, which may be root without CAP_DAC_OVERRIDE.
	err = syscall.Faccessat(directory, ".", linux.W_OK, 0)
	if err != nil && (uid == own || err == syscall.EROFS) {
		return "", &os.PathError{Op: "cannot write to", Path: path, Err: err}
	}
	return path, nil
}

// passable lets another user pass through nile's state directory; he cannot list it.
func passable(fd int, state string, own, uid int) error {
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return &os.PathError{Op: "cannot look at", Path: state, Err: err}
	}
	if uid == own || info.Mode&0o001 != 0 {
		return nil
	}
	readable, err := syscall.Openat(fd, ".", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0) // no fchmod(2) with O_PATH
	if err == nil {
		err = syscall.Fchmod(readable, info.Mode&0o7777|0o011)
		syscall.Close(readable)
	}
	if err != nil {
		return &os.PathError{Op: "cannot let the container's user pass through", Path: state, Err: err}
	}
	return nil
}

// makeDirectory makes a directory of a certain user in another, or sees to it that the one
// that is there is his: where others may write, they may have put a link in its place. It
// returns it open; path is for messages.
func makeDirectory(at int, name, path string, mode uint32, uid, gid int) (fd int, err error) {
	made := syscall.Mkdirat(at, name, mode)
	if made != nil && made != syscall.EEXIST {
		return -1, &os.PathError{Op: "cannot make", Path: path, Err: made}
	}
	flags := syscall.O_DIRECTORY | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	if made != nil {
		flags |= linux.O_PATH // it may be closed to nile
	}
	fd, err = syscall.Openat(at, name, flags, 0)
	if err != nil {
		return -1, &os.PathError{Op: "cannot open", Path: path, Err: err}
	}
	if made == nil { // free of the umask; before it is given away, since that may be for CAP_FOWNER alone then
		if err = syscall.Fchmod(fd, mode); err != nil {
			err = &os.PathError{Op: "cannot set the mode of", Path: path, Err: err}
		}
	}
	if err == nil {
		err = give(fd, path, uid, gid)
	}
	if err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// give gives a directory to a user, if it is nile's.
func give(fd int, path string, uid, gid int) error {
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return &os.PathError{Op: "cannot look at", Path: path, Err: err}
	}
	if int(info.Uid) == uid {
		return nil
	}
	if int(info.Uid) != syscall.Geteuid() {
		return errors.New("cannot use " + path + " for evidence: it belongs to another user; remove it")
	}
	err := syscall.Fchownat(fd, "", uid, gid, linux.AT_EMPTY_PATH)
	if err == syscall.EPERM {
		return errors.New("cannot give " + path + " to the container's user " + strconv.Itoa(uid) + ": " + err.Error() + ": it takes CAP_CHOWN")
	}
	if err != nil {
		return &os.PathError{Op: "cannot give to the container's user", Path: path, Err: err}
	}
	return nil
}
