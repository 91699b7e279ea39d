package output

import (
	"bytes"
	"encoding/base64"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nile-init/nile/internal/jsontext"
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
	source := append([]byte(`","name":"`), jsontext.Append(nil, []byte(container))...)
	source = append(append(source, `","stream":"`...), stream.String()...)
	return &jsonLines{source: append(source, `","message":"`...)}
}

func (j *jsonLines) append(out, text []byte, _ bool, now time.Time) []byte {
	j.head = now.UTC().AppendFormat(append(j.head[:0], `{"time":"`...), timeLayout)
	j.head = append(j.head, j.source...)
	// Room for all at once: lines of a usual length double.
	out = slices.Grow(out, 2*len(text))
	for len(text) > 0 {
		out = append(out, j.head...)
		end := jsontext.Plain(text) // mostly that of the line
		if end < len(text) && text[end] != '\n' {
			end = lineEnd(text, end)
			out = appendEscaped(out, text[:end])
		} else {
			out = append(append(out, text[:end]...), '"')
		}
		if end == len(text) {
			return append(out, ",\"partial\":true}\n"...)
		}
		out = append(out, "}\n"...)
		text = text[end+1:]
	}
	return out
}

// lineEnd is where the line ends in text, the end of which is not before from.
func lineEnd(text []byte, from int) int {
	if end := bytes.IndexByte(text[from:], '\n'); end >= 0 {
		return from + end
	}
	return len(text)
}

// appendEscaped appends a message, the quote that ends it, and its exact bytes
// if it is not UTF-8.
func appendEscaped(out, line []byte) []byte {
	out = append(jsontext.Append(out, line), '"')
	if !utf8.Valid(line) {
		out = append(out, `,"base64":"`...)
		out = append(base64.StdEncoding.AppendEncode(out, line), '"')
	}
	return out
}
