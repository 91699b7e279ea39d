package manifest

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

// checkTree reports what is wrong with a document as such, in fields that are
// looked into and in those that are not: a key that stands twice, a key that
// is not a text, a type that only some program knows.
func (d *decoder) checkTree(at place) {
	n := at.node
	switch n.Kind {
	case yaml.SequenceNode:
		d.checkTag(at, "!!seq")
		for i, item := range n.Content {
			// The path is built for containers only: a list of scalars can be long.
			child := place{item, ""}
			if len(item.Content) > 0 || !knownScalar(item) {
				child.path = at.path + "[" + strconv.Itoa(i) + "]"
			}
			d.checkTree(child)
		}
	case yaml.MappingNode:
		d.checkTag(at, "!!map")
		d.checkKeys(at)
	case yaml.ScalarNode:
		if !knownScalar(n) {
			d.errorf(at, "the type %s is not known in a manifest", shorten(n.Tag, 40))
		}
	}
}

func (d *decoder) checkTag(at place, plain string) {
	if at.node.Tag != plain {
		d.errorf(at, "the type %s is not known in a manifest", shorten(at.node.Tag, 40))
	}
}

func knownScalar(n *yaml.Node) bool {
	switch n.Tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge":
		return true
	}
	return n.Kind == yaml.AliasNode
}

func (d *decoder) checkKeys(at place) {
	first := make(map[string]int, len(at.node.Content)/2)
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		key, value := at.node.Content[i], at.node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			hint := ""
			if key.Kind == yaml.MappingNode && key.Style&yaml.FlowStyle != 0 {
				hint = "; a template such as {{ .Values.name }} must be rendered first"
			}
			d.errorf(place{key, at.path}, "a key must be a plain text, got %s%s", describe(key), hint)
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.errorf(place{key, at.path}, "the key %q stands here a second time (first on line %d)", shorten(key.Value, 64), line)
		} else {
			first[key.Value] = key.Line
		}
		child := place{value, ""}
		if len(value.Content) > 0 || !knownScalar(value) {
			child.path = join(at.path, key.Value)
		}
		d.checkTree(child)
	}
}
