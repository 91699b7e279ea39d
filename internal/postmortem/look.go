package postmortem

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// maxFiles is how many descriptors of a process are listed.
const maxFiles = 256

// TakeLook sees what a process has open and what it waits for. It reads nothing that a
// stuck process could hold up: no memory of its own (its command line is such).
func TakeLook(pid int, why string) Look {
	look := Look{At: time.Now(), Why: why, PID: pid}
	status := readStatus(pid)
	if status.state == "" {
		look.Note = "the process was gone"
		return look
	}
	look.State, look.Threads, look.Memory, look.Peak = status.state, status.threads, status.memory, status.peak
	if function := string(readBounded(procOf(pid)+"/wchan", maxStat)); function != "0" {
		look.Waiting = function
	}
	fds, err := os.Open(procOf(pid) + "/fd")
	if err != nil {
		look.Note = "its open files cannot be read: " + plain(err).Error()
		return look
	}
	defer fds.Close()
	names, _ := fds.Readdirnames(maxDirectory)
	sockets := map[uint64]int{} // descriptors, by inode
	for _, name := range names {
		target, err := os.Readlink(procOf(pid) + "/fd/" + name)
		if err != nil {
			continue
		}
		fd := number(name)
		if inode, ok := socketInode(target); ok {
			sockets[inode] = fd
			continue
		}
		if len(look.Files) == maxFiles {
			look.More++
			continue
		}
		look.Files = append(look.Files, File{FD: fd, Path: strings.ToValidUTF8(cut(target, maxCommand), "\ufffd")})
	}
	look.addSockets(pid, sockets)
	return look
}

func procOf(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// socketInode reads "socket:[1234]".
func socketInode(target string) (uint64, bool) {
	inner, ok := strings.CutPrefix(target, "socket:[")
	if !ok {
		return 0, false
	}
	inode, err := strconv.ParseUint(strings.TrimSuffix(inner, "]"), 10, 64)
	return inode, err == nil
}

// addSockets names the ends of the sockets, from the tables of the process's network
// namespace.
func (l *Look) addSockets(pid int, sockets map[uint64]int) {
	if len(sockets) == 0 {
		return
	}
	eachSocket(procOf(pid)+"/net", func(inode uint64, s Socket) bool {
		fd, ok := sockets[inode]
		if !ok {
			return true
		}
		delete(sockets, inode)
		if len(l.Sockets) == maxFiles {
			l.More++
			return true
		}
		s.FD = fd
		l.Sockets = append(l.Sockets, s)
		return len(sockets) > 0
	})
	for _, fd := range sockets { // of families that aren't listed
		if len(l.Sockets) == maxFiles {
			l.More++
			continue
		}
		l.Sockets = append(l.Sockets, Socket{FD: fd, Protocol: "other"})
	}
}
