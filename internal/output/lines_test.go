package output

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// withoutForm undoes what a mode adds.
func withoutForm(t testing.TB, mode Mode, name, text string) string {
	t.Helper()
	var back strings.Builder
	switch mode {
	case Prefix:
		for line := range strings.Lines(text) {
			whole, isBegin := strings.CutPrefix(line, name+" | ")
			rest, isContinued := strings.CutPrefix(line, name+" + ")
			switch {
			case isBegin:
				back.WriteString(whole)
			case isContinued: // joins the piece before
				before := strings.TrimSuffix(back.String(), "\n")
				back.Reset()
				back.WriteString(before + rest)
			default:
				t.Fatalf("a line without its name: %q", line)
			}
		}
	case JSON:
		for _, r := range decodeRecords(t, []byte(text)) {
			back.Write(r.exact())
		}
	default:
		back.WriteString(text)
	}
	return back.String()
}

// However a text is cut into writes, and wherever these end up, its lines come
// back.
func TestAnySplitGivesTheSameLines(t *testing.T) {
	dir := t.TempDir()
	number := 0
	rapid.Check(t, func(r *rapid.T) {
		number++
		line := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 300),
			rapid.SliceOfN(rapid.ByteRange(' ', '~'), 0, 50),
			rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
		)
		text := slices.Concat(bytes.Join(rapid.SliceOfN(line, 0, 40).Draw(r, "lines"), newline), []byte(rapid.SampledFrom([]string{"", "\n"}).Draw(r, "end")))
		pieces := split(r, text)
		c := Config{Mode: rapid.SampledFrom([]Mode{Inherit, Prefix, JSON}).Draw(r, "mode")}
		if c.Mode == Inherit || rapid.Bool().Draw(r, "to a file") {
			c.File = filepath.Join(dir, fmt.Sprint(number))
			c.MaxSize = rapid.Int64Range(1, 4000).Draw(r, "maximal size")
			c.MaxFiles = 1000
		}
		h := newHost(t, Options{})
		d := h.feed("app", 1, c, pieces...)
		counts := h.Counts()["app"]
		out, _ := h.finish()
		if c.File != "" {
			out = joinFiles(t, c)
		}
		want := string(text)
		if c.Mode == Prefix && len(want) > 0 && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if got := withoutForm(t, c.Mode, "app", out); got != want {
			r.Fatalf("came back as %q, want %q", got, want)
		}
		if counts[Stdout] != (Count{uint64(len(text)), uint64(bytes.Count(text, newline))}) {
			r.Fatalf("counted %+v in %q", counts, text)
		}
		if want := kubeletMessage(text); string(d.LogTail) != want {
			r.Fatalf("the log's end is %q, want %q", d.LogTail, want)
		}
	})
}

