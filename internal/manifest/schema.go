package manifest

import "reflect"

// Schema returns the JSON Schema (draft-07) of the manifests that Load
// accepts, made of the same struct tags that Load goes by, ready for
// encoding/json. It describes one document; that a name is not used twice and
// the like only Load can say.
func Schema() map[string]any {
	s := &schemaBuilder{definitions: make(map[string]any)}
	kinds := runnableKinds()
	var choices []any
	for _, kind := range kinds {
		var document reflect.Type
		switch kind {
		case "Pod":
			document = reflect.TypeFor[podDocument]()
		case "CronJob":
			document = reflect.TypeFor[cronJobDocument]()
		default:
			document = reflect.TypeFor[workloadDocument]()
		}
		choices = append(choices, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"kind": map[string]any{"const": kind}}},
			"then": s.of(document),
		})
	}
	return map[string]any{
		"$schema":     "http://json-schema.org/draft-07/schema#",
		"title":       "nile pod manifest",
		"description": "A Kubernetes Pod, or a workload with a pod template, as nile runs it.",
		"type":        "object",
		"required":    []string{"kind"},
		"properties": map[string]any{
			"kind": map[string]any{"description": "The kind of the document.", "enum": kinds},
		},
		"allOf":       choices,
		"definitions": s.definitions,
	}
}

// schemaBuilder puts each struct once into the definitions.
type schemaBuilder struct{ definitions map[string]any }

// of returns the schema of a type.
func (s *schemaBuilder) of(t reflect.Type) map[string]any {
	if notation, ok := reflect.New(t).Interface().(custom); ok {
		return notation.schema()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.String:
		return map[string]any{"type": "string"}
	}
	return s.reference(t)
}

// reference returns a reference to the definition of a struct.
func (s *schemaBuilder) reference(t reflect.Type) map[string]any {
	if _, known := s.definitions[t.Name()]; !known {
		definition := map[string]any{"type": "object"}
		s.definitions[t.Name()] = definition // first, for structs that contain themselves
		s.describe(definition, t)
	}
	return map[string]any{"$ref": "#/definitions/" + t.Name()}
}

func (s *schemaBuilder) describe(definition map[string]any, t reflect.Type) {
	fields := fieldsOf(t)
	properties := make(map[string]any, len(fields.fields))
	var needed []string
	for i := range fields.fields {
		field := &fields.fields[i]
		properties[field.name] = s.property(t.Field(field.index), field)
		if field.needed {
			needed = append(needed, field.name)
		}
	}
	definition["properties"] = properties
	definition["additionalProperties"] = fields.open
	if needed != nil {
		definition["required"] = needed
	}
}

// property returns the schema of a field: that of its type, its limits and its
// description.
func (s *schemaBuilder) property(f reflect.StructField, field *structField) map[string]any {
	description := f.Tag.Get("doc")
	switch field.by {
	case "kubernetes":
		description += " Left to Kubernetes."
	case "later":
		description += " Not carried out by this version of nile."
	}
	own := s.of(f.Type)
	limits := own
	if items, ok := own["items"].(map[string]any); ok {
		limits = items
	}
	if field.enum != nil {
		limits["enum"] = field.enum
	}
	if field.min != nil {
		limits["minimum"] = *field.min
	}
	if field.max != nil {
		limits["maximum"] = *field.max
	}
	if own["$ref"] != nil { // beside a reference nothing else counts in draft-07
		own = map[string]any{"allOf": []any{own}}
	}
	own["description"] = description
	return own
}
