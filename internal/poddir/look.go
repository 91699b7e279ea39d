package poddir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/supervisor"
)

// Seen is what a look at the file of a nile has found.
type Seen struct {
	// State is nil where there is nothing that counts, and Trouble says why.
	State   *State
	Trouble string
	// Lives tells whether the nile lives; its State is what is, then.
	Lives bool

	file *os.File // of one that lives
}

// open opens a file to read it. A link is not followed.
func open(path string) (*os.File, error) { return regular.Open(path, unix.O_NOFOLLOW, 0) }

// locked tells whether somebody holds the lock of a file.
func locked(file *os.File) (bool, error) {
	lock := unix.Flock_t{Type: unix.F_RDLCK}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &lock)
	return err == nil && lock.Type != unix.F_UNLCK, err
}

// Look reads what the nile of a name tells, as seen from a life. The file stays open where
// the nile lives, until [Seen.Wait] or [Seen.Close].
func Look(dir, name string, life Life) Seen {
	for tries := 0; ; tries++ {
		seen, again := look(Path(dir, name), name, life)
		if !again || tries == 3 {
			return seen
		}
		seen.Close() // it has just been replaced
	}
}

func look(path, name string, life Life) (seen Seen, again bool) {
	file, err := open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Seen{Trouble: "is not there yet"}, false
	case errors.Is(err, unix.ELOOP):
		return Seen{Trouble: "has a symbolic link for a file, which is not followed"}, false
	case err != nil:
		return Seen{Trouble: fmt.Sprintf("cannot be read: %v", err)}, false
	}
	lives, err := locked(file)
	state, parseErr := parse(file, name)
	switch {
	case err != nil || parseErr != nil:
		seen.Trouble = fmt.Sprintf("cannot be read: %v", errors.Join(err, parseErr))
	case lives && state.Life.is(life):
		return Seen{State: state, Lives: true, file: file}, false
	case lives:
		seen.Trouble = "is one of another pod"
	case state.Life != life:
		seen.Trouble = "is not there yet"
	default:
		seen.State = state
	}
	if now, err := open(path); err == nil {
		again = !same(now, file)
		now.Close()
	}
	file.Close()
	return seen, again
}

// parse reads and checks a file, which anybody may have written.
func parse(file *os.File, name string) (*State, error) {
	text, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > MaxFile:
		return nil, fmt.Errorf("%s is larger than %d bytes", file.Name(), MaxFile)
	}
	var s State
	if err := jsonvalue.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%s is no state of a nile", file.Name())
	}
	switch {
	case s.Version != version:
		return nil, fmt.Errorf("%s has version %d, want %d", file.Name(), s.Version, version)
	case s.Name != name || len(s.Run) > 64:
		return nil, fmt.Errorf("%s is not that of a nile named %s", file.Name(), name)
	}
	return &s, nil
}

// Wait waits until the nile that was seen to live has ended or has told something else. It
// costs a thread, and nothing else. Where it cannot wait it returns an error at once.
func (s *Seen) Wait() error {
	defer s.file.Close()
	for {
		lock := unix.Flock_t{Type: unix.F_RDLCK}
		err := unix.FcntlFlock(s.file.Fd(), unix.F_OFD_SETLKW, &lock)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Close gives up a file that is not waited for.
func (s *Seen) Close() {
	if s.file != nil {
		s.file.Close()
	}
}

// Ended tells whether the nile is over, in whatever way, and whether in success.
func (s *Seen) Ended() (ended, success bool) {
	switch {
	case s.State == nil:
		return false, false
	case s.State.ExitCode != nil:
		return true, *s.State.ExitCode == 0
	}
	return !s.Lives, false
}

// Peer is what the supervisor is told of a container of the nile, or, where that is empty,
// of the nile itself.
func (s *Seen) Peer(container string) supervisor.Peer {
	if s.State == nil {
		return supervisor.Peer{Trouble: s.Trouble}
	}
	ended, success := s.Ended()
	if container == "" {
		switch {
		case ended:
			return over(success, s.how())
		default:
			return running(s.State.Started, s.State.Ready, s.State.Run)
		}
	}
	for i := range s.State.Containers {
		if c := &s.State.Containers[i]; c.Name == container {
			return s.peer(c, ended)
		}
	}
	return supervisor.Peer{Trouble: "is no container of that nile"}
}

// how says how a nile that is over has ended.
func (s *Seen) how() string {
	if s.State.ExitCode == nil {
		return "is gone: its nile was killed"
	}
	return fmt.Sprintf("has ended with code %d", *s.State.ExitCode)
}

func (s *Seen) peer(c *Container, ended bool) supervisor.Peer {
	switch state := supervisor.State(c.State); {
	case state == supervisor.Completed:
		p := over(true, "has ended")
		p.Ready = c.Ready && !ended // of an init container: it has done its part
		return p
	case ended && s.State.ExitCode == nil:
		return over(false, s.how())
	case ended || state == supervisor.Failed:
		how := "has ended"
		if c.ExitCode != nil {
			how = fmt.Sprintf("has ended with code %d", *c.ExitCode)
		}
		return over(false, how)
	case state == supervisor.Held:
		return supervisor.Peer{Trouble: "is held"}
	case state == supervisor.Stopped:
		return supervisor.Peer{Trouble: "is stopped"}
	case state != supervisor.Running:
		return supervisor.Peer{Trouble: "does not run"}
	}
	return running(c.Started, c.Ready, fmt.Sprintf("%s.%d", s.State.Run, c.Restarts))
}

func over(success bool, how string) supervisor.Peer {
	return supervisor.Peer{Started: success, Completed: success, Trouble: how}
}

func running(started, ready bool, run string) supervisor.Peer {
	p := supervisor.Peer{Started: started, Ready: started && ready, Run: run}
	switch {
	case !started:
		p.Trouble = "has not started"
	case !ready:
		p.Trouble = "is not ready"
	}
	return p
}
