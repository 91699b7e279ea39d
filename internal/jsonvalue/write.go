package jsonvalue

import (
	"encoding"
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"

	"github.com/nile-init/nile/internal/jsontext"
)

// Marshal writes v on one line, without characters escaped that JSON does not ask for.
// Members of objects have the order of the struct's fields, or that of a map's keys.
func Marshal(v any) ([]byte, error) {
	w := writer{known: fields{}}
	err := w.value(reflect.ValueOf(v))
	return w.out, err
}

// MarshalIndent is [Marshal] for people: with each member on a line of its own, two
// spaces further than what it belongs to. The last line is not ended.
func MarshalIndent(v any) ([]byte, error) {
	w := writer{known: fields{}, indent: true}
	err := w.value(reflect.ValueOf(v))
	return w.out, err
}

type writer struct {
	out    []byte
	known  fields
	indent bool
	depth  int
}

func (w *writer) value(v reflect.Value) error {
	if !v.IsValid() {
		w.text("null")
		return nil
	}
	kind := v.Kind()
	if (kind == reflect.Pointer || kind == reflect.Interface || kind == reflect.Map || kind == reflect.Slice) && v.IsNil() {
		w.text("null")
		return nil
	}
	if v.Type() == rawType {
		r := NewReader(v.Bytes())
		w.raw(r)
		r.end()
		return r.err
	}
	if v.Type().Implements(marshalerType) {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		w.string(text)
		return err
	}
	switch kind {
	case reflect.Pointer, reflect.Interface:
		return w.value(v.Elem())
	case reflect.Struct:
		return w.object(v)
	case reflect.Map:
		return w.mapping(v)
	case reflect.Slice:
		return w.list(v)
	}
	return w.scalar(v)
}

func (w *writer) scalar(v reflect.Value) error {
	switch {
	case v.Kind() == reflect.Bool:
		w.out = strconv.AppendBool(w.out, v.Bool())
	case v.Kind() == reflect.String:
		w.string([]byte(v.String()))
	case v.CanInt():
		w.out = strconv.AppendInt(w.out, v.Int(), 10)
	case v.CanUint():
		w.out = strconv.AppendUint(w.out, v.Uint(), 10)
	case v.CanFloat():
		return w.float(v.Float(), v.Type().Bits())
	default:
		return fmt.Errorf("cannot write a value of type %s as JSON", v.Type())
	}
	return nil
}

// float writes a number as JavaScript does: with an exponent where it is very large or
// very small.
func (w *writer) float(f float64, bits int) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("cannot write %v as JSON: it has only finite numbers", f)
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	w.out = strconv.AppendFloat(w.out, f, format, -1, bits)
	if n := len(w.out); format == 'e' && w.out[n-2] == '0' { // 1e-07
		w.out = append(w.out[:n-2], w.out[n-1])
	}
	return nil
}

func (w *writer) object(v reflect.Value) error {
	w.open('{')
	first := true
	list := w.known.of(v.Type())
	for i := range list {
		member, there := at(v, list[i].index)
		if !there || list[i].omitEmpty && isEmpty(member) || list[i].omitZero && member.IsZero() {
			continue
		}
		w.next(first)
		first = false
		w.name([]byte(list[i].name))
		if err := w.value(member); err != nil {
			return err
		}
	}
	w.close('}', first)
	return nil
}

// at is a field of a struct, unless it is one of an embedded pointer that is nil.
func at(v reflect.Value, index []int) (reflect.Value, bool) {
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

func (w *writer) mapping(v reflect.Value) error {
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("cannot write a value of type %s as JSON: its keys are no strings", v.Type())
	}
	keys := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		keys = append(keys, key.String())
	}
	sort.Strings(keys)
	w.open('{')
	for i, key := range keys {
		w.next(i == 0)
		w.name([]byte(key))
		if err := w.value(v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key()))); err != nil {
			return err
		}
	}
	w.close('}', len(keys) == 0)
	return nil
}

func (w *writer) list(v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		w.string([]byte(base64.StdEncoding.EncodeToString(v.Bytes())))
		return nil
	}
	w.open('[')
	for i := range v.Len() {
		w.next(i == 0)
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	w.close(']', v.Len() == 0)
	return nil
}

// raw writes JSON once more, laid out as the rest.
func (w *writer) raw(r *Reader) {
	switch kind := r.Kind(); kind {
	case '{', '[':
		w.open(kind)
		first := true
		for r.Begin(); r.More(); first = false {
			w.next(first)
			if kind == '{' {
				w.name([]byte(r.Key()))
			}
			w.raw(r)
		}
		w.close(kind+2, first) // as ASCII has it
	case '"':
		w.string([]byte(r.String()))
	default:
		w.text(r.Word())
	}
}

func (w *writer) text(text string) { w.out = append(w.out, text...) }

func (w *writer) string(text []byte) {
	w.out = append(jsontext.Append(append(w.out, '"'), text), '"')
}

func (w *writer) open(bracket byte) {
	w.out = append(w.out, bracket)
	w.depth++
}

// next begins a member of an object or a list.
func (w *writer) next(first bool) {
	if !first {
		w.out = append(w.out, ',')
	}
	w.line()
}

func (w *writer) name(name []byte) {
	w.string(name)
	w.out = append(w.out, ':')
	if w.indent {
		w.out = append(w.out, ' ')
	}
}

func (w *writer) close(bracket byte, empty bool) {
	w.depth--
	if !empty {
		w.line()
	}
	w.out = append(w.out, bracket)
}

func (w *writer) line() {
	if !w.indent {
		return
	}
	w.out = append(w.out, '\n')
	for range w.depth {
		w.out = append(w.out, ' ', ' ')
	}
}
