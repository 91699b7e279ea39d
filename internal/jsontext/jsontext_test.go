package jsontext

import (
	"bytes"
	"testing"
)

// Eight bytes are looked at together: each byte counts at each place.
func TestWhatNeedsNoEscape(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
		for place := range 19 {
			line := bytes.Repeat([]byte{'~'}, 19)
			line[place] = byte(c)
			if IsPlain(line) != want {
				t.Fatalf("byte %#x at %d: plain is %t", c, place, !want)
			}
		}
	}
}
