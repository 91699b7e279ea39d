// Package jsontext writes JSON strings (RFC 8259, section 7), for those who write so
// many lines of JSON that encoding/json would be felt.
package jsontext

import (
	"encoding/binary"
	"unicode/utf8"
)

// IsPlain reports whether a JSON string may hold these bytes as they are: ASCII
// without control characters, quotes and backslashes. It looks at eight bytes at
// a time, and at four times eight in a turn, since nearly all that is ever logged
// is of this kind.
func IsPlain(line []byte) bool {
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

// Append appends text as it stands between the quotes of a JSON string, with U+FFFD
// for each byte that is not UTF-8.
func Append(out, text []byte) []byte {
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
