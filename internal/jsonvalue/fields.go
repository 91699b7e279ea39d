// Package jsonvalue writes Go values as JSON and reads them back (RFC 8259): what
// nile's own types need of package encoding/json, at a fifth of its size in the binary
// (docs/explanation/size.md). The tags of struct fields mean the same, with the options
// omitempty and omitzero. There are booleans, numbers, strings, bytes (in base64),
// structs and what they embed, pointers, slices, maps with string keys,
// json.RawMessage, and types that write themselves as text, such as time.Time. What is
// of another type is an error. All functions may be called by any number of goroutines.
package jsonvalue

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

var (
	rawType         = reflect.TypeFor[json.RawMessage]()
	marshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// field is what of a struct is a member of its JSON object.
type field struct {
	name      string
	index     []int // as of reflect.VisibleFields: through what is embedded
	omitEmpty bool
	omitZero  bool
}

// fields are those of the types that one call has come across.
type fields map[reflect.Type][]field

func (f fields) of(t reflect.Type) []field {
	list, known := f[t]
	if !known {
		list = appendFields(nil, t, nil)
		f[t] = list
	}
	return list
}

func appendFields(list []field, t reflect.Type, parents []int) []field {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		index := append(parents[:len(parents):len(parents)], i)
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && embedded.Kind() == reflect.Struct:
			list = appendFields(list, embedded, index)
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			options += ","
			list = withField(list, &field{name, index, strings.Contains(options, "omitempty,"), strings.Contains(options, "omitzero,")})
		}
	}
	return list
}

// withField appends a field. Of two with a name the one that is embedded less deeply
// is the struct's, as for Go.
func withField(list []field, f *field) []field {
	for i := range list {
		if list[i].name != f.name {
			continue
		}
		if len(list[i].index) <= len(f.index) {
			return list
		}
		list = append(list[:i], list[i+1:]...)
		break
	}
	return append(list, *f)
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		return false
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	}
	return v.IsZero()
}
