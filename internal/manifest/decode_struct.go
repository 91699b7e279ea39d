package manifest

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// structField is what the tags of one field say.
type structField struct {
	index  int
	name   string
	needed bool
	enum   []string
	min    *int64
	max    *int64
	by     string // "kubernetes", "later" or nothing
	plain  string
}

// structFields is what the tags of a struct say, in the order of declaration.
type structFields struct {
	fields []structField
	open   bool
}

func (s *structFields) find(name string) *structField {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *structFields) names() []string {
	names := make([]string, len(s.fields))
	for i, field := range s.fields {
		names[i] = field.name
	}
	return names
}

// fieldsOf reads the tags of a struct type. The first field of each such
// struct is an object or an openObject.
func fieldsOf(t reflect.Type) *structFields {
	result := &structFields{
		fields: make([]structField, 0, t.NumField()-1),
		open:   t.Field(0).Type == reflect.TypeFor[openObject](),
	}
	for i := 1; i < t.NumField(); i++ {
		tag := t.Field(i).Tag
		field := structField{
			index:  i,
			name:   tag.Get("yaml"),
			needed: tag.Get("need") == "yes",
			by:     tag.Get("by"),
			plain:  tag.Get("plain"),
			min:    tagNumber(tag, "min"),
			max:    tagNumber(tag, "max"),
		}
		if words := tag.Get("enum"); words != "" {
			field.enum = strings.Split(words, "|")
		}
		result.fields = append(result.fields, field)
	}
	return result
}

func tagNumber(tag reflect.StructTag, key string) *int64 {
	text, found := tag.Lookup(key)
	if !found {
		return nil // the error of ParseInt would cost more than all the rest here
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return &number
}

func (d *decoder) fieldsOf(t reflect.Type) *structFields {
	known := d.structs[t]
	if known == nil {
		known = fieldsOf(t)
		d.structs[t] = known
	}
	return known
}

// structValue decodes a mapping into a struct.
func (d *decoder) structValue(into reflect.Value, at place) {
	if at.node.Kind != yaml.MappingNode {
		d.wrongKind(at, into.Type())
		return
	}
	fields := d.fieldsOf(into.Type())
	self := object{place: at, pairs: d.pairs(at)}
	for _, p := range self.pairs {
		if d.gaveUp {
			return
		}
		field := fields.find(p.key.Value)
		switch {
		case field == nil && fields.open:
		case field == nil:
			self.nearly = append(self.nearly, d.unknownField(place{p.key, at.path}, p.key.Value, into.Type(), fields))
		case !isNull(p.value): // "name:" with nothing behind it is as good as not written
			value := place{p.value, join(at.path, field.name)}
			d.list(field, p.key, value)
			d.value(into.Field(field.index), value, field)
		}
	}
	for _, field := range fields.fields {
		if !field.needed {
			continue
		}
		if self.missing(field.name) {
			d.errorf(at, "the field %q is missing", field.name)
		} else if value := self.at(field.name); self.has(field.name) && isEmptyText(value.node) {
			d.errorf(value, "cannot be empty")
		}
	}
	into.Addr().Interface().(placed).stand(self)
}

// list notes the fields that nile does not carry out.
func (d *decoder) list(field *structField, key *yaml.Node, value place) {
	entry := Field{File: d.file, Path: value.path, Line: key.Line, Column: key.Column}
	switch {
	case field.by == "kubernetes":
		d.left = append(d.left, entry)
	case field.by == "later" && (field.plain == "" || target(value.node).Value != field.plain):
		d.later = append(d.later, entry)
	}
}

// unknownField reports a key that no field has, and returns which one it may
// have been.
func (d *decoder) unknownField(at place, name string, owner reflect.Type, fields *structFields) string {
	problem := d.errorf(at, "unknown field %q", shorten(name, 64))
	if len(d.problems) > maxProblems {
		return ""
	}
	problem.Suggestion = suggest(name, fields.names())
	if block := fields.find("nile"); block != nil {
		inner := owner.Field(block.index).Type
		if inner.Kind() == reflect.Pointer && slices.Contains(d.fieldsOf(inner.Elem()).names(), name) {
			problem.Suggestion = "nile." + name
		}
	}
	if problem.Suggestion == "" {
		problem.Message += d.homeOf(name, owner)
	}
	return problem.Suggestion
}

// homeOf says where a field stands that somebody has written into something else, as who
// gets the indentation wrong does.
func (d *decoder) homeOf(name string, owner reflect.Type) string {
	for _, home := range []struct {
		of    reflect.Type
		words string
	}{
		{reflect.TypeFor[container](), "a container"},
		{reflect.TypeFor[podSpec](), "the spec of the pod"},
		{reflect.TypeFor[containerNile](), "the nile block of a container"},
		{reflect.TypeFor[podNile](), "the nile block of the spec"},
		{reflect.TypeFor[probe](), "a probe"},
		{reflect.TypeFor[lifecycle](), "the lifecycle of a container"},
		{reflect.TypeFor[metadata](), "metadata"},
	} {
		if home.of != owner && d.fieldsOf(home.of).find(name) != nil {
			return "; it belongs in " + home.words
		}
	}
	return ""
}

// pairs returns the keys of a mapping with their values: merge keys (<<) put
// in behind the mapping's own keys, which win.
func (d *decoder) pairs(at place) []pair {
	pairs := make([]pair, 0, len(at.node.Content)/2)
	merged := false
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		key := at.node.Content[i]
		if isMerge(key) {
			merged = true
			continue
		}
		if key.Kind != yaml.ScalarNode {
			continue // checkTree has said so
		}
		pairs = append(pairs, pair{key, at.node.Content[i+1]})
	}
	if !merged {
		return pairs
	}
	known := make(map[string]bool, len(pairs))
	for _, own := range pairs {
		known[own.key.Value] = true
	}
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		if isMerge(at.node.Content[i]) {
			pairs = d.merge(pairs, known, place{at.node.Content[i+1], at.path})
		}
	}
	return pairs
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Tag == "!!merge"
}

// merge adds the keys of the mapping, or list of mappings, behind a merge key.
func (d *decoder) merge(pairs []pair, known map[string]bool, at place) []pair {
	d.inAlias++
	defer func() { d.inAlias-- }()
	if d.inAlias > maxNesting {
		d.giveUp(at, "the alias contains itself")
	}
	if d.gaveUp || !d.countAliased(at) {
		return pairs
	}
	source := target(at.node)
	switch source.Kind {
	case yaml.MappingNode:
		for _, p := range d.pairs(place{source, at.path}) {
			if !known[p.key.Value] && d.countAliased(at) {
				known[p.key.Value] = true
				pairs = append(pairs, p)
			}
		}
	case yaml.SequenceNode:
		for _, item := range source.Content {
			pairs = d.merge(pairs, known, place{item, at.path})
		}
	default:
		d.errorf(at, "the merge key << wants a mapping, got %s", describe(source))
	}
	return pairs
}

// target follows an alias to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
