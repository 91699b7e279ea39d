package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// nodeSuffix is what a kubelet appends to the name of a static pod: its node's name.
const nodeSuffix = "-kubetest"

// firstOutput is how the observed pods' hooks write to their container's log.
const firstOutput = "/proc/1/fd/1"

// defaultMessage is terminationMessagePath where a container doesn't set it.
const defaultMessage = "/dev/termination-log"

// Where the runner keeps its own things on a pod's root.
const (
	inside = "/conformance"
	tools  = inside + "/tools"
)

// manifestOf is what the runner needs to know of a manifest, and changes in it.
type manifestOf struct {
	root       *yaml.Node
	containers []containerOf
	volumes    map[string][]string // mount paths, by volume
}

// containerOf is a container in a manifest.
type containerOf struct {
	name      string
	node      *yaml.Node
	command   []string
	plainInit bool
	hasProbe  map[string]bool // startupProbe, livenessProbe, readinessProbe, postStart
	direct    bool            // its output goes to nile, not to a FIFO
	keepsLog  bool            // its log may stand in for its termination message
}

func readManifest(file string) (*manifestOf, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &manifestOf{root: &yaml.Node{}, volumes: map[string][]string{}}
	if err := yaml.Unmarshal(data, m.root); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	spec := field(m.root.Content[0], "spec")
	for _, list := range []string{"initContainers", "containers"} {
		nodes := field(spec, list)
		if nodes == nil {
			continue
		}
		for _, node := range nodes.Content {
			m.add(node, list == "initContainers")
		}
	}
	return m, nil
}

func (m *manifestOf) add(node *yaml.Node, isInit bool) {
	c := containerOf{name: text(field(node, "name")), node: node, hasProbe: map[string]bool{}}
	for _, part := range field(node, "command").Content {
		c.command = append(c.command, part.Value)
	}
	c.plainInit = isInit && text(field(node, "restartPolicy")) != "Always"
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		c.hasProbe[probe] = field(node, probe) != nil
	}
	c.hasProbe["postStart"] = field(field(node, "lifecycle"), "postStart") != nil
	c.keepsLog = text(field(node, "terminationMessagePolicy")) == "FallbackToLogsOnError"
	if mounts := field(node, "volumeMounts"); mounts != nil {
		for _, mount := range mounts.Content {
			volume, path := text(field(mount, "name")), text(field(mount, "mountPath"))
			if !slices.Contains(m.volumes[volume], path) {
				m.volumes[volume] = append(m.volumes[volume], path)
			}
		}
	}
	m.containers = append(m.containers, c)
}

// container is a container by its name; nile's log names no other.
func (m *manifestOf) container(name string) containerOf {
	for _, c := range m.containers {
		if c.name == name {
			return c
		}
	}
	return containerOf{}
}

// annotation is the value of an annotation in seconds, 0 where there is none.
func (m *manifestOf) annotation(name string) float64 {
	seconds, _ := strconv.ParseFloat(text(field(field(field(m.root.Content[0], "metadata"), "annotations"), name)), 64)
	return seconds
}

// separateMessages gives each container whose termination message file is the default one a file of its own.
func (m *manifestOf) separateMessages() {
	for _, c := range m.containers {
		path := field(c.node, "terminationMessagePath")
		if path == nil {
			c.node.Content = append(c.node.Content, scalar("terminationMessagePath"), scalar(defaultMessage))
		} else if path.Value != defaultMessage {
			continue
		}
		replace(c.node, defaultMessage, defaultMessage+"-"+c.name)
	}
}

// prepare makes the other changes that the package comment tells of. exists says whether a container's command can be executed
// on the pod's root: if not, nile must find that out.
func (m *manifestOf) prepare(namespaces bool, exists func(string) bool) ([]byte, error) {
	name := field(field(m.root.Content[0], "metadata"), "name")
	name.Value += nodeSuffix
	for i := range m.containers {
		m.containers[i].prepare(namespaces, exists)
	}
	return yaml.Marshal(m.root)
}

func (c *containerOf) prepare(namespaces bool, exists func(string) bool) {
	wrapper, enter := "container", []string(nil)
	if namespaces {
		wrapper, enter = "shim", []string{tools + "/enter", c.name}
	} else {
		replace(c.node, firstOutput, filepath.Join(inside, "output", c.name))
	}
	for _, handler := range []*yaml.Node{
		field(c.node, "startupProbe"), field(c.node, "livenessProbe"), field(c.node, "readinessProbe"),
		field(field(c.node, "lifecycle"), "postStart"), field(field(c.node, "lifecycle"), "preStop"),
	} {
		if command := field(field(handler, "exec"), "command"); command != nil {
			prepend(command, enter...)
		}
	}
	c.direct = !exists(c.command[0]) || c.keepsLog && !namespaces
	if !c.direct {
		prepend(field(c.node, "command"), filepath.Join(tools, wrapper), c.name)
	}
}

// field is the value of a key of a mapping, nil where there is none.
func field(node *yaml.Node, key string) *yaml.Node {
	if node == nil {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func text(node *yaml.Node) string {
	if node == nil {
		return ""
	}
	return node.Value
}

func prepend(list *yaml.Node, words ...string) {
	var nodes []*yaml.Node
	for _, word := range words {
		nodes = append(nodes, scalar(word))
	}
	list.Content = append(nodes, list.Content...)
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// replace changes a text in all scalars below a node.
func replace(node *yaml.Node, old, by string) {
	node.Value = strings.ReplaceAll(node.Value, old, by)
	for _, child := range node.Content {
		replace(child, old, by)
	}
}
