package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// comparison holds what nile did with a pod against what is expected.
type comparison struct {
	pod   *pod
	want  *trace
	got   *trace
	exact bool    // want was written from the rules, to the tenth of a second, and tells everything
	lag   float64 // by how many seconds the machine was late while nile ran
}

// kind is one aspect that is compared. compare returns how many things it has looked at and what differs.
type kind struct {
	name    string
	compare func(*comparison) (looked int, problems []string)
}

var kinds = []kind{
	{"lines", compareLines},
	{"order", compareOrder},
	{"exits", compareExits},
	{"restarts", compareRestarts},
	{"final", compareFinal},
	{"waits", compareWaits},
	{"ready", compareReady},
	{"phase", comparePhase},
	{"conditions", compareConditions},
	{"messages", compareMessages},
	{"code", compareCode},
	{"times", compareTimes},
	{"end", compareEnd},
}

// tolerance is how far nile may be from the manifest's own arithmetic, in seconds.
const tolerance = 0.3

// plain are the lines of a container that count one by one, with what is different in every run taken out. often are
// those that come with the rhythm of a probe or a loop: each different one counts once.
func (c *comparison) plain(t *trace, container string) (plain, often []line) {
	for _, l := range t.of(container) {
		if slices.ContainsFunc(c.pod.unseen, func(p *regexp.Regexp) bool { return p.MatchString(l.text) }) {
			continue
		}
		for _, n := range c.pod.normalise {
			l.text = n.pattern.ReplaceAllString(l.text, n.by)
		}
		if slices.ContainsFunc(c.pod.often, func(p *regexp.Regexp) bool { return p.MatchString(l.text) }) {
			if !slices.ContainsFunc(often, func(o line) bool { return o.text == l.text }) {
				often = append(often, l)
			}
			continue
		}
		plain = append(plain, l)
	}
	return plain, often
}

func texts(lines []line) []string {
	list := make([]string, len(lines))
	for i, l := range lines {
		list[i] = l.text
	}
	return list
}

// compareLines wants each container's lines in the same order. Where the pod goes on after what was observed, nile, which
// is faster, may have got further.
func compareLines(c *comparison) (looked int, problems []string) {
	names := c.want.containers()
	for _, name := range c.got.containers() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		wantPlain, wantOften := c.plain(c.want, name)
		gotPlain, gotOften := c.plain(c.got, name)
		want, got := texts(wantPlain), texts(gotPlain)
		if c.pod.unordered {
			slices.Sort(want)
			slices.Sort(got)
		}
		if !c.exact && !c.want.ended() && len(got) > len(want) {
			got = got[:len(want)]
		}
		looked += len(want)
		if !slices.Equal(want, got) {
			problems = append(problems, fmt.Sprintf("%s wrote %q, want %q", name, got, want))
		}
		want, got = texts(wantOften), texts(gotOften)
		slices.Sort(want)
		slices.Sort(got)
		looked += len(want)
		if !slices.Equal(want, got) {
			problems = append(problems, fmt.Sprintf("%s wrote now and then %q, want %q", name, got, want))
		}
	}
	return looked, problems
}

// occurrence is a line that counts, found again in another trace by its number among its container's lines.
type occurrence struct {
	line
	number int
}

func (c *comparison) occurrences(t *trace) []occurrence {
	var list []occurrence
	for _, name := range t.containers() {
		plain, _ := c.plain(t, name)
		for i, l := range plain {
			list = append(list, occurrence{l, i})
		}
	}
	slices.SortStableFunc(list, func(a, b occurrence) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	return list
}

// find is the same line in a trace of nile's.
func (c *comparison) find(o occurrence) (line, bool) {
	plain, _ := c.plain(c.got, o.container)
	if o.number >= len(plain) {
		return line{}, false
	}
	return plain[o.number], true
}

// Lines of two containers that were observed further apart than apart seconds must come in that order; where nile writes
// them within together seconds they count as simultaneous, since the kubelet's polling pulls apart what has no order.
// Closer ones have an order only if the list of pods says so.
const (
	apart    = 0.2
	together = 0.1
)

func compareOrder(c *comparison) (looked int, problems []string) {
	wanted := c.occurrences(c.want)
	for i, first := range wanted {
		for _, second := range wanted[i+1:] {
			if first.container == second.container || !c.exact && second.at-first.at < apart || c.exact && second.at-first.at < 0.05 {
				continue
			}
			a, foundA := c.find(first)
			b, foundB := c.find(second)
			if !foundA || !foundB {
				continue // compareLines tells it
			}
			looked++
			if b.at < a.at && (c.exact || a.at-b.at > together+c.lag) {
				problems = append(problems, fmt.Sprintf("%s > %s (%.2f) came before %s > %s (%.2f)",
					b.container, b.text, b.at, a.container, a.text, a.at))
			}
		}
	}
	more, also := c.compareStarts()
	looked, problems = looked+more, append(problems, also...)
	for _, pair := range c.pod.order {
		looked++
		if !c.precedes(pair[0], pair[1]) {
			problems = append(problems, fmt.Sprintf("%q must come before %q", pair[0], pair[1]))
		}
	}
	return looked, problems
}

// compareStarts wants the first runs of containers to begin in the order of the manifest.
func (c *comparison) compareStarts() (looked int, problems []string) {
	var began []string
	for _, s := range c.got.starts {
		if s.restarts == 0 && !slices.Contains(began, s.container) {
			began = append(began, s.container)
		}
	}
	var want []string
	for _, declared := range c.pod.manifest.containers {
		if slices.Contains(began, declared.name) {
			want = append(want, declared.name)
		}
	}
	if !slices.Equal(began, want) {
		return 1, []string{fmt.Sprintf("containers were started in the order %v, want %v", began, want)}
	}
	return 1, nil
}

// precedes tells whether the first line "CONTAINER > TEXT" came before the other one.
func (c *comparison) precedes(one, other string) bool {
	at := func(what string) (int, bool) {
		container, text, _ := strings.Cut(what, " > ")
		for i, l := range c.got.lines {
			if l.container == container && l.text == text {
				return i, true
			}
		}
		return 0, false
	}
	a, foundA := at(one)
	b, foundB := at(other)
	return foundA && foundB && a < b
}
