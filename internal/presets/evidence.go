package presets

import (
	"errors"
	"os"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
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
// state is nile's state directory, which must exist and belong to nile or root. uid and
// gid are the container's; -1 means nile's own.
func EvidenceDirectory(state, name string, uid, gid int) (string, error) {
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
	if err := passable(state, own, uid); err != nil {
		return "", err
	}
	parent := state + "/evidence"
	if err := makeDirectory(parent, 0o711, own, syscall.Getegid()); err != nil {
		return "", err
	}
	directory := EvidencePath(state, name)
	if err := makeDirectory(directory, 0o700, uid, gid); err != nil {
		return "", err
	}
	// Where nile is root, this finds a file system that is read-only.
	if err := syscall.Access(directory, linux.W_OK); err != nil {
		return "", &os.PathError{Op: "cannot write to", Path: directory, Err: err}
	}
	return directory, nil
}

// passable lets another user pass through nile's state directory; he cannot list it.
func passable(state string, own, uid int) error {
	var info syscall.Stat_t
	if err := syscall.Stat(state, &info); err != nil {
		return &os.PathError{Op: "cannot look at", Path: state, Err: err}
	}
	if uid == own || info.Mode&0o001 != 0 {
		return nil
	}
	if err := syscall.Chmod(state, info.Mode&0o7777|0o011); err != nil {
		return &os.PathError{Op: "cannot let the container's user pass through", Path: state, Err: err}
	}
	return nil
}

// makeDirectory makes a directory of a certain user, or sees to it that the one that is
// there is his: where others may write, they may have put a link in its place.
func makeDirectory(directory string, mode uint32, uid, gid int) error {
	made := syscall.Mkdir(directory, mode)
	if made != nil && made != syscall.EEXIST {
		return &os.PathError{Op: "cannot make", Path: directory, Err: made}
	}
	flags := syscall.O_DIRECTORY | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	if made != nil {
		flags |= linux.O_PATH // it may be closed to nile
	}
	fd, err := syscall.Open(directory, flags, 0)
	if err != nil {
		return &os.PathError{Op: "cannot open", Path: directory, Err: err}
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return &os.PathError{Op: "cannot look at", Path: directory, Err: err}
	}
	if int(info.Uid) != uid {
		if int(info.Uid) != syscall.Geteuid() {
			return errors.New("cannot use " + directory + " for evidence: it belongs to another user; remove it")
		}
		if err := syscall.Fchownat(fd, "", uid, gid, linux.AT_EMPTY_PATH); err != nil {
			return &os.PathError{Op: "cannot give to the container's user", Path: directory, Err: err}
		}
	}
	if made == nil { // free of the umask
		return syscall.Fchmod(fd, mode)
	}
	return nil
}
