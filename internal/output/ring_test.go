package output

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestARingKeepsTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ring{limit: rapid.IntRange(0, 3000).Draw(t, "limit")}
		var all []byte
		for _, piece := range rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 2000)).Draw(t, "pieces") {
			need := rapid.IntRange(1, 1000).Draw(t, "need")
			if room := r.room(need); room != nil && rapid.Bool().Draw(t, "in place") {
				if len(room) < need {
					t.Fatalf("room(%d) has %d bytes", need, len(room))
				}
				n := copy(room, piece)
				r.advance(n)
				all = append(all, piece[:n]...)
			} else {
				r.add(piece)
				all = append(all, piece...)
			}
			want := all[max(0, len(all)-r.limit):]
			if got := r.bytes(); !bytes.Equal(got, want) {
				t.Fatalf("kept %q of %q, want %q", got, all, want)
			}
			if cap(r.data) > max(r.limit, 0) {
				t.Fatalf("a ring of %d bytes took %d", r.limit, cap(r.data))
			}
			if cap(r.data) > max(smallestRing, 2*len(all)) {
				t.Fatalf("a ring took %d bytes for %d", cap(r.data), len(all))
			}
		}
	})
}
