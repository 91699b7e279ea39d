package corefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// End is how the process has ended.
type End struct {
	Signal     int      // that has ended it; 0 where none did
	SignalInfo []byte   // siginfo_t; nil where it is not known
	Threads    []Thread // the one that has ended it first
}

// Thread is a thread and its registers.
type Thread struct {
	TID           int
	Registers     []byte // NT_PRSTATUS of PTRACE_GETREGSET
	FloatingPoint []byte // NT_PRFPREG
	Extended      []byte // NT_X86_XSTATE; nil elsewhere
}

// Summary says what has been written.
type Summary struct {
	Mappings   int   `json:"mappings"`
	Threads    int   `json:"threads"`
	Size       int64 `json:"sizeBytes"`    // of the file, its holes included
	Written    int64 `json:"writtenBytes"` // without them
	Unreadable int64 `json:"unreadableBytes,omitempty"`
}

const (
	page      = 4096
	chunk     = 64 // pages that are read at once
	elfHeader = 64
	segment   = 56 // a program header
	spare     = 16 << 20
)

// Write writes the core of a process that stands still, unless ctx ends before. It returns when all is on its
// way to the disk, may take as long as writing that much does, and needs less than a
// megabyte of memory beside the list of mappings.
func Write(ctx context.Context, file *os.File, pid int, end *End) (*Summary, error) {
	p, err := open(pid)
	if err != nil {
		return nil, fmt.Errorf("cannot read the memory of process %d: %w: give nile CAP_SYS_PTRACE, or run the container as nile's own user", pid, err)
	}
	defer p.close()
	maps := parseMaps(string(p.maps))
	if len(maps) == 0 || len(maps) >= 0xffff {
		return nil, fmt.Errorf("cannot write a core of process %d: it has %d mappings, and at least one and less than 65535 fit", pid, len(maps))
	}
	w := &writer{process: p, file: file}
	if err := w.room(pid); err != nil {
		return nil, err
	}
	notes := p.notes(end, maps)
	begin := uint64(elfHeader + segment*(len(maps)+1))
	at := (begin + uint64(len(notes)) + page - 1) &^ (page - 1)
	head := w.headers(maps, begin, uint64(len(notes)), at)
	if err := w.put(append(head, notes...), 0); err != nil {
		return nil, err
	}
	for i := range maps {
		size := maps[i].dumped()
		if err := w.copy(ctx, maps[i].start, size, at); err != nil {
			return nil, err
		}
		at += size
	}
	if err := file.Truncate(int64(at)); err != nil { // the last pages may be a hole
		return nil, failure(err)
	}
	w.Mappings, w.Threads, w.Size = len(maps), len(end.Threads), int64(at)
	return &w.Summary, nil
}

func failure(err error) error { return fmt.Errorf("cannot write the core: %w", err) }

type writer struct {
	*process
	file *os.File
	Summary
	buffer [chunk * page]byte
}

// room refuses what will not fit: all that is resident may have to be written.
func (w *writer) room(pid int) error {
	var disk syscall.Statfs_t
	if syscall.Fstatfs(int(w.file.Fd()), &disk) != nil {
		return nil
	}
	statm, err := os.ReadFile(procOf(pid) + "/statm")
	fields := strings.Fields(string(statm)) // the size and what is resident, in pages
	if err != nil || len(fields) < 2 {
		return nil
	}
	resident, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return nil
	}
	need, free := resident*int64(os.Getpagesize())+1<<20, int64(disk.Bavail)*int64(disk.Bsize)
	if need+spare > free {
		return fmt.Errorf("cannot write the core: it may need %d MiB and %d MiB are free there: choose another file system", need>>20, free>>20)
	}
	return nil
}

// headers are those of the file and of its segments: the notes, and each mapping.
func (w *writer) headers(maps []mapping, begin, notes, at uint64) []byte {
	var b bytes.Buffer
	machine := uint16(62) // EM_X86_64
	if runtime.GOARCH == "arm64" {
		machine = 183 // EM_AARCH64
	}
	b.WriteString("\x7fELF\x02\x01\x01" + string(make([]byte, 9)))
	head := order.AppendUint16(order.AppendUint16(nil, 4), machine) // ET_CORE
	head = order.AppendUint32(head, 1)
	for _, number := range [3]uint64{0, elfHeader, 0} { // entry, segments, sections
		head = order.AppendUint64(head, number)
	}
	head = order.AppendUint32(head, 0)
	for _, number := range [6]uint16{elfHeader, segment, uint16(len(maps) + 1), 0, 0, 0} {
		head = order.AppendUint16(head, number)
	}
	b.Write(head)
	add := func(kind, flags uint32, numbers ...uint64) {
		entry := order.AppendUint32(order.AppendUint32(nil, kind), flags)
		for _, number := range numbers {
			entry = order.AppendUint64(entry, number)
		}
		b.Write(entry)
	}
	add(4, 0, begin, 0, 0, notes, 0, 4) // PT_NOTE
	for i := range maps {
		m := &maps[i]
		flags := uint32(0)
		for bit, letter := range "xwr" {
			if m.mode[2-bit] == byte(letter) {
				flags |= 1 << bit
			}
		}
		size := m.dumped()
		add(1, flags, at, m.start, 0, size, m.end-m.start, page) // PT_LOAD
		at += size
	}
	return b.Bytes()
}

// copy writes so much memory from an address on to a place in the file.
func (w *writer) copy(ctx context.Context, address, size, at uint64) error {
	const span = 1 << 21
	var present [span / page * 8]byte
	for done := uint64(0); done < size; done += span {
		if err := ctx.Err(); err != nil {
			return failure(err)
		}
		pages := min(size-done, span) / page
		known := false
		if w.pages != nil {
			n, err := w.pages.ReadAt(present[:8*pages], int64((address+done)/page*8))
			known = err == nil && n == int(8*pages)
		}
		there := func(i uint64) bool { // present or swapped out, pagemap in the kernel's documentation
			return !known || order.Uint64(present[8*i:])>>62 != 0
		}
		for i := uint64(0); i < pages; {
			run := uint64(0)
			for i+run < pages && run < chunk && there(i+run) {
				run++
			}
			if run > 0 {
				if err := w.copyRun(address+done+i*page, run, at+done+i*page); err != nil {
					return err
				}
			}
			i += max(run, 1)
		}
	}
	return nil
}

// copyRun writes some pages, and leaves out what is zero or cannot be read, such as what
// lies behind the end of a file.
func (w *writer) copyRun(address, pages, at uint64) error {
	memory := w.buffer[:pages*page]
	n, err := w.mem.ReadAt(memory, int64(address))
	if n < len(memory) && pages > 1 && err != nil {
		for i := range pages {
			if err := w.copyRun(address+i*page, 1, at+i*page); err != nil {
				return err
			}
		}
		return nil
	}
	if n < len(memory) {
		w.Unreadable += int64(len(memory) - n)
		return nil
	}
	var zero [page]byte
	for i := 0; i < len(memory); {
		end := i
		for end < len(memory) && !bytes.Equal(memory[end:end+page], zero[:]) {
			end += page
		}
		if end > i {
			if err := w.put(memory[i:end], at+uint64(i)); err != nil {
				return err
			}
		}
		i = end + page
	}
	return nil
}

func (w *writer) put(data []byte, at uint64) error {
	n, err := w.file.WriteAt(data, int64(at))
	w.Written += int64(n)
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("cannot write the core: the file system is full: choose another one")
	}
	if err != nil {
		return failure(err)
	}
	return nil
}
