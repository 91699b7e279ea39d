package manifest

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// runnableKinds are the kinds that are a pod or have a pod template.
func runnableKinds() []string {
	return []string{"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"}
}

// choose finds the first document with a pod. None at all is an error only in
// a file that was read to its end.
func (d *decoder) choose(roots []*yaml.Node, complete bool) *document {
	var chosen *document
	var seen []string
	for _, root := range flatten(roots, 0) {
		kind, name, ok := d.identify(root)
		switch {
		case !ok:
		case !slices.Contains(runnableKinds(), kind):
			seen = append(seen, kind+quotedName(name))
		case chosen == nil:
			chosen = &document{root: root, kind: kind}
		default:
			chosen.others++
		}
	}
	if chosen == nil && complete && len(d.problems) == 0 {
		d.noPod(roots, seen)
	}
	return chosen
}

func quotedName(name string) string {
	if name == "" {
		return ""
	}
	return " " + strconv.Quote(shorten(name, 64))
}

// flatten puts the items of a List in its place, as kubectl writes several
// objects.
func flatten(roots []*yaml.Node, depth int) []*yaml.Node {
	var flat []*yaml.Node
	for _, root := range roots {
		root = target(root)
		items := child(root, "items")
		if depth == 0 && scalarOf(root, "kind") == "List" && items != nil && items.Kind == yaml.SequenceNode {
			flat = append(flat, flatten(items.Content, depth+1)...)
		} else {
			flat = append(flat, root)
		}
	}
	return flat
}

// identify returns the kind and the name of a document, and says what is wrong
// with one that is no object of Kubernetes.
func (d *decoder) identify(root *yaml.Node) (kind, name string, ok bool) {
	at := place{root, ""}
	if root.Kind != yaml.MappingNode {
		d.errorf(at, "want a manifest with apiVersion, kind, metadata and spec, got %s", describe(root))
		return "", "", false
	}
	if kind = scalarOf(root, "kind"); kind == "" {
		problem := d.errorf(at, `the field "kind" is missing (write kind: Pod)`)
		for i := 0; i < len(root.Content); i += 2 {
			if word := root.Content[i].Value; suggest(word, []string{"kind"}) != "" {
				problem.Message = printable("unknown field " + strconv.Quote(shorten(word, 64)))
				problem.Suggestion = "kind"
				problem.Line, problem.Column = root.Content[i].Line, root.Content[i].Column
			}
		}
		return "", "", false
	}
	if metadata := child(root, "metadata"); metadata != nil {
		name = scalarOf(metadata, "name")
	}
	return kind, name, true
}

// noPod says that the file has no pod, and what it has instead.
func (d *decoder) noPod(roots []*yaml.Node, seen []string) {
	kinds := runnableKinds()
	if len(seen) == 0 {
		problem := d.errorf(place{}, "the file has no document; want a Pod")
		problem.Line, problem.Column = 1, 1
		return
	}
	problem := d.errorf(place{roots[0], ""}, "found no pod, only %s; want %s", shorten(strings.Join(seen, ", "), 300), oneOf(kinds))
	for _, one := range seen {
		kind, _, _ := strings.Cut(one, " ")
		if meant := suggest(kind, kinds); meant != "" {
			problem.Suggestion = meant
			return
		}
	}
}

// child returns the value of a key of a mapping, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return target(n.Content[i+1])
		}
	}
	return nil
}

// scalarOf returns the text of a key of a mapping, "" where there is none.
func scalarOf(n *yaml.Node, key string) string {
	value := child(n, key)
	if value == nil || value.Kind != yaml.ScalarNode || isNull(value) {
		return ""
	}
	return value.Value
}
