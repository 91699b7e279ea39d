package presets

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// defaultPath is searched for a command where the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// byFile recognises a runtime by the first bytes of a program's file.
func byFile(program string, env []string, dir string) Runtime {
	file, ok := open(program, env, dir)
	if !ok {
		return None
	}
	defer unix.Close(int(file))
	var head [256]byte
	n := file.readAt(head[:], 0)
	text := string(head[:n])
	if line, isScript := strings.CutPrefix(text, "#!"); isScript {
		line, _, _ = strings.Cut(line, "\n")
		if words := Program(strings.Fields(line)); len(words) > 0 {
			return byName(words[0])
		}
		return None
	}
	if n >= 64 && isGo(file, head[:64]) {
		return Go
	}
	return None
}

// descriptor is an open file. It is none of package os: that one would set up Go's
// poller for the first file that it opens, which takes two descriptors, a dozen system
// calls and nile's life where there are no descriptors left.
type descriptor int

// readAt reads from a place in the file, and returns how many bytes there were.
func (d descriptor) readAt(buffer []byte, at int64) int {
	n, err := unix.Pread(int(d), buffer, at)
	if err != nil {
		return 0
	}
	return n
}

// open opens a program as execvp(3) would find it; ok is false where it can't.
func open(program string, env []string, dir string) (file descriptor, ok bool) {
	path, found := get(env, "PATH")
	if !found {
		path = defaultPath
	}
	if strings.Contains(program, "/") {
		path = ""
	}
	for element := range strings.SplitSeq(path, ":") {
		name := program
		if element != "" {
			name = element + "/" + program
		}
		if dir != "" && name[0] != '/' {
			name = dir + "/" + name
		}
		var info unix.Stat_t
		if unix.Stat(name, &info) != nil || info.Mode&unix.S_IFMT != unix.S_IFREG || info.Mode&0o111 == 0 {
			continue
		}
		if fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			return descriptor(fd), true
		}
	}
	return -1, false
}

// maxSections bounds how many sections of a file are looked at.
const maxSections = 256

// isGo says whether an ELF file has the section .go.buildinfo, which Go's linker
// writes and strip(1) leaves. Only files of 64 bits in this machine's byte order are
// looked at: no other runs here as a rule.
func isGo(file descriptor, header []byte) bool {
	order := binary.NativeEndian
	if string(header[:4]) != "\x7fELF" || header[4] != 2 {
		return false
	}
	start, size := order.Uint64(header[40:]), int(order.Uint16(header[58:]))
	count, names := int(order.Uint16(header[60:])), int(order.Uint16(header[62:]))
	if size != 64 || count > maxSections || names >= count {
		return false
	}
	table := make([]byte, size*count)
	if file.readAt(table, int64(start)) != len(table) {
		return false
	}
	text := make([]byte, min(order.Uint64(table[names*size+32:]), 64<<10))
	if file.readAt(text, int64(order.Uint64(table[names*size+24:]))) != len(text) {
		return false
	}
	for i := range count {
		at := uint64(order.Uint32(table[i*size:]))
		if at < uint64(len(text)) && strings.HasPrefix(string(text[at:min(at+16, uint64(len(text)))]), ".go.buildinfo\x00") {
			return true
		}
	}
	return false
}
