package manifest

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// anything is a value that is not looked into.
type anything struct{}

func (*anything) decode(*decoder, place) {}
func (*anything) schema() map[string]any { return map[string]any{} }

// scalar returns the text of a scalar of any type, as it is written.
func (d *decoder) scalar(at place, want string) (string, bool) {
	if at.node.Kind != yaml.ScalarNode || isNull(at.node) {
		d.errorf(at, "want %s, got %s", want, describe(at.node))
		return "", false
	}
	return at.node.Value, true
}

// duration is a length of time: "1m30s", or plain seconds. Never negative.
type duration time.Duration

func (v *duration) decode(d *decoder, at place) {
	const want = `a duration such as 10s, 1m30s or 2h, or a number of seconds`
	text, ok := d.scalar(at, want)
	if !ok {
		return
	}
	length, err := parseDuration(text)
	if err != nil {
		d.errorf(at, "want %s, got %q", want, shorten(text, 40))
		return
	}
	*v = duration(length)
}

func (*duration) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(h|m|s|ms|us|ns))+$|^[0-9]+(\.[0-9]+)?$`},
		map[string]any{"type": "number", "minimum": 0},
	}}
}

var errNotation = errors.New("not in the expected notation")

func parseDuration(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds >= 0 && seconds <= math.MaxInt64/float64(2*time.Second)) {
			return 0, errNotation
		}
		return time.Duration(seconds * float64(time.Second)), nil
	}
	length, err := time.ParseDuration(text)
	if err != nil || length < 0 {
		return 0, errNotation
	}
	return length, nil
}

// size is a number of bytes in the notation of Kubernetes' quantities: 64Ki,
// 10Mi, 1G, or plain bytes.
type size int64

func (v *size) decode(d *decoder, at place) {
	const want = "a size such as 64Ki, 10Mi or 1G, or a number of bytes"
	text, ok := d.scalar(at, want)
	if !ok {
		return
	}
	bytes, err := parseSize(text)
	if err != nil {
		d.errorf(at, "want %s, got %q", want, shorten(text, 40))
		return
	}
	*v = size(bytes)
}

func (*size) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "pattern": `^[0-9]+(k|M|G|T|Ki|Mi|Gi|Ti)?$`},
		map[string]any{"type": "integer", "minimum": 0},
	}}
}

func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "kKMGTi")
	var unit int64
	switch text[len(digits):] {
	case "":
		unit = 1
	case "k":
		unit = 1e3
	case "M":
		unit = 1e6
	case "G":
		unit = 1e9
	case "T":
		unit = 1e12
	case "Ki":
		unit = 1 << 10
	case "Mi":
		unit = 1 << 20
	case "Gi":
		unit = 1 << 30
	case "Ti":
		unit = 1 << 40
	default:
		return 0, errNotation
	}
	number, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || int64(number) > math.MaxInt64/unit {
		return 0, errNotation
	}
	return int64(number) * unit, nil
}

// fraction is a number from 0 to 1.
type fraction float64

func (v *fraction) decode(d *decoder, at place) {
	const want = "a number from 0 to 1"
	text, ok := d.scalar(at, want)
	if !ok {
		return
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(number >= 0 && number <= 1) {
		d.errorf(at, "want %s, got %q", want, shorten(text, 40))
		return
	}
	*v = fraction(number)
}

func (*fraction) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
}

// octal is a file mode creation mask, always octal, quoted or not.
type octal int

func (v *octal) decode(d *decoder, at place) {
	const want = "an octal mask from 0000 to 0777"
	text, ok := d.scalar(at, want)
	if !ok {
		return
	}
	mask, err := strconv.ParseUint(strings.TrimPrefix(text, "0o"), 8, 32)
	if err != nil || mask > 0o777 {
		d.errorf(at, "want %s, got %q", want, shorten(text, 40))
		return
	}
	*v = octal(mask)
}

func (*octal) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "pattern": "^(0o?)?[0-7]{1,3}$"},
		map[string]any{"type": "integer", "minimum": 0},
	}}
}

// port is Kubernetes' IntOrString: a port number, or the name of one of the
// container's ports.
type port struct {
	number int64
	name   string
}

func (v *port) decode(d *decoder, at place) {
	n := at.node
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		number, ok := d.integer(at)
		if ok && (number < 1 || number > 65535) {
			d.errorf(at, "want a port from 1 to 65535, got %d", number)
		}
		v.number = number
		return
	}
	text, ok := d.scalar(at, "a port number or the name of a port")
	if !ok {
		return
	}
	if number, err := strconv.Atoi(text); err == nil {
		d.errorf(at, "want a port number or the name of a port, got the string %q (write %d without quotes)", shorten(text, 40), number)
	} else if problem := badPortName(text); problem != "" {
		d.errorf(at, "want a port number or the name of a port, got %q: %s", shorten(text, 40), problem)
	}
	v.name = text
}

func (*port) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "integer", "minimum": 1, "maximum": 65535},
		map[string]any{"type": "string", "minLength": 1, "maxLength": 15},
	}}
}

// userName is a user with or without a group: "tomcat", "1000", "1000:1000".
type userName string

func (v *userName) decode(d *decoder, at place) {
	text, ok := d.scalar(at, `a user such as 1000, 1000:1000 or tomcat`)
	if !ok {
		return
	}
	user, group, hasGroup := strings.Cut(text, ":")
	if user == "" || hasGroup && group == "" || strings.ContainsAny(text, " \t\n/") || strings.Contains(group, ":") {
		d.errorf(at, "want a user such as 1000, 1000:1000 or tomcat, got %q", shorten(text, 40))
		return
	}
	*v = userName(text)
}

func (*userName) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "pattern": "^[^: \t\n/]+(:[^: \t\n/]+)?$"},
		map[string]any{"type": "integer", "minimum": 0},
	}}
}
