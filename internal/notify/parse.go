package notify

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nile-init/nile/supervisor"
)

// The bounds of what a process may say.
const (
	// MaxDatagram is the longest datagram that is read, in bytes, as with systemd
	// (PIPE_BUF); a longer one is dropped.
	MaxDatagram = 4096
	// MaxStatus is how much of a STATUS is kept, in bytes.
	MaxStatus = 256
	// MaxExtension is the most time that one message can ask for.
	MaxExtension = 24 * time.Hour
)

// Message is what one datagram says. Of the Notified only what is said is set.
type Message struct {
	supervisor.Notified
	MainPID int  // MAINPID: who says that it is the main process; 0 where nobody does
	Stores  bool // FDSTORE, FDSTOREREMOVE: descriptors are to be kept, which nile does not
	Barrier bool // BARRIER: the sender waits until its descriptor is closed; nothing else counts then
}

// The reasons for which a datagram is dropped whole.
var (
	errTooLong = errors.New("it has more than 4096 bytes")
	errNUL     = errors.New("it has a NUL byte")
)

// Parse reads a datagram as sd_notify(3) describes it: assignments, one a line. Those that
// nobody knows are ignored, as that page asks; the first known one whose value is none is
// named in the error, and the rest holds all the same. A datagram that is too long, or has
// a NUL byte but at its end, is an error and says nothing.
func Parse(datagram []byte) (m Message, err error) {
	if len(datagram) > MaxDatagram {
		return m, errTooLong
	}
	text := strings.TrimSuffix(string(datagram), "\x00")
	if strings.IndexByte(text, 0) >= 0 {
		return m, errNUL
	}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		name, value, found := strings.Cut(line, "=")
		if found && !m.set(name, value) && err == nil {
			err = errors.New("cannot read the value of " + name)
		}
	}
	if m.Barrier {
		return Message{Barrier: true}, nil
	}
	// systemd's order, where several stand together.
	m.Reloading = m.Reloading && !m.Stopping
	m.Ready = m.Ready && !m.Stopping && !m.Reloading
	return m, err
}

// set takes one assignment. It tells whether its value is one.
func (m *Message) set(name, value string) bool {
	switch name {
	case "READY":
		m.Ready = m.Ready || value == "1"
	case "RELOADING":
		m.Reloading = m.Reloading || value == "1"
	case "STOPPING":
		m.Stopping = m.Stopping || value == "1"
	case "BARRIER":
		m.Barrier = m.Barrier || value == "1"
	case "FDSTORE", "FDSTOREREMOVE":
		m.Stores = true
	case "STATUS":
		status := clean(value)
		m.Status = &status
	case "WATCHDOG":
		m.Alive = m.Alive || value == "1"
		m.Trigger = m.Trigger || value == "trigger"
	case "WATCHDOG_USEC":
		length, ok := microseconds(value)
		if ok {
			m.Watchdog = &length
		}
		return ok
	case "EXTEND_TIMEOUT_USEC":
		length, ok := microseconds(value)
		m.Extend = min(length, MaxExtension)
		return ok
	case "ERRNO":
		number, err := strconv.ParseUint(value, 10, 12) // the kernel's are below 4096
		if err == nil && number > 0 {
			m.Errno = value + " (" + syscall.Errno(number).Error() + ")"
		}
		return err == nil
	case "MAINPID":
		pid, err := strconv.ParseInt(value, 10, 32)
		m.MainPID = int(pid)
		return err == nil && pid > 0
	}
	return true
}

// microseconds reads a length of time. What no clock will see the end of is 0, for none:
// UINT64_MAX is systemd's infinity.
func microseconds(value string) (time.Duration, bool) {
	n, err := strconv.ParseUint(value, 10, 64)
	if n > math.MaxInt64/uint64(time.Microsecond) {
		n = 0
	}
	return time.Duration(n) * time.Microsecond, err == nil
}

// clean makes a text fit for terminals and logs: one line of valid UTF-8 without control
// characters and without those that change the direction of writing, no longer than
// MaxStatus.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, text)
	if text = strings.TrimSpace(text); len(text) <= MaxStatus {
		return text
	}
	end := MaxStatus - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
