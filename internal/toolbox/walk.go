package toolbox

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// walk visits a tree, parents before what is in them, and follows no links. visit
// returns fs.SkipDir to leave a directory out.
func (c *call) walk(root string, visit func(path string, e *entry, depth int) error) error {
	var step func(path string, depth int) error
	step = func(path string, depth int) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		e, err := look(filepath.Base(path), path)
		if err != nil {
			c.complain(err)
			return nil
		}
		if err := visit(path, e, depth); err != nil {
			if err == fs.SkipDir {
				return nil
			}
			return err
		}
		if !e.isDir() || depth > deepest {
			return nil
		}
		names, err := readNames(path)
		if err != nil {
			c.complain(err)
		}
		for _, name := range names {
			if err := step(join(path, name), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return step(root, 0)
}

// join keeps the "./" that a user wrote.
func join(path, name string) string {
	if strings.HasSuffix(path, "/") {
		return path + name
	}
	return path + "/" + name
}

// regularFiles are the files in trees, for grep -r.
func (c *call) regularFiles(roots []string) []string {
	var files []string
	for _, root := range roots {
		_ = c.walk(root, func(path string, e *entry, _ int) error {
			if e.info.Mode&unix.S_IFMT == unix.S_IFREG && len(files) < maxEntries {
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}
func readNames(path string) ([]string, error) {
	directory, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	names, err := directory.Readdirnames(maxEntries)
	if err != nil && len(names) == 0 {
		err = notEnd(err)
	}
	slices.Sort(names)
	return names, err
}