func split(r *rapid.T, text []byte) (pieces [][]byte) {
	for len(text) > 0 {
		n := rapid.IntRange(1, len(text)).Draw(r, "piece")
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

// kubeletMessage is the rule in its own words: the last 80 lines, of these the
// last 2048 bytes.
func kubeletMessage(text []byte) string {
	lines := slices.Collect(bytes.Lines(text))
	last := bytes.Join(lines[max(0, len(lines)-80):], nil)
	return string(last[max(0, len(last)-2048):])
}

// joinFiles reads a log that was set aside in parts, the oldest first, and checks
// the parts.
func joinFiles(t testing.TB, c Config) string {
	t.Helper()
	var text string
	for i := 0; ; i++ {
		name := c.File
		if i > 0 {
			name = fmt.Sprintf("%s.%d", c.File, i)
		}
		part, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			return text
		}
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && !bytes.HasSuffix(part, newline) {
			t.Fatalf("%s ends within a line: %q", name, part)
		}
		if int64(len(part)) > c.MaxSize && bytes.Count(part, newline) > 1 {
			t.Fatalf("%s has %d bytes in several lines; the limit is %d", name, len(part), c.MaxSize)
		}
		text = string(part) + text
	}
}

// The pod termmsg that a real kubelet ran: 200 short lines, and 90 of which less
// than 80 fill the message.
func TestTheLogTailIsTheKubelets(t *testing.T) {
	for _, test := range []struct {
		name, line, first, last string
		lines, size             int
	}{
		{"logs", "line %d\n", "line 120\n", "line 199\n", 200, 720},
		{"loglong", "line %d 012345678901234567890123456789012345678901234567890123456789\n",
			"4567890123456789012345678901234567890123456789\nlin", "line 89 012345678901234567890123456789012345678901234567890123456789\n", 90, 2048},
	} {
		h := newHost(t, Options{})
		var text strings.Builder
		for i := range test.lines {
			fmt.Fprintf(&text, test.line, i)
		}
		d := h.feed(test.name, 1, Config{Mode: JSON}, []byte(text.String()))
		message := string(d.LogTail)
		if len(message) != test.size || !strings.HasPrefix(message, test.first) || !strings.HasSuffix(message, test.last) {
			t.Errorf("%s: %d bytes: %q", test.name, len(message), message)
		}
		if again := h.LogTail(test.name); string(again) != message {
			t.Errorf("%s: asked again: %q", test.name, again)
		}
	}
}

// A line that is cut for its length is not cut within a character.
func TestPiecesOfALongLineAreText(t *testing.T) {
	text := "y" + strings.Repeat("ü", 3<<20) + "\n"
	h := newHost(t, Options{})
	done := make(chan Drained, 1)
	files, err := h.Open("app", 1, Config{Mode: JSON})
	if err != nil {
		t.Fatal(err)
	}
	write(files.Stdout, text)
	files.Close()
	h.Ended("app", 1, func(d Drained) { done <- d })
	<-done
	out, _ := h.finish()
	records := decodeRecords(t, []byte(out))
	if len(records) < 2 {
		t.Errorf("a line of %d bytes came in one piece", len(text))
	}
	for i, r := range records {
		if r.Base64 != nil || r.Partial != (i < len(records)-1) {
			t.Errorf("piece %d: %d bytes, partial %t, base64 %t", i, len(r.Message), r.Partial, r.Base64 != nil)
		}
	}
	if withoutForm(t, JSON, "app", out) != text {
		t.Error("the line came back changed")
	}
}

func TestUnfinishedLinesTogetherAreBounded(t *testing.T) {
	h := newHost(t, Options{})
	const streams, size = 6, 3 << 20
	var open []Files
	for i := range streams {
		name := fmt.Sprintf("app%d", i)
		files, err := h.Open(name, 1, Config{Mode: Prefix})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, files)
		write(files.Stdout, strings.Repeat("x", size))
		until(t, "the bytes", func() bool { return h.Counts()[name][Stdout].Bytes == size })
		var held int
		h.ask(func() { held = h.unfinished })
		if held > allUnfinished+readSize {
			t.Errorf("%d unfinished lines take %d bytes", i+1, held)
		}
	}
	for i := range open {
		write(open[i].Stdout, "\n")
		open[i].Close()
		h.drained(fmt.Sprintf("app%d", i), 1)
	}
	var left int
	h.ask(func() { left = h.unfinished })
	if left != 0 {
		t.Errorf("%d bytes of unfinished lines are counted when none is", left)
	}
	if out, _ := h.finish(); strings.Count(out, "x") != streams*size {
		t.Errorf("%d bytes came, want %d", strings.Count(out, "x"), streams*size)
	}
}

func TestColours(t *testing.T) {
	names := []string{"db", "web"}
	got := string(newPrefixed("web", names, true).append(nil, []byte("one\ntw"), true, time.Time{}))
	if want := "\x1b[0;33mweb + \x1b[0mone\n\x1b[0;33mweb | \x1b[0mtw\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = string(newPrefixed("db", names, false).append(nil, []byte("one\n"), false, time.Time{}))
	if want := "db  | one\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	long := strings.Repeat("n", widestPrefix+1)
	if got = string(newPrefixed("db", []string{"db", long}, false).begin); got != "db | " {
		t.Errorf("beside a name of %d characters: %q", len(long), got)
	}
}
