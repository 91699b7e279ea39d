package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// What is printed as YAML must mean to a YAML reader what it means as JSON.
func TestYAMLMeansWhatTheJSONMeans(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		scalars := []*rapid.Generator[any]{
			rapid.String().AsAny(), rapid.Int32().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
			rapid.SampledFrom([]string{"", "true", "no", "1", "1e3", "0x1f", "~", "- a", "a: b", "#", "'", `"`, "a\nb", " a", "2026-11-27", "<<", "=", "Null"}).AsAny(),
		}
		if depth > 0 {
			scalars = append(scalars,
				rapid.SliceOfN(value(depth-1), 0, 3).AsAny(),
				rapid.MapOfN(rapid.String(), value(depth-1), 0, 3).AsAny())
		}
		return rapid.OneOf(scalars...)
	}
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(rapid.MapOfN(rapid.String(), value(3), 1, 4).Draw(t, "value"))
		if err != nil {
			t.Skip(err)
		}
		rendered, err := yamlOf(text)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(rendered), &got); err != nil {
			t.Fatalf("YAML cannot be read: %v\n%s", err, rendered)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		if err := json.Unmarshal(again, &back); err != nil || !reflect.DeepEqual(want, back) {
			t.Fatalf("%s became %s through\n%s", text, again, rendered)
		}
	})
}

func TestTablesFitAndNothingMovesTheCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 8).Draw(t, "columns")
		titles := make([]string, columns)
		for i := range titles {
			titles[i] = strings.Repeat("T", rapid.IntRange(1, 8).Draw(t, "title"))
		}
		table := newTable(titles...)
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			row := make([]string, columns)
			for i := range row {
				row[i] = rapid.String().Draw(t, "cell")
			}
			table.add(row...)
		}
		var out bytes.Buffer
		if err := table.write(&out, false); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != len(table.rows)+1 {
			t.Fatalf("%d rows are on %d lines", len(table.rows), len(lines))
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > narrowWidth {
				t.Fatalf("a line has %d columns: %q", utf8.RuneCountInString(line), line)
			}
			if strings.ContainsFunc(line, unprintable) {
				t.Fatalf("a line has control characters: %q", line)
			}
		}
	})
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ü":               "plain ü",
		"\x1b[31mred\x1b]0;t\a": `\x1b[31mred\x1b]0;t\x07`,
		"two\nlines\tand\r":     `two\nlines and\x0d`,
		"\xff\xfe":              `\xff\xfe`,
		"\u202egpj.exe\u0085":   `\u202egpj.exe\u0085`,
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}
