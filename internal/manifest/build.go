package manifest

import (
	"math"
	"sort"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// defaultGraceSeconds is terminationGracePeriodSeconds where it is not set.
const defaultGraceSeconds = 30

// builder makes a Pod of a manifest that has been checked.
type builder struct {
	*decoder
	opt     Options
	parts   podParts
	spec    *podSpec
	pod     *Pod
	environ environ  // nile's own environment
	users   userFile // read when the first name is looked up
}

func newBuilder(d *decoder, parts podParts, opt Options) *builder {
	b := &builder{decoder: d, opt: opt, parts: parts, spec: parts.spec}
	if !opt.CheckOnly {
		b.environ = newEnviron(opt.Environ)
	}
	return b
}

func (b *builder) build() *Pod {
	sort.SliceStable(b.left, func(i, j int) bool {
		x, y := &b.left[i], &b.left[j]
		return x.Line < y.Line || x.Line == y.Line && x.Column < y.Column
	})
	own, owner := b.parts.metadata, b.parts.owner
	b.pod = &Pod{
		File:             b.file,
		Name:             own.Name,
		Namespace:        own.Namespace,
		Labels:           own.Labels,
		Annotations:      own.Annotations,
		LeftToKubernetes: b.left,
		NotCarriedOut:    b.later,
		reads:            make(map[string]func() (supervisor.Process, error)),
		runtimes:         make(map[string]Runtime),
	}
	if owner != nil {
		b.pod.Name = firstOf(own.Name, owner.Name)
		b.pod.Namespace = firstOf(own.Namespace, owner.Namespace)
	}
	if b.pod.Name == "" {
		generated := own.GenerateName
		if owner != nil {
			generated = firstOf(generated, owner.GenerateName)
		}
		b.pod.Name = strings.TrimRight(generated, "-.")
	}
	b.pod.Namespace = firstOf(b.pod.Namespace, "default")
	b.pod.Spec = b.podSpec()
	for i := range b.spec.InitContainers {
		b.pod.Spec.Init = append(b.pod.Spec.Init, b.container(&b.spec.InitContainers[i], true))
	}
	for i := range b.spec.Containers {
		b.pod.Spec.Main = append(b.pod.Spec.Main, b.container(&b.spec.Containers[i], false))
	}
	return b.pod
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// seconds converts without overflow: the API takes any int64.
func seconds(n int64) time.Duration {
	if n > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}

func (b *builder) container(c *container, isInit bool) supervisor.Container {
	result := supervisor.Container{
		Name:          c.Name,
		Sidecar:       isInit && c.RestartPolicy == string(supervisor.RestartAlways),
		RestartPolicy: supervisor.RestartPolicy(c.RestartPolicy),
		Process:       b.process(c),
	}
	b.handlers(c, &result)
	b.doubtful(c)
	if b.spec.Nile != nil && b.spec.Nile.Freeze {
		result.Freeze = true
		b.freezeAt(b.spec.Nile.at("freeze"))
	}
	if c.Nile != nil {
		result.KillMode = supervisor.KillMode(c.Nile.KillMode)
		result.OnFailure = supervisor.OnFailure(c.Nile.OnFailure)
		b.pod.runtimes[c.Name] = Runtime{Preset: c.Nile.Preset, OptionsFile: c.Nile.OptionsFile}
		result.Output = outputOf(c.Nile.Output)
		result.Notify = notifyOf(c.Nile.Notify)
		if !isInit {
			result.Every = time.Duration(c.Nile.Every)
		}
		result.Collect = c.Nile.Collect
		for _, d := range c.Nile.DependsOn {
			result.DependsOn = append(result.DependsOn, supervisor.Dependency{
				Name: d.Name, Condition: supervisor.DependencyCondition(d.Condition), OnRestart: supervisor.OnRestart(d.OnRestart),
			})
			if strings.Contains(d.Name, "/") {
				b.pod.Peers = append(b.pod.Peers, b.pod.field(d.at("name")))
			}
		}
		if c.Nile.Freeze != nil {
			if result.Freeze = *c.Nile.Freeze; result.Freeze {
				b.freezeAt(c.Nile.at("freeze"))
			}
		}
	}
	return result
}

func (b *builder) freezeAt(at place) {
	if b.pod.Freeze == (Field{}) {
		b.pod.Freeze = b.pod.field(at)
	}
}

func outputOf(o *outputOption) supervisor.Output {
	if o == nil {
		return supervisor.Output{}
	}
	result := supervisor.Output{
		Mode: supervisor.OutputMode(o.Mode), File: o.File, MaxSize: int64(o.MaxSize), MaxFiles: int(o.MaxFiles), Tail: int(o.Tail),
	}
	if o.has("tail") && o.Tail == 0 {
		result.Tail = -1
	}
	return result
}

func (b *builder) process(c *container) supervisor.Process {
	process := supervisor.Process{Dir: c.WorkingDir, User: b.user(c)}
	if s := c.Security; s != nil {
		process.NoNewPrivileges = s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation
		process.Capabilities = capabilitiesOf(s.Capabilities)
	}
	if nile := c.Nile; nile != nil {
		if nile.Umask != nil {
			mask := int(*nile.Umask)
			process.Umask = &mask
		}
		if nile.OOMScoreAdj != nil {
			score := int(*nile.OOMScoreAdj)
			process.OOMScoreAdj = &score
		}
		process.Rlimits = rlimitsOf(nile.Rlimits)
	}
	b.variables(c, &process)
	return process
}

func capabilitiesOf(c *capabilities) *supervisor.Capabilities {
	if c == nil || len(c.Add) == 0 && len(c.Drop) == 0 {
		return nil
	}
	return &supervisor.Capabilities{Add: upper(c.Add), Drop: upper(c.Drop)}
}

func upper(names []string) []string {
	if names == nil {
		return nil
	}
	result := make([]string, len(names))
	for i, name := range names {
		result[i] = strings.ToUpper(name)
	}
	return result
}

// rlimitsOf returns the limits in the order of their numbers.
func rlimitsOf(limits map[string]rlimit) []supervisor.Rlimit {
	var result []supervisor.Rlimit
	for name, limit := range limits {
		result = append(result, supervisor.Rlimit{Resource: rlimitResource(name), Soft: limit.soft, Hard: limit.hard})
	}
	sort.SliceStable(result, func(i, j int) bool { return result[i].Resource < result[j].Resource })
	return result
}
