package reaper

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// notFound is the error for a command that is nowhere.
func notFound(c *Command) *StartError {
	name := c.Argv[0]
	failure := &StartError{Command: name, Op: opExec, Err: unix.ENOENT, missing: true}
	switch {
	case name == "":
		failure.Detail = "the command is empty"
	case !strings.Contains(name, "/"):
		failure.Detail = "not found in PATH " + strconv.Quote(searchPath(c.Env))
	case c.Dir != "" && name[0] != '/':
		failure.Detail = "no such file in " + c.Dir
	default:
		failure.Detail = "no such file"
	}
	return failure
}

// execFailure is the error for a command that execve(2) refused: path is what
// was executed, from the child's working directory.
func execFailure(c *Command, path string, err syscall.Errno) *StartError {
	file := from(c.Dir, path)
	if (err == unix.ENOENT || err == unix.ENOTDIR) && !exists(file) {
		return notFound(c)
	}
	return &StartError{
		Command: c.Argv[0],
		Op:      opExec,
		Path:    path,
		Detail:  explain(file, c.Dir, err),
		Err:     err,
	}
}

// explain finds words for an errno of execve(2) that by itself misleads: it
// says "no such file" of a script whose interpreter is missing, "permission
// denied" of a directory. It returns "" where the errno says it all.
func explain(file, dir string, err syscall.Errno) string {
	var info unix.Stat_t
	if unix.Stat(file, &info) != nil {
		return ""
	}
	// Only a regular file may be opened to look at it: a FIFO would block.
	switch info.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		return "it is a directory"
	default:
		return "it is not a regular file"
	}
	switch err {
	case unix.EACCES:
		return explainDenied(file, dir, &info)
	case unix.ENOENT, unix.ENOTDIR:
		return explainMissing(file, dir)
	case unix.ENOEXEC:
		return explainFormat(file, &info)
	case unix.E2BIG:
		return "its arguments and environment are too long, see ARG_MAX in execve(2)"
	case unix.ETXTBSY:
		return "the file is open for writing"
	}
	return ""
}

func explainDenied(file, dir string, info *unix.Stat_t) string {
	if info.Mode&0o111 == 0 {
		return "it is not executable (mode 0" + strconv.FormatUint(uint64(info.Mode&0o7777), 8) + "): chmod +x it"
	}
	var system unix.Statfs_t
	if unix.Statfs(file, &system) == nil && int64(system.Flags)&unix.ST_NOEXEC != 0 {
		return "permission denied: its file system is mounted noexec"
	}
	if interpreter, _ := interpreterOf(file); interpreter != "" {
		var its unix.Stat_t
		if unix.Stat(from(dir, interpreter), &its) == nil && its.Mode&0o111 == 0 {
			return "its interpreter " + interpreter + " is not executable"
		}
	}
	return ""
}

func explainMissing(file, dir string) string {
	interpreter, isScript := interpreterOf(file)
	if interpreter == "" || exists(from(dir, interpreter)) {
		return ""
	}
	switch {
	case !isScript:
		return "its dynamic loader " + interpreter +
			" is missing: the program is linked dynamically, and for another libc or image"
	case strings.HasSuffix(interpreter, "\r"):
		return "its interpreter " + strconv.Quote(interpreter) +
			" is missing: the file has Windows line ends (CR LF)"
	}
	return "its interpreter " + interpreter + " is missing"
}

func explainFormat(file string, info *unix.Stat_t) string {
	if info.Size == 0 {
		return "the file is empty"
	}
	if machine := elfMachine(file); machine != "" && machine != runtime.GOARCH {
		return "it is a program for " + machine + ", this machine is " + runtime.GOARCH
	}
	return "it is neither a program for this machine nor a script with a #! line"
}

// interpreterOf is the program that the kernel starts for a file: that of a #!
// line (and true) or the dynamic loader of an ELF program; "" if there is none.
func interpreterOf(file string) (interpreter string, isScript bool) {
	head, err := readFile(file, make([]byte, 4096))
	if err != nil {
		return "", false
	}
	line, isScript := bytes.CutPrefix(head, []byte("#!"))
	if !isScript {
		return elfLoader(head), false
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	if end := bytes.IndexAny(line, " \t"); end >= 0 {
		line = line[:end]
	}
	return string(line), true
}
