// Package secrets masks what must not stand in a crash report, a log or a page: values
// whose name says that they are secret (DB_PASSWORD), and values whose shape does (a
// URL with a password, a private key). It errs on the side of masking.
//
// Everything is found by scanning, in time proportional to the text; there is nothing
// that a hostile text could slow down.
package secrets

import (
	"slices"
	"sort"
	"strings"
)

// Mask is what stands in the place of a secret.
const Mask = "***"

const (
	// minLearned is the length from which on a secret value is looked for in texts:
	// masking each "1" or "true" would make them unreadable.
	minLearned = 6
	// maxLearned bounds how many values are looked for.
	maxLearned = 256
)

// Masker masks secrets. The zero value knows the usual names and shapes. It may be
// used by several goroutines once it has learned what it is to know.
type Masker struct {
	names  []string  // further ones, as words in upper case
	values []string  // what Learn has found, the longest first
	begins [256]bool // whether a value begins with this byte
}

// New makes a masker that takes further names for those of secrets: a name of a
// variable, or a word of one, in any case.
func New(names ...string) *Masker {
	m := &Masker{}
	for _, name := range names {
		if name = strings.Join(wordsOf(name), "_"); name != "" {
			m.names = append(m.names, name)
		}
	}
	return m
}

// Environment returns a copy of NAME=VALUE entries with the secrets masked.
func (m *Masker) Environment(entries []string) []string {
	masked := make([]string, len(entries))
	for i, entry := range entries {
		name, value, ok := strings.Cut(entry, "=")
		switch {
		case ok && value != "" && m.hides(name, value):
			masked[i] = name + "=" + Mask
		case ok:
			masked[i] = name + "=" + m.Text(value)
		default:
			masked[i] = m.Text(entry)
		}
	}
	return masked
}

// Arguments returns a copy of a command line with the secrets masked: --password=X,
// --password X, -Ddb.password=X and what has the shape of a secret.
func (m *Masker) Arguments(argv []string) []string {
	masked := make([]string, len(argv))
	next := nothing // whether the argument before says that this one is a secret
	for i, argument := range argv {
		expected := next
		next = nothing
		if i > 0 && (expected == strong || expected == weak && !strings.HasPrefix(argument, "-")) {
			masked[i] = Mask
			continue
		}
		name, value, assigned := strings.Cut(argument, "=")
		switch {
		case i > 0 && isScript(argv[i-1]): // of a shell; more than an assignment
		case assigned && value != "" && isName(strings.TrimLeft(name, "-")) && m.hides(name, value):
			masked[i] = name + "=" + Mask
			continue
		case !assigned && strings.HasPrefix(argument, "-"):
			next = m.kind(strings.TrimLeft(argument, "-"))
		}
		masked[i] = m.Text(argument)
	}
	return masked
}

// isScript tells whether an option of a shell says that a script follows: -c, -ec.
func isScript(option string) bool {
	return len(option) <= 5 && strings.HasPrefix(option, "-") && strings.HasSuffix(option, "c")
}

// Learn takes down the secret values of an environment and a command line, so that
// Text masks them wherever they stand. Values of under six bytes are too likely to be
// something else. It must not be called while others use the masker.
func (m *Masker) Learn(environment, argv []string) {
	for _, entry := range environment {
		if name, value, ok := strings.Cut(entry, "="); ok && m.hides(name, value) {
			m.learn(value)
		}
	}
	for i, argument := range argv {
		name, value, assigned := strings.Cut(argument, "=")
		switch {
		case i == 0:
		case assigned && isName(strings.TrimLeft(name, "-")) && m.hides(name, value):
			m.learn(value)
		case !assigned && strings.HasPrefix(argument, "-") && i+1 < len(argv) && m.kind(strings.TrimLeft(argument, "-")) == strong:
			m.learn(argv[i+1])
		}
	}
	// The longest first: one may contain another.
	sort.SliceStable(m.values, func(i, j int) bool { return len(m.values[i]) > len(m.values[j]) })
	for _, value := range m.values {
		m.begins[value[0]] = true
	}
}

func (m *Masker) learn(value string) {
	add := func(s string) {
		if len(s) >= minLearned && len(m.values) < maxLearned && !isCommon(s) && !slices.Contains(m.values, s) {
			m.values = append(m.values, s)
		}
	}
	add(value)
	if strings.Contains(value, "\n") { // printed with an indent, perhaps
		for line := range strings.Lines(value) {
			add(strings.TrimSpace(line))
		}
	}
}

// isCommon tells of values that stand in texts for other reasons, though a name may
// call them secret: AUTH=enabled.
func isCommon(value string) bool {
	switch strings.ToLower(value) {
	case "enabled", "disabled", "required", "optional", "default", "always", "never":
		return true
	}
	return false
}

// Text returns a text with the secrets masked: those that Learn has found, what is
// assigned to a name of a secret (password=X, "token": "X"), and what has the shape of
// one. Bytes that are no UTF-8 are kept.
func (m *Masker) Text(text string) string {
	if len(text) < 4 {
		return text
	}
	text = m.maskValues(text)
	text = maskKeys(text)
	text = m.maskAssignments(text)
	text = maskURLs(text)
	return maskTokens(text)
}

// maskValues masks what Learn has found. (A strings.Replacer would do it too, but
// nothing else needs one: 15 KB.)
func (m *Masker) maskValues(text string) string {
	var masked []byte
	done := 0 // up to here text is in masked
	for at := 0; at < len(text); {
		length := m.valueAt(text[at:])
		if length == 0 {
			at++
			continue
		}
		masked = append(append(masked, text[done:at]...), Mask...)
		at += length
		done = at
	}
	if done == 0 {
		return text
	}
	return string(append(masked, text[done:]...))
}

// valueAt is the length of the value with which a text begins, 0 if it begins with none.
func (m *Masker) valueAt(text string) int {
	if m.begins[text[0]] {
		for _, value := range m.values {
			if strings.HasPrefix(text, value) {
				return len(value)
			}
		}
	}
	return 0
}
