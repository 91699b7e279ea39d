package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/supervisor"
)

// maxSummary is how much of a termination message Kubernetes keeps.
const maxSummary = 4096

// report are the files in which a pod's end is told to whoever runs nile.
type report struct {
	terminationLog string
	statusFile     string
}

// write tells the end of a pod. A file that cannot be written changes no exit code.
func (r *report) write(result loop.Result) error {
	var failed []string
	if r.terminationLog != "" {
		if err := writeExisting(r.terminationLog, summary(result)); err != nil && !os.IsNotExist(err) {
			failed = append(failed, err.Error())
		}
	}
	if r.statusFile != "" {
		if err := writeStatus(r.statusFile, result.Last.Status()); err != nil {
			failed = append(failed, err.Error())
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("cannot tell how the pod ended: %s", strings.Join(failed, "; "))
	}
	return nil
}

// writeExisting writes a file that is there: Kubernetes mounts the termination log
// into the container, and where it doesn't, nobody would read it.
func writeExisting(path, text string) error {
	file, err := regular.Open(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return firstError(err, file.Close())
}

// writeStatus replaces the status file by a whole one.
func writeStatus(path string, status supervisor.PodStatus) error {
	text, err := json.MarshalIndent(status, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".nile-status-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(append(text, '\n'))
	err = firstError(err, file.Chmod(0o644), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// summary is the termination message of the container that nile is PID 1 of: the
// cause first, then every container that failed by itself or left a message.
func summary(result loop.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; exit code %d\n", result.Message, result.Code)
	for i := range result.Last.Containers {
		c := &result.Last.Containers[i]
		t := c.Last
		if t == nil || t.Message == "" && (t.Asked || t.Status.ExitCode() == 0) {
			continue
		}
		fmt.Fprintf(&b, "%s: %s, exit code %d", c.Name, t.Reason, t.Status.ExitCode())
		if c.Restarts > 0 {
			fmt.Fprintf(&b, ", restarts: %d", c.Restarts)
		}
		if message := strings.TrimSpace(t.Message); message != "" {
			fmt.Fprintf(&b, ": %s", message)
		}
		b.WriteByte('\n')
	}
	text := b.String()
	return text[:min(len(text), maxSummary)]
}
