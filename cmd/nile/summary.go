package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/supervisor"
)

// maxSummary is how much of a termination message Kubernetes keeps.
const maxSummary = 4096

// defaultTerminationLog is where Kubernetes looks for a container's message.
const defaultTerminationLog = "/dev/termination-log"

// report are the files in which a pod's end is told to whoever runs nile.
type report struct {
	terminationLog string
	statusFile     string
}

// write tells the end of a pod. A file that cannot be written changes no exit code.
func (r *report) write(result loop.Result, crashes *crashes) error {
	var failed []string
	if r.terminationLog != "" {
		if err := writeExisting(r.terminationLog, summary(result, crashes)); err != nil && !os.IsNotExist(err) {
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
	text, err := jsonvalue.MarshalIndent(status)
	if err != nil {
		return err
	}
	return regular.Replace(path, append(text, '\n'), 0o644)
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
// cause first, then every container that failed by itself or left a message, then the
// last lines of what has failed.
func summary(result loop.Result, crashes *crashes) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; exit code %d\n", result.Message, result.Code)
	output := ""
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
		if r := crashes.report(c.Name); r != nil && r.End.Finished.Equal(t.Finished) {
			fmt.Fprintf(&b, "%s: cause: %s\n", c.Name, r.Cause.Line)
			if t.Message == "" {
				output += lastOutput(r, maxSummary/2)
			}
		}
	}
	b.WriteString(output)
	return cutText(b.String(), maxSummary)
}

// heldSummary is the termination message while something is held.
func heldSummary(r *postmortem.Report) string {
	text := fmt.Sprintf("%s is held since %s: it %s%s\n%s: cause: %s\n", r.Container, r.End.Finished.UTC().Format(time.RFC3339), r.End.How, afterText(r), r.Container, r.Cause.Line)
	return cutText(text+lastOutput(r, maxSummary/2), maxSummary)
}

// lastOutput are the last lines of what has failed, those of standard error rather.
func lastOutput(r *postmortem.Report, limit int) string {
	name, text := "stderr", postmortem.Plain(r.Output.Stderr)
	// What a JVM says of the options that a preset has given it tells nothing.
	if line, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(line, "Picked up JAVA_TOOL_OPTIONS: ") {
		text = rest
	}
	if strings.TrimSpace(text) == "" {
		name, text = "stdout", postmortem.Plain(r.Output.Stdout)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return fmt.Sprintf("last lines of %s of %s:\n%s\n", name, r.Container, lastText(text, limit))
}

// cutText cuts a text to so many bytes, between two characters.
func cutText(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
