//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kubelet does with a Pod manifest what a kubelet does with it, through the same interface: the sandbox, the init
// containers one after the other, the sidecars among them until their startup probes succeed, then the containers.
type kubelet struct {
	t       *testing.T
	images  map[string]podImage // by the name in the manifest, without its tag
	volumes map[string]string   // the directories of those volumes that are not empty at the start
	env     map[string]string   // set in each container, as by `kubectl set env`
}

// podImage is an image that stands for one of a registry.
type podImage struct {
	name   string
	mounts []map[string]any // what it needs of the machine
}

// defaultLabel marks the container that `kubectl exec` takes where none is named: the first of the pod's.
const defaultLabel = "nile.test/default"

// run starts a pod under a name and waits until its probes succeed.
func (k *kubelet) run(name string, labels map[string]string, spec *podSpec) *criPod {
	k.t.Helper()
	pids := namespaceOfContainer
	if spec.ShareProcessNamespace {
		pids = namespaceOfPod
	}
	namespaces := map[string]any{"network": namespaceOfNode, "pid": pids}
	security := map[string]any{"namespace_options": namespaces, "seccomp": map[string]int{"profile_type": 0}}
	spec.SecurityContext.into(security)
	pod := startNamedPod(k.t, name, labels, security)
	for i := range spec.InitContainers {
		one := &spec.InitContainers[i]
		c := k.start(pod, spec, one, false)
		if one.RestartPolicy != "Always" {
			if code := c.wait(); code != 0 {
				k.t.Fatalf("init container %s of pod %s: exit code %d\n%s", c.name, name, code, read(k.t, c.log()))
			}
			continue
		}
		c.probe("startup", one.StartupProbe.Exec.Command)
	}
	for i := range spec.Containers {
		one := &spec.Containers[i]
		c := k.start(pod, spec, one, i == 0)
		c.probe("liveness", one.LivenessProbe.Exec.Command)
		if len(k.env) == 0 { // what is held isn't ready
			c.probe("readiness", one.ReadinessProbe.Exec.Command)
		}
	}
	return pod
}

// start starts one container.
func (k *kubelet) start(pod *criPod, spec *podSpec, one *containerManifest, byDefault bool) *criContainer {
	k.t.Helper()
	name, _, _ := strings.Cut(one.Image, ":")
	image, known := k.images[name]
	if !known {
		k.t.Fatalf("no image stands for %s", one.Image)
	}
	mounts := append([]map[string]any{}, image.mounts...)
	for _, volume := range one.VolumeMounts {
		mounts = append(mounts, mount(k.volume(pod, spec, volume.Name), volume.MountPath, volume.ReadOnly))
	}
	for name, value := range k.env {
		one.Env = append(one.Env, struct{ Name, Value string }{name, value})
	}
	config := one.process()
	config["image"] = map[string]any{"image": image.name}
	config["mounts"] = mounts
	config["labels"] = map[string]string{defaultLabel: fmt.Sprint(byDefault)}
	config["linux"] = map[string]any{"security_context": one.security(spec, pod.namespaces)}
	return pod.create(one.Name, pod.namespaces, config)
}

// volume is the directory of a volume: made at its first use, for the pod's group where there is one.
func (k *kubelet) volume(pod *criPod, spec *podSpec, name string) string {
	k.t.Helper()
	if directory := k.volumes[name]; directory != "" {
		return directory
	}
	directory := filepath.Join(pod.directory, "volumes", name)
	if _, err := os.Stat(directory); err == nil {
		return directory
	}
	err := os.MkdirAll(directory, 0o777)
	if err == nil {
		err = os.Chmod(directory, 0o777) // as that of an emptyDir
	}
	if group := spec.SecurityContext.FSGroup; err == nil && group != nil {
		if err = os.Chown(directory, 0, *group); err == nil {
			err = os.Chmod(directory, 0o777|os.ModeSetgid)
		}
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return directory
}

// probe runs an exec probe until it succeeds.
func (c *criContainer) probe(kind string, command []string) {
	c.pod.t.Helper()
	if len(command) == 0 {
		return
	}
	var said string
	eventually(c.pod.t, 30*time.Second, func() string { return fmt.Sprintf("a success of the %s probe of %s: %s", kind, c.name, said) }, func() bool {
		code, output := c.tryExec(5, command...)
		said = output
		return code == 0
	})
}

// wait waits for the container's end and returns its exit code.
func (c *criContainer) wait() (code int) {
	c.pod.t.Helper()
	eventually(c.pod.t, time.Minute, func() string { return "the end of container " + c.name }, func() bool {
		ended := false
		code, ended = c.exitCode()
		return ended
	})
	return code
}
