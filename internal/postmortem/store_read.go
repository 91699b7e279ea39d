package postmortem

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// OpenExisting opens the store that a nile has left in a state directory, to read it. The
// error is [fs.ErrNotExist] where there is none.
func OpenExisting(dir string) (*Store, error) {
	state, err := openOwn(dir, false)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	root, err := state.OpenRoot(reportsDir)
	if err != nil {
		return nil, err
	}
	return &Store{root: root, dir: dir, keep: DefaultKeep}, nil
}

// FindExisting finds the stores that niles have left in the default state directories,
// those of other users included where they can be read.
func FindExisting() []*Store {
	dirs := DefaultDirs()
	others, _ := filepath.Glob("/tmp/nile-[0-9]*")
	for _, dir := range others {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	var stores []*Store
	for _, dir := range dirs {
		if s, err := OpenExisting(dir); err == nil {
			stores = append(stores, s)
		}
	}
	return stores
}

// List tells of the reports that are kept, the latest first; of one container's only,
// where container is not empty.
func (s *Store) List(container string) ([]Summary, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("cannot list the reports in %s: %w", s.dir, plain(err))
	}
	found := map[string]Summary{}
	var ids []string // an ID begins with the time
	add := func(r *Report) {
		if _, twice := found[r.ID]; twice || container != "" && r.Container != container {
			return
		}
		ids = append(ids, r.ID)
		found[r.ID] = Summary{
			ID: r.ID, Container: r.Container, Finished: r.End.Finished.Format(time.RFC3339Nano), Cause: r.Cause.Line, Artefacts: len(r.Artefacts),
		}
	}
	for _, e := range s.memory {
		add(e.report)
	}
	for _, name := range names {
		if r, err := s.readFile(name); err == nil {
			add(r)
		}
	}
	slices.Sort(ids)
	var list []Summary
	for i := len(ids) - 1; i >= 0; i-- {
		list = append(list, found[ids[i]])
	}
	return list, nil
}

// Read returns a report. The error is [ErrNoReport] where there is none of that ID.
func (s *Store) Read(id string) (*Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.memory {
		if e.report.ID == id {
			copied := *e.report
			return &copied, nil
		}
	}
	if s.root == nil || !isID(id) {
		return nil, ErrNoReport
	}
	return s.readFile(id)
}

func (s *Store) readFile(id string) (*Report, error) {
	file, err := s.openFile(id + "/" + reportFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoReport
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxReport+1))
	if err != nil {
		return nil, err
	}
	r, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("cannot read the report %s: %w", id, err)
	}
	r.ID = id // whatever it says
	return r, nil
}

// openFile opens a regular file of a report.
func (s *Store) openFile(name string) (*os.File, error) {
	before, err := s.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	file, err := s.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if after, err := file.Stat(); err != nil || !after.Mode().IsRegular() || !os.SameFile(before, after) {
		file.Close()
		return nil, fmt.Errorf("cannot open %s of the report: it is no regular file", name)
	}
	return file, nil
}

// Decode reads a report.json. It refuses what is too large and versions to come.
func Decode(text []byte) (*Report, error) {
	if len(text) > maxReport {
		return nil, fmt.Errorf("it is larger than %d MiB", maxReport>>20)
	}
	var r Report
	if err := jsonvalue.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	if r.Version < 1 || r.Version > Version {
		return nil, fmt.Errorf("it has version %d; this nile reads up to version %d", r.Version, Version)
	}
	return &r, nil
}

// Files calls each for all files of a report, its artefacts included, with their names in
// the report's directory.
func (s *Store) Files(id string, each func(name string, size int64, content io.Reader) error) error {
	s.mu.Lock()
	var kept *entry
	for _, e := range s.memory {
		if e.report.ID == id {
			kept = e
		}
	}
	s.mu.Unlock()
	if kept != nil {
		return kept.files(each)
	}
	if s.root == nil || !isID(id) {
		return ErrNoReport
	}
	return fs.WalkDir(s.root.FS(), id, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := s.openFile(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return each(strings.TrimPrefix(path, id+"/"), info.Size(), file)
	})
}

func (e *entry) files(each func(string, int64, io.Reader) error) error {
	text, err := jsonvalue.MarshalIndent(e.report)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{reportFile, text}, {"stdout.log", e.output.Stdout}, {"stderr.log", e.output.Stderr}} {
		if len(file.text) == 0 {
			continue
		}
		if err := each(file.name, int64(len(file.text)), strings.NewReader(string(file.text))); err != nil {
			return err
		}
	}
	return nil
}
