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
			r.add(piece)
			all = append(all, piece...)
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

func TestATailKeepsTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 10, 5000, readSize - 7, readSize, 100_000, 200_000}).Draw(t, "limit")
		kept, buffer := newTail(limit), make([]byte, readSize)
		var all []byte
		seed := byte(1)
		for _, size := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, readSize), rapid.IntRange(1, 3000), rapid.Just(readSize)), 0, 12).Draw(t, "sizes") {
			for i := range size {
				seed = seed*5 + 3
				buffer[i] = seed ^ byte(i>>8)
			}
			all = append(all, buffer[:size]...)
			if buffer = kept.add(buffer[:size], buffer); len(buffer) != readSize {
				t.Fatalf("the next buffer has %d bytes", len(buffer))
			}
			clear(buffer) // the next read overwrites it: nothing of it may be kept
			if rapid.IntRange(0, 5).Draw(t, "settle") == 0 {
				kept.settle()
			}
			if want := all[max(0, len(all)-limit):]; !bytes.Equal(kept.bytes(), want) {
				t.Fatalf("after a read of %d bytes: %d bytes are kept, want the last %d", size, len(kept.bytes()), len(want))
			}
		}
	})
}
