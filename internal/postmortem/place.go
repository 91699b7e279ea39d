package postmortem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// artefactsDir is the directory of the artefacts in that of a report.
const artefactsDir = "artefacts"

// The states of an artefact.
const (
	artefactPending = "pending"
	artefactMoved   = "moved"
	artefactLinked  = "linked"
	artefactCopied  = "copied"
	artefactLeft    = "left"
)

const (
	// spare is the disk space that a copy leaves to others.
	spare     = 64 << 20
	copyPiece = 1 << 20
)

// errSwapped says that a file is not the one that was examined.
var errSwapped = errors.New("another file has taken its place")

// place brings a file into the directory of a report, whole or not at all. What only a
// crash writes is moved, so that a hundred crashes don't fill the disk with heap dumps;
// what the user has named stays where it is, and is linked. Between file systems it is
// copied.
func (s *Store) place(ctx context.Context, id string, f *found, name string) (state string, err error) {
	s.mu.Lock()
	root := s.root
	s.mu.Unlock()
	if root == nil {
		return artefactLeft, errors.New("nothing can be written")
	}
	target, err := root.OpenRoot(id + "/" + artefactsDir)
	if err != nil {
		return artefactLeft, plain(err)
	}
	defer target.Close()
	temporary := unfinished + name
	_ = target.Remove(temporary)
	state, err = bring(ctx, f, target, temporary)
	if err == nil {
		err = target.Rename(temporary, name)
	}
	if err != nil {
		_ = target.Remove(temporary)
		return artefactLeft, plain(err)
	}
	return state, nil
}

// bring puts the file under a name in the target directory.
func bring(ctx context.Context, f *found, target *os.Root, name string) (state string, err error) {
	from, err := f.dir.Open(".")
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := target.Open(".")
	if err != nil {
		return "", err
	}
	defer to.Close()
	if f.named {
		if err := unix.Linkat(int(from.Fd()), f.name, int(to.Fd()), name, 0); err == nil {
			return artefactLinked, f.check(target, name)
		}
		return artefactCopied, copyFile(ctx, f, target, name)
	}
	if err := unix.Renameat(int(from.Fd()), f.name, int(to.Fd()), name); err == nil {
		if err := f.check(target, name); err != nil {
			_ = unix.Renameat(int(to.Fd()), name, int(from.Fd()), f.name)
			return "", err
		}
		return artefactMoved, nil
	}
	if err := copyFile(ctx, f, target, name); err != nil {
		return "", err
	}
	if info, err := f.dir.Lstat(f.name); err == nil && os.SameFile(info, f.info) && f.dir.Remove(f.name) == nil {
		return artefactMoved, nil
	}
	return artefactCopied, nil
}

// check makes sure that what has been brought is what was examined.
func (f *found) check(target *os.Root, name string) error {
	if info, err := target.Lstat(name); err != nil || !os.SameFile(info, f.info) {
		return errSwapped
	}
	return nil
}

// open opens the file to read it.
func (f *found) open() (*os.File, error) {
	file, err := f.dir.OpenFile(f.name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || !os.SameFile(info, f.info) {
		file.Close()
		return nil, errSwapped
	}
	return file, nil
}

// head returns the first bytes of the file.
func (f *found) head(limit int64) string {
	file, err := f.open()
	if err != nil {
		return ""
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, limit))
	return string(text)
}

// copyFile copies the file, piece by piece, until the context ends.
func copyFile(ctx context.Context, f *found, target *os.Root, name string) error {
	source, err := f.open()
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := target.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	size := f.info.Size()
	var room unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &room); err == nil && int64(room.Bavail)*int64(room.Bsize) < size+spare { //nolint:unconvert // by architecture
		file.Close()
		return fmt.Errorf("%w: %s are free", unix.ENOSPC, bytesText(int64(room.Bavail)*int64(room.Bsize))) //nolint:unconvert // by architecture
	}
	for copied := int64(0); copied < size; copied += copyPiece {
		if err = ctx.Err(); err != nil {
			break
		}
		if _, err = io.CopyN(file, source, min(copyPiece, size-copied)); err != nil {
			break
		}
	}
	return errors.Join(err, file.Close())
}

// placeAll brings what was found into the store and tells what became of each.
func (s *Store) placeAll(ctx context.Context, id string, files []*found) []Artefact {
	list := describe(files)
	var together int64
	for i, f := range files {
		a := &list[i]
		switch {
		case a.State == artefactLeft:
			continue
		case together+a.Size > maxTogether:
			a.State, a.Name, a.Note = artefactLeft, "", "all artefacts together are larger than "+bytesText(maxTogether)
			continue
		}
		state, err := s.place(ctx, id, f, a.Name)
		a.State = state
		if err != nil {
			a.Name, a.Note = "", "cannot collect it: "+err.Error()
			continue
		}
		together += a.Size
	}
	return list
}

// describe lists what was found, before it is collected. Names are made unique; files
// that are too large are to stay where they are.
func describe(files []*found) []Artefact {
	list := make([]Artefact, len(files))
	used := map[string]bool{}
	for i, f := range files {
		a := Artefact{From: f.path, Kind: f.kind, Size: f.info.Size(), State: artefactPending}
		if a.Size > maxArtefact {
			a.State = artefactLeft
			a.Note = "larger than " + bytesText(maxArtefact)
			if held := blocks(f.info); held < a.Size/2 {
				a.Note += ", of which " + bytesText(held) + " are on disk"
			}
			list[i] = a
			continue
		}
		a.Name = safeName(f.name)
		extension := filepath.Ext(a.Name)
		for stem, n := strings.TrimSuffix(a.Name, extension), 1; used[a.Name]; n++ {
			a.Name = fmt.Sprintf("%s.%d%s", stem, n, extension)
		}
		used[a.Name] = true
		list[i] = a
	}
	return list
}

// safeName is a file's name without what would trouble a terminal or a shell.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd || strings.ContainsRune(`/\"'$&;|<>*?`+"`", r) {
			return '_'
		}
		return r
	}, name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") {
		name = "_" + name
	}
	return strings.ToValidUTF8(name[:min(len(name), 128)], "")
}
