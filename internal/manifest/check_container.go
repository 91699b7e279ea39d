package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxRestartRules is the API server's limit.
const maxRestartRules = 20

func (c *checker) checkContainer(container *container, isInit bool) {
	sidecar := isInit && container.RestartPolicy == "Always"
	c.checkCommand(container)
	if dir := container.WorkingDir; dir != "" && dir[0] != '/' {
		c.errorf(container.at("workingDir"), "want an absolute path, got %q", shorten(dir, 64))
	}
	c.checkEnv(container)
	c.checkEnvFrom(container)
	c.checkRestartRules(container, sidecar)
	if isInit && !sidecar {
		c.checkPlainInit(container)
	}
	if container.Nile != nil && container.Nile.node != nil {
		c.checkWatches(container.Nile, isInit && !sidecar)
	}
	c.checkLifecycle(container)
	c.checkProbe(container.LivenessProbe, "livenessProbe")
	c.checkProbe(container.ReadinessProbe, "readinessProbe")
	c.checkProbe(container.StartupProbe, "startupProbe")
	c.checkPorts(container)
	c.checkMounts(container)
	c.checkSecurity(container)
	c.checkContainerNile(container, isInit && !sidecar)
}

// checkCommand wants a command of every container: a container runtime would
// take the ENTRYPOINT of the image, and nile has no image.
func (c *checker) checkCommand(container *container) {
	command := container.at("command")
	switch {
	case container.node == nil: // was no mapping
	case isEmptyList(command.node):
		c.errorf(command, "the command is empty: name the program to run")
	case len(container.Command) > 0 && isEmptyText(command.item(0).node):
		c.errorf(command.item(0), "the name of the program is empty")
	case !container.missing("command"):
	case container.has("args"):
		c.errorf(container.place, `the field "command" is missing: args alone are not enough, since nile has no image whose ENTRYPOINT it could run`)
	default:
		c.errorf(container.place, `the field "command" is missing: nile has no image whose ENTRYPOINT it could run`)
	}
}

func isEmptyList(n *yaml.Node) bool {
	n = target(n)
	return n.Kind == yaml.SequenceNode && len(n.Content) == 0
}

func isEmptyText(n *yaml.Node) bool {
	n = target(n)
	return n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value == ""
}

// checkPlainInit refuses what an init container that is no sidecar cannot have.
func (c *checker) checkPlainInit(container *container) {
	for _, name := range []string{"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"} {
		if container.has(name) {
			c.errorf(container.at(name), "an init container cannot have this, unless restartPolicy Always makes it a sidecar")
		}
	}
}

func (c *checker) checkRestartRules(container *container, sidecar bool) {
	rules := container.RestartPolicyRules
	at := container.at("restartPolicyRules")
	if len(rules) > 0 && !container.has("restartPolicy") {
		c.errorf(at, "rules need a restartPolicy beside them, for exit codes that no rule matches")
	}
	if len(rules) > maxRestartRules {
		c.errorf(at, "want at most %d rules, got %d", maxRestartRules, len(rules))
	}
	for i := range rules {
		rule := &rules[i]
		if sidecar && rule.Action == "Restart" {
			c.errorf(rule.at("action"), "a sidecar is restarted always; want RestartAllContainers")
		}
		if rule.ExitCodes == nil || rule.ExitCodes.node == nil {
			continue
		}
		values := rule.ExitCodes.Values
		if !rule.ExitCodes.has("values") || isEmptyList(rule.ExitCodes.at("values").node) {
			c.errorf(rule.ExitCodes.at("values"), "want at least one exit code")
		}
		if len(values) > 255 {
			c.errorf(rule.ExitCodes.at("values"), "want at most 255 exit codes, got %d", len(values))
			continue
		}
		for k, value := range values {
			if slices.Contains(values[:k], value) {
				c.errorf(rule.ExitCodes.at("values").item(k), "the exit code %d stands here a second time", value)
			}
		}
	}
}

func (c *checker) checkPorts(container *container) {
	var names []string
	for i := range container.Ports {
		port := &container.Ports[i]
		if port.Name == "" {
			continue
		}
		if problem := badPortName(port.Name); problem != "" {
			c.errorf(port.at("name"), "the port name %q is not allowed: %s", shorten(port.Name, 40), problem)
		} else if slices.Contains(names, port.Name) {
			c.errorf(port.at("name"), "the port name %q stands here a second time", port.Name)
		}
		names = append(names, port.Name)
	}
}

// badPortName says what is wrong with the name of a port (an IANA service
// name, RFC 6335), or nothing.
func badPortName(name string) string {
	letter := false
	for i := range len(name) {
		b := name[i]
		letter = letter || b >= 'a' && b <= 'z'
		if !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-') {
			return "want a-z, 0-9 and - only"
		}
	}
	switch {
	case len(name) > 15:
		return "it is longer than 15 characters"
	case !letter:
		return "it has no letter"
	case name[0] == '-' || name[len(name)-1] == '-' || strings.Contains(name, "--"):
		return "a - must stand between letters and digits"
	}
	return ""
}

func (c *checker) checkMounts(container *container) {
	var volumes, paths []string
	for i := range c.spec.Volumes {
		volumes = append(volumes, c.spec.Volumes[i].Name)
	}
	for i := range container.VolumeMounts {
		mount := &container.VolumeMounts[i]
		if mount.Name != "" && !slices.Contains(volumes, mount.Name) {
			c.errorf(mount.at("name"), "the pod has no volume %q", shorten(mount.Name, 64)).Suggestion = suggest(mount.Name, volumes)
		}
		if mount.MountPath != "" && slices.Contains(paths, mount.MountPath) {
			c.errorf(mount.at("mountPath"), "a volume is mounted on %q already", shorten(mount.MountPath, 64))
		}
		paths = append(paths, mount.MountPath)
		if mount.SubPath != "" && mount.SubPathExpr != "" {
			c.errorf(mount.at("subPathExpr"), "subPath and subPathExpr cannot both be set")
		}
	}
}
