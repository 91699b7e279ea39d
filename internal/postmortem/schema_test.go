package postmortem

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	schemaFile = "../../docs/reference/report.schema.json"
	pageFile   = "../../docs/reference/report.md"
	tableBegin = "<!-- fields: go test ./internal/postmortem -run Schema -update -->\n"
	tableEnd   = "<!-- end of fields -->\n"
)

// schema is the part of JSON Schema (draft 2020-12) that the report needs.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Const       any                `json:"const,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Items       *schema            `json:"items,omitempty"`
}

// The schema and the table of fields in the documents are made of the types and their
// comments.
func TestSchema(t *testing.T) {
	comments := fieldComments(t)
	var table strings.Builder
	table.WriteString("| field | type | meaning |\n|---|---|---|\n")
	s := schemaOf(t, reflect.TypeFor[Report](), "", comments, &table)
	s.Schema, s.ID, s.Title = "https://json-schema.org/draft/2020-12/schema", "urn:nile:report:1", "nile crash report, version 1"
	s.Properties["version"].Const = Version
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, schemaFile, string(text)+"\n")
	page, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(page), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the fields", pageFile)
	}
	expectFile(t, pageFile, before+tableBegin+table.String()+tableEnd+after)
	checkSample(t, s)
}

// checkSample holds a real report against the schema, with every field set and with none.
func checkSample(t *testing.T, s *schema) {
	t.Helper()
	full := &Report{}
	fill(reflect.ValueOf(full).Elem(), "x")
	full.Version, full.SceneAt = 1, new(time.Time)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "core"), "x")
	_, real := collect(t, Options{Dir: t.TempDir()}, crash(dir, "app", 0))
	for _, r := range []*Report{full, real, {Version: 1, Command: Command{Arguments: []string{}, Environment: []string{}}}} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		for _, problem := range s.check("report", value) {
			t.Error(problem)
		}
	}
	if problems := s.check("report", map[string]any{"version": 1.0, "nonsense": 1.0}); len(problems) < 5 {
		t.Errorf("a report that is none has only the problems %q", problems)
	}
}

func schemaOf(t *testing.T, of reflect.Type, path string, comments map[string]string, table *strings.Builder) *schema {
	t.Helper()
	switch {
	case of == reflect.TypeFor[time.Time]():
		return &schema{Type: "string", Format: "date-time"}
	case of.Kind() == reflect.Pointer:
		return schemaOf(t, of.Elem(), path, comments, table)
	case of.Kind() == reflect.Slice:
		return &schema{Type: "array", Items: schemaOf(t, of.Elem(), path+"[]", comments, table)}
	case of.Kind() == reflect.String:
		return &schema{Type: "string"}
	case of.Kind() == reflect.Bool:
		return &schema{Type: "boolean"}
	case of.Kind() == reflect.Float64:
		return &schema{Type: "number"}
	case of.Kind() == reflect.Int || of.Kind() == reflect.Int64:
		return &schema{Type: "integer"}
	case of.Kind() != reflect.Struct:
		t.Fatalf("%s has the type %s", path, of)
	}
	s := &schema{Type: "object", Properties: map[string]*schema{}}
	for i := range of.NumField() {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		comment := comments[of.Name()+"."+field.Name]
		if name == "" || comment == "" {
			t.Errorf("%s.%s has no name in JSON or no comment", of.Name(), field.Name)
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		inner := schemaOf(t, field.Type, at, comments, &strings.Builder{})
		fmt.Fprintf(table, "| `%s` | %s | %s |\n", at, typeText(inner), comment)
		inner.Description = comment
		s.Properties[name] = inner
		if !strings.Contains(options, "omit") {
			s.Required = append(s.Required, name)
		}
		schemaOf(t, field.Type, at, comments, table)
	}
	return s
}

func typeText(s *schema) string {
	switch {
	case s.Format == "date-time":
		return "time"
	case s.Type == "array":
		return "list of " + typeText(s.Items) + "s"
	}
	return s.Type
}

// fieldComments are the comments of all fields in report.go and facts.go.
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	for _, file := range []string{"report.go", "facts.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if body, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range body.Fields.List {
					for _, name := range field.Names {
						comments[spec.Name.Name+"."+name.Name] = strings.TrimSpace(field.Comment.Text())
					}
				}
			}
			return true
		})
	}
	return comments
}

func expectFile(t *testing.T, file, want string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if *update {
		err = os.WriteFile(file, []byte(want), 0o644)
		got = []byte(want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the types say: run go test ./internal/postmortem -run Schema -update", file)
	}
}

// check holds a value against the schema. Fields that it doesn't know are problems here:
// the schema itself allows them, for versions to come.
func (s *schema) check(at string, value any) (problems []string) {
	wrong := func() []string { return []string{fmt.Sprintf("%s is %T, want %s", at, value, s.Type)} }
	switch s.Type {
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			return wrong()
		}
		for _, name := range s.Required {
			if _, ok := object[name]; !ok {
				problems = append(problems, at+" lacks "+name)
			}
		}
		for name, field := range object {
			known := s.Properties[name]
			if known == nil {
				problems = append(problems, at+"."+name+" is unknown")
				continue
			}
			problems = append(problems, known.check(at+"."+name, field)...)
		}
	case "array":
		list, ok := value.([]any)
		if !ok {
			return wrong()
		}
		for i, one := range list {
			problems = append(problems, s.Items.check(fmt.Sprintf("%s[%d]", at, i), one)...)
		}
	case "string":
		if _, ok := value.(string); !ok {
			return wrong()
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			return wrong()
		}
	case "integer", "number":
		number, ok := value.(float64)
		if !ok || s.Type == "integer" && number != float64(int64(number)) {
			return wrong()
		}
	}
	slices.Sort(problems)
	return problems
}
