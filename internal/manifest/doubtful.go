package manifest

import (
	"fmt"
	"strings"
)

// doubtful warns of what a cluster accepts as well, and what is nearly always a mistake.
func (b *builder) doubtful(c *container) {
	if len(c.Command) > 0 && isShellLine(c.Command) {
		b.pod.warn(c.at("command").item(0), fmt.Sprintf("%q is taken for the name of one program, blanks and all: write %s",
			shorten(c.Command[0], 80), asCommand(c.Command[0])))
	}
	for _, probe := range []*probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		switch {
		case probe == nil:
		case probe.HTTPGet != nil:
			b.unknownPort(c, probe.HTTPGet.at("port"), probe.HTTPGet.Port)
		case probe.TCPSocket != nil:
			b.unknownPort(c, probe.TCPSocket.at("port"), probe.TCPSocket.Port)
		}
	}
}

// isShellLine tells whether somebody has written a line for a shell as a whole command: one
// word with blanks. A path with a blank in it begins with a slash.
func isShellLine(command []string) bool {
	name := command[0]
	return len(command) == 1 && strings.ContainsAny(strings.TrimSpace(name), " \t") && !strings.HasPrefix(name, "/")
}

// unknownPort warns of a port by a name that no port of the container has: the probe could
// never succeed.
func (b *builder) unknownPort(c *container, at place, p port) {
	if p.name == "" || c.portNumber(p) != 0 {
		return
	}
	var names []string
	for _, known := range c.Ports {
		if known.Name != "" {
			names = append(names, known.Name)
		}
	}
	there := "none of its ports has a name"
	if len(names) > 0 {
		there = "there is " + strings.Join(names, ", ")
	}
	b.pod.warn(at, fmt.Sprintf("the container has no port %q, so that this never succeeds: %s", p.name, there))
}
