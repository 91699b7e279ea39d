package reaper

import (
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
)

// defaultPath is searched for a child that has no PATH; container engines give
// the same one to an image that sets none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// searchPath is the PATH of an environment: the first one, as getenv(3) has it.
func searchPath(env []string) string {
	for _, entry := range env {
		if value, ok := ascii.CutPrefix(entry, "PATH="); ok {
			return value
		}
	}
	return defaultPath
}

// candidates lists the paths to try for a command, as execvp(3): a name with a
// slash is a path, any other name is sought in each element of path, of which
// an empty one is the working directory.
func candidates(name, path string) []string {
	if name == "" {
		return nil
	}
	if ascii.Contains(name, "/") {
		return []string{name}
	}
	var list []string
	for element := range ascii.Split(path, ':') {
		if element == "" {
			element = "."
		}
		list = append(list, element+"/"+name)
	}
	return list
}

// from makes a path that the child will resolve in dir one for nile itself.
func from(dir, path string) string {
	if dir == "" || path == "" || path[0] == '/' {
		return path
	}
	return dir + "/" + path
}

// exists reports whether a file is there, as far as nile can tell; a path that
// nile may not look at counts, since the child may be somebody else.
func exists(path string) bool {
	var info syscall.Stat_t
	err := syscall.Stat(path, &info)
	return err != syscall.ENOENT && err != syscall.ENOTDIR
}
