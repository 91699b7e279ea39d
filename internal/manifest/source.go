package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxSize is the largest manifest in bytes that is read. The API server of
// Kubernetes stores none over 1.5 MiB; a larger file is the wrong file.
const MaxSize = 1 << 20

// maxNesting is how deep lists and mappings may stand inside one another. The
// deepest field of a Pod is at about 12.
const maxNesting = 64

// Read returns the text of the manifest in the file of that name, at most
// MaxSize bytes of it and one more, so that Load can tell that it is too
// large. The name "-" means stdin. The error is an *Error.
func Read(name string, stdin io.Reader) ([]byte, error) {
	source := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, unreadableFile(name, err)
		}
		defer file.Close()
		source = file
	}
	text, err := io.ReadAll(io.LimitReader(source, MaxSize+1))
	if err != nil {
		return nil, unreadableFile(name, err)
	}
	return text, nil
}

func unreadableFile(name string, err error) *Error {
	return &Error{File: name, Message: "cannot read the manifest: " + cause(err).Error()}
}

// cause drops the operation and the path of a file error, for a message that
// names the path already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// parse turns the text into the root nodes of its documents. A mistake in the
// YAML comes back beside the documents before it.
func parse(name string, text []byte) ([]*yaml.Node, *Error) {
	if problem := unreadable(name, text); problem != nil {
		return nil, problem
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // a byte order mark is no column
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		text = joinSurrogates(text)
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithPlugin(nesting{}))
	if err != nil {
		return nil, &Error{File: name, Message: "cannot start the YAML parser: " + err.Error()}
	}
	var roots []*yaml.Node
	for {
		var document yaml.Node
		switch err := loader.Load(&document); {
		case err == io.EOF:
			return roots, nil
		case err != nil:
			return roots, syntaxError(name, text, err)
		}
		if len(document.Content) == 1 && !isNull(document.Content[0]) {
			roots = append(roots, document.Content[0])
		}
	}
}

// joinSurrogates rewrites the pairs of escapes in which JSON puts a character
// beyond U+FFFF (\ud83d\ude00) to the one escape that YAML has for it
// (\U0001f600). It is all of JSON that YAML does not read as it is.
func joinSurrogates(text []byte) []byte {
	var out []byte
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if pair := text[i:]; len(pair) >= 12 && pair[1] == 'u' && pair[6] == '\\' && pair[7] == 'u' {
			high, highErr := strconv.ParseUint(string(pair[2:6]), 16, 16)
			low, lowErr := strconv.ParseUint(string(pair[8:12]), 16, 16)
			if r := utf16.DecodeRune(rune(high), rune(low)); highErr == nil && lowErr == nil && r != utf8.RuneError {
				out = fmt.Appendf(append(out, text[:i]...), `\U%08x`, r)
				text, i = text[i+12:], -1
				continue
			}
		}
		i++ // whatever is escaped, a backslash perhaps, begins no escape
	}
	if out == nil {
		return text
	}
	return append(out, text...)
}

// unreadable says why the text cannot be a manifest at all.
func unreadable(name string, text []byte) *Error {
	if len(text) > MaxSize {
		return &Error{File: name, Message: fmt.Sprintf("the file is larger than %d bytes (1 MiB), which no manifest is", MaxSize)}
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return &Error{File: name, Line: 1, Column: 1, Message: "the file is UTF-16 text; save it as UTF-8"}
	}
	line, column := 1, 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return &Error{File: name, Line: line, Column: column,
				Message: fmt.Sprintf("the file is not UTF-8 text: byte 0x%02x", text[i])}
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return &Error{File: name, Line: line, Column: column,
				Message: fmt.Sprintf("a control character (0x%02x) cannot stand in a manifest", r)}
		}
		i, column = i+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

// nesting is the parser's check on depth. Aliases are counted by the decoder.
type nesting struct{}

func (nesting) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxNesting {
		return fmt.Errorf("nested more than %d levels deep", maxNesting)
	}
	return nil
}

func (nesting) CheckAlias(int, int) error { return nil }

// syntaxError puts what the YAML parser says into our form.
func syntaxError(name string, text []byte, err error) *Error {
	problem := &Error{File: name, Line: 1, Column: 1}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		problem.Message = "not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")
		return problem
	}
	if load.Mark.Line > 0 {
		problem.Line, problem.Column = load.Mark.Line, max(load.Mark.Column, 1)
	}
	problem.Message = "not valid YAML: " + load.Message
	if load.ContextMsg != "" && load.ContextMark.Line > 0 && load.ContextMark.Line != problem.Line {
		problem.Message += fmt.Sprintf(" %s that begins on line %d", load.ContextMsg, load.ContextMark.Line)
	}
	switch {
	case byteAt(text, problem.Line, problem.Column) == '\t':
		problem.Message = "a tab cannot indent YAML; use spaces"
	case strings.Contains(load.Message, "mapping values are not allowed"):
		problem.Message += `; put quotes around a text that contains ": "`
	case strings.Contains(load.Message, "did not find expected key"):
		problem.Message += "; is this line indented as its neighbours are?"
	case strings.Contains(load.Message, "did not find expected <document start>"):
		problem.Message += "; a manifest begins with apiVersion: v1"
	}
	return problem
}

// byteAt returns the byte at a position, 0 where there is none.
func byteAt(text []byte, line, column int) byte {
	for ; line > 1; line-- {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return 0
		}
		text = text[end+1:]
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	if runes := []rune(string(text)); column <= len(runes) && runes[column-1] < utf8.RuneSelf {
		return byte(runes[column-1])
	}
	return 0
}
