package toolbox

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// condition is one of find's, all of which must hold.
type condition func(name string, e *entry) bool

func find(c *call) error {
	var roots []string
	words := c.args
	for len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		roots, words = append(roots, words[0]), words[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	conditions, depth, err := findConditions(words)
	if err != nil {
		return err
	}
	for _, root := range roots {
		err := c.walk(root, func(name string, e *entry, at int) error {
			for _, holds := range conditions {
				if !holds(name, e) {
					return skipBelow(at, depth)
				}
			}
			if _, err := fmt.Fprintln(c.out, printable(name)); err != nil {
				return err
			}
			return skipBelow(at, depth)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// findConditions reads what stands behind the places to search.
func findConditions(words []string) (conditions []condition, depth int, err error) {
	depth = deepest
	for len(words) > 0 {
		option := words[0]
		if option == "-print" {
			words = words[1:]
			continue
		}
		if len(words) < 2 {
			return nil, 0, usageError{option + " is unknown or wants a value"}
		}
		value := words[1]
		words = words[2:]
		if option == "-maxdepth" {
			n, ok := number(value)
			if !ok {
				return nil, 0, usageError{fmt.Sprintf("%q is no number", value)}
			}
			depth = int(min(n, deepest))
			continue
		}
		holds, err := newCondition(option, value)
		if err != nil {
			return nil, 0, err
		}
		conditions = append(conditions, holds)
	}
	return conditions, depth, nil
}

func skipBelow(at, depth int) error {
	if at >= depth {
		return fs.SkipDir
	}
	return nil
}

func newCondition(option, value string) (condition, error) {
	switch option {
	case "-name", "-iname", "-path":
		if _, err := path.Match(value, ""); err != nil {
			return nil, usageError{fmt.Sprintf("the pattern %q has a [ without its ]", value)}
		}
	}
	switch option {
	case "-name":
		return func(name string, _ *entry) bool { return matches(value, filepath.Base(name)) }, nil
	case "-iname":
		value = strings.ToLower(value)
		return func(name string, _ *entry) bool { return matches(value, strings.ToLower(filepath.Base(name))) }, nil
	case "-path":
		return func(name string, _ *entry) bool { return matches(value, name) }, nil
	case "-type":
		kinds := map[string]uint32{"f": unix.S_IFREG, "d": unix.S_IFDIR, "l": unix.S_IFLNK, "p": unix.S_IFIFO, "s": unix.S_IFSOCK, "b": unix.S_IFBLK, "c": unix.S_IFCHR}
		kind, ok := kinds[value]
		if !ok {
			return nil, usageError{"-type wants one of f d l p s b c"}
		}
		return func(_ string, e *entry) bool { return e.info.Mode&unix.S_IFMT == kind }, nil
	case "-newer":
		other, err := look(value, value)
		if err != nil {
			return nil, err
		}
		return func(_ string, e *entry) bool { return e.info.Mtim.Nano() > other.info.Mtim.Nano() }, nil
	case "-size":
		return sizeCondition(value)
	case "-mtime":
		now := time.Now()
		return compared(value, func(e *entry) int64 { return int64(now.Sub(time.Unix(e.info.Mtim.Unix())) / (24 * time.Hour)) })
	}
	return nil, usageError{"unknown option " + option}
}

func matches(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok
}

// sizeCondition reads a size in the units of find(1): c is bytes, k, M and G are 1024
// and so on, b, or nothing, is 512.
func sizeCondition(value string) (condition, error) {
	units := map[byte]int64{'c': 1, 'k': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'b': 512}
	unit := int64(512)
	if n := len(value); n > 0 {
		if u, ok := units[value[n-1]]; ok {
			unit, value = u, value[:n-1]
		}
	}
	return compared(value, func(e *entry) int64 { return (e.info.Size + unit - 1) / unit })
}

// compared reads +N, more than that; -N, less; N, exactly.
func compared(value string, of func(*entry) int64) (condition, error) {
	digits := strings.TrimLeft(value, "+-")
	n, ok := number(digits)
	if !ok || len(value)-len(digits) > 1 {
		return nil, usageError{fmt.Sprintf("%q is no number", value)}
	}
	return func(_ string, e *entry) bool {
		switch have := of(e); value[0] {
		case '+':
			return have > n
		case '-':
			return have < n
		default:
			return have == n
		}
	}, nil
}
