package postmortem

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (h *html) header(p *Page) {
	class, kicker, line := "well", "pod "+p.Pod, "nothing has failed"
	if p.State != "" {
		line = "the pod is " + strings.ToLower(p.State)
	}
	if r := p.Report; r != nil {
		class, kicker, line = "failed", r.Container+" "+r.End.How, r.Cause.Line
		if r.Held {
			kicker += " and is held"
		}
	}
	h.raw(`<header class="` + class + `"><div class="wide">`)
	h.classed("p", "kicker", kicker)
	h.element("h1", line)
	if r := p.Report; r != nil {
		if len(r.Cause.Details) > 0 {
			h.classed("pre", "details", joined(r.Cause.Details))
		}
		if r.Cause.Try != "" {
			h.raw(`<p class="try"><b>Try</b> `)
			h.text(r.Cause.Try)
			h.raw("</p>")
		}
		how := "seen in " + r.Cause.Evidence
		if !r.Cause.Sure {
			how = "what was seen, not a proven cause; " + how
		}
		if r.Cause.Evidence != "" {
			h.classed("p", "evidence", how)
		}
	}
	h.raw("</div></header>")
}

// summary are the facts that people look for first.
func (h *html) summary(r *Report) {
	ended := r.End.How
	if r.End.OOMKilled {
		ended += " (OOM-killed)"
	}
	took := ""
	if !r.End.Started.IsZero() {
		took = spanText(time.Duration(r.End.Seconds * float64(time.Second)))
	}
	h.raw(`<section class="cards"><div class="card">`)
	h.element("h3", "End")
	h.facts([2]string{"how", ended}, [2]string{"at", stamp(r.End.Finished)}, [2]string{"after", took},
		[2]string{"restarts", strconv.Itoa(r.Restarts)}, [2]string{"ended by", triggerText(r)}, [2]string{"message", r.End.Message})
	h.raw(`</div><div class="card">`)
	h.element("h3", "Process")
	h.facts([2]string{"command", strings.Join(quoteAll(r.Command.Arguments), " ")}, [2]string{"pid", strconv.Itoa(r.Command.PID)},
		[2]string{"user", fmt.Sprintf("%d:%d", r.Command.User.UID, r.Command.User.GID)}, [2]string{"directory", r.Command.Directory}, [2]string{"runtime", r.Runtime})
	h.raw(`</div><div class="card">`)
	h.element("h3", "Used")
	pairs := [][2]string{
		{"memory at most", bytesText(r.Usage.MaxRSS)},
		{"CPU", fmt.Sprintf("%.2f s user, %.2f s system", r.Usage.User, r.Usage.System)},
	}
	h.facts(append(pairs, memoryFacts(r.Memory)...)...)
	h.raw("</div>")
	if len(r.Probes) > 0 {
		h.raw(`<div class="card">`)
		h.element("h3", "Probes")
		for _, p := range r.Probes {
			h.classed("p", "probe", probeText(p))
		}
		h.raw("</div>")
	}
	h.raw("</section>")
	if len(r.Notes) > 0 {
		h.raw(`<section class="notes">`)
		for _, note := range r.Notes {
			h.element("p", note)
		}
		h.raw("</section>")
	}
}

func triggerText(r *Report) string {
	switch r.End.Trigger {
	case "exit":
		return "itself"
	case "start":
		return "it could not be started"
	case "liveness", "startup":
		return "nile, since its " + r.End.Trigger + " probe failed"
	case "notify", "watchdog":
		return "nile, since it did not say in time what it had to"
	case "postStart":
		return "nile, since its postStart hook failed"
	}
	return r.End.Trigger
}

func memoryFacts(m *Memory) [][2]string {
	if m == nil {
		return nil
	}
	pairs := [][2]string{}
	if m.Limit != nil {
		pairs = append(pairs, [2]string{"cgroup " + m.Cgroup + " limit", limitText(*m.Limit)})
	}
	if m.Peak != nil {
		pairs = append(pairs, [2]string{"cgroup peak", bytesText(*m.Peak)})
	}
	if m.OOMKills != nil && m.OOMKillsOld != nil {
		pairs = append(pairs, [2]string{"oom_kill", fmt.Sprintf("%d → %d", *m.OOMKillsOld, *m.OOMKills)})
	}
	return pairs
}

func (h *html) containers(p *Page) {
	if len(p.Containers) == 0 {
		return
	}
	h.section("Containers", fmt.Sprint(len(p.Containers)), true)
	h.table("name", "role", "state", "ready", "restarts", "pid", "running for", "last end")
	for _, c := range p.Containers {
		ready := "no"
		if c.Ready {
			ready = "yes"
		}
		pid := ""
		if c.PID > 0 {
			pid = strconv.Itoa(c.PID)
		}
		h.raw("<tr>")
		h.element("td", c.Name)
		h.element("td", c.Role)
		h.raw(`<td><span class="state ` + stateClass(c.State) + `">`)
		h.text(c.State)
		h.raw("</span></td>")
		for _, cell := range []string{ready, strconv.Itoa(c.Restarts), pid, c.Since, c.Last} {
			h.element("td", cell)
		}
		h.raw("</tr>")
	}
	h.endTable()
	h.endSection()
}

func (h *html) command(r *Report) {
	h.section("Environment and limits", fmt.Sprint(len(r.Command.Environment)), false)
	h.table("variable", "value")
	for _, entry := range r.Command.Environment {
		name, value, _ := strings.Cut(entry, "=")
		h.row(name, value)
	}
	h.endTable()
	h.table("limit", "soft", "hard")
	for _, l := range r.Command.Limits {
		h.row(l.Name, limitValue(l.Soft), limitValue(l.Hard))
	}
	h.endTable()
	h.endSection()
}

func limitValue(n int64) string {
	if n < 0 {
		return "unlimited"
	}
	return strconv.FormatInt(n, 10)
}

func (h *html) events(p *Page) {
	events := p.shownEvents()
	if len(events) == 0 {
		return
	}
	h.section("Events", fmt.Sprint(len(events)), false)
	h.table("time", "container", "state", "what happened")
	for _, e := range events {
		h.row(clockOf(e.At), e.Container, e.To, strings.TrimSpace(e.Signal+" "+e.Why))
	}
	h.endTable()
	h.endSection()
}

func (h *html) reports(p *Page) {
	if len(p.Reports) == 0 {
		return
	}
	h.section("Crash reports", fmt.Sprint(len(p.Reports)), len(p.Reports) > 1)
	h.table("at", "container", "cause", "files")
	for _, s := range p.Reports {
		h.row(s.Finished, s.Container, s.Cause, strconv.Itoa(s.Artefacts))
	}
	h.endTable()
	h.endSection()
}

func (h *html) manifest(p *Page) {
	if p.Manifest == "" {
		return
	}
	h.section("Manifest as resolved", "", false)
	h.classed("pre", "log", p.Manifest)
	h.endSection()
}

func (h *html) footer(p *Page) {
	var parts []string
	if r := p.Report; r != nil {
		parts = append(parts, "report "+r.ID)
	}
	if p.Host != "" {
		parts = append(parts, "host "+p.Host)
	}
	if p.Nile != "" {
		parts = append(parts, "nile "+p.Nile)
	}
	h.classed("footer", "wide", strings.Join(append(parts, "made "+stamp(p.Made), "secrets are masked"), " · "))
}

// shownEvents are the pod's, or else those of the report.
func (p *Page) shownEvents() []Event {
	if len(p.Timeline) == 0 && p.Report != nil {
		return p.Report.Timeline
	}
	return p.Timeline
}
