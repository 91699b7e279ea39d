package toolbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/display"
)

// Streams are what a tool reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // Out is a terminal
}

// Exit codes of the tools, as POSIX has them.
const (
	exitOK    = 0
	exitFail  = 1 // something could not be read; grep: nothing was found
	exitUsage = 2
)

// call is one run of a tool.
type call struct {
	Streams
	ctx     context.Context //nolint:containedctx // of this run alone
	tool    tool
	out     *bufio.Writer
	given   map[byte]string // options
	args    []string
	failed  bool
	nothing bool              // grep: there was nothing to be found
	names   map[string]string // of users and groups, once looked up
}

// usageError is a tool that was called wrongly.
type usageError struct{ why string }

func (e usageError) Error() string { return e.why }

// Run runs the tool that words name and returns its exit code: 0 where all went well, 1
// where something could not be read, 2 where it was called wrongly. It ends early when
// the context does.
func Run(ctx context.Context, streams Streams, words []string) int {
	t, ok := lookup(words[0])
	if !ok {
		fmt.Fprintf(streams.Err, "nile: the toolbox has no %s; it has %s\n", printable(words[0]), strings.Join(Names(), ", "))
		return exitUsage
	}
	c := &call{ctx: ctx, Streams: streams, tool: t, args: words[1:]}
	c.out = bufio.NewWriterSize(interruptible{ctx, streams.Out}, 16<<10)
	err := c.parse()
	if err == nil {
		err = t.run(c)
	}
	err = errors.Join(err, ignoreClosed(c.out.Flush()))
	usage := usageError{}
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(c.Err, "%s: %s; usage: %s\n", t.name, printable(usage.why), t.usage)
		return exitUsage
	case err != nil && ignoreClosed(err) != nil && ctx.Err() == nil:
		c.complain(err)
	case ctx.Err() != nil:
		return 128 + int(unix.SIGINT)
	}
	if c.failed || c.nothing {
		return exitFail
	}
	return exitOK
}

// ignoreClosed drops the error of a reader that wants no more, such as head in a pipe.
func ignoreClosed(err error) error {
	if errors.Is(err, io.ErrClosedPipe) || errors.Is(err, unix.EPIPE) {
		return nil
	}
	return err
}

// parse takes the options off the arguments; what begins with - after "--", or is "-"
// alone, is no option.
func (c *call) parse() error {
	c.given = map[byte]string{}
	if c.tool.options == ownWords {
		return nil
	}
	var rest []string
	args := c.args
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if word == "--" {
			rest = append(rest, args...)
			break
		}
		if len(word) < 2 || word[0] != '-' {
			rest = append(rest, word)
			continue
		}
		if _, isNumber := number(word[1:]); isNumber && strings.Contains(c.tool.options, "n:") { // head -5
			c.given['n'] = word[1:]
			continue
		}
		var err error
		if args, err = c.letters(word[1:], args); err != nil {
			return err
		}
	}
	c.args = rest
	return nil
}

func (c *call) letters(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		at := strings.IndexByte(c.tool.options, letters[i])
		if at < 0 || letters[i] == ':' {
			return args, usageError{"unknown option -" + letters[i:i+1]}
		}
		if !strings.HasPrefix(c.tool.options[at+1:], ":") {
			c.given[letters[i]] = ""
			continue
		}
		value := letters[i+1:]
		if value == "" {
			if len(args) == 0 {
				return args, usageError{"-" + letters[i:i+1] + " wants a value"}
			}
			value, args = args[0], args[1:]
		}
		c.given[letters[i]] = value
		return args, nil
	}
	return args, nil
}

func (c *call) has(option byte) bool {
	_, given := c.given[option]
	return given
}

// complain tells of what could not be read, and goes on.
func (c *call) complain(err error) {
	c.failed = true
	if path := new(os.PathError); errors.As(err, &path) {
		err = fmt.Errorf("%s: %w", printable(path.Path), path.Err)
	}
	fmt.Fprintf(c.Err, "%s: %v\n", c.tool.name, err)
}

// open opens a file for reading; - is standard input. It does not wait for a FIFO to be
// written.
func (c *call) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(c.In), nil
	}
	file, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, &os.PathError{Op: "read", Path: name, Err: unix.EISDIR}
	}
	return file, nil
}

// files opens each file that is named, or standard input, and hands it on.
func (c *call) files(read func(name string, in io.Reader) error) error {
	names := c.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		file, err := c.open(name)
		if err != nil {
			c.complain(err)
			continue
		}
		err = read(name, interruptibleReader{c.ctx, file})
		file.Close()
		if err != nil && ignoreClosed(err) == nil || c.ctx.Err() != nil {
			return err
		}
		if err != nil {
			c.complain(err)
		}
	}
	return nil
}

// interruptible ends a tool that is interrupted at its next line of output.
type interruptible struct {
	ctx context.Context
	out io.Writer
}

func (w interruptible) Write(text []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.out.Write(text)
}

type interruptibleReader struct {
	ctx context.Context
	in  io.Reader
}

func (r interruptibleReader) Read(buffer []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(buffer)
}

// printable makes a name harmless for a terminal.
func printable(name string) string { return display.Text(name) }

func number(text string) (int64, bool) {
	n := int64(0)
	for _, b := range []byte(text) {
		if b < '0' || b > '9' || n > 1<<52 {
			return 0, false
		}
		n = n*10 + int64(b-'0')
	}
	return n, text != ""
}
