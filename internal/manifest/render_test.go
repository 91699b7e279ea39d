package manifest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// render shows a pod as a person would want to review it, fields that are not
// set left out.
func render(pod *Pod) string {
	r := &renderer{}
	spec := &pod.Spec
	r.linef("%s %s/%s", pod.Kind, pod.Namespace, pod.Name)
	r.linef("restart %s, grace %v", spec.RestartPolicy, spec.Grace)
	r.field("exit when", string(spec.ExitWhen))
	r.duration("shutdown timeout", spec.ShutdownTimeout)
	if spec.Backoff != (supervisor.Backoff{}) {
		r.linef("backoff %+v", spec.Backoff)
	}
	if spec.Hold != (supervisor.Hold{}) {
		r.linef("hold %+v", spec.Hold)
	}
	for _, from := range slices.Sorted(maps.Keys(spec.Signals)) {
		r.linef("signal %s becomes %s", supervisor.SignalName(from), supervisor.SignalName(spec.Signals[from]))
	}
	r.field("presets", strings.Join(pod.Presets, ", "))
	r.field("state directory", pod.StateDir)
	r.duration("sample", pod.Sample)
	r.field("mask", strings.Join(pod.Masks, ", "))
	for i := range spec.Init {
		r.container("init", &spec.Init[i], pod)
	}
	for i := range spec.Main {
		r.container("main", &spec.Main[i], pod)
	}
	r.fields("left to Kubernetes", pod.LeftToKubernetes)
	r.fields("not carried out", pod.NotCarriedOut)
	r.fields("warnings", pod.Warnings)
	return r.String()
}

type renderer struct{ strings.Builder }

func (r *renderer) linef(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

func (r *renderer) field(name, value string) {
	if value != "" {
		r.linef("%s: %s", name, value)
	}
}

func (r *renderer) duration(name string, value time.Duration) {
	if value != 0 {
		r.linef("%s: %v", name, value)
	}
}

func (r *renderer) fields(title string, list []Field) {
	if len(list) > 0 {
		r.linef("\n%s:", title)
	}
	for _, field := range list {
		r.linef("  %s", strings.TrimSuffix(field.Position()+" "+field.Path+" "+field.Note, " "))
	}
}

func (r *renderer) container(kind string, c *supervisor.Container, pod *Pod) {
	if c.Sidecar {
		kind = "sidecar"
	}
	r.linef("\n%s %s", kind, c.Name)
	r.field("  restart", string(c.RestartPolicy))
	if c.StopSignal != 0 {
		r.linef("  stop signal: %s", supervisor.SignalName(c.StopSignal))
	}
	r.field("  kill", string(c.KillMode))
	r.duration("  every", c.Every)
	if n := c.Notify; n.Kind != "" {
		r.linef("  notify %s %d %s timeout %v watchdog %v", n.Kind, n.FD, n.Access, n.Timeout, n.Watchdog)
	}
	r.field("  on failure", string(c.OnFailure))
	if pod.ReadsFiles(c.Name) {
		r.linef("  reads files when it starts")
	}
	r.field("  preset", pod.Runtime(c.Name).Preset)
	r.field("  options file", pod.Runtime(c.Name).OptionsFile)
	for _, w := range c.Watch {
		r.linef("  watch %q, recursive %v, debounce %v, poll %v: %s %s, timeout %v", w.Paths, w.Recursive, w.Debounce, w.Poll, w.Action, supervisor.SignalName(w.Signal), w.Timeout)
		if w.Exec != nil {
			r.linef("    run %q", w.Exec.Exec)
		}
	}
	if c.Output != (supervisor.Output{}) {
		r.linef("  output: %+v", c.Output)
	}
	for _, d := range c.DependsOn {
		r.linef("  %s", strings.Join(strings.Fields("depends on "+d.Name+" "+string(d.Condition)+" "+string(d.OnRestart)), " "))
	}
	r.process(&c.Process)
}

func (r *renderer) process(p *supervisor.Process) {
	r.linef("  run %q", p.Argv)
	for _, variable := range p.Env {
		r.linef("  env %q", variable)
	}
	r.field("  in", p.Dir)
	if p.User != nil {
		r.linef("  as uid %s, gid %s, groups %v", number(p.User.UID), number(p.User.GID), p.User.Groups)
	}
	if p.NoNewPrivileges {
		r.linef("  no new privileges")
	}
	if p.Capabilities != nil {
		r.linef("  capabilities add %v, drop %v", p.Capabilities.Add, p.Capabilities.Drop)
	}
	if p.Umask != nil {
		r.linef("  umask %04o", *p.Umask)
	}
	if p.OOMScoreAdj != nil {
		r.linef("  oom score %d", *p.OOMScoreAdj)
	}
	for _, limit := range p.Rlimits {
		r.linef("  limit %d soft %s hard %s", limit.Resource, limitText(limit.Soft), limitText(limit.Hard))
	}
}

func number(id *uint32) string {
	if id == nil {
		return "as nile"
	}
	return fmt.Sprint(*id)
}

func limitText(n uint64) string {
	if n == math.MaxUint64 {
		return "unlimited"
	}
	return fmt.Sprint(n)
}
