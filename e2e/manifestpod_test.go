//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/nile-init/nile/internal/manifest"
)

// podManifest is what the tests carry out of a Pod, or of the template of a workload.
type podManifest struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Spec podSpec
}

type podSpec struct {
	// Of a workload.
	Replicas int
	Template struct {
		Metadata struct{ Labels map[string]string }
		Spec     *podSpec
	}

	ShareProcessNamespace      bool
	SecurityContext            securityContext
	InitContainers, Containers []containerManifest
}

type containerManifest struct {
	Name, Image, RestartPolicy, WorkingDir string
	Command, Args                          []string
	Env                                    []struct{ Name, Value string }
	VolumeMounts                           []struct {
		Name, MountPath string
		ReadOnly        bool
	}
	SecurityContext                             securityContext
	StartupProbe, LivenessProbe, ReadinessProbe struct{ Exec struct{ Command []string } }
}

// securityContext is that of a pod or of a container.
type securityContext struct {
	RunAsUser, RunAsGroup, FSGroup *int
	ReadOnlyRootFilesystem         bool
	AllowPrivilegeEscalation       *bool
	SeccompProfile                 *struct{ Type string }
	Capabilities                   struct{ Add, Drop []string }
}

// readManifest reads one object. By way of JSON, since that finds fields whatever their case.
func readManifest(t *testing.T, text string) (m podManifest) {
	t.Helper()
	var whole any
	if err := yaml.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := json.Unmarshal([]byte(toJSON(t, whole)), &m); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

// process is what a kubelet asks the runtime to run: with the references to variables replaced.
func (c *containerManifest) process() map[string]any {
	known := map[string]string{}
	lookup := func(name string) (string, bool) { value, ok := known[name]; return value, ok }
	var envs []map[string]string
	for _, variable := range c.Env {
		known[variable.Name] = manifest.Expand(variable.Value, lookup)
		envs = append(envs, map[string]string{"key": variable.Name, "value": known[variable.Name]})
	}
	words := func(list []string) (expanded []string) {
		for _, word := range list {
			expanded = append(expanded, manifest.Expand(word, lookup))
		}
		return expanded
	}
	return map[string]any{"command": words(c.Command), "args": words(c.Args), "working_dir": c.WorkingDir, "envs": envs}
}

// security is the LinuxContainerSecurityContext of the CRI: what the container says goes before what the pod says.
func (c *containerManifest) security(pod *podSpec, namespaces map[string]any) map[string]any {
	own := c.SecurityContext
	context := map[string]any{
		"namespace_options": namespaces,
		"readonly_rootfs":   own.ReadOnlyRootFilesystem,
		"no_new_privs":      own.AllowPrivilegeEscalation != nil && !*own.AllowPrivilegeEscalation,
		"capabilities":      map[string]any{"add_capabilities": own.Capabilities.Add, "drop_capabilities": own.Capabilities.Drop},
	}
	pod.SecurityContext.into(context)
	own.into(context)
	return context
}

// into puts what a security context says into one of the CRI.
func (s *securityContext) into(context map[string]any) {
	if s.RunAsUser != nil {
		context["run_as_user"] = map[string]int{"value": *s.RunAsUser}
	}
	if s.RunAsGroup != nil {
		context["run_as_group"] = map[string]int{"value": *s.RunAsGroup}
	}
	if s.FSGroup != nil {
		context["supplemental_groups"] = []int{*s.FSGroup}
	}
	if s.SeccompProfile != nil && s.SeccompProfile.Type == "RuntimeDefault" {
		context["seccomp"] = map[string]int{"profile_type": 0}
	}
}
