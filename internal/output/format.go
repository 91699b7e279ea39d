package output

import "time"

// format is how text looks at its destination.
type format interface {
	// append appends text to out: lines, each with its newline, and at most at
	// the end a piece of a line without one. continues says that text begins
	// in the middle of a line, of which the piece before went out earlier. now
	// is when it was read.
	append(out, text []byte, continues bool, now time.Time) []byte
}

// plain is text as it is.
type plain struct{}

func (plain) append(out, text []byte, _ bool, _ time.Time) []byte {
	return append(out, text...)
}
