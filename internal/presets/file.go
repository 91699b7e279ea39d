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
		if path == "" {
			return fd // there is no other
		}
		var info syscall.Stat_t
		if syscall.Fstat(fd, &info) == nil && info.Mode&syscall.S_IFMT == syscall.S_IFREG && info.Mode&0o111 != 0 {
			return fd
		}
		syscall.Close(fd)
	}
	return -1
}

// maxNames bounds how much of the names of a file's sections is looked at.
const maxNames = 16 << 10

// isGo says whether an ELF file has the section .go.buildinfo, which Go's linker
// writes and strip(1) leaves. Only files of 64 bits in this machine's byte order are
// looked at: no other runs here as a rule. Of the table of the sections it reads the entry
// of their names alone.
func isGo(fd int, header []byte) bool {
	order := linux.NativeEndian
	if string(header[:4]) != "\x7fELF" || header[4] != 2 {
		return false
	}
	table, size := order.Uint64(header[40:]), order.Uint16(header[58:])
	count, names := order.Uint16(header[60:]), order.Uint16(header[62:])
	if size != 64 || names >= count {
		return false
	}
	var entry [64]byte
	if n, err := syscall.Pread(fd, entry[:], int64(table)+64*int64(names)); err != nil || n != len(entry) {
		return false
	}
	// Those of most programs fit into what needs no allocation, which the start would
	// wait for.
	var few [512]byte
	text := few[:]
	if length := order.Uint64(entry[32:]); length > uint64(len(few)) {
		text = make([]byte, min(length, maxNames))
	}
	n, err := syscall.Pread(fd, text, int64(order.Uint64(entry[24:])))
	if err != nil {
		return false
	}
	// By the rarest beginning: every name begins with a dot.
	return ascii.Contains(text[:n], "go.buildinfo\x00")
}
