package main

import (
	"bytes"
	"testing"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/output"
)

func TestAReaderThatIsTooSlowIsToldWhatItHasMissed(t *testing.T) {
	b := newLogBuffer("")
	chunk := bytes.Repeat([]byte("x"), mostBuffered/4)
	for range 6 { // two more than there is room for
		b.add(output.Chunk{Gen: 1, Data: chunk})
	}
	b.add(output.Chunk{Gen: 1, Data: []byte("y")})
	var got int
	var lost []int64
	take := func(p client.LogPiece) error {
		if len(p.Data) > largestPiece {
			t.Errorf("a piece has %d bytes", len(p.Data))
		}
		got += len(p.Data)
		if p.Lost > 0 {
			lost = append(lost, p.Lost)
		}
		return nil
	}
	if err := b.flush(take); err != nil {
		t.Fatal(err)
	}
	if want := int64(2*len(chunk) + 1); got != 4*len(chunk) || len(lost) != 1 || lost[0] != want {
		t.Errorf("%d bytes came, lost %v, want %d and %d", got, lost, 4*len(chunk), want)
	}
	b.add(output.Chunk{Gen: 1, Data: []byte("z")}) // there is room again
	if err := b.flush(take); err != nil || got != 4*len(chunk)+1 || len(lost) != 1 {
		t.Errorf("%d bytes came, lost %v (%v)", got, lost, err)
	}
}

func TestLastLines(t *testing.T) {
	pieces := []output.Piece{{Data: []byte("1\n2\n")}, {Stream: output.Stderr, Data: []byte("3\n")}, {Data: []byte("4\n5")}}
	for lines, want := range map[int]string{0: "", 1: "5", 2: "4\n5", 3: "3\n4\n5", 4: "2\n3\n4\n5", 5: "1\n2\n3\n4\n5", 9: "1\n2\n3\n4\n5"} {
		var got []byte
		for _, p := range lastLines(pieces, lines) {
			got = append(got, p.Data...)
		}
		if string(got) != want {
			t.Errorf("the last %d lines are %q, want %q", lines, got, want)
		}
	}
	whole := []output.Piece{{Data: []byte("1\n2\n")}, {Data: []byte("3\n")}}
	if got := lastLines(whole, 1); len(got) != 1 || string(got[0].Data) != "3\n" {
		t.Errorf("the last line is %q", got)
	}
}
