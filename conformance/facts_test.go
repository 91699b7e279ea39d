package conformance

import (
	"regexp"
	"slices"
	"strconv"
	"time"
)

// outcome is how a run of a container ended.
type outcome struct {
	reason  string
	exit    int
	message message
	ready   bool // a plain init container that has done its part
}

// outcomes are the ends of runs that a trace tells of, by container and number of restarts. A run that was seen ended
// twice counts by what was seen first: the kubelet's ContainerStatusUnknown at the end of a pod says nothing about the run.
func (t *trace) outcomes() map[string]map[int]outcome {
	all := map[string]map[int]outcome{}
	add := func(container string, run int, o outcome) {
		if all[container] == nil {
			all[container] = map[int]outcome{}
		}
		if _, seen := all[container][run]; !seen {
			all[container][run] = o
		}
	}
	for _, s := range t.states {
		if reason, exit, ok := s.lastRun(); ok && s.restarts > 0 {
			add(s.container, s.restarts-1, outcome{reason: reason, exit: exit})
		}
		if s.state == "terminated" {
			add(s.container, s.restarts, outcome{s.reason, s.exit, s.message, s.ready})
		}
	}
	return all
}

// final is how the last run of each container is said to have ended.
func (t *trace) final() map[string]outcome {
	all := map[string]outcome{}
	for _, s := range t.states {
		if s.state == "terminated" {
			all[s.container] = outcome{s.reason, s.exit, s.message, s.ready}
		}
	}
	return all
}

var lastField = regexp.MustCompile(`^(\w+)/(\d+)$`)

func (s state) lastRun() (reason string, exit int, ok bool) {
	found := lastField.FindStringSubmatch(s.last)
	if found == nil {
		return "", 0, false
	}
	exit, err := strconv.Atoi(found[2])
	return found[1], exit, err == nil
}

// restarts is the highest number of restarts that was seen of each container.
func (t *trace) restarts() map[string]int {
	most := map[string]int{}
	for _, s := range t.states {
		most[s.container] = max(most[s.container], s.restarts)
	}
	return most
}

var backOffDelay = regexp.MustCompile(`^back-off ([0-9smh]+) restarting`)

// waits are the restarts that waited, by container and number of the restart, with the time of the back-off.
func (t *trace) waits() map[string]map[int]float64 {
	all := map[string]map[int]float64{}
	for _, s := range t.states {
		if s.reason != "CrashLoopBackOff" {
			continue
		}
		if all[s.container] == nil {
			all[s.container] = map[int]float64{}
		}
		delay := backOff(s.restarts + 1)
		if found := backOffDelay.FindStringSubmatch(s.message.head); found != nil {
			if d, err := time.ParseDuration(found[1]); err == nil {
				delay = d.Seconds()
			}
		}
		all[s.container][s.restarts+1] = delay
	}
	return all
}

// backOff is the wait before a restart, in seconds: none before the first, then 10 s, doubling up to 300 s.
func backOff(restart int) float64 {
	if restart < 2 {
		return 0
	}
	delay := 10.0
	for range restart - 2 {
		delay = min(2*delay, 300)
	}
	return delay
}

// ends are when runs ended, by container and number of restarts.
func (t *trace) ends() map[string]map[int]float64 {
	all := map[string]map[int]float64{}
	for _, s := range t.states {
		if s.state != "terminated" {
			continue
		}
		if all[s.container] == nil {
			all[s.container] = map[int]float64{}
		}
		if _, seen := all[s.container][s.restarts]; !seen {
			all[s.container][s.restarts] = s.at
		}
	}
	return all
}

// flags is a time during which nothing changed of what a container is said to be.
type flags struct {
	restarts       int
	started, ready bool
}

// shortest is the time for which the flags of a container must last to be sure to be seen. The kubelet looks once a second,
// and for up to a second after a restart it mixes the flags of two runs.
const shortest = 1.2

// flags are what a trace tells of a container's being started and ready, as long as it ran; and the part of it that lasted.
func (t *trace) flags(container string, end float64) (all, lasting []flags) {
	var own []state
	for _, s := range t.states {
		if s.container == container {
			own = append(own, s)
		}
	}
	for i, s := range own {
		f := flags{s.restarts, s.started, s.ready}
		if s.state != "running" || i > 0 && own[i-1].state == "running" && (flags{own[i-1].restarts, own[i-1].started, own[i-1].ready}) == f {
			continue
		}
		until := end
		for _, next := range own[i+1:] {
			if next.state != "running" || (flags{next.restarts, next.started, next.ready}) != f {
				until = next.at
				break
			}
		}
		all = append(all, f)
		if until-s.at >= shortest {
			lasting = append(lasting, f)
		}
	}
	return all, lasting
}

// without is what remains of a list when what another one has, in its order, is taken from it; and whether the other one was
// followed to its end.
func without(list, other []flags) (rest []flags, toTheEnd bool) {
	for _, f := range other {
		toTheEnd = len(list) > 0 && list[0] == f
		if toTheEnd {
			list = list[1:]
		}
	}
	return list, toTheEnd
}

// containers are the names of all that a trace tells of, in alphabetical order.
func (t *trace) containers() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, l := range t.lines {
		add(l.container)
	}
	for _, s := range t.states {
		add(s.container)
	}
	slices.Sort(names)
	return names
}

// of are the lines of one container.
func (t *trace) of(container string) []line {
	var list []line
	for _, l := range t.lines {
		if l.container == container {
			list = append(list, l)
		}
	}
	return list
}
