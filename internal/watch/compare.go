package watch

import (
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/regular"
)

// content is what is remembered of a file.
type content struct {
	stamp stamp
	sum   uint64
	exact bool // sum is that of its contents; else it is too large, or cannot be read
	young bool // it had been written to so shortly before that its stamp may not tell of the next time
}

// differs tells whether a file has other contents than before. Where they are not known, its
// size, mtime and inode stand for them.
func (c content) differs(before content) bool {
	if c.exact && before.exact {
		return c.sum != before.sum
	}
	return c.stamp.size != before.stamp.size || c.stamp.mtime != before.stamp.mtime || c.stamp.ino != before.stamp.ino
}

// coarse is how far apart two writes are at least that change the stamp of a file twice: some
// file systems have clocks of whole or of two seconds.
const coarse = 2 * time.Second

// compare takes down what the files of a look contain, and returns those that contain something
// else than before, sorted. It tells besides what is wrong with them.
func (t *target) compare(l *look, now time.Time) (changed []string) {
	contents := make(map[string]content, len(l.files))
	buffer := make([]byte, 64<<10)
	for i := range l.files {
		f := &l.files[i]
		before, known := t.contents[f.path]
		c := before
		if !known || before.young || before.stamp != f.stamp || !before.exact {
			written := time.Unix(0, max(f.stamp.mtime, f.stamp.ctime))
			c = content{stamp: f.stamp, young: now.Sub(written) < coarse}
			if err := c.read(l, f, buffer); errors.Is(err, fs.ErrNotExist) {
				l.missing = append(l.missing, f.path) // that will stir
				continue
			} else if err != nil {
				l.cannot(f.path, err)
			}
		}
		if !known || c.differs(before) {
			changed = append(changed, f.path)
		}
		contents[f.path] = c
	}
	for path, before := range t.contents {
		if _, still := contents[path]; still {
			continue
		}
		if l.misses(path) {
			contents[path] = before
			continue
		}
		changed = append(changed, path)
	}
	t.contents = contents
	t.tell(l, now)
	slices.Sort(changed)
	return changed
}

// misses tells whether a look could not see what has become of a file.
func (l *look) misses(path string) bool {
	for _, m := range l.missing {
		if rest, below := strings.CutPrefix(path, m); below && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// read hashes what a file contains, where it is not too large.
func (c *content) read(l *look, f *file, buffer []byte) error {
	if f.stamp.size > MaxContent {
		return nil
	}
	r, err := regular.Open(f.real, 0, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	var h maphash.Hash
	h.SetSeed(l.w.seed)
	for left := MaxContent + 1; left > 0; { // it may grow meanwhile
		n, err := r.Read(buffer)
		_, _ = h.Write(buffer[:n])
		left -= n
		if err == io.EOF {
			c.sum, c.exact = h.Sum64(), true
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
