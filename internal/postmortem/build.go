package postmortem

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/secrets"
	"github.com/nile-init/nile/supervisor"
)

// build makes a report of what is known. Nothing is masked in it.
func (c *Collector) build(f *Facts, output Output, seen bool, files *hunt, lost int) *Report {
	capture, end := &f.Capture, &f.Capture.End
	r := &Report{
		Version: Version, ID: reportID(capture), Nile: c.options.Version, Host: c.options.Host, Written: time.Now(),
		Pod: f.Pod, Container: capture.Name, Role: string(capture.Role), Runtime: f.Runtime, Restarts: capture.Restarts, Held: capture.Held, Frozen: capture.Frozen,
		End: End{
			How: end.Status.String(), Trigger: string(capture.Trigger), Code: end.Status.ExitCode(), Core: end.Status.Core,
			OOMKilled: end.Reason == "OOMKilled", Reason: end.Reason, Message: text([]byte(end.Message)), Probe: text([]byte(capture.Probe)),
			Started: end.Started, Finished: end.Finished,
		},
		Command: commandOf(f),
		Output: Printed{
			Seen: seen, Merged: output.Merged, StdoutCut: output.StdoutCut, StderrCut: output.StderrCut,
			Stdout: text(output.Stdout), Stderr: text(output.Stderr),
		},
		Usage:  Usage{User: f.Usage.User.Seconds(), System: f.Usage.System.Seconds(), MaxRSS: f.Usage.MaxRSS},
		Memory: c.memoryOf(f), Looks: f.Looks, Probes: f.Probes, Timeline: f.Timeline, Notes: files.notes,
	}
	if end.Status.Signal != 0 {
		r.End.Signal = supervisor.SignalName(end.Status.Signal)
	}
	if !end.Started.IsZero() {
		r.End.Seconds = max(0, math.Round(end.Finished.Sub(end.Started).Seconds()*1e6)/1e6)
	}
	scene := f.Scene
	if scene == nil {
		scene = TakeScene(nil)
	}
	r.Scene, r.SceneAt, r.SceneMore = scene.Processes, &scene.At, scene.More
	r.Cause = findCause(newEvidence(f, output, r.Memory, files.found))
	r.Artefacts = describe(files.found)
	for i := range r.Artefacts {
		r.Incomplete = r.Incomplete || r.Artefacts[i].State == artefactPending
	}
	if !seen && capture.PID != 0 {
		r.Notes = append(r.Notes, "nile has not read its output: it went straight to nile's own (see the container's log); with --hold or --output prefix nile keeps the end of it")
	}
	if lost > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d crashes before this one came too fast to be reported", lost))
	}
	return r
}

// reportID names a report: by the time of the end, the container and its restarts.
func reportID(c *supervisor.Capture) string {
	at := c.End.Finished
	if at.IsZero() {
		at = time.Now()
	}
	return at.UTC().Format("20060102T150405.000Z") + "-" + cut(safeName(c.Name), 60) + fmt.Sprintf("-%d", c.Restarts)
}

// text makes what a process has printed fit for JSON.
func text(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }

func (c *Collector) memoryOf(f *Facts) *Memory {
	if c.options.Memory == nil {
		return nil
	}
	group := c.options.Memory()
	if group == nil {
		return nil
	}
	usage := group.Usage()
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	m := &Memory{Cgroup: fmt.Sprintf("v%d", usage.Version), Limit: known(usage.Limit), Current: known(usage.Current), Peak: known(usage.Peak)}
	if f.OOM.Known {
		m.OOMKills, m.OOMKillsOld = &f.OOM.After, &f.OOM.Before
	}
	return m
}

func commandOf(f *Facts) Command {
	p := &f.Process
	c := Command{
		PID: f.Capture.PID, Arguments: p.Argv, Environment: p.Env, Directory: directoryOf(p), User: userOf(p),
		NoNewPrivileges: p.NoNewPrivileges, Limits: limitsOf(p),
	}
	if p.Umask != nil {
		c.Umask = fmt.Sprintf("%04o", *p.Umask)
	}
	return c
}

func directoryOf(p *supervisor.Process) string {
	if p.Dir != "" {
		return p.Dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "/"
	}
	return dir
}

