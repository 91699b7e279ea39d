package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/secrets"
	"github.com/nile-init/nile/supervisor"
)

// writePlan prints what `nile run` would do: who starts in which order, what each
// waits for, with which command, and how all ends.
func writePlan(w io.Writer, pod *manifest.Pod, crash crashOptions) error {
	spec := &pod.Spec
	fmt.Fprintf(w, "pod %s: restart %s, %s to end\n\n", spec.Name, policyText(spec.RestartPolicy), max(spec.Grace, supervisor.MinimumGrace))
	masker := crash.masker(pod)
	table := newTable("ORDER", "KIND", "NAME", "RESTART", "STARTS WHEN", "COMMAND")
	previous := "nile starts"
	for i := range spec.Init {
		c := &spec.Init[i]
		kind, restart := "init", "until it succeeds"
		if policyOf(spec, c) == supervisor.RestartNever {
			restart = "Never"
		}
		if c.Sidecar {
			kind, restart = "sidecar", "Always"
		}
		planRow(table, i+1, kind, c, restart, previous, masker)
		previous = c.Name + " has succeeded"
		if c.Sidecar {
			previous = c.Name + " runs"
		}
	}
	for i := range spec.Main {
		c := &spec.Main[i]
		planRow(table, len(spec.Init)+i+1, "main", c, policyText(policyOf(spec, c)), previous, masker)
	}
	if _, err := io.WriteString(w, table.text(0, false)); err != nil {
		return err
	}
	if err := writeRuntimes(w, pod, crash, masker); err != nil {
		return err
	}
	if hold := holdPlan(spec); hold != "" {
		fmt.Fprintf(w, "\nOn failure: %s\n", hold)
	}
	writeEventHooks(w, pod, masker)
	_, err := fmt.Fprintf(w, "\nAt the end: %s\n", stopOrder(spec))
	return err
}

func planRow(t *table, order int, kind string, c *supervisor.Container, restart, when string, masker *secrets.Masker) {
	for _, d := range c.DependsOn {
		when += fmt.Sprintf(", %s is %s", d.Name, cmp.Or(d.Condition, supervisor.DependencyStarted))
	}
	t.add(strconv.Itoa(order), kind, c.Name, restart, when, shellWords(masker.Arguments(c.Process.Argv)))
}

func policyOf(spec *supervisor.Spec, c *supervisor.Container) supervisor.RestartPolicy {
	if c.RestartPolicy != "" {
		return c.RestartPolicy
	}
	return spec.RestartPolicy
}

func policyText(p supervisor.RestartPolicy) string {
	if p == "" {
		return string(supervisor.RestartAlways)
	}
	return string(p)
}

// needed tells whether one of several containers depends on another one.
func needed(by []supervisor.Container, name string) bool {
	for i := range by {
		for _, d := range by[i].DependsOn {
			if d.Name == name {
				return true
			}
		}
	}
	return false
}

// stopOrder says who is stopped after whom.
func stopOrder(spec *supervisor.Spec) string {
	var steps []string
	for left := spec.Main; len(left) > 0; {
		var now []string
		var later []supervisor.Container
		for i := range left {
			if needed(left, left[i].Name) {
				later = append(later, left[i])
			} else {
				now = append(now, left[i].Name)
			}
		}
		if len(now) == 0 {
			break // a cycle, which no manifest has
		}
		steps, left = append(steps, strings.Join(now, " and ")), later
	}
	for i := len(spec.Init) - 1; i >= 0; i-- {
		if spec.Init[i].Sidecar {
			steps = append(steps, spec.Init[i].Name)
		}
	}
	return strings.Join(steps, ", then ")
}

// writeRuntimes prints what presets and options files put into the environments, and
// what they leave alone.
func writeRuntimes(w io.Writer, pod *manifest.Pod, crash crashOptions, masker *secrets.Masker) error {
	var notes []string
	r := runtimesOf(pod)
	r.stateDir = string(crash.stateDir)
	r.dryRun, r.note = true, func(n supervisor.Note) { notes = append(notes, n.Why) }
	for _, c := range pod.Spec.Containers() {
		notes = nil
		_, applied, err := r.prepare(c.Name)
		if errors.Is(err, fs.ErrNotExist) || pod.ReadsFiles(c.Name) && err != nil {
			notes, err = append(notes, err.Error()+"; it is read again when the container starts"), nil
		}
		if err != nil {
			return err
		}
		if len(applied.Set)+len(notes) == 0 {
			continue
		}
		fmt.Fprintf(w, "\nSet for %s, by %s:\n", c.Name, r.sources(c))
		for _, entry := range masker.Environment(applied.Set) {
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(entry, "\n", "\\n"))
		}
		for _, note := range notes {
			fmt.Fprintf(w, "  note: %s\n", note)
		}
	}
	return nil
}

// shellWords renders a command so that a shell would read the same words.
func shellWords(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n\"'\\$`&|;<>()*?[]{}~#!") {
			words[i] = strconv.Quote(word)
		}
	}
	return strings.Join(words, " ")
}
