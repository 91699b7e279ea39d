package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/supervisor"
)

// The values of the flags of `nile -- CMD`. Each is a [pflag.Value] whose error
// says what to write instead; those that may be repeated take a list with commas
// too, which is how they stand in an environment variable.

// each calls set for the elements of a list with commas.
func each(list string, set func(string) error) error {
	for element := range strings.SplitSeq(list, ",") {
		if err := set(strings.TrimSpace(element)); err != nil {
			return err
		}
	}
	return nil
}

// parseSignal reads a signal by name or number.
func parseSignal(text string) (int, error) {
	if num, ok := supervisor.ParseSignal(text); ok {
		return num, nil
	}
	return 0, fmt.Errorf("unknown signal %q: use a name such as TERM or RTMIN+3, or a number from 1 to 64", text)
}

// parseReceived reads a signal that nile can receive and pass on.
func parseReceived(text string) (int, error) {
	num, err := parseSignal(text)
	if err != nil {
		return 0, err
	}
	switch syscall.Signal(num) {
	case syscall.SIGKILL, syscall.SIGSTOP:
		return 0, fmt.Errorf("nile never gets to see %s: the kernel carries it out itself; name another signal", supervisor.SignalName(num))
	case syscall.SIGCHLD:
		return 0, errors.New("SIGCHLD is about nile's own children and never passed on: name another signal")
	}
	return num, nil
}

// parsePair reads SIGNAL:VALUE, in the form that the message names.
func parsePair(text, form string) (num int, value string, err error) {
	signal, value, ok := strings.Cut(text, ":")
	if !ok {
		return 0, "", fmt.Errorf("cannot read %q: write %s", text, form)
	}
	num, err = parseReceived(signal)
	return num, value, err
}

// switchValue is a flag that is on or off.
type switchValue bool

func (s *switchValue) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("use true or false")
	}
	*s = switchValue(on)
	return nil
}

func (s *switchValue) String() string { return strconv.FormatBool(bool(*s)) }
func (*switchValue) Type() string     { return "bool" }

// durationValue is a length of time, not below zero.
type durationValue time.Duration

func (d *durationValue) Set(text string) error {
	value, err := parseDuration(text)
	*d = durationValue(value)
	return err
}

func (d *durationValue) String() string { return time.Duration(*d).String() }
func (*durationValue) Type() string     { return "duration" }

func parseDuration(text string) (time.Duration, error) {
	value, err := time.ParseDuration(text)
	if err != nil || value < 0 {
		return 0, fmt.Errorf("cannot read %q as a length of time: use a number with a unit, such as 15s or 1m30s", text)
	}
	return value, nil
}

// signalValue is a signal, 0 where none is given.
type signalValue int

func (s *signalValue) Set(text string) error {
	num, err := parseSignal(text)
	*s = signalValue(num)
	return err
}

func (s *signalValue) String() string {
	if *s == 0 {
		return ""
	}
	return supervisor.SignalName(int(*s))
}

func (*signalValue) Type() string { return "signal" }

// rewrites are FROM:TO of signals.
type rewrites map[int]int

func (r *rewrites) Set(list string) error {
	return each(list, func(text string) error {
		num, to, err := parsePair(text, "FROM:TO, such as TERM:QUIT, or HUP:0 to drop SIGHUP")
		if err != nil {
			return err
		}
		target := 0
		if to != "0" {
			if target, err = parseSignal(to); err != nil {
				return err
			}
		}
		if *r == nil {
			*r = rewrites{}
		}
		(*r)[num] = target
		return nil
	})
}

func (*rewrites) String() string { return "" }
func (*rewrites) Type() string   { return "FROM:TO" }

// delays are SIGNAL:TIME.
type delays map[int]time.Duration

func (d *delays) Set(list string) error {
	return each(list, func(text string) error {
		num, length, err := parsePair(text, "SIGNAL:TIME, such as TERM:15s")
		if err != nil {
			return err
		}
		value, err := parseDuration(length)
		if err != nil {
			return err
		}
		if *d == nil {
			*d = delays{}
		}
		(*d)[num] = value
		return nil
	})
}

func (*delays) String() string { return "" }
func (*delays) Type() string   { return "SIGNAL:TIME" }

// remaps are FROM:TO of exit codes, with @stopped where they are only for runs that
// nile was asked to stop.
type remaps []supervisor.ExitRemap

func (r *remaps) Set(list string) error {
	return each(list, func(text string) error {
		codes, condition, conditional := strings.Cut(text, "@")
		from, to, ok := strings.Cut(codes, ":")
		if !ok || conditional && condition != "stopped" {
			return fmt.Errorf("cannot read %q: write FROM:TO, such as 143:0, or FROM:TO@stopped", text)
		}
		entry := supervisor.ExitRemap{Stopped: conditional}
		var err error
		if entry.From, err = parseExitCode(from); err != nil {
			return err
		}
		if entry.To, err = parseExitCode(to); err != nil {
			return err
		}
		*r = append(*r, entry)
		return nil
	})
}

func (*remaps) String() string { return "" }
func (*remaps) Type() string   { return "FROM:TO[@stopped]" }

func parseExitCode(text string) (int, error) {
	code, err := strconv.Atoi(text)
	if err != nil || code < 0 || code > 255 {
		return 0, fmt.Errorf("cannot read %q as an exit code: use a number from 0 to 255", text)
	}
	return code, nil
}

// presetValue is a language runtime, auto or none; empty where it is not given.
type presetValue string

func (p *presetValue) Set(text string) error {
	known := text == presetAuto || text == string(presets.None)
	for _, preset := range presets.Table() {
		known = known || text == string(preset.Runtime)
	}
	if !known {
		return fmt.Errorf("unknown runtime %q: use java, go, node, python, dotnet, auto or none", text)
	}
	*p = presetValue(text)
	return nil
}

func (p *presetValue) String() string { return string(*p) }
func (*presetValue) Type() string     { return "runtime" }
