package manifest

import (
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/nile-init/nile/supervisor"
)

// notifyOption is how a process says that it is ready: a [notifyBlock], or the word systemd
// for {systemd: true}.
type notifyOption struct{ notifyBlock }

type notifyBlock struct {
	object
	Systemd  bool     `yaml:"systemd" doc:"It sends datagrams to the socket that NOTIFY_SOCKET names, sd_notify(3)."`
	FD       *int64   `yaml:"fd" min:"3" max:"255" doc:"It writes a newline to this file descriptor, as with s6."`
	Access   string   `yaml:"access" enum:"Main|Tree" doc:"With systemd: whose messages count, those of the container's process (Main, if not set), or of all that it has started."`
	Timeout  duration `yaml:"timeout" doc:"How long a start may take until it is ready; then it counts as failed. 90s if not set, 0s for ever."`
	Watchdog duration `yaml:"watchdog" doc:"With systemd: how long it may say nothing of being alive (WATCHDOG=1); then it counts as failed. For ever if not set."`
}

const wantNotify = "the word systemd or a mapping such as {fd: 3}"

func (v *notifyOption) decode(d *decoder, at place) {
	if at.node.Kind == yaml.MappingNode {
		d.structValue(reflect.ValueOf(&v.notifyBlock).Elem(), at)
		return
	}
	if text, ok := d.scalar(at, wantNotify); ok && text != "systemd" {
		d.errorf(at, "want %s, got %s", wantNotify, describe(at.node)).Suggestion = suggest(text, []string{"systemd"})
	}
	v.Systemd = true
}

func (*notifyOption) schema() map[string]any {
	block := map[string]any{"type": "object"}
	(&schemaBuilder{}).describe(block, reflect.TypeFor[notifyBlock]())
	return map[string]any{"oneOf": []any{map[string]any{"type": "string", "enum": []string{"systemd"}}, block}}
}

// shortestWatchdog is less than anybody has a use for, and more than what would keep nile
// busy.
const shortestWatchdog = 100 * time.Millisecond

func (c *checker) checkNotify(container *container, plainInit bool) {
	n := container.Nile.Notify
	at := container.Nile.at("notify")
	switch {
	case n == nil:
		return
	case plainInit:
		c.errorf(at, "an init container cannot have this, unless restartPolicy Always makes it a sidecar: it is done when it has ended")
	case n.node == nil: // the word alone, or something wrong
		return
	case n.Systemd && n.FD != nil:
		c.errorf(n.at("fd"), "fd and systemd cannot both be set")
	case !n.Systemd && n.FD == nil:
		c.errorf(at, "want %s", wantNotify)
	case n.FD != nil:
		for _, name := range []string{"access", "watchdog"} {
			if n.has(name) {
				c.errorf(n.at(name), "%s needs systemd: true", name)
			}
		}
	}
	if !n.has("watchdog") {
		return
	}
	at = n.at("watchdog") // a wrong notation leaves 0 too, and has been reported
	if length, err := parseDuration(target(at.node).Value); err == nil && time.Duration(length) < shortestWatchdog {
		c.errorf(at, "want %v or more (leave it out for no watchdog)", shortestWatchdog)
	}
}

// defaultNotifyTimeout is systemd's DefaultTimeoutStartSec: programs that say that they are
// ready were written for that.
const defaultNotifyTimeout = 90 * time.Second

func notifyOf(n *notifyOption) supervisor.Notify {
	if n == nil {
		return supervisor.Notify{}
	}
	result := supervisor.Notify{
		Kind: supervisor.NotifySystemd, Access: supervisor.NotifyAccess(n.Access),
		Timeout: defaultNotifyTimeout, Watchdog: time.Duration(n.Watchdog),
	}
	if n.FD != nil {
		result.Kind, result.FD = supervisor.NotifyFD, int(*n.FD)
	}
	if n.node != nil && n.has("timeout") {
		result.Timeout = time.Duration(n.Timeout)
	}
	return result
}
