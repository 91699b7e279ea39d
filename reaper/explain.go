package reaper

import (
	"runtime"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// notFound is the error for a command that is nowhere.
func notFound(c *Command) *StartError {
	name := c.Argv[0]
	failure := &StartError{Command: name, Op: opExec, Err: syscall.ENOENT, missing: true}
	switch {
	case name == "":
		failure.Detail = "the command is empty"
	case !ascii.Contains(name, "/"):
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
	if (err == syscall.ENOENT || err == syscall.ENOTDIR) && !exists(file) {
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
	var info syscall.Stat_t
	if syscall.Stat(file, &info) != nil {
		return ""
	}
	// Only a regular file may be opened to look at it: a FIFO would block.
	switch info.Mode & syscall.S_IFMT {
	case syscall.S_IFREG:
	case syscall.S_IFDIR:
		return "it is a directory"
	default:
		return "it is not a regular file"
	}
	switch err {
	case syscall.EACCES:
		return explainDenied(file, dir, &info)
	case syscall.ENOENT, syscall.ENOTDIR:
		return explainMissing(file, dir)
	case syscall.ENOEXEC:
		return explainFormat(file, &info)
	case syscall.E2BIG:
		return "its arguments and environment are too long, see ARG_MAX in execve(2)"
	case syscall.ETXTBSY:
		return "the file is open for writing"
	}
	return ""
}

func explainDenied(file, dir string, info *syscall.Stat_t) string {
	if info.Mode&0o111 == 0 {
		return "it is not executable (mode 0" + strconv.FormatUint(uint64(info.Mode&0o7777), 8) + "): chmod +x it"
	}
	var system syscall.Statfs_t
	if syscall.Statfs(file, &system) == nil && int64(system.Flags)&linux.ST_NOEXEC != 0 {
		return "permission denied: its file system is mounted noexec"
	}
	if interpreter, _ := interpreterOf(file); interpreter != "" {
		var its syscall.Stat_t
		if syscall.Stat(from(dir, interpreter), &its) == nil && its.Mode&0o111 == 0 {
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
	case ascii.HasSuffix(interpreter, "\r"):
		return "its interpreter " + strconv.Quote(interpreter) +
			" is missing: the file has Windows line ends (CR LF)"
	}
	return "its interpreter " + interpreter + " is missing"
}

func explainFormat(file string, info *syscall.Stat_t) string {
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
	line, isScript := ascii.CutPrefix(head, "#!")
	if !isScript {
		return elfLoader(head), false
	}
	line, _, _ = ascii.Cut(line, "\n")
	line = ascii.TrimLeft(line, " \t")
	if end := ascii.IndexAny(line, " \t"); end >= 0 {
		line = line[:end]
	}
	return string(line), true
}
