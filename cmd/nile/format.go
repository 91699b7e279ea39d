package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
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
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return failed(err)
	}
	if f.text == formatYAML {
		text, err := yamlOf(b.Bytes())
		if err != nil {
			return failed(err)
		}
		b.Reset()
		b.WriteString(text)
	}
	_, err := w.Write(b.Bytes())
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
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var b strings.Builder
	if err := yamlValue(&b, decoder, 0, false); err != nil {
		return "", err
	}
	return strings.TrimPrefix(b.String(), "\n"), nil
}

// yamlValue renders the next value. inList says that it stands behind a dash, where the
// first key of an object does not begin a line of its own.
func yamlValue(b *strings.Builder, decoder *json.Decoder, depth int, inList bool) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	delimiter, nested := token.(json.Delim)
	if !nested {
		b.WriteString(" " + yamlScalar(token) + "\n")
		return nil
	}
	if !decoder.More() {
		b.WriteString(map[json.Delim]string{'{': " {}\n", '[': " []\n"}[delimiter])
		_, err := decoder.Token()
		return err
	}
	if !inList {
		b.WriteByte('\n')
	}
	for first := true; decoder.More(); first = false {
		switch {
		case inList && first:
			b.WriteByte(' ')
		default:
			b.WriteString(strings.Repeat("  ", depth))
		}
		if delimiter == '[' {
			b.WriteByte('-')
			err = yamlValue(b, decoder, depth+1, true)
		} else {
			var key json.Token
			if key, err = decoder.Token(); err == nil {
				b.WriteString(yamlScalar(key) + ":")
				err = yamlValue(b, decoder, depth+1, false)
			}
		}
		if err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

func yamlScalar(token json.Token) string {
	switch value := token.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(value)
	case json.Number:
		return value.String()
	case string:
		if isPlain(value) {
			return value
		}
		return yamlQuoted(value)
	}
	return fmt.Sprint(token)
}

// yamlQuoted quotes a string as JSON does, and escapes what YAML takes for a line break
// or does not allow.
func yamlQuoted(text string) string {
	quoted, _ := json.Marshal(text) // a string
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
