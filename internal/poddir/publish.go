package poddir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/internal/walk"
)

// Publisher keeps the file of one nile. It must be used by one goroutine at a time.
type Publisher struct {
	dir, name string
	held      *os.File // the file as it is published, with the lock; nil where none is
	text      []byte   // what it has
}

// NewPublisher makes the publisher of a nile of that name. Nothing is done yet.
func NewPublisher(dir, name string) *Publisher { return &Publisher{dir: dir, name: name} }

// Publish tells of a state, unless that is what is told already. What it cannot tell it
// takes back, so that nobody believes what is no longer so. The error names the file and the
// reason; [fs.ErrPermission] and EROFS are in it where nothing may be written there.
func (p *Publisher) Publish(s *State) error {
	s.Version, s.Name = version, p.name
	text, err := jsonvalue.Marshal(s)
	if err != nil {
		return err
	}
	if p.held != nil && bytes.Equal(text, p.text) {
		return nil
	}
	if err := p.replace(text); err != nil {
		p.withdraw()
		return fmt.Errorf("cannot publish the state of %s: %w", p.name, err)
	}
	p.text = text
	return nil
}

// replace puts a new file in the place of the old one, in the directory as it is found now:
// no symbolic link leads there that somebody else can have put in the way.
func (p *Publisher) replace(text []byte) error {
	path := Path(p.dir, p.name)
	if taken, err := p.taken(path); err != nil {
		return err
	} else if taken {
		return fmt.Errorf("another nile that lives has %s: give this one another name by --name or NILE_NAME", path)
	}
	directory, err := walk.Open(p.dir)
	if err != nil {
		return &fs.PathError{Op: "open", Path: p.dir, Err: err}
	}
	defer unix.Close(directory)
	fresh := "." + p.name + ".json.new"
	file, err := create(directory, fresh, p.dir)
	if errors.Is(err, fs.ErrExist) { // of a life before this, or somebody's trick
		if err = unix.Unlinkat(directory, fresh, 0); err == nil {
			file, err = create(directory, fresh, p.dir)
		}
	}
	if err != nil {
		return err
	}
	err = fill(file, text)
	if err == nil {
		if err = unix.Renameat(directory, fresh, directory, p.name+".json"); err != nil {
			err = &fs.PathError{Op: "rename", Path: path, Err: err}
		}
	}
	if err != nil {
		_ = unix.Unlinkat(directory, fresh, 0)
		file.Close()
		return err
	}
	if p.held != nil {
		p.held.Close() // who waits for its lock looks again, and finds the new one
	}
	p.held = file
	return nil
}

// create makes a file of nile's own: whatever is there, a link among it, is an error.
func create(directory int, name, dir string) (*os.File, error) {
	path := dir + "/" + name
	fd, err := unix.Openat(directory, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// fill writes a file that nobody sees yet, and locks it.
func fill(file *os.File, text []byte) error {
	if err := file.Chmod(0o644); err != nil { // whatever the umask is
		return err
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		return &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
	}
	_, err := file.Write(append(text, '\n'))
	return err
}

// taken tells whether another nile that lives has the file.
func (p *Publisher) taken(path string) (bool, error) {
	file, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer file.Close()
	if p.held != nil && same(file, p.held) {
		return false, nil
	}
	return locked(file)
}

func same(a, b *os.File) bool {
	x, err := a.Stat()
	y, other := b.Stat()
	return err == nil && other == nil && os.SameFile(x, y)
}

// withdraw takes back what is published, if it is still this nile's.
func (p *Publisher) withdraw() {
	if p.held == nil {
		return
	}
	if file, err := open(Path(p.dir, p.name)); err == nil {
		if directory, err := walk.Open(p.dir); err == nil {
			if same(file, p.held) {
				_ = unix.Unlinkat(directory, p.name+".json", 0) // what cannot be removed loses its lock
			}
			unix.Close(directory)
		}
		file.Close()
	}
	p.held.Close()
	p.held, p.text = nil, nil
}
