package terminal

import (
	"io"
	"unicode/utf8"
)

// Key is a key: a character, or one of the others.
type Key rune

// Keys that are no characters of their own.
const (
	Interrupt Key = 3  // ^C
	Redraw    Key = 12 // ^L
	Suspend   Key = 26 // ^Z
	Escape    Key = 27
)

// Keys that terminals tell by a sequence of bytes.
const (
	Unknown Key = -(iota + 1)
	Up
	Down
	PageUp
	PageDown
	Home
	End
)

// sequences are what follows ESC, of xterm and of the Linux console.
var sequences = [...]struct {
	bytes string
	key   Key
}{
	{"[A", Up}, {"[B", Down}, {"OA", Up}, {"OB", Down}, {"[5~", PageUp}, {"[6~", PageDown},
	{"[H", Home}, {"[F", End}, {"OH", Home}, {"OF", End}, {"[1~", Home}, {"[4~", End},
}

// maxSequence bounds how long a sequence is waited for to end.
const maxSequence = 32

// Parser makes keys of the bytes that a terminal sends. The zero value works.
type Parser struct{ pending []byte }

// Keys are the keys in some bytes, after those of earlier ones. An ESC that nothing
// follows in the same read is the key Escape: terminals send their sequences in one.
func (p *Parser) Keys(bytes []byte) []Key {
	data := append(p.pending, bytes...)
	p.pending = nil
	var keys []Key
	for len(data) > 0 {
		key, size := next(data)
		if size == 0 {
			p.pending = append(p.pending, data...)
			break
		}
		keys = append(keys, key)
		data = data[size:]
	}
	return keys
}

// next is the first key and how many bytes it has; 0 where it is not complete.
func next(data []byte) (Key, int) {
	if data[0] != byte(Escape) {
		if !utf8.FullRune(data) {
			return Unknown, 0
		}
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return Unknown, 1
		}
		return Key(r), size
	}
	switch {
	case len(data) == 1:
		return Escape, 1
	case data[1] == 'O' && len(data) == 2:
		return Unknown, 0
	case data[1] == 'O':
		return sequence(data[1:3]), 3
	case data[1] != '[':
		return Unknown, 2 // Alt and a key
	}
	// A control sequence ends with a byte from @ to ~, ECMA-48 5.4.
	for i := 2; i < len(data); i++ {
		if data[i] >= '@' && data[i] <= '~' {
			return sequence(data[1 : i+1]), i + 1
		}
		if i == maxSequence {
			return Unknown, i + 1
		}
	}
	return Unknown, 0
}

func sequence(bytes []byte) Key {
	for _, one := range sequences {
		if one.bytes == string(bytes) {
			return one.key
		}
	}
	return Unknown
}

// Read reads keys and hands them over until there are no more, or done is closed. It
// is for a goroutine of its own; a read that waits for a key is not interrupted.
func Read(in io.Reader, keys chan<- Key, done <-chan struct{}) {
	defer close(keys)
	var parser Parser
	buffer := make([]byte, 256)
	for {
		n, err := in.Read(buffer)
		for _, key := range parser.Keys(buffer[:n]) {
			select {
			case keys <- key:
			case <-done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
