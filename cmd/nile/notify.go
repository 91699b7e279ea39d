package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// notifyValue is how a wrapped command says that it is ready: fd=N or systemd, and more
// behind commas. The zero value is a command that does not, or to somebody else.
type notifyValue supervisor.Notify

func (n *notifyValue) Set(text string) error {
	var said supervisor.Notify
	for i, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		if err := setNotify(&said, i == 0, key, value); err != nil {
			return fmt.Errorf("cannot read %q: %w", part, err)
		}
	}
	*n = notifyValue(said)
	return nil
}

func setNotify(n *supervisor.Notify, first bool, key, value string) error {
	length := func(into *time.Duration) error {
		var d durationValue
		err := d.Set(value)
		*into = time.Duration(d)
		return err
	}
	switch {
	case first && key == "systemd" && value == "":
		n.Kind = supervisor.NotifySystemd
		return nil
	case first && key == "fd":
		fd, err := strconv.Atoi(value)
		if err != nil || fd < 3 || fd > 255 {
			return errors.New("want a file descriptor from 3 to 255")
		}
		n.Kind, n.FD = supervisor.NotifyFD, fd
		return nil
	case first:
		return errors.New("write systemd or fd=N first")
	case key == "timeout":
		return length(&n.Timeout)
	case key == "watchdog" && n.Kind == supervisor.NotifySystemd:
		return length(&n.Watchdog)
	case key == "access" && n.Kind == supervisor.NotifySystemd && (value == string(supervisor.NotifyMain) || value == string(supervisor.NotifyTree)):
		n.Access = supervisor.NotifyAccess(value)
		return nil
	}
	return errors.New("write timeout=TIME or, with systemd, watchdog=TIME or access=Main or access=Tree")
}

func (n *notifyValue) String() string { return string(n.Kind) }
func (*notifyValue) Type() string     { return "HOW" }

// check finds a descriptor that is the place of a socket which was passed to nile, and goes
// on to the command (sd_listen_fds(3)).
func (n *notifyValue) check(environ []string) error {
	if n.Kind != supervisor.NotifyFD || lookup(environ, "LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil
	}
	sockets, _ := strconv.Atoi(lookup(environ, "LISTEN_FDS"))
	var info syscall.Stat_t
	if n.FD < 3+sockets && syscall.Fstat(n.FD, &info) == nil {
		return fmt.Errorf("--notify fd=%d is the place of a socket that was passed to nile (LISTEN_FDS=%d): take %d or a later one", n.FD, sockets, 3+sockets)
	}
	return nil
}
