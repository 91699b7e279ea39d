package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// formatValue is the flag -o of a verb that reads.
type formatValue struct {
	text    string
	choices []string
}

// The formats. A verb's first one is its default.
const (
	formatTable = "table"
	formatWide  = "wide"
	formatJSON  = "json"
	formatYAML  = "yaml"
)

// flag adds -o with the formats that the verb has.
func (f *formatValue) flag(cmd *cobra.Command, choices ...string) {
	f.text, f.choices = choices[0], choices
	cmd.Flags().VarP(f, "output", "o", "the format: "+orList(choices))
	completeFlag(cmd, "output", choices)
}

func (f *formatValue) Set(text string) error {
	if !slices.Contains(f.choices, text) {
		return fmt.Errorf("cannot print %q: choose %s", text, orList(f.choices))
	}
	f.text = text
	return nil
}

func (f *formatValue) String() string { return f.text }
func (*formatValue) Type() string     { return "FORMAT" }

// structured tells whether the format is one for programs.
func (f *formatValue) structured() bool { return f.text == formatJSON || f.text == formatYAML }

// wide tells whether nothing is to be cut.
func (f *formatValue) wide() bool { return f.text == formatWide }

// write prints a value for programs.
func (f *formatValue) write(w io.Writer, value any) error {
	if f.text != formatYAML {
		return writeJSON(w, value)
	}
	text, err := jsonvalue.Marshal(value)
	if err != nil {
		return failed(err)
	}
	rendered, err := yamlOf(text)
	if err == nil {
		_, err = io.WriteString(w, rendered)
	}
	return failed(err)
}

// writeJSON prints a value as JSON.
func writeJSON(w io.Writer, value any) error {
	text, err := jsonvalue.MarshalIndent(value)
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	return failed(err)
}

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// yamlOf renders JSON as YAML with the same order of keys. Every string that YAML could
// take for something else is quoted, as JSON quotes it: YAML 1.2 reads that.
func yamlOf(text []byte) (string, error) {
	r := jsonvalue.NewReader(text)
	var b strings.Builder
	yamlValue(&b, r, 0, false)
	return strings.TrimPrefix(b.String(), "\n"), r.Err()
}

// yamlValue renders the next value. inList says that it stands behind a dash, where the
// first key of an object does not begin a line of its own.
func yamlValue(b *strings.Builder, r *jsonvalue.Reader, depth int, inList bool) {
	kind := r.Kind()
	if kind != '{' && kind != '[' {
		b.WriteString(" " + yamlScalar(r) + "\n")
		return
	}
	first := true
	for r.Begin(); r.More(); first = false {
		if first && inList {
			b.WriteByte(' ')
		} else {
			if first {
				b.WriteByte('\n')
			}
			b.WriteString(strings.Repeat("  ", depth))
		}
		if kind == '[' {
			b.WriteByte('-')
			yamlValue(b, r, depth+1, true)
		} else {
			b.WriteString(yamlText(r.Key()) + ":")
			yamlValue(b, r, depth+1, false)
		}
	}
	if first {
		b.WriteString(map[byte]string{'{': " {}\n", '[': " []\n"}[kind])
	}
}

func yamlScalar(r *jsonvalue.Reader) string {
	if r.Kind() == '"' {
		return yamlText(r.String())
	}
	return r.Word()
}

func yamlText(text string) string {
	if isPlain(text) {
		return text
	}
	return yamlQuoted(text)
}

// yamlQuoted quotes a string as JSON does, and escapes what YAML takes for a line break
// or does not allow.
func yamlQuoted(text string) string {
	quoted, _ := jsonvalue.Marshal(text) // a string
	var b strings.Builder
	for _, r := range string(quoted) {
		switch {
		case !unprintable(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// isPlain tells whether a string is one in YAML without quotes: a word of letters that
// is none of YAML's own, in no version of it.
func isPlain(text string) bool {
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && r != '_' && r != '/' && (r < '0' || r > '9')) {
			return false
		}
	}
	switch strings.ToLower(text) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return false
	}
	return true
}
