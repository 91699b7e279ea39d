package manifest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// variables puts in the environment and the command line of a container.
//
// The order is the kubelet's (k8s.io/kubernetes pkg/kubelet/kubelet_pods.go
// makeEnvironmentVariables): sources first, those of nile's own block among them, then env in order, each able to
// refer to what stands before it; then the command with the result.
func (b *builder) variables(c *container, process *supervisor.Process) {
	own, missing := b.resolve(c)
	b.commandLine(c, process, own)
	for _, one := range missing {
		b.pod.warn(one.at, one.err.Error()+"; it is read again when the container starts")
	}
	if b.opt.CheckOnly {
		return
	}
	if process.Argv[0] == "" && len(missing) == 0 {
		b.errorf(c.at("command").item(0), "the name of the program is empty once its variables are put in")
	}
	if !readsFiles(c) {
		return
	}
	template := *process
	b.pod.reads[c.Name] = func() (supervisor.Process, error) {
		again := template
		own, missing := b.again().resolve(c)
		if len(missing) > 0 {
			errs := make([]error, len(missing))
			for i, one := range missing {
				errs[i] = one.err
			}
			return again, errors.Join(errs...)
		}
		b.commandLine(c, &again, own)
		return again, nil
	}
}

// again returns a builder for reading files anew: what there was to say about
// the rest of the environment has been said.
func (b *builder) again() *builder {
	quiet := *b
	quiet.pod = &Pod{Name: b.pod.Name, Namespace: b.pod.Namespace, Labels: b.pod.Labels, Annotations: b.pod.Annotations}
	return &quiet
}

func readsFiles(c *container) bool {
	if c.Nile != nil && len(c.Nile.EnvFrom) > 0 {
		return true
	}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.FileKeyRef != nil {
			return true
		}
	}
	return false
}

func (b *builder) commandLine(c *container, process *supervisor.Process, own *environ) {
	process.Env = b.environ.overlaid(own)
	process.Argv = make([]string, 0, len(c.Command)+len(c.Args))
	lookup := b.lookup(c, own)
	for _, word := range c.Command {
		process.Argv = append(process.Argv, Expand(word, lookup))
	}
	for _, word := range c.Args {
		process.Argv = append(process.Argv, Expand(word, lookup))
	}
}

// lookup returns what $(NAME) refers to: the container's own variables, and
// where the manifest takes names from a ConfigMap or Secret, those of nile's
// environment that may have come from there. The rest of nile's environment
// does not count, as that of an image does not to the kubelet.
func (b *builder) lookup(c *container, own *environ) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if value, found := own.get(name); found {
			return value, true
		}
		for i := range c.EnvFrom {
			if strings.HasPrefix(name, c.EnvFrom[i].Prefix) {
				return b.environ.get(name)
			}
		}
		return "", false
	}
}

// missingVariable is one that must be there and cannot be read now.
type missingVariable struct {
	at  place
	err error
}

// resolve works out the variables that the manifest gives to a container.
func (b *builder) resolve(c *container) (*environ, []missingVariable) {
	own := &environ{}
	var missing []missingVariable
	lookup := b.lookup(c, own)
	if c.Nile != nil {
		for i := range c.Nile.EnvFrom {
			source := &c.Nile.EnvFrom[i]
			if err := b.fromSource(source, own); err != nil {
				missing = append(missing, missingVariable{source.place, err})
			}
		}
	}
	for i := range c.Env {
		variable := &c.Env[i]
		if variable.ValueFrom == nil {
			own.set(variable.Name, Expand(variable.Value, lookup))
			continue
		}
		value, found, err := b.valueFrom(c, variable)
		switch {
		case err != nil:
			missing = append(missing, missingVariable{variable.at("valueFrom"), err})
		case found:
			own.set(variable.Name, value)
		}
	}
	return own, missing
}

// valueFrom returns the value of a variable that is taken from elsewhere.
func (b *builder) valueFrom(c *container, variable *envVar) (value string, found bool, err error) {
	from := variable.ValueFrom
	switch {
	case from.FileKeyRef != nil:
		return b.fromFile(c, variable)
	case from.FieldRef != nil:
		if value, found = b.fromField(from.FieldRef, variable.Name); found {
			return value, true, nil
		}
	}
	if value, found = b.environ.get(variable.Name); found || b.opt.CheckOnly {
		return value, found, nil
	}
	optional := from.ConfigMapKeyRef != nil && from.ConfigMapKeyRef.Optional || from.SecretKeyRef != nil && from.SecretKeyRef.Optional
	if !optional {
		b.pod.warn(variable.at("valueFrom"),
			fmt.Sprintf("%s stays unset: only Kubernetes knows its value, and nile's own environment has no variable of that name", variable.Name))
	}
	return "", false, nil
}

// fromField returns the fields of the pod that the manifest itself tells. The
// rest is Kubernetes' knowledge.
func (b *builder) fromField(ref *fieldRef, variable string) (string, bool) {
	if field, name, ok := subscript(ref.FieldPath); ok {
		if field == "metadata.labels" {
			return b.pod.Labels[name], true
		}
		return b.pod.Annotations[name], true
	}
	switch ref.FieldPath {
	case "metadata.name":
		// The pods of a workload have names that only the cluster knows.
		if value, found := b.environ.get(variable); found && b.parts.owner != nil {
			return value, true
		}
		return b.pod.Name, true
	case "metadata.namespace":
		if value, found := b.environ.get(variable); found && !b.namespaced() {
			return value, true
		}
		return b.pod.Namespace, true
	case "spec.serviceAccountName":
		if b.spec.ServiceAccountName != "" {
			return b.spec.ServiceAccountName, true
		}
	}
	return "", false
}

// namespaced says whether the manifest names a namespace.
func (b *builder) namespaced() bool {
	return b.parts.metadata.Namespace != "" || b.parts.owner != nil && b.parts.owner.Namespace != ""
}
