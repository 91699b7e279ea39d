package postmortem

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The measures of the chart, in the units of its view box.
const (
	chartWidth  = 1080
	chartLeft   = 120 // for the names
	chartRight  = 20
	laneHeight  = 30
	barHeight   = 14
	chartTop    = 10
	maxLanes    = 40
	tickSpacing = 110
)

// lane is what happened to one container, or to the pod.
type lane struct {
	name   string
	spans  []span
	events []Event // that changed no state, and crashes
}

// span is a time in one state.
type span struct {
	state    string
	from, to time.Time
	why      string
}

// timeline draws what happened as a chart: a lane for each container, its states as bars,
// crashes, failed probes and signals as marks.
func (h *html) timeline(p *Page) {
	events := p.shownEvents()
	if len(events) < 2 {
		return
	}
	end := events[len(events)-1].At
	if p.State != "" && p.Made.After(end) {
		end = p.Made
	}
	lanes := lanesOf(events, end)
	scale := newScale(events, end)
	height := chartTop + len(lanes)*laneHeight + 34
	h.section("Timeline", spanText(end.Sub(events[0].At)), true)
	h.raw(`<div class="scroll"><svg class="chart" role="img" aria-label="Timeline of the pod" viewBox="0 0 `)
	h.number(chartWidth)
	h.raw(" ")
	h.number(height)
	h.raw(`">`)
	h.axis(scale, events, end, height-30)
	for i, l := range lanes {
		h.lane(scale, &l, chartTop+i*laneHeight)
	}
	h.raw(`</svg></div><p class="legend">`)
	for _, l := range []struct{ class, text string }{
		{"init", "starting"}, {"run", "running"}, {"stop", "stopping"}, {"wait", "back-off"}, {"held", "held"}, {"bad", "failed"}, {"done", "completed"},
	} {
		h.raw(`<span><i class="` + l.class + `"></i>` + l.text + `</span>`)
	}
	h.raw(`<span><b class="bad">✕</b>crash</span><span><b class="wait">▲</b>probe failed</span><span><b class="signal">◆</b>signal</span>`)
	h.raw(`<span class="aside">quiet times are drawn shorter</span></p>`)
	h.endSection()
}

// lanesOf sorts events into lanes, in the order in which they come up, the pod's first.
func lanesOf(events []Event, end time.Time) []lane {
	lanes := []lane{{name: ""}}
	at := map[string]int{"": 0}
	for _, e := range events {
		i, known := at[e.Container]
		if !known {
			if len(lanes) == maxLanes {
				continue
			}
			i = len(lanes)
			at[e.Container] = i
			lanes = append(lanes, lane{name: e.Container})
		}
		l := &lanes[i]
		if e.To != "" && e.To != e.From {
			if n := len(l.spans); n > 0 {
				l.spans[n-1].to = e.At
			}
			l.spans = append(l.spans, span{e.To, e.At, end, e.Why})
		}
		if markOf(&e) != "" {
			l.events = append(l.events, e)
		}
	}
	return lanes
}

// scale turns times into places. Every step between two events counts by the logarithm of
// its length, so that both the milliseconds of a start and the hours after it are seen.
type scale struct {
	times  []time.Time
	places []float64
}

func newScale(events []Event, end time.Time) *scale {
	s := &scale{}
	total := 0.0
	add := func(t time.Time) {
		if n := len(s.times); n > 0 {
			step := t.Sub(s.times[n-1]).Seconds()
			if step <= 0 {
				return
			}
			total += 0.15 + math.Log1p(step*20)
		}
		s.times = append(s.times, t)
		s.places = append(s.places, total)
	}
	for _, e := range events {
		add(e.At)
	}
	add(end)
	for i := range s.places {
		s.places[i] = chartLeft + s.places[i]/max(total, 1e-9)*(chartWidth-chartLeft-chartRight)
	}
	return s
}

// at is the place of a time.
func (s *scale) at(t time.Time) float64 {
	last := float64(chartLeft)
	for i := range s.times {
		if s.times[i].After(t) {
			break
		}
		last = s.places[i]
	}
	return last
}

// axis draws the times below the lanes, as far as there is room.
func (h *html) axis(s *scale, events []Event, end time.Time, y int) {
	last := -float64(tickSpacing)
	for i, t := range s.times {
		x := s.places[i]
		if x-last < tickSpacing || i > 0 && i < len(s.times)-1 && s.places[len(s.places)-1]-x < tickSpacing {
			continue
		}
		last = x
		h.raw(fmt.Sprintf(`<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, x, x, chartTop-4, y))
		label := clockOf(t)
		if i > 0 {
			label = "+" + spanText(t.Sub(events[0].At))
		}
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		} else if t.Equal(end) {
			anchor = "end"
		}
		h.raw(fmt.Sprintf(`<text class="tick" text-anchor="%s" x="%.1f" y="%d">`, anchor, x, y+18))
		h.text(label)
		h.raw("</text>")
	}
}

func (h *html) lane(s *scale, l *lane, y int) {
	name := l.name
	if name == "" {
		name = "pod"
	}
	middle := y + laneHeight/2
	h.raw(fmt.Sprintf(`<text class="name" x="%d" y="%d">`, chartLeft-12, middle+4))
	h.text(cut(name, 16))
	h.raw("</text>")
	for _, span := range l.spans {
		class := stateClass(span.state)
		if class == "" {
			continue
		}
		x := s.at(span.from)
		h.raw(fmt.Sprintf(`<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="3"><title>`, class, x, middle-barHeight/2, max(s.at(span.to)-x-1, 2), barHeight))
		h.text(fmt.Sprintf("%s, %s for %s: %s", clockOf(span.from), span.state, spanText(span.to.Sub(span.from)), span.why))
		h.raw("</title></rect>")
	}
	for i := range l.events {
		e := &l.events[i]
		sign := markOf(e)
		h.raw(fmt.Sprintf(`<text class="mark %s" x="%.1f" y="%d">%s<title>`, markClass(sign), s.at(e.At), middle+5, sign))
		h.text(clockOf(e.At) + " " + strings.TrimSpace(e.Signal+" "+e.Why))
		h.raw("</title></text>")
	}
}

// markClass is the colour of a mark.
func markClass(sign string) string {
	switch sign {
	case "✕":
		return "bad"
	case "▲":
		return "wait"
	}
	return "signal"
}

// markOf is the sign for an event; empty for one that needs none.
func markOf(e *Event) string {
	switch {
	case e.To == "Held" || e.To == "Failed" || e.To == "Backoff":
		if e.Container == "" || e.To == e.From || e.Level == "info" || e.Level == "debug" {
			return ""
		}
		return "✕"
	case strings.Contains(e.Why, "probe failed") || strings.Contains(e.Why, "probe has failed"):
		return "▲"
	case e.Signal != "":
		return "◆"
	}
	return ""
}

// stateClass is the colour of a state; empty for one that is not drawn.
func stateClass(state string) string {
	switch state {
	case "Starting", "Retrying", "Initializing", "Restarting":
		return "init"
	case "Running", "Ready":
		return "run"
	case "Stopping", "Killing", "Emptying":
		return "stop"
	case "Backoff", "BackingOff":
		return "wait"
	case "Held":
		return "held"
	case "Failed":
		return "bad"
	case "Completed", "Succeeded":
		return "done"
	case "Stopped", "Waiting", "New":
		return "idle"
	}
	return ""
}
