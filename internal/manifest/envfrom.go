package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/regular"
)

// Bounds of a directory of variables: a ConfigMap may have 1 MiB in all.
const (
	maxEnvDirectory = 1 << 20
	maxEnvEntries   = 4096
)

// fromSource sets the variables of one entry of `nile: envFrom:`.
func (b *builder) fromSource(source *fileSource, own *environ) error {
	if b.opt.CheckOnly {
		return nil
	}
	name, read := source.File, fileVariables
	if source.Directory != "" {
		name, read = source.Directory, directoryVariables
	}
	err := read(name, func(name, value string) { own.set(source.Prefix+name, value) })
	switch {
	case err == nil, source.Optional && os.IsNotExist(err):
		return nil
	}
	return fmt.Errorf("cannot take variables from %s: %w", name, cause(err))
}

func fileVariables(name string, found func(name, value string)) error {
	text, err := readEnvFile(name)
	if err != nil {
		return err
	}
	return eachEnvFileVariable(text, found)
}

// directoryVariables reads a directory that has a file for each variable, in the order
// of their names. What begins with ".." is the kubelet's own in a mounted ConfigMap or
// Secret, and no name of a key (k8s.io/kubernetes pkg/volume/util/atomic_writer.go).
// Like the kubelet, it leaves out what cannot be a variable's name. One line end at the
// end of a file is an editor's, not the value's.
func directoryVariables(directory string, found func(name, value string)) error {
	entries, err := readNames(directory)
	if err != nil {
		return err
	}
	total := 0
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, "..") || !isEnvName(name) || entry.IsDir() {
			continue
		}
		text, err := readEnvFile(directory + "/" + name)
		switch total += len(text); {
		case os.IsNotExist(err), errors.Is(err, regular.ErrNotRegular): // a link to nothing or to a directory, or removed by now
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", name, cause(err))
		case strings.Contains(text, "\x00"):
			return fmt.Errorf("%s: the value has a NUL byte in it", name)
		case total > maxEnvDirectory:
			return errors.New("the files are larger than 1 MiB together")
		}
		found(name, strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"))
	}
	return nil
}

func readNames(directory string) ([]fs.DirEntry, error) {
	file, err := os.OpenFile(directory, os.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	entries, err := file.ReadDir(maxEnvEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > maxEnvEntries {
		return nil, fmt.Errorf("it has more than %d files", maxEnvEntries)
	}
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}
