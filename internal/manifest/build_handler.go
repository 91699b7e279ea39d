package manifest

import (
	"cmp"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// defaultMessagePath is terminationMessagePath where it is not set.
const defaultMessagePath = "/dev/termination-log"

// handlers fills in what is done to a container beside running it.
func (b *builder) handlers(c *container, result *supervisor.Container) {
	result.Startup = b.probe(c, c.StartupProbe)
	result.Liveness = b.probe(c, c.LivenessProbe)
	result.Readiness = b.probe(c, c.ReadinessProbe)
	if c.Lifecycle != nil {
		result.StopSignal = int(c.Lifecycle.StopSignal)
		result.PostStart = c.hook(c.Lifecycle.PostStart)
		result.PreStop = c.hook(c.Lifecycle.PreStop)
	}
	for _, rule := range c.RestartPolicyRules {
		codes := make([]int, len(rule.ExitCodes.Values))
		for i, code := range rule.ExitCodes.Values {
			codes[i] = int(code)
		}
		result.Rules = append(result.Rules, supervisor.RestartRule{
			Action: supervisor.RuleAction(rule.Action), NotIn: rule.ExitCodes.Operator == "NotIn", Codes: codes,
		})
	}
	result.Watch = c.watches()
	result.MessagePath = cmp.Or(c.TerminationMessagePath, defaultMessagePath)
	result.MessagePolicy = supervisor.MessagePolicy(c.TerminationMessagePolicy)
}

// watches are the files that a container watches.
func (c *container) watches() (all []supervisor.Watch) {
	if c.Nile == nil {
		return nil
	}
	for i := range c.Nile.Watch {
		w := &c.Nile.Watch[i]
		one := supervisor.Watch{
			Paths: w.Paths, Recursive: w.Recursive, Debounce: time.Duration(w.Debounce), Poll: time.Duration(w.Poll),
			Action: supervisor.WatchAction(w.Action), Signal: int(w.Signal), Timeout: time.Duration(w.Timeout),
		}
		if w.Path != "" {
			one.Paths = append([]string{w.Path}, w.Paths...)
		}
		if w.Exec != nil {
			one.Exec = &supervisor.Handler{Exec: w.Exec.Command}
		}
		all = append(all, one)
	}
	return all
}

// probe puts Kubernetes' defaults in: 0 stands for a field that is not set
// (SetDefaults_Probe).
func (b *builder) probe(c *container, p *probe) *supervisor.Probe {
	if p == nil {
		return nil
	}
	result := &supervisor.Probe{
		InitialDelay:     seconds(p.InitialDelaySeconds),
		Period:           seconds(cmp.Or(p.PeriodSeconds, 10)),
		Timeout:          seconds(cmp.Or(p.TimeoutSeconds, 1)),
		SuccessThreshold: int(cmp.Or(p.SuccessThreshold, 1)),
		FailureThreshold: int(cmp.Or(p.FailureThreshold, 3)),
	}
	if p.TerminationGracePeriodSeconds != nil {
		grace := seconds(*p.TerminationGracePeriodSeconds)
		result.Grace = &grace
	}
	switch {
	case p.Exec != nil:
		result.Handler.Exec = b.static(c, p.Exec.Command)
	case p.HTTPGet != nil:
		result.Handler.HTTPGet = c.httpGet(p.HTTPGet)
	case p.TCPSocket != nil:
		result.Handler.TCPSocket = c.tcpSocket(p.TCPSocket)
	case p.GRPC != nil:
		result.Handler.GRPC = &supervisor.GRPC{Port: int(p.GRPC.Port), Service: p.GRPC.Service}
	}
	return result
}

// hook translates a lifecycle handler. Its command is not expanded.
func (c *container) hook(h *lifecycleHandler) *supervisor.Handler {
	switch {
	case h == nil:
		return nil
	case h.Exec != nil:
		return &supervisor.Handler{Exec: h.Exec.Command}
	case h.HTTPGet != nil:
		return &supervisor.Handler{HTTPGet: c.httpGet(h.HTTPGet)}
	case h.TCPSocket != nil:
		return &supervisor.Handler{TCPSocket: c.tcpSocket(h.TCPSocket)}
	case h.Sleep != nil:
		pause := seconds(h.Sleep.Seconds)
		return &supervisor.Handler{Sleep: &pause}
	}
	return nil
}

func (c *container) httpGet(h *httpAction) *supervisor.HTTPGet {
	return h.request(c.portNumber(h.Port))
}

func (h *httpAction) request(port int) *supervisor.HTTPGet {
	get := &supervisor.HTTPGet{Scheme: cmp.Or(h.Scheme, "HTTP"), Host: h.Host, Port: port, Path: cmp.Or(h.Path, "/")}
	for _, header := range h.Headers {
		get.Headers = append(get.Headers, supervisor.Header{Name: header.Name, Value: header.Value})
	}
	return get
}

func (c *container) tcpSocket(h *tcpAction) *supervisor.TCPSocket {
	return &supervisor.TCPSocket{Host: h.Host, Port: c.portNumber(h.Port)}
}

func eventHooksOf(nile *podNile) (hooks []EventHook) {
	for i := range nile.EventHooks {
		h := &nile.EventHooks[i]
		hook := EventHook{On: h.On}
		switch {
		case h.Exec != nil:
			hook.Exec = h.Exec.Command
		case h.HTTPGet != nil:
			hook.Get = h.HTTPGet.request(int(h.HTTPGet.Port.number))
		case h.HTTPPost != nil:
			hook.Post = h.HTTPPost.request(int(h.HTTPPost.Port.number))
		}
		hooks = append(hooks, hook)
	}
	return hooks
}

// portNumber looks a named port up among the container's. One that is not there is
// 0, which no probe can use: the kubelet finds out at run time as well.
func (c *container) portNumber(p port) int {
	if p.name == "" {
		return int(p.number)
	}
	for _, known := range c.Ports {
		if known.Name == p.name {
			return int(known.ContainerPort)
		}
	}
	return 0
}

// static expands a probe's command with those variables of the container that have
// their value in the manifest (kubelet: ExpandContainerCommandOnlyStatic).
func (b *builder) static(c *container, command []string) []string {
	values := map[string]string{}
	for _, variable := range c.Env {
		if variable.ValueFrom == nil {
			values[variable.Name] = variable.Value
		}
	}
	result := make([]string, len(command))
	for i, word := range command {
		result[i] = Expand(word, func(name string) (string, bool) {
			value, known := values[name]
			return value, known
		})
	}
	return result
}
