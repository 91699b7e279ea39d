package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// loadSchema returns the schema as its readers see it: through JSON.
func loadSchema(t *testing.T) map[string]any {
	t.Helper()
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// Every field that Load knows is in the schema, described, and nothing else is.
func TestSchemaHasTheFields(t *testing.T) {
	schema := loadSchema(t)
	if schema["$schema"] != "http://json-schema.org/draft-07/schema#" {
		t.Errorf("the schema is of %v", schema["$schema"])
	}
	definitions := schema["definitions"].(map[string]any)
	seen := 0
	allStructs(func(s reflect.Type) {
		seen++
		definition, found := definitions[s.Name()].(map[string]any)
		if !found {
			t.Errorf("%s is not in the schema", s.Name())
			return
		}
		fields := fieldsOf(s)
		if definition["additionalProperties"] != fields.open {
			t.Errorf("%s: additional properties %v, want %v", s.Name(), definition["additionalProperties"], fields.open)
		}
		properties := definition["properties"].(map[string]any)
		if len(properties) != len(fields.fields) {
			t.Errorf("%s has %d properties, want %d", s.Name(), len(properties), len(fields.fields))
		}
		for _, field := range fields.fields {
			property, found := properties[field.name].(map[string]any)
			if !found || len(fmt.Sprint(property["description"])) < 10 {
				t.Errorf("%s.%s is in the schema as %v", s.Name(), field.name, property)
			}
		}
	})
	if seen != len(definitions) {
		t.Errorf("%d definitions for %d structs", len(definitions), seen)
	}
}

// What Load accepts the schema accepts; that Load does not know a field, or
// wants another type, the schema says too.
func TestSchemaAgreesWithLoad(t *testing.T) {
	v := &validator{root: loadSchema(t)}
	for _, file := range manifests(t, "good") {
		for _, document := range documents(t, file) {
			if object, ok := document.(map[string]any); !ok || !slices.Contains(runnableKinds(), fmt.Sprint(object["kind"])) {
				continue
			}
			if complaint := v.check(v.root, document, ""); complaint != "" {
				t.Errorf("%s: %s", filepath.Base(file), complaint)
			}
		}
	}
	for _, name := range []string{
		"unknown_fields", "unknown_in_nile", "unknown_top_level", "wrong_types", "restart_policies", "negative_numbers", "containers_missing",
		"no_spec_no_metadata", "stop_signals", "kill_mode_and_exit_when", "presets", "deployment_without_template", "api_version",
		"termination_messages", "booleans", "list_for_mapping", "mapping_for_list", "umask", "rlimits", "notify", "output",
	} {
		for _, document := range documents(t, filepath.Join(examples, "bad", name+".yaml")) {
			if complaint := v.check(v.root, document, ""); complaint == "" {
				t.Errorf("the schema accepts %s", name)
			}
		}
	}
}

func documents(t *testing.T, file string) []any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []any
	if err := yaml.Load(text, &list, yaml.WithAllDocuments()); err != nil {
		t.Fatal(err)
	}
	return list
}

// validator is the part of JSON Schema draft-07 that the schema uses.
type validator struct{ root map[string]any }

// check returns what is wrong with a value, or "".
func (v *validator) check(schema map[string]any, value any, path string) string {
	if reference, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(reference, "#/definitions/")
		return v.check(v.root["definitions"].(map[string]any)[name].(map[string]any), value, path)
	}
	for key, limit := range schema {
		var complaint string
		switch key {
		case "type":
			complaint = checkType(limit.(string), value)
		case "enum":
			if !slices.ContainsFunc(limit.([]any), func(one any) bool { return one == value }) {
				complaint = fmt.Sprintf("%v is none of %v", value, limit)
			}
		case "const":
			if limit != value {
				complaint = fmt.Sprintf("%v is not %v", value, limit)
			}
		case "pattern":
			if text, ok := value.(string); ok && !regexp.MustCompile(limit.(string)).MatchString(text) {
				complaint = fmt.Sprintf("%q does not match %s", text, limit)
			}
		case "minimum", "maximum", "minLength", "maxLength":
			complaint = checkLimit(key, limit.(float64), value)
		case "properties", "required", "additionalProperties":
			complaint = v.checkObject(key, schema, value, path)
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				complaint += v.check(limit.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i))
			}
		case "allOf", "oneOf":
			complaint = v.checkSeveral(key, limit.([]any), value, path)
		case "if":
			if v.check(limit.(map[string]any), value, path) == "" {
				complaint = v.check(schema["then"].(map[string]any), value, path)
			}
		case "then", "description", "title", "$schema", "definitions":
		default:
			complaint = "the schema has the unknown word " + key
		}
		if complaint != "" {
			return path + ": " + complaint
		}
	}
	return ""
}

func checkType(want string, value any) string {
	got := "null"
	switch value.(type) {
	case map[string]any:
		got = "object"
	case []any:
		got = "array"
	case string:
		got = "string"
	case bool:
		got = "boolean"
	case int, int64, uint64:
		got = "integer"
	case float64:
		got = "number"
	}
	if got == want || want == "number" && got == "integer" {
		return ""
	}
	return fmt.Sprintf("want %s, got %s", want, got)
}

func checkLimit(key string, limit float64, value any) string {
	var measure float64
	switch x := value.(type) {
	case int:
		measure = float64(x)
	case float64:
		measure = x
	case string:
		measure = float64(len(x))
	default:
		return ""
	}
	if _, isText := value.(string); isText != strings.HasSuffix(key, "Length") {
		return ""
	}
	if strings.HasPrefix(key, "min") && measure < limit || strings.HasPrefix(key, "max") && measure > limit {
		return fmt.Sprintf("%v is beyond the %s of %v", value, key, limit)
	}
	return ""
}

func (v *validator) checkObject(key string, schema map[string]any, value any, path string) string {
	object, ok := value.(map[string]any)
	if !ok {
		return ""
	}
	properties, _ := schema["properties"].(map[string]any)
	if key == "required" {
		for _, name := range schema["required"].([]any) {
			if _, found := object[name.(string)]; !found {
				return fmt.Sprintf("%v is missing", name)
			}
		}
		return ""
	}
	for name, member := range object {
		known, found := properties[name].(map[string]any)
		complaint := ""
		switch {
		case found && key == "properties":
			complaint = v.check(known, member, path+"."+name)
		case !found && schema[key] == false:
			complaint = "unknown property " + name
		case !found && key == "additionalProperties" && schema[key] != true:
			complaint = v.check(schema[key].(map[string]any), member, path+"."+name)
		}
		if complaint != "" {
			return complaint
		}
	}
	return ""
}

func (v *validator) checkSeveral(key string, list []any, value any, path string) string {
	var complaints []string
	for _, one := range list {
		if complaint := v.check(one.(map[string]any), value, path); complaint != "" {
			complaints = append(complaints, complaint)
		}
	}
	good := len(list) - len(complaints)
	if key == "allOf" && good < len(list) || key == "oneOf" && good != 1 {
		return fmt.Sprintf("%d of %s hold: %s", good, key, strings.Join(complaints, "; "))
	}
	return ""
}
