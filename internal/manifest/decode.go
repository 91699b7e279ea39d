package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// maxAliasValues is how many values of a document may be reached through
// aliases (*name). A handful of aliases can stand for billions of values, and
// following them would be the end of nile.
const maxAliasValues = 20_000

// decoder turns nodes into the structs of fields_*.go and collects all that is
// wrong, left to Kubernetes, or not carried out yet.
type decoder struct {
	file     string
	problems []*Error
	left     []Field // by:"kubernetes"
	later    []Field // by:"later"

	structs map[reflect.Type]*structFields
	inAlias int  // aliases that we stand in
	aliased int  // values seen while inAlias
	gaveUp  bool // a limit on aliases was hit: said once, nothing is followed any more
}

// place is a value of the manifest: where it stands and what it is called.
type place struct {
	node *yaml.Node
	path string
}

// item returns the place of one element of a list.
func (p place) item(i int) place {
	path := p.path + "[" + strconv.Itoa(i) + "]"
	if list := target(p.node); i < len(list.Content) {
		return place{list.Content[i], path}
	}
	return place{p.node, path}
}

// object stands in each struct that a mapping is decoded into, and knows where
// its fields stand.
type object struct {
	place
	pairs  []pair
	nearly []string // the fields that unknown ones were probably meant to be
}

// openObject is an object that may have fields that nobody names: they are
// Kubernetes' and need no look.
type openObject struct{ object }

// placed is a struct with an object in it, which each of fields_*.go is.
type placed interface{ stand(self object) }

func (o *object) stand(self object) { *o = self }

// pair is one key of a mapping with its value.
type pair struct{ key, value *yaml.Node }

// has says whether the manifest sets the field, if only to the wrong thing.
func (o *object) has(name string) bool {
	_, found := o.find(name)
	return found
}

// missing says whether the manifest does not set the field, and did not try to
// under a misspelt name.
func (o *object) missing(name string) bool {
	return !o.has(name) && !slices.Contains(o.nearly, name)
}

func (o *object) find(name string) (pair, bool) {
	for _, p := range o.pairs {
		if p.key.Value == name && !isNull(p.value) {
			return p, true
		}
	}
	return pair{}, false
}

// at returns the place of a field, or that of the object if it is not set.
func (o *object) at(name string) place {
	path := join(o.path, name)
	if p, found := o.find(name); found {
		return place{p.value, path}
	}
	return place{o.node, path}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// custom is a value with a notation of its own: a duration, a signal, a size.
type custom interface {
	// decode reads the node or reports what is wrong with it.
	decode(d *decoder, at place)
	// schema describes the notation as JSON Schema.
	schema() map[string]any
}

// value decodes the node at a place into a field.
func (d *decoder) value(into reflect.Value, at place, field *structField) {
	if d.gaveUp {
		return
	}
	if at.node.Kind == yaml.AliasNode {
		d.throughAlias(into, at, field)
		return
	}
	if d.inAlias > 0 && !d.countAliased(at) {
		return
	}
	if notation, ok := into.Addr().Interface().(custom); ok {
		notation.decode(d, at)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(into.Elem(), at, field)
	case reflect.Struct:
		d.structValue(into, at)
	case reflect.Slice:
		d.listValue(into, at, field)
	case reflect.Map:
		d.mapValue(into, at)
	case reflect.String:
		if text, ok := d.text(at); ok {
			into.SetString(text)
			d.checkEnum(at, field, text)
		}
	case reflect.Bool:
		if yes, ok := d.boolean(at); ok {
			into.SetBool(yes)
		}
	case reflect.Int64:
		if number, ok := d.integer(at); ok {
			into.SetInt(number)
			d.checkRange(at, field, number)
		}
	default:
		panic("manifest: no decoding for a field of type " + into.Type().String())
	}
}

func (d *decoder) throughAlias(into reflect.Value, at place, field *structField) {
	d.inAlias++
	d.value(into, place{at.node.Alias, at.path}, field)
	d.inAlias--
}

func (d *decoder) countAliased(at place) bool {
	if d.aliased++; d.aliased > maxAliasValues {
		d.giveUp(at, fmt.Sprintf("aliases stand for more than %d values; write them out", maxAliasValues))
	}
	return !d.gaveUp
}

func (d *decoder) giveUp(at place, message string) {
	if !d.gaveUp {
		d.errorf(place{at.node, shorten(at.path, 200)}, "%s", message)
	}
	d.gaveUp = true
}

func (d *decoder) listValue(into reflect.Value, at place, field *structField) {
	if at.node.Kind != yaml.SequenceNode {
		d.wrongKind(at, into.Type())
		return
	}
	list := reflect.MakeSlice(into.Type(), len(at.node.Content), len(at.node.Content))
	for i := range at.node.Content {
		if d.gaveUp {
			return
		}
		item := at.item(i)
		if isNull(item.node) {
			d.errorf(item, "the list item is empty%s", emptyHint(into.Type().Elem()))
			continue
		}
		d.value(list.Index(i), item, field)
	}
	into.Set(list)
}

func emptyHint(element reflect.Type) string {
	if element.Kind() == reflect.String {
		return ` (write "" for an empty text)`
	}
	return ""
}

// mapValue decodes a mapping of free names to texts, or to values with a
// notation of their own. An empty value is the empty text, as in Kubernetes.
func (d *decoder) mapValue(into reflect.Value, at place) {
	if at.node.Kind != yaml.MappingNode {
		d.wrongKind(at, into.Type())
		return
	}
	pairs := d.pairs(at)
	into.Set(reflect.MakeMapWithSize(into.Type(), len(pairs)))
	for _, p := range pairs {
		element := reflect.New(into.Type().Elem()).Elem()
		if !isNull(p.value) || element.Kind() != reflect.String {
			d.value(element, place{p.value, at.path + "[" + p.key.Value + "]"}, nil)
		}
		into.SetMapIndex(reflect.ValueOf(p.key.Value), element)
	}
}

// errorf reports what is wrong at a place.
func (d *decoder) errorf(at place, format string, args ...any) *Error {
	if len(d.problems) > maxProblems {
		return &Error{} // enough has been said
	}
	problem := &Error{File: d.file, Path: printable(at.path), Message: printable(fmt.Sprintf(format, args...))}
	if at.node != nil {
		problem.Line, problem.Column = at.node.Line, at.node.Column
	}
	d.problems = append(d.problems, problem)
	return problem
}

func isNull(n *yaml.Node) bool {
	n = target(n)
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// printable keeps a manifest from writing on the reader's terminal what it
// likes: a key can hold line ends and escape sequences.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// shorten cuts a text that would make a message unreadable.
func shorten(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
