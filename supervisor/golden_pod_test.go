package supervisor_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// parsePod reads the lines below pod: a setting, or a container with its role,
// name and options, on each.
func parsePod(lines []string) (supervisor.Spec, error) {
	spec := supervisor.Spec{Name: "pod", Grace: 30 * time.Second}
	for _, line := range lines {
		words := strings.Fields(line)
		var err error
		switch words[0] {
		case "policy":
			spec.RestartPolicy = supervisor.RestartPolicy(words[1])
		case "grace":
			spec.Grace, err = time.ParseDuration(words[1])
		case "shutdownTimeout":
			spec.ShutdownTimeout, err = time.ParseDuration(words[1])
		case "exitWhen":
			spec.ExitWhen = supervisor.ExitWhen(words[1])
		case "forward":
			spec.Forward = true
			spec.Wrap, err = parseWrap(words[1:])
		case "remap":
			spec.Remap, err = parseRemap(words[1:])
		case "onFailure":
			spec.Hold.OnFailure = supervisor.OnFailure(words[1])
		case "hold":
			err = parseHold(words[1:], &spec.Hold)
		case "warnOrphans":
			spec.WarnOrphans = true
		case "backoff":
			spec.Backoff, err = parseBackoff(words[1:])
		case "signals":
			spec.Signals, err = parseSignals(words[1:])
		case "init", "sidecar", "main":
			var c supervisor.Container
			c, err = parseContainer(words)
			if words[0] == "main" {
				spec.Main = append(spec.Main, c)
			} else {
				spec.Init = append(spec.Init, c)
			}
		default:
			err = errors.New("unknown setting")
		}
		if err != nil {
			return spec, fmt.Errorf("cannot read %q: %w", line, err)
		}
	}
	return spec, nil
}

func parseBackoff(words []string) (b supervisor.Backoff, err error) {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "initial":
			b.Initial, err = time.ParseDuration(value)
		case "max":
			b.Max, err = time.ParseDuration(value)
		case "reset":
			b.ResetAfter, err = time.ParseDuration(value)
		case "jitter":
			b.Jitter, err = strconv.ParseFloat(value, 64)
		default:
			err = fmt.Errorf("unknown option %q", key)
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// parseSignals reads FROM=TO pairs; a TO of 0 drops the signal.
func parseSignals(words []string) (map[int]int, error) {
	signals := map[int]int{}
	for _, word := range words {
		from, to, _ := strings.Cut(word, "=")
		num, ok := supervisor.ParseSignal(from)
		target, known := supervisor.ParseSignal(to)
		if !ok || !known && to != "0" {
			return nil, fmt.Errorf("no such signal in %q", word)
		}
		signals[num] = target
	}
	return signals, nil
}

// parseWrap reads the finer points of forward mode: scope=group, delay=TERM:5s,
// leftovers=Wait, atEnd=HUP, suspend.
func parseWrap(words []string) (w supervisor.Wrap, err error) {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "scope":
			w.Scope = supervisor.Scope(value)
		case "leftovers":
			w.Leftovers = supervisor.Leftovers(value)
		case "suspend":
			w.Suspend = true
		case "atEnd":
			w.GroupAtEnd, _ = supervisor.ParseSignal(value)
		case "delay":
			name, text, _ := strings.Cut(value, ":")
			num, ok := supervisor.ParseSignal(name)
			if !ok {
				return w, fmt.Errorf("no such signal: %q", name)
			}
			var delay time.Duration
			delay, err = time.ParseDuration(text)
			w.Delays = map[int]time.Duration{num: delay}
		default:
			err = fmt.Errorf("unknown option %q", key)
		}
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

// parseRemap reads FROM:TO and FROM:TO@stopped.
func parseRemap(words []string) (remap []supervisor.ExitRemap, err error) {
	for _, word := range words {
		var r supervisor.ExitRemap
		word, r.Stopped = strings.CutSuffix(word, "@stopped")
		if _, err := fmt.Sscanf(word, "%d:%d", &r.From, &r.To); err != nil {
			return nil, fmt.Errorf("cannot read remap %q: %w", word, err)
		}
		remap = append(remap, r)
	}
	return remap, nil
}
