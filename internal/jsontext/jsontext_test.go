package jsontext

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Eight bytes are looked at together: each byte counts at each place, whatever
// stands behind it.
func TestWhatNeedsNoEscape(t *testing.T) {
	for _, others := range []byte{'~', ' ', '!', '#', '[', ']', '\n', '"', '\\', 0x80, 0xff} {
		for c := range 256 {
			for place := range 19 {
				text := append(bytes.Repeat([]byte{'a'}, place), byte(c))
				text = append(text, bytes.Repeat([]byte{others}, 19-place)...)
				want := 0
				for want < len(text) && text[want] >= ' ' && text[want] < 0x80 && text[want] != '"' && text[want] != '\\' {
					want++
				}
				if got := Plain(text); got != want {
					t.Fatalf("byte %#x at %d, %#x behind it: %d are plain, want %d", c, place, others, got, want)
				}
			}
		}
	}
}

// A string is read back by encoding/json as it was, but for bytes that are no UTF-8.
func FuzzAppend(f *testing.F) {
	for _, seed := range []string{"", "a line of plain text", `{"key": "C:\dir"}`, "\x1b[31mred\x1b[0m\t\r\n", "größer 東京", "\xed\xa0\x80\xff\xc3", "7 plain\"", "eight ok\x7f\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line := append(Append([]byte{'"'}, text), '"')
		if !utf8.Valid(line) || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("%q became %q", text, line)
		}
		var back string
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%q became %q: %v", text, line, err)
		}
		if want := string([]rune(string(text))); back != want {
			t.Fatalf("%q became %q, which is %q, want %q", text, line, back, want)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, sample := range []struct{ name, text string }{
		{"plain", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"},
		{"json", `{"level":"info","ts":"2026-11-27T16:00:00Z","logger":"app.http","msg":"served","path":"/a/b","code":200}`},
		{"german", "Die Verbindung zur Datenbank wurde geöffnet, die Größe des Puffers beträgt 64 KiB und läuft über"},
		{"stack", "\tat org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:167) [catalina.jar]"},
		{"colour", "\x1b[32mINFO\x1b[0m 2026-11-27 16:00:00 \x1b[1mserver\x1b[0m started on port \x1b[36m8080\x1b[0m after 1.2 seconds"},
		{"japanese", "データベースへの接続が確立されました。バッファのサイズは"},
	} {
		b.Run(sample.name, func(b *testing.B) {
			var out []byte
			text := []byte(sample.text)
			for range b.N {
				out = Append(out[:0], text)
			}
		})
	}
}
