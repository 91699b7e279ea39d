package manifest

import (
	"strings"
)

// checker holds a decoded pod against the rules of the API server
// (k8s.io/kubernetes pkg/apis/core/validation) and of nile.
type checker struct {
	*decoder
	spec *podSpec
	kind string
}

func (c *checker) checkPod(parts podParts) {
	c.checkMetadata(parts)
	spec := c.spec
	if spec.has("containers") && isEmptyList(spec.at("containers").node) {
		c.errorf(spec.at("containers"), "want at least one container")
	}
	c.checkTemplatePolicy()
	if spec.OS != nil && spec.OS.Name == "windows" {
		c.errorf(spec.OS.at("name"), "nile runs on linux, not on windows")
	}
	c.checkVolumes()
	c.checkNames()
	for i := range spec.InitContainers {
		c.checkContainer(&spec.InitContainers[i], true)
	}
	for i := range spec.Containers {
		c.checkContainer(&spec.Containers[i], false)
	}
	c.checkCycles()
	c.checkPodNile()
}

func (c *checker) checkMetadata(parts podParts) {
	owner := parts.metadata
	if parts.owner != nil {
		owner = parts.owner
	}
	if owner.node == nil {
		return // metadata is missing or no mapping, which is said already
	}
	switch {
	case owner.missing("name") && !owner.has("generateName"):
		c.errorf(owner.place, `the field "name" is missing: a %s needs a name`, c.kind)
	case owner.has("name") && isEmptyText(owner.at("name").node):
		c.errorf(owner.at("name"), "cannot be empty")
	}
	c.checkSubdomain(owner.at("name"), owner.Name)
	c.checkLabelName(owner.at("namespace"), owner.Namespace)
}

// checkTemplatePolicy holds the restart policy against what a workload's
// controller allows.
func (c *checker) checkTemplatePolicy() {
	policy, at := c.spec.RestartPolicy, c.spec.at("restartPolicy")
	if c.spec.node == nil {
		return
	}
	switch c.kind {
	case "Pod":
	case "Job", "CronJob":
		if policy == "" && !c.spec.has("restartPolicy") || policy == "Always" {
			c.errorf(at, "want OnFailure or Never in a %s", c.kind)
		}
	default:
		if policy == "OnFailure" || policy == "Never" {
			c.errorf(at, "want Always in a %s, got %q", c.kind, policy)
		}
	}
}

func (c *checker) checkVolumes() {
	first := make(map[string]int, len(c.spec.Volumes))
	for i := range c.spec.Volumes {
		volume := &c.spec.Volumes[i]
		at := volume.at("name")
		if !c.checkLabelName(at, volume.Name) {
			continue
		}
		if line, twice := first[volume.Name]; twice {
			c.errorf(at, "the volume %q stands here a second time (first on line %d)", volume.Name, line)
			continue
		}
		first[volume.Name] = at.node.Line
	}
}

// checkNames looks at the names of init and main containers together.
func (c *checker) checkNames() {
	first := make(map[string]int)
	for _, container := range c.all() {
		at := container.at("name")
		if !c.checkLabelName(at, container.Name) {
			continue
		}
		if line, twice := first[container.Name]; twice {
			c.errorf(at, "the container name %q stands here a second time (first on line %d)", container.Name, line)
			continue
		}
		first[container.Name] = at.node.Line
	}
}

// all returns the containers in their order of start.
func (c *checker) all() []*container {
	list := make([]*container, 0, len(c.spec.InitContainers)+len(c.spec.Containers))
	for i := range c.spec.InitContainers {
		list = append(list, &c.spec.InitContainers[i])
	}
	for i := range c.spec.Containers {
		list = append(list, &c.spec.Containers[i])
	}
	return list
}

// checkLabelName says whether a name is there and is a DNS label (RFC 1123).
func (c *checker) checkLabelName(at place, name string) bool {
	if name == "" {
		return false // missing, which is said where it is needed, or of a wrong type
	}
	if len(name) > 63 || !isLabel(name) {
		c.errorf(at, "the name %q is not a DNS label: want at most 63 of a-z, 0-9 and -, with a letter or digit first and last",
			shorten(name, 64)).Suggestion = asLabel(name)
		return false
	}
	return true
}

func (c *checker) checkSubdomain(at place, name string) {
	if name == "" {
		return
	}
	good := len(name) <= 253
	for part := range strings.SplitSeq(name, ".") {
		good = good && isLabel(part)
	}
	if !good {
		c.errorf(at, "the name %q is not a DNS name: want at most 253 of a-z, 0-9, - and ., with a letter or digit first and last",
			shorten(name, 64)).Suggestion = asLabel(name)
	}
}

func isLabel(name string) bool {
	if name == "" || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if b := name[i]; !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-') {
			return false
		}
	}
	return true
}

// asLabel returns the DNS label that a name is nearly, or "".
func asLabel(name string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == ' ' || r == '.':
			return '-'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, name)
	if len(label) > 63 || !isLabel(label) {
		return ""
	}
	return label
}
