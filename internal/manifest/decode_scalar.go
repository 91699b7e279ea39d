package manifest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// text reads a text. Numbers and booleans are refused, as the API server does.
func (d *decoder) text(at place) (string, bool) {
	n := at.node
	if n.Kind == yaml.ScalarNode {
		switch n.Tag {
		case "!!str", "!!timestamp":
			if n.Style == 0 && isOldBoolean(n.Value) {
				d.errorf(at, "want a string, got %s, which Kubernetes reads as a boolean (write %q)", n.Value, n.Value)
				return "", false
			}
			return n.Value, true
		case "!!int", "!!float", "!!bool":
			d.errorf(at, "want a string, got %s (write %q)", describe(n), n.Value)
			return "", false
		}
	}
	d.wrongKind(at, reflect.TypeFor[string]())
	return "", false
}

// isOldBoolean tells the words that YAML 1.1, which Kubernetes speaks, takes
// for booleans and YAML 1.2 does not.
func isOldBoolean(word string) bool {
	switch word {
	case "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return true
	}
	return false
}

func (d *decoder) boolean(at place) (value, ok bool) {
	n := at.node
	if n.Kind == yaml.ScalarNode && n.Style == 0 {
		switch strings.ToLower(n.Value) {
		case "true", "yes", "on":
			return true, true
		case "false", "no", "off":
			return false, true
		}
	}
	hint := ""
	if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") {
		hint = " (write " + n.Value + " without quotes)"
	}
	d.errorf(at, "want true or false, got %s%s", describe(n), hint)
	return false, false
}

func (d *decoder) integer(at place) (int64, bool) {
	n := at.node
	if n.Kind == yaml.ScalarNode && n.Style == 0 && n.Tag != "!!str" { // beyond 64 bits it counts as a fraction
		number, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 0, 64)
		if err == nil {
			return number, true
		}
		if errors.Is(err, strconv.ErrRange) {
			d.errorf(at, "the number %s is too large", shorten(n.Value, 40))
			return 0, false
		}
	}
	hint := ""
	if number, err := strconv.ParseInt(n.Value, 10, 64); n.Kind == yaml.ScalarNode && err == nil {
		hint = fmt.Sprintf(" (write %d without quotes)", number)
	}
	d.errorf(at, "want a whole number, got %s%s", describe(n), hint)
	return 0, false
}

func (d *decoder) checkEnum(at place, field *structField, word string) {
	if field == nil || field.enum == nil || slices.Contains(field.enum, word) {
		return
	}
	d.errorf(at, "want %s, got %q", oneOf(field.enum), shorten(word, 40)).Suggestion = suggest(word, field.enum)
}

// oneOf renders a choice: "A, B or C".
func oneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (d *decoder) checkRange(at place, field *structField, number int64) {
	switch {
	case field == nil:
	case field.min != nil && field.max != nil && (number < *field.min || number > *field.max):
		d.errorf(at, "want a number from %d to %d, got %d", *field.min, *field.max, number)
	case field.min != nil && number < *field.min:
		d.errorf(at, "want %d or more, got %d", *field.min, number)
	case field.max != nil && number > *field.max:
		d.errorf(at, "want %d or less, got %d", *field.max, number)
	}
}

// wrongKind reports a value of another kind than the field's.
func (d *decoder) wrongKind(at place, wanted reflect.Type) {
	n := at.node
	if n.Kind == yaml.ScalarNode && !knownScalar(n) {
		return // checkTree has said so
	}
	want, hint := "a mapping", ""
	switch {
	case wanted.Kind() == reflect.String:
		want = "a string"
	case wanted.Kind() == reflect.Slice && wanted.Elem().Kind() == reflect.String:
		want = "a list of strings"
		if n.Kind == yaml.ScalarNode && n.Value != "" {
			hint = " (write " + asCommand(n.Value) + ")"
		}
	case wanted.Kind() == reflect.Slice:
		want = "a list"
		if n.Kind == yaml.MappingNode {
			hint = ` (begin each item with "- ")`
		}
	case n.Kind == yaml.SequenceNode:
		hint = ` (leave out the "- ")`
	}
	d.errorf(at, "want %s, got %s%s", want, describe(n), hint)
}

// asCommand shows how a command line given as one text looks as a list.
func asCommand(line string) string {
	words := strings.Fields(line)
	if len(words) > 2 && words[1] == "-c" {
		script := strings.Join(words[2:], " ")
		if unquoted := strings.Trim(script, `"'`); len(unquoted) == len(script)-2 {
			script = unquoted
		}
		words = []string{words[0], "-c", script}
	}
	for i, word := range words {
		words[i] = strconv.Quote(word)
	}
	return shorten("["+strings.Join(words, ", ")+"]", 100)
}

// describe says what a node is, for a message that begins with what was wanted.
func describe(n *yaml.Node) string {
	n = target(n)
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + shorten(n.Value, 40)
	case "!!bool":
		return n.Value
	case "!!str", "!!timestamp":
		return "the string " + strconv.Quote(shorten(n.Value, 60))
	}
	return "a value of the type " + shorten(n.Tag, 40)
}
