package output

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
	"unicode/utf8"
)

// timeLayout has nine digits of a second always, so that lines sort by it.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// jsonLines makes each line an object on a line of its own:
//
//	{"time":"…","name":"tomcat","stream":"stdout","message":"…"}
//
// with "partial":true where no newline followed the message: the rest of its line
// is in the next object of the stream, or the stream has ended; and with
// "base64":"…" where the line is not UTF-8: the exact bytes, of which the message
// then shows what is no text as U+FFFD.
type jsonLines struct {
	source []byte // `","name":"tomcat","stream":"stdout","message":"`
	head   []byte // scratch: all that comes before the message
}

func newJSONLines(container string, stream Stream) *jsonLines {
	source := append([]byte(`","name":"`), appendText(nil, []byte(container))...)
	source = append(append(source, `","stream":"`...), stream.String()...)
	return &jsonLines{source: append(source, `","message":"`...)}
}

func (j *jsonLines) append(out, text []byte, _ bool, now time.Time) []byte {
	j.head = now.UTC().AppendFormat(append(j.head[:0], `{"time":"`...), timeLayout)
	j.head = append(j.head, j.source...)
	// Room for all at once: lines of a usual length double.
	out = slices.Grow(out, 2*len(text))
	for len(text) > 0 {
		line, partial := text, true
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, partial = text[:end], false
		}
		out = append(out, j.head...)
		out = appendMessage(out, line)
		if partial {
			return append(out, ",\"partial\":true}\n"...)
		}
		out = append(out, "}\n"...)
		text = text[len(line)+1:]
	}
	return out
}

// appendMessage appends a message, the quote that ends it, and its exact bytes
// if it is not UTF-8.
func appendMessage(out, line []byte) []byte {
	if isPlain(line) {
		return append(append(out, line...), '"')
	}
	out = append(appendText(out, line), '"')
	if !utf8.Valid(line) {
		out = append(out, `,"base64":"`...)
		out = append(base64.StdEncoding.AppendEncode(out, line), '"')
	}
	return out
}

// isPlain reports whether a JSON string may hold these bytes as they are: ASCII
// without control characters, quotes and backslashes. It looks at eight bytes at
// a time, and at four times eight in a turn, since nearly all that is ever logged
// is of this kind.
func isPlain(line []byte) bool {
	for len(line) >= 32 {
		found := special(binary.LittleEndian.Uint64(line)) |
			special(binary.LittleEndian.Uint64(line[8:])) |
			special(binary.LittleEndian.Uint64(line[16:])) |
			special(binary.LittleEndian.Uint64(line[24:]))
		if found&highBits != 0 {
			return false
		}
		line = line[32:]
	}
	for len(line) >= 8 {
		if special(binary.LittleEndian.Uint64(line))&highBits != 0 {
			return false
		}
		line = line[8:]
	}
	for _, c := range line {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const (
	lowBits  uint64 = 0x0101010101010101
	highBits        = lowBits << 7
)

// special has one of highBits set if one of eight bytes needs an escape. In each
// of the four terms the highest bit of a byte tells of the byte: it is no ASCII,
// or the subtraction borrowed, since the byte was less than a space or, after the
// XOR, zero. A borrow may only reach a neighbour when there was one to tell of in
// the first place.
func special(word uint64) uint64 {
	control := word - lowBits*' '
	quote := word ^ lowBits*'"' - lowBits
	backslash := word ^ lowBits*'\\' - lowBits
	return word | control | quote | backslash
}

const hexDigits = "0123456789abcdef"

// appendText appends text as it stands between the quotes of a JSON string
// (RFC 8259, section 7), U+FFFD for each byte that is not UTF-8.
func appendText(out, text []byte) []byte {
	done := 0 // up to here it has been appended
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				out = append(append(out, text[done:i]...), "\uFFFD"...)
				done = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			out = appendEscape(append(out, text[done:i]...), c)
			done = i + 1
		}
		i++
	}
	return append(out, text[done:]...)
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\t':
		return append(out, `\t`...)
	case '\r':
		return append(out, `\r`...)
	case '\n':
		return append(out, `\n`...)
	}
	return append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
