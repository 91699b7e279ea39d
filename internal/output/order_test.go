package output

import (
	"fmt"
	"strings"
	"testing"
)

// inOrder renders pieces: each with the first letter of its stream's number.
func inOrder(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, "%d:%s;", p.Stream, p.Data)
	}
	return b.String()
}

func TestKeptLinesOfBothStreamsKeepTheirOrder(t *testing.T) {
	for _, test := range []struct {
		name           string
		order          []segment
		stdout, stderr string
		unfinished     [2]int
		want           string
	}{
		{"nothing", nil, "", "", [2]int{}, ""},
		{"taking turns", []segment{{0, 2}, {1, 3}, {0, 1}}, "abc", "xyz", [2]int{}, "0:ab;1:xyz;0:c;"},
		{"unfinished lines come last", []segment{{0, 2}, {1, 2}}, "abc", "xyz", [2]int{1, 1}, "0:ab;1:xy;0:c;1:z;"},
		{"all is unfinished", nil, "abc", "xyz", [2]int{3, 3}, "0:abc;1:xyz;"},
		{"an unfinished line longer than the tail", nil, "bc", "", [2]int{9, 0}, "0:bc;"},
		{"one stream's beginning is gone", []segment{{0, 5}, {1, 1}, {0, 2}}, "bc", "x", [2]int{}, "1:x;0:bc;"},
		{"the order of the beginning is gone", []segment{{1, 1}, {0, 1}}, "abc", "xyz", [2]int{}, "0:ab;1:xy;1:z;0:c;"},
	} {
		o := order{segments: test.order}
		if got := inOrder(o.pieces([2][]byte{[]byte(test.stdout), []byte(test.stderr)}, test.unfinished)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestTheOrderTakesBoundedMemory(t *testing.T) {
	var o order
	for i := range 10 * mostSegments {
		o.add(Stream(i%2), 2)
		o.add(Stream(i%2), 1)
	}
	if n := len(o.segments); n > mostSegments || n < mostSegments/2 {
		t.Errorf("%d segments are remembered", n)
	}
	for _, s := range o.segments {
		if s.bytes != 3 {
			t.Fatalf("a segment has %d bytes", s.bytes)
		}
	}
}

func TestTheTailTellsWhatCameWhen(t *testing.T) {
	h := newHost(t, Options{})
	files, err := h.Open("app", 1, Config{Mode: Prefix})
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for i, text := range []string{"one\n", "two\n", "three\n", "an unfinished"} {
		write([]int{files.Stdout, files.Stderr}[i%2], text)
		all += fmt.Sprintf("%d:%s;", i%2, text)
		until(t, text, func() bool {
			tail, _ := h.Tail("app", false)
			return inOrder(tail.Pieces) == all
		})
	}
	write(files.Stdout, "four\n")
	files.Close()
	h.drained("app", 1)
	tail, _ := h.Tail("app", false)
	if got := inOrder(tail.Pieces); got != "0:one\n;1:two\n;0:three\nfour\n;1:an unfinished;" {
		t.Errorf("kept: %q", got)
	}
}
