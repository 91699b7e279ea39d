// Package board is memory that a benchmark shares with the C programs that it
// measures with: an array of cells of 64 bits, in a file that both map. Writing
// to it costs them nothing that would be measured.
package board

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory is where files are not written to a disk, which would make pages
// read-only from time to time.
const memory = "/dev/shm"

// Board is an array of cells. Its methods may be called by any goroutine.
type Board struct {
	// Path is the file, for the programs to map.
	Path  string
	raw   []byte
	cells []int64
}

// New makes a board of cells that are 0.
func New(cells int) (*Board, error) {
	dir := memory
	if unix.Access(dir, unix.W_OK) != nil {
		dir = "" // the ordinary directory for temporary files
	}
	file, err := os.CreateTemp(dir, "nile-bench-board-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a file to share: %w", err)
	}
	defer file.Close()
	b := &Board{Path: file.Name()}
	size := cells * int(unsafe.Sizeof(b.cells[0]))
	if err = file.Truncate(int64(size)); err == nil {
		b.raw, err = unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		os.Remove(b.Path)
		return nil, fmt.Errorf("cannot share %s: %w", b.Path, err)
	}
	b.cells = unsafe.Slice((*int64)(unsafe.Pointer(&b.raw[0])), cells)
	return b, nil
}

// Close removes the board. Nobody may use it any more.
func (b *Board) Close() error {
	os.Remove(b.Path)
	return unix.Munmap(b.raw)
}

// Load reads a cell.
func (b *Board) Load(cell int) int64 { return atomic.LoadInt64(&b.cells[cell]) }

// Store writes a cell.
func (b *Board) Store(cell int, value int64) { atomic.StoreInt64(&b.cells[cell], value) }

// Clear sets all cells to 0.
func (b *Board) Clear() {
	for i := range b.cells {
		b.Store(i, 0)
	}
}

// Await waits until a condition holds, looking again after each pause, and reports
// whether it came to hold within the timeout.
func Await(condition func() bool, pause, timeout time.Duration) bool {
	for deadline := time.Now().Add(timeout); !condition(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// Now is CLOCK_MONOTONIC in nanoseconds, the clock of the programs.
func Now() int64 {
	var t unix.Timespec
	// It fails only for a clock that does not exist.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}
