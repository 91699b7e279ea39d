// Package stamp tells when a program reaches its main: a small static C program
// writes CLOCK_MONOTONIC, first thing, to a FIFO that the benchmark reads.
package stamp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/cprogram"
)

// Stamper is a compiled stamp program and the FIFO that it writes to. It must not
// be used by two goroutines at once.
type Stamper struct {
	// Program stamps the time, whatever its arguments, and waits to be killed.
	Program string
	path    string
	fifo    *os.File
}

// New compiles the stamp program and makes the FIFO, both in dir. It needs a C
// compiler by the name of cc.
func New(dir string) (*Stamper, error) {
	program, err := cprogram.Build(dir, "stamp")
	if err != nil {
		return nil, err
	}
	s := &Stamper{Program: program, path: filepath.Join(dir, "stamps")}
	if err := syscall.Mkfifo(s.path, 0o600); err != nil {
		return nil, fmt.Errorf("cannot make the FIFO %s: %w", s.path, err)
	}
	// Open for writing too: the FIFO then never ends, whoever comes and goes.
	if s.fifo, err = os.OpenFile(s.path, os.O_RDWR|syscall.O_NONBLOCK, 0); err != nil {
		return nil, fmt.Errorf("cannot open the FIFO %s: %w", s.path, err)
	}
	return s, nil
}

// Close closes the FIFO; who removes the directory removes the rest.
func (s *Stamper) Close() error { return s.fifo.Close() }

// Launch is the command that stamps the time and becomes argv, whose first
// element must be a path.
func (s *Stamper) Launch(argv []string) []string {
	return append([]string{s.Program, "--"}, argv...)
}

// Env is the environment entry that all stamp programs need.
func (s *Stamper) Env() string { return "BENCH_STAMPS=" + s.path }

// record is what stamp.c writes, in the machine's byte order.
type record struct {
	Nanoseconds int64
	PID         int32
	Launches    int32
}

const recordSize = 16

// Until waits for one stamp of a launch and n of children, and returns the time
// from the launch to the last of the children.
func (s *Stamper) Until(n int, timeout time.Duration) (time.Duration, error) {
	if err := s.fifo.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return 0, fmt.Errorf("cannot read the FIFO %s with a timeout: %w", s.path, err)
	}
	var launched, last int64
	for children := 0; launched == 0 || children < n; {
		r, err := s.read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, fmt.Errorf("%d of %d children reached main within %s", children, n, timeout)
		}
		if err != nil {
			return 0, fmt.Errorf("cannot read the FIFO %s: %w", s.path, err)
		}
		if r.Launches == 1 {
			launched = r.Nanoseconds
			continue
		}
		children++
		last = max(last, r.Nanoseconds)
	}
	return time.Duration(last - launched), nil
}

// Drop forgets the stamps that nobody waited for.
func (s *Stamper) Drop() error {
	if err := s.fifo.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return err
	}
	for {
		if _, err := s.read(); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (s *Stamper) read() (record, error) {
	var raw [recordSize]byte
	if _, err := io.ReadFull(s.fifo, raw[:]); err != nil {
		return record{}, err
	}
	return record{
		Nanoseconds: int64(binary.NativeEndian.Uint64(raw[0:])),
		PID:         int32(binary.NativeEndian.Uint32(raw[8:])),
		Launches:    int32(binary.NativeEndian.Uint32(raw[12:])),
	}, nil
}
