// Package procstat reads what /proc tells of a process with as little as can be
// done: system calls and a parser, without os and fmt, whose initialisation the
// first child of a container would wait for.
//
// Sources: proc_pid_stat(5), proc(5), and fs/proc/array.c of the kernel.
package procstat

import (
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
)

// TicksPerSecond is the unit of the times in /proc: USER_HZ, which is 100 on every
// machine that Go runs on, see time(7).
const TicksPerSecond = 100

// LineSize is room enough for any line of /proc/PID/stat: 52 numbers and a name.
const LineSize = 1024

// Stat is what /proc/PID/stat tells of a process, or of one thread where the line is
// that of /proc/PID/task/TID.
type Stat struct {
	PID, Parent, Group, Session int

	Command string // the name, any bytes: at most 15 for a process, 63 for a kernel thread
	State   byte   // R, S, D, T, t, Z, X, I
	Device  int    // the controlling terminal, as a device number; 0 is none
	Flags   uint64 // PF_… of the kernel's include/linux/sched.h
	Threads int

	User, System uint64 // processor time in ticks
	ReapedUser   uint64 // the same of its children that have ended and been waited for,
	ReapedSystem uint64 // and of theirs
	Start        uint64 // ticks since boot; with the number, unique
	Resident     uint64 // pages of memory
}

// kernelThread is PF_KTHREAD.
const kernelThread = 0x00200000

// Kernel reports whether it is a thread of the kernel's own, which has no program.
func (s *Stat) Kernel() bool { return s.Flags&kernelThread != 0 }

// Zombie reports whether the process has ended and waits for its parent to take
// notice. One whose first thread alone has ended looks like a zombie too, but its
// other threads run.
func (s *Stat) Zombie() bool { return s.State == 'Z' && s.Threads <= 1 || s.State == 'X' }

// Parse reads a line of /proc/PID/stat. The name stands in parentheses and may
// contain anything, also parentheses and newlines: the last one ends it. What has
// fewer fields than Linux 2.6 wrote is refused.
func Parse(line []byte) (s Stat, ok bool) {
	open, end := ascii.IndexByte(line, '('), ascii.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return s, false
	}
	s.PID = int(Number(ascii.TrimSpace(line[:open])))
	s.Command = string(line[open+1 : end])
	rest := ascii.TrimSpace(line[end+1:])
	for number := 3; number <= 24; number++ {
		var field []byte
		field, rest, _ = ascii.Cut(rest, " ")
		if len(field) == 0 {
			return Stat{}, false
		}
		s.set(number, field)
	}
	letter := s.State|0x20 >= 'a' && s.State|0x20 <= 'z'
	return s, letter && s.PID > 0
}

// set takes a field by its number in the manual page.
func (s *Stat) set(number int, field []byte) {
	switch number {
	case 3:
		s.State = field[0]
	case 4:
		s.Parent = int(Number(field))
	case 5:
		s.Group = int(Number(field))
	case 6:
		s.Session = int(Number(field))
	case 7:
		s.Device = int(Number(field))
	case 9:
		s.Flags = Number(field)
	case 14:
		s.User = Number(field)
	case 15:
		s.System = Number(field)
	case 16:
		s.ReapedUser = Number(field)
	case 17:
		s.ReapedSystem = Number(field)
	case 20:
		s.Threads = int(Number(field))
	case 22:
		s.Start = Number(field)
	case 24:
		s.Resident = Number(field)
	}
}

// Number reads decimal digits; a field that is not a number, or is none that 63 bits
// hold, is 0.
func Number(digits []byte) uint64 {
	var value uint64
	for _, digit := range digits {
		if digit < '0' || digit > '9' || value > (1<<63-1)/10-1 {
			return 0
		}
		value = value*10 + uint64(digit-'0')
	}
	return value
}

// Read looks at one process; root is a descriptor of /proc. The buffer is room for
// the line, see [LineSize].
func Read(root, pid int, buffer []byte) (Stat, error) {
	data, err := ReadFile(root, strconv.Itoa(pid)+"/stat", buffer)
	if err != nil {
		return Stat{}, err
	}
	s, ok := Parse(data)
	if !ok {
		return Stat{}, syscall.EBADMSG
	}
	return s, nil
}

// Open opens a directory to read files below it.
func Open(path string) (fd int, err error) {
	return syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
}

// ReadFile reads a file below a directory, up to the length of the buffer, into the
// buffer. os.ReadFile would stat it and register it with the poller.
func ReadFile(directory int, name string, buffer []byte) ([]byte, error) {
	fd, err := syscall.Openat(directory, name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	return ReadAll(fd, buffer)
}

// ReadAll reads a descriptor up to its end or the length of the buffer, into the buffer.
func ReadAll(fd int, buffer []byte) ([]byte, error) {
	length := 0
	for length < len(buffer) {
		n, err := syscall.Read(fd, buffer[length:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		length += n
	}
	return buffer[:length], nil
}

// Numbers lists the names in a directory that are numbers, at most so many, in the
// order of the directory: the processes in /proc, the threads in /proc/PID/task. more
// tells that there were others.
func Numbers(directory, most int) (numbers []int, more bool, err error) {
	// A descriptor has one position: a second listing must begin at the start.
	if _, err := syscall.Seek(directory, 0, 0); err != nil {
		return nil, false, err
	}
	entries := make([]byte, 16384)
	var names []string
	for {
		n, err := syscall.ReadDirent(directory, entries)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return numbers, false, err
		}
		_, _, names = syscall.ParseDirent(entries[:n], -1, names[:0])
		for _, name := range names {
			if name[0] < '1' || name[0] > '9' {
				continue
			}
			number := int(Number([]byte(name)))
			if number == 0 {
				continue
			}
			if len(numbers) == most {
				return numbers, true, nil
			}
			numbers = append(numbers, number)
		}
	}
}
