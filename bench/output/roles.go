package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/output"
)

const (
	// roleWord, as the first argument, has the benchmark play one of the parts
	// of a measurement. Not by the environment: that of a role would reach the
	// processes that it starts, and they would start others for ever.
	roleWord = "play"

	lineLength = 100
	patience   = time.Minute
)

// seen is what the reader reports: how many lines came, and how long it took from
// the first to the last.
type seen struct {
	Lines       int   `json:"lines"`
	Nanoseconds int64 `json:"nanoseconds"`
}

// spent is what the host of nile's package reports.
type spent struct {
	Nanoseconds int64 `json:"nanoseconds"` // of processor time, its child's not included
}

// play plays a role; its arguments are those that role has returned.
func play(arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("a role takes 3 arguments, not %d", len(arguments))
	}
	lines, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "producer":
		return produce(lines)
	case "reader":
		return read(lines)
	case "host":
		return host(arguments[1], lines)
	}
	return fmt.Errorf("no such role: %s", arguments[0])
}

// role is the command line that plays a role.
func role(part, mode string, lines int) ([]string, error) {
	self, err := os.Executable()
	return []string{self, roleWord, part, mode, strconv.Itoa(lines)}, err
}

// produce prints lines as a program with a large buffer does.
func produce(lines int) error {
	line := strings.Repeat("0123456789", lineLength/10)[:lineLength-1] + "\n"
	block := bytes.Repeat([]byte(line), 640)
	for left := lines * lineLength; left > 0; {
		n, err := os.Stdout.Write(block[:min(left, len(block))])
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// read counts the lines on standard input until all have come, or it ends.
func read(lines int) error {
	buffer := make([]byte, 128<<10)
	var begin, end time.Time
	var got int
	for got < lines {
		n, err := os.Stdin.Read(buffer)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		end = time.Now()
		if begin.IsZero() {
			begin = end
		}
		got += bytes.Count(buffer[:n], []byte{'\n'})
	}
	return json.NewEncoder(os.Stdout).Encode(seen{Lines: got, Nanoseconds: int64(end.Sub(begin))})
}

// configs are nile's modes by the names that rows have.
var configs = map[string]output.Config{
	"file":            {Mode: output.Inherit},
	"prefix":          {Mode: output.Prefix},
	"prefix, no tail": {Mode: output.Prefix, Tail: -1},
}

// logFile is what the host writes to in the mode "file", in its working directory.
const logFile = "app.log"

// host runs the producer as a container in one of nile's modes.
func host(mode string, lines int) error {
	m := output.New(output.Options{Names: []string{"tomcat"}, Report: fail})
	config := configs[mode]
	if mode == "file" {
		here, err := os.Getwd()
		if err != nil {
			return err
		}
		config.File = filepath.Join(here, logFile)
	}
	files, err := m.Open("tomcat", 1, config)
	if err != nil {
		return err
	}
	argv, err := role("producer", "-", lines)
	if err != nil {
		return err
	}
	child, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, uintptr(files.Stdout), uintptr(files.Stderr)},
	})
	files.Close()
	if err != nil {
		return err
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(child, &status, 0, nil); err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("the producer ended with status %#x", int(status))
	}
	drained := make(chan struct{})
	if m.Ended("tomcat", 1, func(output.Drained) { close(drained) }) {
		<-drained
	}
	if err := m.Close(patience); err != nil {
		return err
	}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	report := os.NewFile(3, "report")
	return json.NewEncoder(report).Encode(spent{Nanoseconds: usage.Utime.Nano() + usage.Stime.Nano()})
}

// playing is the command that plays a role.
func playing(part, mode string, lines int) (*exec.Cmd, error) {
	argv, err := role(part, mode, lines)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}
