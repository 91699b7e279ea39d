package output

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"
)

// record is what a reader of the JSON mode sees.
type record struct {
	Time    time.Time `json:"time"`
	Name    string    `json:"name"`
	Stream  string    `json:"stream"`
	Message string    `json:"message"`
	Partial bool      `json:"partial"`
	Base64  *string   `json:"base64"`
}

// exact is what the process printed.
func (r *record) exact() []byte {
	text := []byte(r.Message)
	if r.Base64 != nil {
		text, _ = base64.StdEncoding.DecodeString(*r.Base64)
	}
	if !r.Partial {
		text = append(text, '\n')
	}
	return text
}

func decodeRecords(t testing.TB, text []byte) []record {
	t.Helper()
	var records []record
	for line := range bytes.Lines(text) {
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		var r record
		if err := decoder.Decode(&r); err != nil {
			t.Fatalf("not an object on a line of its own: %q: %v", line, err)
		}
		records = append(records, r)
	}
	return records
}

func TestJSONLines(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 1, 5000, time.FixedZone("CET", 3600))
	const head = `{"time":"2026-11-23T17:00:01.000005000Z","name":"tomcat","stream":"stderr","message":"`
	for _, test := range []struct{ name, text, want string }{
		{"lines", "one\ntwo\n", head + `one"}` + "\n" + head + `two"}` + "\n"},
		{"an empty line", "\n", head + `"}` + "\n"},
		{"a line without its end", "half", head + `half","partial":true}` + "\n"},
		{"quotes and escape sequences", "\"a\\b\"\t\x1b[31mred\r\n", head + `\"a\\b\"\t\u001b[31mred\r"}` + "\n"},
		{"other languages", "größer 東京\n", head + `größer 東京"}` + "\n"},
		{"not UTF-8", "a\xffb\n", head + "a\uFFFDb" + `","base64":"Yf9i"}` + "\n"},
		{"a replacement character is text", "\uFFFD\n", head + "\uFFFD\"}\n"},
		{"NUL and DEL", "\x00\x7f\n", head + "\\u0000\x7f\"}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := newJSONLines("tomcat", Stderr).append(nil, []byte(test.text), false, now)
			if string(got) != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func FuzzJSONKeepsEveryByte(f *testing.F) {
	for _, seed := range []string{"", "plain\n", "a\nb", "\"\\\x1f 12345678\"", "\xed\xa0\x80\xf4\x90\x80\x80", "ü\xc3\n\xbc", "eight ok\x7f\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var back []byte
		for _, r := range decodeRecords(t, newJSONLines("app", Stdout).append(nil, text, false, time.Now())) {
			if r.Name != "app" || r.Stream != "stdout" || r.Time.IsZero() {
				t.Fatalf("wrong head: %+v", r)
			}
			exact := r.exact()
			if valid := utf8.Valid(exact); valid != (r.Base64 == nil) {
				t.Fatalf("base64 is there: %t, for %q", r.Base64 != nil, exact)
			}
			back = append(back, exact...)
		}
		if !bytes.Equal(back, text) {
			t.Fatalf("%q came back as %q", text, back)
		}
	})
}
