package manifest

import "strings"

func (c *checker) checkProbe(p *probe, kind string) {
	if p == nil || p.node == nil {
		return
	}
	c.exactlyOne(&p.object, "exec", "httpGet", "tcpSocket", "grpc")
	c.checkExec(p.Exec)
	c.checkHTTP(p.HTTPGet)
	if kind == "readinessProbe" {
		if p.has("terminationGracePeriodSeconds") {
			c.errorf(p.at("terminationGracePeriodSeconds"), "a readiness probe never stops a container, so it cannot have a grace")
		}
		return
	}
	if p.SuccessThreshold > 1 {
		c.errorf(p.at("successThreshold"), "want 1 in a %s, got %d: one success is enough", strings.TrimSuffix(kind, "Probe")+" probe", p.SuccessThreshold)
	}
}

func (c *checker) checkLifecycle(container *container) {
	l := container.Lifecycle
	if l == nil || l.node == nil {
		return
	}
	c.checkLifecycleHandler(l.PostStart)
	c.checkLifecycleHandler(l.PreStop)
	if l.has("stopSignal") && !c.spec.has("os") {
		c.errorf(l.at("stopSignal"), `Kubernetes takes a stop signal only in a pod that names its system: add os: {name: linux} to %s`, c.spec.path)
	}
}

func (c *checker) checkLifecycleHandler(h *lifecycleHandler) {
	if h == nil || h.node == nil {
		return
	}
	c.exactlyOne(&h.object, "exec", "httpGet", "sleep", "tcpSocket")
	c.checkExec(h.Exec)
	c.checkHTTP(h.HTTPGet)
	grace := int64(defaultGraceSeconds)
	if c.spec.TerminationGracePeriodSeconds != nil {
		grace = *c.spec.TerminationGracePeriodSeconds
	}
	if h.Sleep != nil && h.Sleep.Seconds > grace {
		c.errorf(h.Sleep.at("seconds"), "want at most the grace of the pod, %d seconds, got %d", grace, h.Sleep.Seconds)
	}
}

func (c *checker) checkExec(e *execAction) {
	if e == nil || e.node == nil {
		return
	}
	if !e.has("command") || isEmptyList(e.at("command").node) {
		c.errorf(e.at("command"), "the command is empty: name the program to run")
	}
}

func (c *checker) checkHTTP(h *httpAction) {
	if h == nil {
		return
	}
	for i := range h.Headers {
		header := &h.Headers[i]
		if !isHeaderName(header.Name) {
			c.errorf(header.at("name"), "the name %q cannot be that of an HTTP header", shorten(header.Name, 64))
		}
	}
}

// isHeaderName says whether a name is an RFC 9110 token. An empty one is
// reported as missing elsewhere.
func isHeaderName(name string) bool {
	for i := range len(name) {
		b := name[i]
		alphanumeric := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(b)) {
			return false
		}
	}
	return true
}
