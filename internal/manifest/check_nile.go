package manifest

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/supervisor"
)

func (c *checker) checkPodNile() {
	nile := c.spec.Nile
	if nile == nil || nile.node == nil {
		return
	}
	c.checkBackoff(nile.Backoff)
	c.checkSignals(nile)
	c.checkReload(nile)
	c.checkAbsolute(nile.at("stateDir"), nile.StateDir)
	c.checkAbsolute(nile.at("podDir"), nile.PodDir)
	for i, name := range nile.EndWith {
		c.checkPeerName(nile.at("endWith").item(i), name)
	}
	if nile.Listen != "" && !IsListenAddress(nile.Listen) {
		c.errorf(nile.at("listen"), "want an address such as :9190 or 127.0.0.1:9190, got %q", shorten(nile.Listen, 64))
	}
	for i := range nile.HoldAnswers {
		answer := &nile.HoldAnswers[i]
		if answer.Path != "" && answer.Path[0] != '/' {
			c.errorf(answer.at("path"), "want a path that begins with /, got %q", shorten(answer.Path, 64))
		}
	}
	for i := range nile.EventHooks {
		hook := &nile.EventHooks[i]
		if hook.node == nil {
			continue
		}
		c.exactlyOne(&hook.object, "exec", "httpGet", "httpPost")
		c.checkExec(hook.Exec)
		c.checkHTTP(hook.HTTPGet)
		c.checkHTTP(hook.HTTPPost)
		for _, request := range []*httpAction{hook.HTTPGet, hook.HTTPPost} {
			if request != nil && request.Port.name != "" {
				c.errorf(request.at("port"), "want a number, got %q: only containers have names for ports", shorten(request.Port.name, 64))
			}
		}
	}
}

// kubeletBackoffInitial is the kubelet's first wait, which stands where the
// manifest sets none.
const kubeletBackoffInitial = 10 * time.Second

func (c *checker) checkBackoff(b *backoff) {
	if b == nil || b.node == nil {
		return
	}
	for _, name := range []string{"initial", "max", "resetAfter"} {
		// A wrong notation leaves 0 too, and has been reported.
		at := b.at(name)
		if length, err := parseDuration(target(at.node).Value); b.has(name) && err == nil && length == 0 {
			c.errorf(at, "want more than 0 (write 1ms for hardly any)")
		}
	}
	if b.Max > 0 && b.Initial > b.Max {
		c.errorf(b.at("initial"), "the first wait, %v, is longer than the longest, %v", time.Duration(b.Initial), time.Duration(b.Max))
	}
}

// checkSignals wants keys that are signals which a process can receive.
func (c *checker) checkSignals(nile *podNile) {
	where := nile.at("signals")
	if len(nile.Signals) == 0 {
		return
	}
	var seen []int
	for _, p := range c.pairs(place{target(where.node), where.path}) {
		at := place{p.key, where.path}
		number := parseSignal(p.key.Value)
		switch {
		case number == 0:
			c.unknownSignal(at, p.key.Value)
		case number == int(unix.SIGKILL) || number == int(unix.SIGSTOP):
			c.errorf(at, "%s never reaches a process, so it cannot be rewritten", supervisor.SignalName(number))
		case slices.Contains(seen, number):
			c.errorf(at, "%s stands here a second time", supervisor.SignalName(number))
		}
		seen = append(seen, number)
	}
}

// checkReload wants a signal that means nothing else to nile.
func (c *checker) checkReload(nile *podNile) {
	reload := nile.Reload
	if reload == nil || reload.node == nil || reload.Signal == 0 {
		return
	}
	switch number := int(reload.Signal); unix.Signal(number) {
	case unix.SIGTERM, unix.SIGINT, unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD:
		c.errorf(reload.at("signal"), "%s means something else to nile: want another one, such as HUP", supervisor.SignalName(number))
	default:
		for from := range nile.Signals {
			if parseSignal(from) == number {
				c.errorf(reload.at("signal"), "%s is rewritten under signals: want one that is not", supervisor.SignalName(number))
			}
		}
	}
}

func (c *checker) checkAbsolute(at place, name string) {
	if name != "" && name[0] != '/' {
		c.errorf(at, "want an absolute path, got %q", shorten(name, 64))
	}
}

// IsListenAddress says whether an address has the form HOST:PORT, where the host may be
// missing, and an IPv6 address stands in brackets.
func IsListenAddress(address string) bool {
	colon := strings.LastIndexByte(address, ':')
	if colon < 0 || strings.ContainsAny(address, " \t/") {
		return false
	}
	if host := address[:colon]; strings.Contains(host, ":") && (host[0] != '[' || !strings.HasSuffix(host, "]")) {
		return false
	}
	port, err := strconv.ParseUint(address[colon+1:], 10, 16)
	return err == nil && port > 0
}

func (c *checker) checkContainerNile(container *container, plainInit bool) {
	nile := container.Nile
	if nile == nil || nile.node == nil {
		return
	}
	for _, p := range c.rlimitPairs(nile) {
		if rlimitResource(p.key.Value) < 0 {
			problem := c.errorf(place{p.key, nile.at("rlimits").path}, "unknown limit %q; want %s", shorten(p.key.Value, 40), oneOf(rlimitNames()))
			problem.Suggestion = suggest(p.key.Value, rlimitNames())
		}
	}
	c.checkAbsolute(nile.at("optionsFile"), nile.OptionsFile)
	for i := range nile.EnvFrom {
		c.checkFileSource(&nile.EnvFrom[i])
	}
	for i, glob := range nile.Collect {
		c.checkGlob(nile.at("collect").item(i), glob)
	}
	c.checkOutput(nile.Output)
	c.checkNotify(container, plainInit)
	c.checkEvery(container)
	c.checkDependencies(container)
}

// largestTail is how much of a stream's end may be kept: it is memory of nile's, for
// two streams of two runs of a container.
const largestTail = 64 << 20

func (c *checker) checkOutput(out *outputOption) {
	if out == nil || out.node == nil {
		return
	}
	c.checkAbsolute(out.at("file"), out.File)
	for _, name := range []string{"maxSize", "maxFiles"} {
		if out.has(name) && !out.has("file") {
			c.errorf(out.at(name), "%s needs a file", name)
		}
	}
	// A wrong notation leaves 0 too, and has been reported.
	if bytes, err := parseSize(target(out.at("maxSize").node).Value); out.has("maxSize") && err == nil && bytes == 0 {
		c.errorf(out.at("maxSize"), "want more than 0 (leave it out for 10Mi)")
	}
	if out.Tail > largestTail {
		c.errorf(out.at("tail"), "want 64Mi at most, got %q: it is kept in memory", shorten(target(out.at("tail").node).Value, 40))
	}
}

func (c *checker) rlimitPairs(nile *containerNile) []pair {
	if len(nile.Rlimits) == 0 {
		return nil
	}
	where := nile.at("rlimits")
	return c.pairs(place{target(where.node), where.path})
}

func (c *checker) checkGlob(at place, glob string) {
	c.checkAbsolute(at, glob)
	if _, err := path.Match(glob, ""); err != nil {
		c.errorf(at, "the pattern %q has a [ without its ]", shorten(glob, 64))
	}
}
