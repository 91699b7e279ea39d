package toolbox

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

func grep(c *call) error {
	pattern, given := c.given['e']
	if !given {
		if len(c.args) == 0 {
			return usageError{"want a pattern"}
		}
		pattern, c.args = c.args[0], c.args[1:]
	}
	if c.has('F') {
		pattern = regexp.QuoteMeta(pattern)
	}
	if c.has('i') {
		pattern = "(?i)" + pattern
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return usageError{strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	}
	c.nothing = true
	named := len(c.args) > 1
	if c.has('r') {
		if len(c.args) == 0 {
			c.args = []string{"."}
		}
		named = true
		c.args = c.regularFiles(c.args)
		if len(c.args) == 0 {
			return nil
		}
	}
	return c.files(func(name string, in io.Reader) error {
		return c.grepOne(expression, name, in, named && !c.has('h'))
	})
}

func (c *call) grepOne(expression *regexp.Regexp, name string, in io.Reader, named bool) error {
	found, line := 0, 0
	prefix := ""
	if named {
		prefix = printable(name) + ":"
	}
	err := eachLine(in, func(text []byte) error {
		line++
		text = []byte(strings.TrimSuffix(string(text), "\n"))
		if expression.Match(text) == c.has('v') {
			return nil
		}
		c.nothing = false
		found++
		switch {
		case c.has('q'), c.has('l'):
			return errEnough
		case c.has('c'):
		case strings.IndexByte(string(text), 0) >= 0:
			fmt.Fprintf(c.out, "%sbinary data matches\n", prefix)
			return errEnough
		case c.has('n'):
			fmt.Fprintf(c.out, "%s%d:%s\n", prefix, line, text)
		default:
			fmt.Fprintf(c.out, "%s%s\n", prefix, text)
		}
		return c.ctx.Err()
	})
	switch {
	case c.has('q'):
	case c.has('l') && found > 0:
		fmt.Fprintln(c.out, printable(name))
	case c.has('c'):
		fmt.Fprintf(c.out, "%s%d\n", prefix, found)
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
