package presets

import (
	"slices"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// defaultPath is searched for a command where the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// byFile recognises a runtime by the first bytes of a program's file. A command that may
// be held waits for this, so it makes no more system calls than it must.
func byFile(program string, env []string, dir string) Runtime {
	fd := open(program, env, dir)
	if fd < 0 {
		return None
	}
	defer syscall.Close(fd)
	var head [256]byte
	n, err := syscall.Pread(fd, head[:], 0)
	if err != nil {
		return None
	}
	if line, isScript := ascii.CutPrefix(string(head[:n]), "#!"); isScript {
		line, _, _ = ascii.Cut(line, "\n")
		if words := Program(slices.Collect(ascii.Fields(line))); len(words) > 0 {
			return byName(words[0])
		}
		return None
	}
	if n >= 64 && isGo(fd, head[:64]) {
		return Go
	}
	return None
}

// open opens a program as execvp(3) would find it; -1 where it can't.
func open(program string, env []string, dir string) int {
	if program == "" {
		return -1
	}
	path, found := get(env, "PATH")
	if !found {
		path = defaultPath
	}
	if ascii.Contains(program, "/") {
		path = ""
	}
	for element := range ascii.Split(path, ':') {
		name := program
		if element != "" {
			name = element + "/" + program
		}
		if dir != "" && name[0] != '/' {
			name = dir + "/" + name
		}
		fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		var info syscall.Stat_t
		if syscall.Fstat(fd, &info) == nil && info.Mode&syscall.S_IFMT == syscall.S_IFREG && info.Mode&0o111 != 0 {
			return fd
		}
		syscall.Close(fd)
	}
	return -1
}

// Bounds of what is looked at: how many sections, and how much of their names.
const (
	maxSections = 256
	maxNames    = 16 << 10
)

// isGo says whether an ELF file has the section .go.buildinfo, which Go's linker
// writes and strip(1) leaves. Only files of 64 bits in this machine's byte order are
// looked at: no other runs here as a rule.
func isGo(fd int, header []byte) bool {
	order := linux.NativeEndian
	if string(header[:4]) != "\x7fELF" || header[4] != 2 {
		return false
	}
	start, size := order.Uint64(header[40:]), int(order.Uint16(header[58:]))
	count, names := int(order.Uint16(header[60:])), int(order.Uint16(header[62:]))
	if size != 64 || count > maxSections || names >= count {
		return false
	}
	table := make([]byte, size*count)
	if n, err := syscall.Pread(fd, table, int64(start)); err != nil || n != len(table) {
		return false
	}
	text := make([]byte, min(order.Uint64(table[names*size+32:]), maxNames))
	n, err := syscall.Pread(fd, text, int64(order.Uint64(table[names*size+24:])))
	return err == nil && ascii.Contains(text[:n], "\x00.go.buildinfo\x00")
}
