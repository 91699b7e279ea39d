// Package terminal draws a screen of text on a terminal, reads keys from it, and gives
// it back as it was. It knows the few escape sequences that every terminal of today
// has (ECMA-48 and xterm's), and no terminfo.
package terminal

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Screen is a terminal that is being drawn on. All of it is for one goroutine.
type Screen struct {
	in, out *os.File
	before  unix.Termios // how the terminal was found
	drawing bool
}

// The modes of a terminal that is being drawn on: the alternate screen, which leaves
// what was there alone; no cursor; and no new line for what is too long for one.
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
	leave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Open begins to draw on a terminal. Whoever opens a screen must close it, also when a
// panic ends the program.
func Open(in, out *os.File) (*Screen, error) {
	s := &Screen{in: in, out: out}
	before, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
	if err != nil {
		return nil, err
	}
	s.before = *before
	return s, s.Enter()
}

// Enter takes the terminal after [Screen.Leave].
func (s *Screen) Enter() error {
	if s.drawing {
		return nil
	}
	if err := s.raw(); err != nil {
		return err
	}
	s.drawing = true
	_, err := s.out.WriteString(enter)
	return err
}

// raw makes the terminal hand over each key at once, without showing it, ^C and ^Z
// among them. Lines that are written still begin at the left.
func (s *Screen) raw() error {
	raw := s.before
	raw.Iflag &^= unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Oflag |= unix.OPOST | unix.ONLCR
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(s.in.Fd()), unix.TCSETS, &raw)
}

// Leave gives the terminal back as it was found, with what was on it.
func (s *Screen) Leave() error {
	if s.drawing {
		s.drawing = false
		_, _ = s.out.WriteString(leave)
	}
	return unix.IoctlSetTermios(int(s.in.Fd()), unix.TCSETS, &s.before)
}

// Close is Leave, for the last time.
func (s *Screen) Close() error { return s.Leave() }

// Size is how many columns and lines there are.
func (s *Screen) Size() (columns, lines int) {
	size, err := unix.IoctlGetWinsize(int(s.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 80, 24 // of a terminal that does not know, such as a serial line
	}
	return int(size.Col), int(size.Row)
}

// Draw shows lines, from the top on, in one write, and nothing else.
func (s *Screen) Draw(lines []string) error {
	if !s.drawing {
		return nil
	}
	_, height := s.Size()
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, line := range lines[:min(len(lines), height)] {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line + "\x1b[0m\x1b[K")
	}
	b.WriteString("\x1b[J")
	_, err := s.out.WriteString(b.String())
	return err
}

// Show leaves the screen to output that scrolls by, such as a log, while keys are still
// read one by one; [Screen.Enter] ends that.
func (s *Screen) Show() error {
	if err := s.Leave(); err != nil {
		return err
	}
	return s.raw()
}
