package output

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// widestPrefix is how wide a name may be that others are aligned to, so that one
// long name doesn't push all lines to the right.
const widestPrefix = 24

// colours are those of the names, as SGR parameters (ECMA-48). Red is not among
// them: it would look like an error.
var colours = []string{"36", "33", "32", "35", "34", "96", "93", "92", "95", "94"}

// prefixed puts the container's name before each line. A piece of a line ends
// with a newline of its own, or the next container's line would be glued to it;
// what continues it is told by another mark behind the name.
type prefixed struct {
	begin     []byte // before a line
	continued []byte // before the rest of a line
}

func newPrefixed(name string, names []string, coloured bool) *prefixed {
	width := 0
	for _, other := range names {
		if n := utf8.RuneCountInString(other); n <= widestPrefix {
			width = max(width, n)
		}
	}
	padding := max(0, width-utf8.RuneCountInString(name))
	text := name + strings.Repeat(" ", padding)
	begin, continued := text+" | ", text+" + "
	if coloured {
		// 0 first: a colour that a program has left on must not reach the name.
		paint := "\x1b[0;" + colours[max(0, slices.Index(names, name))%len(colours)] + "m"
		begin, continued = paint+begin+"\x1b[0m", paint+continued+"\x1b[0m"
	}
	return &prefixed{begin: []byte(begin), continued: []byte(continued)}
}

func (p *prefixed) append(out, text []byte, continues bool, _ time.Time) []byte {
	mark := p.begin
	if continues {
		mark = p.continued
	}
	for len(text) > 0 {
		out = append(out, mark...)
		mark = p.begin
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			out = append(out, text...)
			return append(out, '\n')
		}
		out = append(out, text[:end+1]...)
		text = text[end+1:]
	}
	return out
}
