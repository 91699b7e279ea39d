package toolbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// longestLine bounds the memory for one line; a longer one is taken in pieces.
const longestLine = 1 << 20

// eachLine hands a stream on line by line, each with its end.
func eachLine(in io.Reader, take func(line []byte) error) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	var long []byte
	for {
		line, err := reader.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) && len(long) < longestLine {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			line = append(long, line...)
		}
		if len(line) > 0 {
			if err := take(line); err != nil {
				return err
			}
		}
		long = long[:0]
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return notEnd(err)
		}
	}
}

func notEnd(err error) error {
	if err == io.EOF || errors.Is(err, unix.EAGAIN) { // nothing is in a FIFO now
		return nil
	}
	return err
}

func cat(c *call) error {
	lines := 0
	return c.files(func(_ string, in io.Reader) error {
		if !c.has('n') {
			_, err := io.Copy(c.out, in)
			return notEnd(err)
		}
		return eachLine(in, func(line []byte) error {
			lines++
			_, err := fmt.Fprintf(c.out, "%6d\t%s", lines, line)
			return err
		})
	})
}

// amount is the value of -n or -c, and which of them it is.
func (c *call) amount() (n int64, bytes bool, err error) {
	text, ok := c.given['n'], true
	switch {
	case c.has('c'):
		text, bytes = c.given['c'], true
	case !c.has('n'):
		return 10, false, nil
	}
	if n, ok = number(strings.TrimPrefix(text, "-")); !ok {
		return 0, false, usageError{fmt.Sprintf("%q is no number", text)}
	}
	return n, bytes, nil
}

// title stands between several files.
func (c *call) title(name string, first *bool) {
	if len(c.args) > 1 {
		if !*first {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "==> %s <==\n", printable(name))
	}
	*first = false
}

var errEnough = errors.New("enough")

func head(c *call) error {
	n, bytes, err := c.amount()
	if err != nil {
		return err
	}
	first := true
	return c.files(func(name string, in io.Reader) error {
		c.title(name, &first)
		if bytes {
			_, err := io.Copy(c.out, io.LimitReader(in, n))
			return notEnd(err)
		}
		left := n
		err := eachLine(in, func(line []byte) error {
			if left--; left < 0 {
				return errEnough
			}
			_, err := c.out.Write(line)
			return err
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
}

// longestTail bounds what tail keeps.
const longestTail = 16 << 20

func tail(c *call) error {
	n, bytes, err := c.amount()
	if err != nil {
		return err
	}
	first := true
	return c.files(func(name string, in io.Reader) error {
		c.title(name, &first)
		kept, err := lastBytes(in)
		if err != nil {
			return err
		}
		at := max(0, int64(len(kept))-n)
		if !bytes {
			at = lastLines(kept, n)
		}
		_, err = c.out.Write(kept[at:])
		return err
	})
}

// lastBytes returns the end of a stream; of a file the rest is not even read.
func lastBytes(in io.Reader) ([]byte, error) {
	if r, ok := in.(interruptibleReader); ok {
		if file, ok := r.in.(*os.File); ok {
			if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > longestTail {
				_, _ = file.Seek(-longestTail, io.SeekEnd)
			}
		}
	}
	var kept []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := in.Read(buffer)
		kept = append(kept, buffer[:n]...)
		if len(kept) > 2*longestTail {
			kept = append(kept[:0], kept[len(kept)-longestTail:]...)
		}
		if err != nil {
			return kept, notEnd(err)
		}
	}
}

// lastLines is where the last n lines begin.
func lastLines(text []byte, n int64) int64 {
	at := len(text)
	if at > 0 && text[at-1] == '\n' {
		at--
	}
	if n == 0 {
		return int64(len(text))
	}
	for ; at > 0; at-- {
		if text[at-1] == '\n' {
			if n--; n == 0 {
				break
			}
		}
	}
	return int64(at)
}

func wc(c *call) error {
	all := len(c.given) == 0
	var total [3]int
	print := func(counts [3]int, name string) {
		for i, letter := range []byte("lwc") {
			if all || c.has(letter) {
				fmt.Fprintf(c.out, "%8d", counts[i])
			}
		}
		if name != "-" {
			fmt.Fprintf(c.out, " %s", printable(name))
		}
		fmt.Fprintln(c.out)
	}
	err := c.files(func(name string, in io.Reader) error {
		var counts [3]int
		inWord := false
		reader := bufio.NewReader(in)
		for {
			r, size, err := reader.ReadRune()
			if err != nil {
				if err = notEnd(err); err == nil {
					print(counts, name)
				}
				break
			}
			counts[2] += size
			if r == '\n' {
				counts[0]++
			}
			space := unicode.IsSpace(r)
			if !space && !inWord {
				counts[1]++
			}
			inWord = !space
		}
		for i := range total {
			total[i] += counts[i]
		}
		return nil
	})
	if len(c.args) > 1 {
		print(total, "total")
	}
	return err
}
