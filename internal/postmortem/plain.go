package postmortem

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain removes terminal escape sequences and control characters but line ends and tabs,
// and replaces what is no UTF-8: what a process has printed must not steer the terminal
// of who reads it. (ECMA-48, sections 5.3 and 5.4)
func Plain(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == 0x1b:
			size = escapeLength(text[i:])
		case r == '\r' && strings.HasPrefix(text[i+1:], "\n"):
		case r == '\r':
			b.WriteByte('\n') // a progress line drawn anew
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == utf8.RuneError || unicode.IsControl(r) || isBidi(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// isBidi tells of characters that turn the direction of writing, so that a line reads
// otherwise than it is (Unicode TR 9, section 2).
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// escapeLength is the length of the escape sequence at the beginning of a text.
func escapeLength(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '[': // CSI: parameters, then one letter
		for i := 2; i < len(text); i++ {
			if text[i] >= 0x40 && text[i] <= 0x7e {
				return i + 1
			}
			if text[i] < 0x20 || text[i] > 0x3f {
				return i
			}
		}
		return len(text)
	case ']', 'P', 'X', '^', '_': // strings up to BEL or ST; never over a line's end
		for i := 2; i < len(text); i++ {
			switch {
			case text[i] == 7:
				return i + 1
			case text[i] == 0x1b && strings.HasPrefix(text[i:], "\x1b\\"):
				return i + 2
			case text[i] == '\n' || text[i] == 0x1b:
				return i
			}
		}
		return len(text)
	}
	if text[1] < 0x20 || text[1] > 0x7e {
		return 1
	}
	return 2
}

// oneLine makes one line of a text, of so many bytes at most.
func oneLine(text string, limit int) string {
	text = cut(strings.TrimSpace(text), limit)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
}
