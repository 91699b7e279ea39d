package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/supervisor"
)

// loadPod reads the manifest. It may come from a pipe that nobody writes to, so that
// a signal ends the waiting.
func loadPod(file string) (*manifest.Pod, error) {
	if data, ok := readAtOnce(file); ok {
		return manifest.Load(file, data, manifest.Options{Environ: os.Environ()})
	}
	type text struct {
		data []byte
		err  error
	}
	queue := mustOpenSignals()
	read := make(chan text, 1)
	go func() {
		data, err := manifest.Read(file, os.Stdin)
		read <- text{data, err}
		queue.Wake()
	}()
	for {
		signal, event := queue.Next(time.Time{})
		if event == signals.Arrived && (signal.Num == syscall.SIGTERM || signal.Num == syscall.SIGINT) {
			return nil, &exitError{code: 128 + int(signal.Num), err: fmt.Errorf("%s received while reading %s",
				supervisor.SignalName(int(signal.Num)), file)}
		}
		select {
		case got := <-read:
			if got.err != nil {
				return nil, got.err
			}
			return manifest.Load(file, got.data, manifest.Options{Environ: os.Environ()})
		default:
		}
	}
}

// readAtOnce reads a manifest that is a regular file, as nearly all are, in place: to wait
// for another goroutine takes the first child's time. ok is false where it is something
// else, or cannot be read.
func readAtOnce(file string) (data []byte, ok bool) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil || file == "-" {
		return nil, false
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if unix.Fstat(fd, &info) != nil || info.Mode&unix.S_IFMT != unix.S_IFREG || info.Size > manifest.MaxSize {
		return nil, false
	}
	data = make([]byte, info.Size+1) // and one more, to see its end
	n, err := unix.Read(fd, data)
	return data[:max(n, 0)], err == nil && int64(n) == info.Size
}

// withRemedy says what else may be run where a manifest is not there.
func withRemedy(file string, err error) error {
	if _, missing := os.Lstat(file); file == "-" || !errors.Is(missing, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: name the manifest (nile run FILE), or run a command (nile -- CMD)", err)
}
