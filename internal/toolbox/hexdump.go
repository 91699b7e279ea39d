package toolbox

import (
	"errors"
	"fmt"
	"io"
)

func hexdump(c *call) error {
	limit, start := int64(-1), int64(0)
	for letter, value := range map[byte]*int64{'n': &limit, 's': &start} {
		if c.has(letter) {
			n, ok := number(c.given[letter])
			if !ok {
				return usageError{fmt.Sprintf("%q is no number", c.given[letter])}
			}
			*value = n
		}
	}
	return c.files(func(_ string, in io.Reader) error {
		if _, err := io.CopyN(io.Discard, in, start); err != nil {
			return notEnd(err)
		}
		if limit >= 0 {
			in = io.LimitReader(in, limit)
		}
		row := make([]byte, 16)
		for at := start; ; at += 16 {
			n, err := io.ReadFull(in, row)
			if n > 0 {
				hexRow(c.out, at, row[:n])
			}
			if err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) {
					return nil
				}
				return notEnd(err)
			}
		}
	})
}

func hexRow(out io.Writer, at int64, row []byte) {
	fmt.Fprintf(out, "%08x ", at)
	text := make([]byte, len(row))
	for i := range 16 {
		if i == 8 {
			fmt.Fprint(out, " ")
		}
		if i >= len(row) {
			fmt.Fprint(out, "   ")
			continue
		}
		fmt.Fprintf(out, " %02x", row[i])
		text[i] = '.'
		if row[i] >= ' ' && row[i] < 0x7f {
			text[i] = row[i]
		}
	}
	fmt.Fprintf(out, "  |%s|\n", text)
}
