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
	if jsontext.IsPlain(line) {
		return append(append(out, line...), '"')
	}
	out = append(jsontext.Append(out, line), '"')
	if !utf8.Valid(line) {
		out = append(out, `,"base64":"`...)
		out = append(base64.StdEncoding.AppendEncode(out, line), '"')
	}
	return out
}
