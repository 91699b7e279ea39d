package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// life is one run of a container, as it has counted itself.
type life struct {
	PID    uint64
	Stdout uint64 // lines that write(2) has taken
	Stderr uint64
	// Intent is how the run meant to end, set right before: 1 plus an exit code, or
	// intentSignal plus a signal's number; 0 where something else ended it.
	Intent uint64
}

const (
	lockSuffix    = ".lock"    // of the file that is locked while a run lives
	overlapSuffix = ".overlap" // of the one that says that two have lived at a time

	intentSignal = 1000
	lifeSize     = int(unsafe.Sizeof(life{}))
)

// ledger is a container's book: a file of lives, the last one of which is mapped by the
// process that leads it.
type ledger struct {
	number  int // of this life, from 0
	current *life
	lock    *os.File
}

// errOverlap says that the last run of the container still lives.
var errOverlap = errors.New("another run of the container still lives")

// openLedger begins a new life in a container's book. The book is locked until the process
// ends.
func openLedger(file string) (*ledger, error) {
	// Not the book itself: a mapping keeps a file, and with it the lock, for as long as somebody
	// looks at the memory of the process in /proc, which may be a moment longer than it lives.
	lock, err := os.OpenFile(file+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = os.WriteFile(file+overlapSuffix, fmt.Appendf(nil, "process %d: %v\n", os.Getpid(), err), 0o600)
		return nil, errOverlap
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	number := int(info.Size()) / lifeSize
	if err := f.Truncate(int64((number + 1) * lifeSize)); err != nil {
		return nil, err
	}
	// A mapping begins at a multiple of the page's size; 4096 is one of lifeSize.
	page := int64(os.Getpagesize())
	offset := int64(number * lifeSize)
	b, err := syscall.Mmap(int(f.Fd()), offset/page*page, int(page), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	l := &ledger{number: number, lock: lock, current: (*life)(unsafe.Pointer(&b[offset%page]))}
	l.current.PID = uint64(os.Getpid())
	return l, nil
}

// count adds a line to what a stream has taken.
func count(lines *uint64) { atomic.AddUint64(lines, 1) }

// readLedger reads the lives of a container, the first one first.
func readLedger(file string) ([]life, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lives := make([]life, len(b)/lifeSize)
	for i := range lives {
		at := b[i*lifeSize:]
		number := func(n int) uint64 { return binary.NativeEndian.Uint64(at[8*n:]) }
		lives[i] = life{number(0), number(1), number(2), number(3)}
	}
	if _, err := os.Stat(file + overlapSuffix); err == nil {
		return lives, fmt.Errorf("%s: %w", filepath.Base(file), errOverlap)
	}
	return lives, nil
}
