package jsonvalue

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal reads JSON into what v points to. Members of objects that a struct does not
// have are left out, and null leaves what can't be nil as it is.
func Unmarshal(text []byte, v any) error { return unmarshal(text, v, false) }

// UnmarshalStrict is [Unmarshal] for which a member that the struct does not have is an
// error.
func UnmarshalStrict(text []byte, v any) error { return unmarshal(text, v, true) }

func unmarshal(text []byte, v any, strict bool) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("cannot read JSON into a value of type %T: it is no pointer", v)
	}
	d := decoder{Reader: Reader{text: text}, known: fields{}, strict: strict}
	d.value(target.Elem())
	d.end()
	return d.err
}

type decoder struct {
	Reader
	known  fields
	strict bool
}

// value reads the next value into v, which is addressable.
func (d *decoder) value(v reflect.Value) {
	kind := d.Kind()
	t := v.Type()
	switch {
	case t == rawType:
		d.raw(v)
	case kind == 'n':
		if d.Word() == "null" && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Interface) {
			v.SetZero()
		}
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		d.value(v.Elem())
	case reflect.PointerTo(t).Implements(unmarshalerType):
		text := d.String()
		if d.err == nil {
			d.err = v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		}
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		if read := d.any(); d.err == nil {
			v.Set(reflect.ValueOf(read))
		}
	case kind == '{' && t.Kind() == reflect.Struct:
		d.object(v)
	case kind == '{' && t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		d.mapping(v)
	case kind == '[' && t.Kind() == reflect.Slice:
		d.list(v)
	case kind == '"' && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		data, err := base64.StdEncoding.DecodeString(d.String())
		if err != nil {
			d.fail("a string is not base64")
		}
		v.SetBytes(data)
	case kind == '"' && t.Kind() == reflect.String:
		v.SetString(d.String())
	default:
		d.word(v)
	}
}

// word reads true, false or a number.
func (d *decoder) word(v reflect.Value) {
	begin, word := d.at, ""
	if kind := d.Kind(); kind != '{' && kind != '[' && kind != '"' {
		word = d.Word()
	}
	if d.err != nil {
		return
	}
	var err error
	switch {
	case v.Kind() == reflect.Bool && (word == "true" || word == "false"):
		v.SetBool(word == "true")
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(word, 10, v.Type().Bits())
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(word, 10, v.Type().Bits())
		v.SetUint(n)
	case v.CanFloat():
		var f float64
		f, err = strconv.ParseFloat(word, v.Type().Bits())
		v.SetFloat(f)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil {
		d.at = begin
		d.fail("there is no " + v.Type().String())
	}
}

// raw keeps a value as it stands there.
func (d *decoder) raw(v reflect.Value) {
	begin := d.at
	d.Skip()
	if text := d.text[begin:d.at]; d.err == nil && string(text) != "null" {
		v.SetBytes(bytes.Clone(text))
	}
}

func (d *decoder) object(v reflect.Value) {
	list := d.known.of(v.Type())
	d.Begin()
	for d.More() {
		name := d.Key()
		if f := find(list, name); f != nil {
			d.value(settable(v, f.index))
			continue
		}
		if d.strict {
			d.fail("unknown field " + strconv.Quote(name))
		}
		d.Skip()
	}
}

// find is the field of a name, or else one whose name differs in case only.
func find(list []field, name string) *field {
	var found *field
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
		if found == nil && strings.EqualFold(list[i].name, name) {
			found = &list[i]
		}
	}
	return found
}

// settable is a field of a struct. What is embedded on the way to it is made.
func settable(v reflect.Value, index []int) reflect.Value {
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v
}

func (d *decoder) mapping(v reflect.Value) {
	t := v.Type()
	if v.IsNil() {
		v.Set(reflect.MakeMap(t))
	}
	d.Begin()
	for d.More() {
		key := reflect.ValueOf(d.Key()).Convert(t.Key())
		member := reflect.New(t.Elem()).Elem()
		d.value(member)
		v.SetMapIndex(key, member)
	}
}

func (d *decoder) list(v reflect.Value) {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	d.Begin()
	for d.More() {
		member := reflect.New(v.Type().Elem()).Elem()
		d.value(member)
		v.Set(reflect.Append(v, member))
	}
}

// any reads what no type is given for: numbers as float64.
func (d *decoder) any() any {
	switch d.Kind() {
	case '{':
		object := map[string]any{}
		d.Begin()
		for d.More() {
			key := d.Key()
			object[key] = d.any()
		}
		return object
	case '[':
		list := []any{}
		d.Begin()
		for d.More() {
			list = append(list, d.any())
		}
		return list
	case '"':
		return d.String()
	}
	switch word := d.Word(); word {
	case "null", "":
		return nil
	case "true", "false":
		return word == "true"
	default:
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			d.fail("a number is too large")
		}
		return f
	}
}
