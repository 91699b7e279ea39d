package output

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Text that is written in pieces is cut where lines end, and nowhere else.
func TestPiecesAreWholeLines(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(pieceSize-3, pieceSize+3), rapid.IntRange(0, 3*pieceSize))
		var text []byte
		for range rapid.IntRange(1, 8).Draw(r, "groups") {
			line := append(bytes.Repeat([]byte("x"), size.Draw(r, "length")), '\n')
			text = append(text, bytes.Repeat(line, max(1, rapid.IntRange(0, pieceSize).Draw(r, "bytes")/len(line)))...)
		}
		text = text[:rapid.IntRange(1, len(text)).Draw(r, "cut")]
		s := &sink{direct: &descriptor{}}
		for rest := text; len(rest) > 0; {
			piece := s.piece(rest)
			if len(piece) > pieceSize && bytes.IndexByte(piece, '\n') < len(piece)-1 && slices.Contains(piece, '\n') {
				r.Fatalf("a piece of %d bytes has several lines", len(piece))
			}
			rest = rest[len(piece):]
			if len(piece) == 0 || len(rest) > 0 && piece[len(piece)-1] != '\n' {
				r.Fatalf("a piece of %d bytes does not end with its line; %d are left", len(piece), len(rest))
			}
		}
	})
}
