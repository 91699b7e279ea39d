package manifest

import (
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/nile-init/nile/internal/regular"
)

// maxEnvFile is the largest file of variables in bytes, the kubelet's limit.
const maxEnvFile = 64 << 10

// fromFile returns the value of a valueFrom.fileKeyRef. The error says what is
// missing; for an optional one that is no error.
func (b *builder) fromFile(c *container, variable *envVar) (string, bool, error) {
	ref := variable.ValueFrom.FileKeyRef
	if b.opt.CheckOnly {
		return "", false, nil
	}
	name, ok := b.volumePath(c, ref)
	if !ok {
		return "", false, fmt.Errorf("cannot set %s: no container mounts the volume %q, so nile cannot find its files", variable.Name, ref.VolumeName)
	}
	text, err := readEnvFile(name)
	if os.IsNotExist(err) && ref.Optional {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("cannot set %s from %s: %w", variable.Name, name, cause(err))
	}
	value, found, err := EnvFileValue(text, ref.Key)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("cannot set %s from %s: %w", variable.Name, name, err)
	case !found && !ref.Optional:
		return "", false, fmt.Errorf("cannot set %s from %s: the file has no variable %q", variable.Name, name, ref.Key)
	}
	return value, found, nil
}

// volumePath returns where a file of a volume can be read. All containers of
// the pod share one file system under nile, so the mount of any of them will
// do; the container's own is preferred.
func (b *builder) volumePath(c *container, ref *fileKeyRef) (string, bool) {
	mounts := append([]volumeMount{}, c.VolumeMounts...)
	for _, list := range [][]container{b.spec.InitContainers, b.spec.Containers} {
		for i := range list {
			mounts = append(mounts, list[i].VolumeMounts...)
		}
	}
	for _, mount := range mounts {
		if mount.Name != ref.VolumeName || mount.SubPathExpr != "" {
			continue
		}
		file := path.Clean(ref.Path)
		if sub := path.Clean(mount.SubPath); mount.SubPath != "" && sub != "." {
			var inside bool
			if file, inside = strings.CutPrefix(file, sub+"/"); !inside {
				continue
			}
		}
		return path.Join(mount.MountPath, file), true
	}
	return "", false
}

func readEnvFile(name string) (string, error) {
	file, err := regular.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxEnvFile+1))
	if err == nil && len(text) > maxEnvFile {
		err = fmt.Errorf("the file is larger than %d bytes", maxEnvFile)
	}
	return string(text), err
}

// EnvFileValue returns the value of a variable in a file of variables, in the
// format of Kubernetes' EnvFiles feature (KEP 3721, beta in 1.35), a strict
// part of the shell's:
//
//	# a comment; blank lines and spaces before a name do not count
//	NAME='value'
//	OTHER='all that stands between single quotes,
//	line ends too, as it is'
//
// There is no way to put a single quote into a value. The last of several
// values of one name counts. Anything else is an error with its line.
func EnvFileValue(text, key string) (value string, found bool, err error) {
	err = eachEnvFileVariable(text, func(name, content string) {
		if name == key {
			value, found = content, true
		}
	})
	if err != nil {
		return "", false, err
	}
	return value, found, nil
}

// eachEnvFileVariable reads such a file from its beginning to its end.
func eachEnvFileVariable(text string, found func(name, value string)) error {
	for line := 1; text != ""; {
		text = strings.TrimLeft(text, " \t\r")
		if text == "" || text[0] == '#' || text[0] == '\n' {
			_, text, _ = strings.Cut(text, "\n")
			line++
			continue
		}
		name, rest, assigned := strings.Cut(text, "=")
		if !assigned || strings.ContainsAny(name, " \t\n'\"") || name == "" {
			return fmt.Errorf("line %d is not of the form NAME='value'", line)
		}
		quoted, opened := strings.CutPrefix(rest, "'")
		if !opened {
			return fmt.Errorf("line %d: the value of %s must stand in single quotes", line, shorten(name, 64))
		}
		content, after, closed := strings.Cut(quoted, "'")
		if !closed {
			return fmt.Errorf("line %d: the value of %s has no closing quote", line, shorten(name, 64))
		}
		behind, next, _ := strings.Cut(after, "\n")
		line += strings.Count(content, "\n")
		if trimmed := strings.TrimSpace(behind); trimmed != "" && (trimmed[0] != '#' || behind == trimmed) {
			return fmt.Errorf("line %d: unexpected text behind the value of %s", line, shorten(name, 64))
		}
		found(name, content)
		line, text = line+1, next
	}
	return nil
}
