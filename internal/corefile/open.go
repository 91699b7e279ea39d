package corefile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// AsOwner calls do, and once more as the user and group of a process where that was
// denied: nile may become another user without being allowed to look at that user's
// processes (PTRACE_MODE_READ in ptrace(2) compares the ids for file access). Only the
// calling thread changes its ids, and has its own again when AsOwner returns.
func AsOwner(pid int, do func() error) error {
	err := do()
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	var owner syscall.Stat_t
	if syscall.Stat(procOf(pid), &owner) != nil || os.Geteuid() != 0 {
		return err
	}
	uid, gid := owner.Uid, owner.Gid
	if status, err := os.ReadFile(procOf(pid) + "/status"); err == nil { // one that is not dumpable belongs to root
		uid, gid = idIn(string(status), "Uid:", uid), idIn(string(status), "Gid:", gid)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	setIDs(uid, gid)
	defer setIDs(uint32(os.Geteuid()), uint32(os.Getegid()))
	return do()
}

// setIDs sets the ids of the calling thread for access to files, setfsuid(2): the group
// first, while it may.
func setIDs(uid, gid uint32) {
	if uid == 0 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
	}
	_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSGID, uintptr(gid), 0, 0)
	_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
}

// idIn is the effective id in a line of /proc/PID/status.
func idIn(status, key string, otherwise uint32) uint32 {
	_, rest, found := strings.Cut(status, "\n"+key)
	line, _, _ := strings.Cut(rest, "\n")
	fields := strings.Fields(line)
	if !found || len(fields) < 2 {
		return otherwise
	}
	id, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return otherwise
	}
	return uint32(id)
}

func procOf(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// process is what is read of a process.
type process struct {
	mem, pages *os.File // pages is nil where the kernel does not show which are there
	maps, auxv []byte
	stat       []byte
	arguments  []byte
}

func open(pid int) (*process, error) {
	p := &process{}
	err := AsOwner(pid, func() (err error) {
		p.close()
		if p.mem, err = os.Open(procOf(pid) + "/mem"); err != nil {
			return err
		}
		if p.maps, err = os.ReadFile(procOf(pid) + "/smaps"); err != nil {
			p.maps, err = os.ReadFile(procOf(pid) + "/maps")
		}
		if err != nil {
			return err
		}
		if os.Getpagesize() == page { // it is in the system's pages
			p.pages, _ = os.Open(procOf(pid) + "/pagemap")
		}
		p.auxv, _ = os.ReadFile(procOf(pid) + "/auxv")
		p.stat, _ = os.ReadFile(procOf(pid) + "/stat")
		p.arguments, _ = os.ReadFile(procOf(pid) + "/cmdline")
		return nil
	})
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *process) close() {
	if p.mem != nil {
		_ = p.mem.Close()
	}
	if p.pages != nil {
		_ = p.pages.Close()
	}
}