// userOf is whom a process ran as: where the manifest says nothing, as nile.
func userOf(p *supervisor.Process) User {
	u := User{UID: os.Getuid(), GID: os.Getgid()}
	if p.User == nil {
		return u
	}
	if p.User.UID != nil {
		u.UID = int(*p.User.UID)
	}
	if p.User.GID != nil {
		u.GID = int(*p.User.GID)
	}
	for _, group := range p.User.Groups {
		u.Groups = append(u.Groups, int(group))
	}
	return u
}

// limits are those that people look for first.
var limits = [...]struct {
	name     string
	resource int
}{
	{"NOFILE", unix.RLIMIT_NOFILE}, {"NPROC", unix.RLIMIT_NPROC}, {"AS", unix.RLIMIT_AS}, {"DATA", unix.RLIMIT_DATA}, {"STACK", unix.RLIMIT_STACK},
	{"CORE", unix.RLIMIT_CORE}, {"FSIZE", unix.RLIMIT_FSIZE}, {"MEMLOCK", unix.RLIMIT_MEMLOCK}, {"CPU", unix.RLIMIT_CPU},
}

// limitsOf are the limits that a process had: nile's own, and over them those of the
// manifest.
func limitsOf(p *supervisor.Process) []Limit {
	var list []Limit
	for _, l := range limits {
		var own unix.Rlimit
		if unix.Getrlimit(l.resource, &own) != nil {
			continue
		}
		for _, set := range p.Rlimits {
			if set.Resource == l.resource {
				own.Cur, own.Max = set.Soft, set.Hard
			}
		}
		list = append(list, Limit{l.name, limitNumber(own.Cur), limitNumber(own.Max)})
	}
	return list
}

func limitNumber(n uint64) int64 {
	if n > math.MaxInt64 {
		return -1
	}
	return int64(n)
}

// mask is a copy of the report with its secrets masked.
func (r *Report) mask(m *secrets.Masker) *Report {
	masked := *r
	masked.Command.Arguments = m.Arguments(r.Command.Arguments)
	masked.Command.Environment = m.Environment(r.Command.Environment)
	for _, field := range []*string{
		&masked.Cause.Line, &masked.Cause.Try, &masked.End.Message, &masked.End.Probe, &masked.Output.Stdout, &masked.Output.Stderr,
	} {
		*field = m.Text(*field)
	}
	masked.Cause.Details, masked.Notes = texts(r.Cause.Details, m), texts(r.Notes, m)
	masked.Timeline = append([]Event(nil), r.Timeline...)
	for i := range masked.Timeline {
		masked.Timeline[i].Why = m.Text(masked.Timeline[i].Why)
	}
	masked.Probes = append([]ProbeResult(nil), r.Probes...)
	for i := range masked.Probes {
		p := &masked.Probes[i]
		p.Handler, p.Message = m.Text(p.Handler), m.Text(p.Message)
	}
	masked.Scene = append([]Process(nil), r.Scene...)
	for i := range masked.Scene {
		p := &masked.Scene[i]
		p.Command = strings.Join(m.Arguments(strings.Split(p.Command, " ")), " ")
	}
	masked.Looks = append([]Look(nil), r.Looks...)
	for i := range masked.Looks {
		look := &masked.Looks[i]
		look.Why = m.Text(look.Why)
		look.Files = append([]File(nil), look.Files...)
		for j := range look.Files {
			look.Files[j].Path = m.Text(look.Files[j].Path)
		}
	}
	masked.Artefacts = append([]Artefact(nil), r.Artefacts...)
	for i := range masked.Artefacts {
		masked.Artefacts[i].From = m.Text(masked.Artefacts[i].From)
	}
	return &masked
}

// texts is a masked copy of some texts.
func texts(list []string, m *secrets.Masker) []string {
	var masked []string
	for _, text := range list {
		masked = append(masked, m.Text(text))
	}
	return masked
}

// wholeLines drops the first line of a stream where its beginning is lost: it may be the
// end of a secret that nothing shows any more.
func (o Output) wholeLines() Output {
	drop := func(text []byte, cut bool) []byte {
		if i := bytes.IndexByte(text[:min(len(text), maxHead/8)], '\n'); cut && i >= 0 {
			return text[i+1:]
		}
		return text
	}
	o.Stdout, o.Stderr = drop(o.Stdout, o.StdoutCut), drop(o.Stderr, o.StderrCut)
	return o
}

// mask is a copy of the output with its secrets masked.
func (o Output) mask(m *secrets.Masker) Output {
	o.Stdout = []byte(m.Text(string(o.Stdout)))
	o.Stderr = []byte(m.Text(string(o.Stderr)))
	return o
}
