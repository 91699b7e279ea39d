package postmortem

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// The bounds of a store.
const (
	DefaultKeep = 10      // reports
	maxStored   = 1 << 30 // bytes on disk, all reports with their artefacts; the latest is kept anyway
	maxReport   = 8 << 20 // bytes of a report.json that are read
	maxInMemory = 4       // reports
	maxListed   = 10_000  // entries of the directory that are looked at
	dirMode     = 0o700   // a report has the output of the process
	fileMode    = 0o600   //
	reportFile  = "report.json"
	unfinished  = ".new-" // before the name of what is not whole yet
)

// ErrNoReport says that there is no report of that name.
var ErrNoReport = errors.New("there is no such report")

// Store keeps the last few reports: each in a directory of its own, named by its ID, in
// the directory reports/ of the state directory. Where that cannot be written, the latest
// are kept in memory. It may be used by several goroutines.
//
// A report appears under its name when it is whole, and is replaced by a whole one: who
// reads, or comes after a crash of nile's, never meets half of one. Nothing is synced to
// the disk: a crash of the machine may lose the latest.
//
// The directory is opened once and everything is done below it, so that nobody who may
// write to its parent can lead nile elsewhere later.
type Store struct {
	mu     sync.Mutex
	root   *os.Root // nil where reports are kept in memory
	dir    string
	why    string // why they are
	keep   int
	memory []*entry // the oldest first
}

// entry is a report that is kept in memory.
type entry struct {
	report *Report
	output Output
}

// Summary is what a list tells of a report.
type Summary struct {
	ID        string `json:"id"`
	Container string `json:"container"`
	Finished  string `json:"finishedAt"`
	Cause     string `json:"cause"`
	Artefacts int    `json:"artefacts"`
}

// Dir is the state directory; empty where reports are kept in memory. why says why they
// are.
func (s *Store) Dir() (dir, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		return "", s.why
	}
	return s.dir, ""
}

// Write stores a report, in place of one with the same ID, and removes the oldest where
// there are too many. The output is stored beside it as it is, so it must be masked too.
// With an error the report is kept in memory.
func (s *Store) Write(r *Report, output Output) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		s.remember(r, output)
		return nil
	}
	err := s.writeFiles(r, output)
	if err != nil {
		_ = s.root.RemoveAll(unfinished + r.ID)
		s.remember(r, output)
		return fmt.Errorf("cannot write the report %s to %s: %w: it is kept in memory while nile runs", r.ID, s.dir, plain(err))
	}
	s.forget(r.ID)
	s.prune(r.ID)
	return nil
}

func (s *Store) writeFiles(r *Report, output Output) error {
	text, err := jsonvalue.MarshalIndent(r)
	if err != nil {
		return err
	}
	if _, err := s.root.Lstat(r.ID); err == nil { // the same once more: its other files stay
		return s.replace(r.ID+"/"+reportFile, append(text, '\n'))
	}
	name := unfinished + r.ID
	if err := s.root.Mkdir(name, dirMode); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{reportFile, append(text, '\n')}, {"stdout.log", output.Stdout}, {"stderr.log", output.Stderr}} {
		if len(file.text) == 0 {
			continue
		}
		if err := s.create(name+"/"+file.name, file.text); err != nil {
			return err
		}
	}
	if err := s.root.Mkdir(name+"/"+artefactsDir, dirMode); err != nil {
		return err
	}
	return s.root.Rename(name, r.ID)
}

// create writes a new file.
func (s *Store) create(name string, text []byte) error {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// replace puts a whole file in the place of another.
func (s *Store) replace(name string, text []byte) error {
	_ = s.root.Remove(name + ".new")
	err := s.create(name+".new", text)
	if err == nil {
		err = s.root.Rename(name+".new", name)
	}
	if err != nil {
		_ = s.root.Remove(name + ".new")
	}
	return err
}

func (s *Store) remember(r *Report, output Output) {
	s.forget(r.ID)
	s.memory = append(s.memory, &entry{r, output})
	s.memory = slices.Delete(s.memory, 0, max(0, len(s.memory)-maxInMemory))
}

func (s *Store) forget(id string) {
	s.memory = slices.DeleteFunc(s.memory, func(e *entry) bool { return e.report.ID == id })
}

// names lists the reports on disk, the oldest first: an ID begins with the time.
func (s *Store) names() ([]string, error) {
	if s.root == nil {
		return nil, nil
	}
	dir, err := s.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if isID(entry.Name()) && entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// isID tells whether a name can be that of a report: it is part of a path.
func isID(name string) bool {
	return name != "" && len(name) < 200 && name[0] >= '0' && name[0] <= '9' && !strings.ContainsAny(name, "/\x00")
}

// prune removes the oldest reports until what is left is within bounds. The one of the
// name stays.
func (s *Store) prune(latest string) {
	names, err := s.names()
	if err != nil {
		return
	}
	var total int64
	sizes := make([]int64, len(names))
	for i, name := range names {
		sizes[i] = s.used(name)
		total += sizes[i]
	}
	for i, name := range names {
		if name == latest || len(names)-i <= s.keep && total <= maxStored {
			continue
		}
		if s.root.RemoveAll(name) == nil {
			total -= sizes[i]
		}
	}
}

// used is the disk space of a report, in bytes.
func (s *Store) used(name string) (bytes int64) {
	_ = fs.WalkDir(s.root.FS(), name, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what is gone takes no room
		}
		if info, err := entry.Info(); err == nil {
			bytes += blocks(info)
		}
		return nil
	})
	return bytes
}

// plain is an error without the names that the caller's own text has.
func plain(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
