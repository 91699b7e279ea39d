package manifest

import (
	"slices"
	"strings"
)

// checkEnv looks at the variables of a container, by the rules of the API
// server since RelaxedEnvironmentVariableValidation (1.34).
func (c *checker) checkEnv(container *container) {
	for i := range container.Env {
		variable := &container.Env[i]
		c.checkEnvName(variable.at("name"), variable.Name)
		if variable.ValueFrom == nil {
			continue
		}
		if variable.Value != "" {
			c.errorf(variable.at("valueFrom"), "value and valueFrom cannot both be set")
		}
		c.checkEnvSource(variable.ValueFrom)
	}
}

func (c *checker) checkEnvName(at place, name string) {
	if !isEnvName(name) {
		c.errorf(at, "the name %q cannot be that of a variable: want printable ASCII characters without =", shorten(name, 64))
	}
}

func isEnvName(name string) bool {
	for i := range len(name) {
		if b := name[i]; b < ' ' || b > '~' || b == '=' {
			return false
		}
	}
	return true
}

func (c *checker) checkEnvSource(source *envSource) {
	if source.node == nil {
		return
	}
	c.exactlyOne(&source.object, "fieldRef", "fileKeyRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef")
	if ref := source.FieldRef; ref != nil && ref.FieldPath != "" {
		c.checkFieldPath(ref)
	}
	if ref := source.FileKeyRef; ref != nil && ref.node != nil {
		c.checkFileKeyRef(ref)
	}
	c.checkObjectName(source.ConfigMapKeyRef)
	c.checkObjectName(source.SecretKeyRef)
}

func (c *checker) checkObjectName(ref *keyRef) {
	if ref != nil {
		c.checkSubdomain(ref.at("name"), ref.Name)
	}
}

// exactlyOne wants one of the fields to be set and the others not.
func (c *checker) exactlyOne(o *object, names ...string) {
	first := ""
	for _, name := range names {
		switch {
		case !o.has(name):
		case first == "":
			first = name
		default:
			c.errorf(o.at(name), "%s and %s cannot both be set", first, name)
		}
	}
	if first == "" && o.node != nil && !slices.ContainsFunc(names, func(name string) bool { return !o.missing(name) }) {
		c.errorf(o.place, "want one of %s", oneOf(names))
	}
}

// podFields are the fields that a variable can be taken from.
func podFields() []string {
	return strings.Fields("metadata.name metadata.namespace metadata.uid metadata.labels['NAME'] metadata.annotations['NAME'] " +
		"spec.nodeName spec.serviceAccountName status.hostIP status.hostIPs status.podIP status.podIPs")
}

func (c *checker) checkFieldPath(ref *fieldRef) {
	if _, name, ok := subscript(ref.FieldPath); ok && name != "" {
		return
	}
	if slices.Contains(podFields(), ref.FieldPath) && !strings.Contains(ref.FieldPath, "[") {
		if !c.toldByManifest(ref.FieldPath) {
			at := ref.at("fieldPath")
			c.left = append(c.left, Field{File: c.file, Path: at.path, Line: at.node.Line, Column: at.node.Column, Note: ref.FieldPath})
		}
		return
	}
	problem := c.errorf(ref.at("fieldPath"), "the field %q cannot be the value of a variable; want %s",
		shorten(ref.FieldPath, 64), oneOf(podFields()))
	problem.Suggestion = suggest(ref.FieldPath, podFields())
}

// toldByManifest says whether the manifest itself has the value of a field.
func (c *checker) toldByManifest(fieldPath string) bool {
	switch fieldPath {
	case "metadata.name", "metadata.namespace":
		return true
	case "spec.serviceAccountName":
		return c.spec.ServiceAccountName != ""
	}
	return false
}

// subscript takes metadata.labels['app'] apart into its field and the name.
func subscript(fieldPath string) (field, name string, ok bool) {
	field, rest, found := strings.Cut(fieldPath, "['")
	name, closed := strings.CutSuffix(rest, "']")
	ok = found && closed && (field == "metadata.labels" || field == "metadata.annotations")
	return field, name, ok
}

func (c *checker) checkFileKeyRef(ref *fileKeyRef) {
	var volumes []string
	found := ref.VolumeName == ""
	for i := range c.spec.Volumes {
		volumes = append(volumes, c.spec.Volumes[i].Name)
		found = found || c.spec.Volumes[i].Name == ref.VolumeName
	}
	if !found {
		c.errorf(ref.at("volumeName"), "the pod has no volume %q", shorten(ref.VolumeName, 64)).Suggestion = suggest(ref.VolumeName, volumes)
	}
	if path := ref.Path; path != "" && (path[0] == '/' || hasParentStep(path)) {
		c.errorf(ref.at("path"), "want a path inside the volume, got %q", shorten(path, 64))
	}
	c.checkEnvName(ref.at("key"), ref.Key)
}

func hasParentStep(path string) bool {
	for step := range strings.SplitSeq(path, "/") {
		if step == ".." {
			return true
		}
	}
	return false
}

func (c *checker) checkEnvFrom(container *container) {
	for i := range container.EnvFrom {
		source := &container.EnvFrom[i]
		if source.node == nil {
			continue
		}
		c.checkEnvName(source.at("prefix"), source.Prefix)
		c.exactlyOne(&source.object, "configMapRef", "secretRef")
	}
}

func (c *checker) checkFileSource(source *fileSource) {
	if source.node == nil {
		return
	}
	c.checkEnvName(source.at("prefix"), source.Prefix)
	c.exactlyOne(&source.object, "directory", "file")
	c.checkAbsolute(source.at("directory"), source.Directory)
	c.checkAbsolute(source.at("file"), source.File)
}
