package terminal

import (
	"slices"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	for _, test := range []struct {
		reads []string
		want  []Key
	}{
		{[]string{"q"}, []Key{'q'}},
		{[]string{"\x1b[A\x1b[B"}, []Key{Up, Down}},
		{[]string{"\x1bOA\x1bOF"}, []Key{Up, End}},
		{[]string{"\x1b[", "6~"}, []Key{PageDown}},
		{[]string{"\x1b"}, []Key{Escape}},
		{[]string{"\x1bO", "Bx"}, []Key{Down, 'x'}},
		{[]string{"\x1b[1;5Ax"}, []Key{Unknown, 'x'}},
		{[]string{"\x1bxy"}, []Key{Unknown, 'y'}},
		{[]string{"ü", "\xc3", "\xbc\xff"}, []Key{'ü', 'ü', Unknown}},
		{[]string{"\x03\x1a\x0c"}, []Key{Interrupt, Suspend, Redraw}},
		{[]string{"\x1b[" + strings.Repeat("1", 100) + "q"}, nil},
	} {
		var p Parser
		var got []Key
		for _, bytes := range test.reads {
			got = append(got, p.Keys([]byte(bytes))...)
		}
		if test.want != nil && !slices.Equal(got, test.want) {
			t.Errorf("%q are the keys %d, want %d", test.reads, got, test.want)
		}
		if len(p.pending) > maxSequence+2 {
			t.Errorf("%d bytes are kept", len(p.pending))
		}
	}
}

func FuzzKeys(f *testing.F) {
	f.Add("\x1b[A", "q\x1b[")
	f.Fuzz(func(t *testing.T, first, second string) {
		var p Parser
		n := len(p.Keys([]byte(first))) + len(p.Keys([]byte(second)))
		if n > len(first)+len(second) || len(p.pending) > maxSequence+2 {
			t.Errorf("%d keys, %d bytes are kept", n, len(p.pending))
		}
	})
}

func TestReadEndsWithItsInput(t *testing.T) {
	keys := make(chan Key, 4)
	Read(strings.NewReader("ab"), keys, nil)
	if a, b := <-keys, <-keys; a != 'a' || b != 'b' {
		t.Errorf("read %d %d", a, b)
	}
	if _, more := <-keys; more {
		t.Error("there is more")
	}
	done := make(chan struct{})
	close(done)
	Read(strings.NewReader(strings.Repeat("x", 100)), make(chan Key), done)
}
