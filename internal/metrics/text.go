package metrics

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ContentType is the media type of what [Write] makes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// text is a page in the making.
type text struct{ b []byte }

func (t *text) add(parts ...string) {
	for _, part := range parts {
		t.b = append(t.b, part...)
	}
}

// family begins the series of a family. One that has none is left out by its caller.
func (t *text) family(f *Family) {
	t.add("# HELP ", f.Name, " ")
	t.escaped(f.Help, false)
	t.add("\n# TYPE ", f.Name, " ", string(f.Kind), "\n")
}

// sample writes one series, with the values of the family's labels.
func (t *text) sample(f *Family, value float64, labels ...string) {
	t.series(f, "", value, "", labels)
}

// single writes a family without labels.
func (t *text) single(f *Family, value float64) {
	t.family(f)
	t.sample(f, value)
}

// histogram writes the series of one histogram. counts are those of each bucket by
// itself, the last one that of all larger values.
func (t *text) histogram(f *Family, bounds []float64, counts []uint64, sum float64, labels ...string) {
	var all uint64
	for i, count := range counts {
		bound := math.Inf(1)
		if i < len(bounds) {
			bound = bounds[i]
		}
		all += count
		t.series(f, "_bucket", float64(all), number(bound), labels)
	}
	t.series(f, "_sum", sum, "", labels)
	t.series(f, "_count", float64(all), "", labels)
}

// series writes one series of a family; bound is the label le of a bucket.
func (t *text) series(f *Family, suffix string, value float64, bound string, labels []string) {
	t.add(f.Name, suffix)
	separator := "{"
	for i, name := range f.Labels {
		t.add(separator, name, `="`)
		t.escaped(strings.ToValidUTF8(labels[i], "\uFFFD"), true)
		t.add(`"`)
		separator = ","
	}
	if bound != "" {
		t.add(separator, `le="`, bound, `"`)
		separator = ","
	}
	if separator == "," {
		t.add("}")
	}
	t.add(" ", number(value), "\n")
}

// number is a value as the format has it. Whole numbers have no exponent, for people.
func number(value float64) string {
	switch {
	case math.IsInf(value, 1):
		return "+Inf"
	case value == math.Trunc(value) && math.Abs(value) < 1e15:
		return strconv.FormatInt(int64(value), 10)
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

// escaped writes a help text or, within quotes, the value of a label.
func (t *text) escaped(s string, quoted bool) {
	if !strings.ContainsAny(s, "\n\\\"") {
		t.add(s)
		return
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b == '\n':
			t.b = append(t.b, '\\', 'n')
			continue
		case b == '\\', b == '"' && quoted:
			t.b = append(t.b, '\\')
		}
		t.b = append(t.b, s[i])
	}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// epoch is a time in seconds since 1970, to the millisecond.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
