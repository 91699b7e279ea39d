// Package jsontext writes JSON strings (RFC 8259, section 7), for those who write so
// many lines of JSON that encoding/json would be felt.
package jsontext

import (
	"math/bits"
	"unicode/utf8"
)

// Plain returns how many bytes at the beginning of text a JSON string may hold as they
// are: ASCII without control characters, quotes and backslashes, which nearly all that
// is ever logged consists of. It looks at eight bytes at a time.
func Plain(text []byte) int {
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		// A single load, and no call: nile is built with nothing inlined.
		b := text[n : n+8 : n+8]
		word := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// In each of the four terms the highest bit of a byte tells of the byte: it is
		// no ASCII, or the subtraction borrowed, since the byte was less than a space
		// or, after the XOR, zero. A borrow reaches only bytes behind the first that
		// there is to tell of.
		found := word | (word - lowBits*' ') | (word ^ lowBits*'"' - lowBits) | (word ^ lowBits*'\\' - lowBits)
		if found &= highBits; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(text) && text[n] >= ' ' && text[n] < utf8.RuneSelf && text[n] != '"' && text[n] != '\\' {
		n++
	}
	return n
}

const (
	lowBits  uint64 = 0x0101010101010101
	highBits        = lowBits << 7
)

const hexDigits = "0123456789abcdef"

// Append appends text as it stands between the quotes of a JSON string, with U+FFFD
// for each byte that is not UTF-8.
func Append(out, text []byte) []byte {
	done := 0 // up to here it has been appended
	for i := Plain(text); i < len(text); {
		size := 1
		if c := text[i]; c < utf8.RuneSelf {
			out = appendEscape(append(out, text[done:i]...), c)
			done = i + 1
		} else {
			var r rune
			if r, size = utf8.DecodeRune(text[i:]); r == utf8.RuneError && size == 1 {
				out = append(append(out, text[done:i]...), "\uFFFD"...)
				done = i + 1
			}
		}
		i += size
		// Not for each character of a text that is not in ASCII.
		if i < len(text) && text[i] < utf8.RuneSelf {
			i += Plain(text[i:])
		}
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
