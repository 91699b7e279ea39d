package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// chunked is a body that comes in chunks, each with its length before it (RFC 9112,
// section 7.1). Extensions of chunks and the trailer are passed over.
type chunked struct {
	r     *bufio.Reader
	left  uint64 // of the present chunk
	begun bool   // a chunk has been read, and the end of its line has not
	err   error  // io.EOF where all has been read
}

// maxTrailer is how many lines may follow the last chunk.
const maxTrailer = 100

var (
	errChunk  = errors.New("malformed chunked encoding")
	errLength = errors.New("invalid byte in chunk length, or too long a one")
)

// Read reads what is left of the present chunk, or of the next one.
func (c *chunked) Read(p []byte) (n int, err error) {
	for c.err == nil && c.left == 0 {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	if uint64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err = c.r.Read(p)
	c.left -= uint64(n)
	c.err = unexpected(err)
	return n, c.err
}

// next reads the line before a chunk, and all to the end of the body where that was the
// last.
func (c *chunked) next() error {
	if c.begun {
		if line, err := c.line(); err != nil || len(line) > 0 {
			return errors.Join(err, notEmpty(line))
		}
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	c.left, err = parseHexadecimal(bytes.TrimRight(size, " \t"))
	c.begun = true
	if err != nil || c.left > 0 {
		return err
	}
	for range maxTrailer {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
	}
	return errChunk
}

func notEmpty(line []byte) error {
	if len(line) > 0 {
		return errChunk
	}
	return nil
}

// line reads a line, without its end. One that is larger than the reader's buffer is an
// error.
func (c *chunked) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, errChunk
		}
		return nil, unexpected(err)
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// parseHexadecimal reads the length of a chunk.
func parseHexadecimal(digits []byte) (n uint64, err error) {
	if len(digits) == 0 || len(digits) > 15 {
		return 0, errLength
	}
	for _, digit := range digits {
		switch {
		case '0' <= digit && digit <= '9':
			digit -= '0'
		case 'a' <= digit && digit <= 'f':
			digit -= 'a' - 10
		case 'A' <= digit && digit <= 'F':
			digit -= 'A' - 10
		default:
			return 0, errLength
		}
		n = n<<4 | uint64(digit)
	}
	return n, nil
}
