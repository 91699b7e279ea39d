package jsonvalue

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deeply lists and objects may be nested, as for encoding/json.
const maxDepth = 10000

// Reader reads a JSON value piece by piece, in its order. The first error stays, and
// what is read after it is empty.
type Reader struct {
	text  []byte
	at    int
	open  []byte // the brackets that are to come
	fresh bool   // the present list or object has had no member yet
	err   error
}

// NewReader returns a Reader of text, which stays the caller's and must not change.
func NewReader(text []byte) *Reader { return &Reader{text: text} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(problem string) {
	if r.err == nil {
		r.err = fmt.Errorf("cannot read JSON at byte %d: %s", r.at+1, problem)
	}
}

// Kind is the first byte of what comes next, and 0 at the end: {, [, ", t, f, n, - or a
// digit where that is a value.
func (r *Reader) Kind() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// Begin enters the list or the object that comes next. Its members are read after
// [Reader.More] each, up to the end.
func (r *Reader) Begin() {
	closing := byte('}')
	switch r.Kind() {
	case '[':
		closing = ']'
	case '{':
	default:
		r.fail("there is neither a list nor an object")
		return
	}
	if len(r.open) == maxDepth {
		r.fail("it is nested too deeply")
		return
	}
	r.at++
	r.open = append(r.open, closing)
	r.fresh = true
}

// More tells whether another member comes. At the last one's end it leaves the list or
// the object.
func (r *Reader) More() bool {
	if r.err != nil {
		return false
	}
	kind, fresh := r.Kind(), r.fresh
	r.fresh = false
	last := len(r.open) - 1
	switch {
	case kind == r.open[last]:
		r.at++
		r.open = r.open[:last]
		return false
	case fresh:
		return true
	case kind != ',':
		r.fail("there is neither a comma nor the end of a list or an object")
		return false
	}
	r.at++
	return true
}

// Key reads the name of an object's member.
func (r *Reader) Key() string {
	key := r.String()
	if r.Kind() != ':' {
		r.fail("there is no colon behind a name")
		return key
	}
	r.at++
	return key
}

// Skip reads the next value and forgets it.
func (r *Reader) Skip() {
	switch kind := r.Kind(); kind {
	case '{', '[':
		r.Begin()
		for r.More() {
			if kind == '{' {
				r.Key()
			}
			r.Skip()
		}
	case '"':
		_ = r.String()
	default:
		r.Word()
	}
}

// end makes an error of what comes behind the value.
func (r *Reader) end() {
	if r.Kind(); r.at < len(r.text) {
		r.fail("there is more behind the value")
	}
}

// Word reads null, true, false or a number, and returns it as it stands there.
func (r *Reader) Word() string {
	r.Kind() // goes to it
	if r.err != nil {
		return ""
	}
	end := r.at
	for end < len(r.text) && isWord(r.text[end]) {
		end++
	}
	word := string(r.text[r.at:end])
	if word != "null" && word != "true" && word != "false" && !isNumber(word) {
		r.fail("there is no value")
		return ""
	}
	r.at = end
	return word
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// isNumber tells whether a number is one to JSON, which knows fewer than Go.
func isNumber(word string) bool {
	rest := strings.TrimPrefix(word, "-")
	whole := digits(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return false
	}
	rest = rest[whole:]
	if strings.HasPrefix(rest, ".") {
		n := digits(rest[1:])
		if n == 0 {
			return false
		}
		rest = rest[1+n:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && digits(rest) == len(rest)
}

// digits counts the digits that a text begins with.
func digits(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}

// String reads a string. Each byte of it that is not UTF-8 becomes U+FFFD.
func (r *Reader) String() string {
	if r.Kind() != '"' {
		r.fail("there is no string")
	}
	if r.err != nil {
		return ""
	}
	var out []byte
	begin := r.at + 1
	for i := begin; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			if out = append(out, r.text[begin:i]...); !utf8.Valid(out) {
				return string([]rune(string(out)))
			}
			return string(out)
		case c < ' ':
			r.at = i
			r.fail("there is a control character in a string")
			return ""
		case c == '\\':
			r.at = i
			out = r.escape(append(out, r.text[begin:i]...))
			if r.err != nil {
				return ""
			}
			begin = r.at
			i = begin - 1
		}
	}
	r.at = len(r.text)
	r.fail("a string has no end")
	return ""
}

// escape reads what a backslash begins.
func (r *Reader) escape(out []byte) []byte {
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if r.at+1 < len(r.text) {
		c := r.text[r.at+1]
		if i := strings.IndexByte(letters, c); i >= 0 {
			r.at += 2
			return append(out, meanings[i])
		}
		if first, ok := r.unit(); ok {
			r.at += 6
			if utf16.IsSurrogate(first) {
				second, _ := r.unit()
				if first = utf16.DecodeRune(first, second); first != utf8.RuneError {
					r.at += 6
				}
			}
			return utf8.AppendRune(out, first)
		}
	}
	r.fail("there is no such escape")
	return out
}

// unit is what \u and four digits stand for, where they come next.
func (r *Reader) unit() (rune, bool) {
	if r.at+6 > len(r.text) || r.text[r.at] != '\\' || r.text[r.at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.text[r.at+2:r.at+6]), 16, 16)
	return rune(n), err == nil
}
