package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/poddir"
	"github.com/nile-init/nile/supervisor"
)

// podDirOptions say where the niles of a pod's containers tell each other what they do.
type podDirOptions struct {
	dir     string
	name    string
	endWith peersValue
}

func (o *podDirOptions) flags(set *pflag.FlagSet, name string) {
	set.StringVar(&o.dir, "pod-dir", "", "a directory that the containers of the pod share, where each nile tells the others what it does")
	set.StringVar(&o.name, "name", "", "the name of this nile among those in the pod directory; if not set, "+name)
	set.Var(&o.endWith, "end-with", "end, with code 0, when the nile NAME in the pod directory has ended; with =Completed, when it has with code 0; repeatable, then when all have")
}

// apply puts the flags over what the manifest says, if there is one, and checks the whole.
func (o *podDirOptions) apply(spec *supervisor.Spec, pod *manifest.Pod, name string) error {
	if o.name == "" {
		o.name = name
	}
	if pod != nil && o.dir == "" {
		o.dir = pod.PodDir
	}
	if pod != nil && len(o.endWith) == 0 {
		for _, name := range pod.EndWith {
			o.endWith = append(o.endWith, supervisor.Dependency{Name: name})
		}
	}
	return o.check(spec)
}

func (o *podDirOptions) check(spec *supervisor.Spec) error {
	if o.dir != "" {
		if o.dir[0] != '/' {
			return fmt.Errorf("cannot use %q as pod directory: want an absolute path", o.dir)
		}
		if !poddir.IsName(o.name) {
			return fmt.Errorf("cannot publish under the name %q: give this nile one of letters, digits, - _ and . by --name or NILE_NAME", o.name)
		}
		return nil
	}
	if len(o.endWith) > 0 {
		return errors.New("--end-with needs a pod directory: give --pod-dir or NILE_POD_DIR too")
	}
	for _, c := range spec.Containers() {
		for _, d := range c.DependsOn {
			if isPeer(spec, d.Name) {
				return fmt.Errorf("%s waits for %s, which is another nile's, and needs a pod directory: give --pod-dir, NILE_POD_DIR or nile.podDir too", c.Name, d.Name)
			}
		}
	}
	return nil
}

// withoutPodDir are the places of a manifest that names no pod directory where one is needed.
func withoutPodDir(pod *manifest.Pod) (places []manifest.Field) {
	if pod.PodDir != "" {
		return nil
	}
	places = slices.Clone(pod.Peers)
	if len(pod.EndWith) > 0 {
		places = append(places, pod.EndWithAt)
	}
	for i := range places {
		places[i].Note = "names another nile, and needs a pod directory: give spec.nile.podDir, or --pod-dir or NILE_POD_DIR to nile run"
	}
	return places
}

// mayReload refuses a manifest in which a container waits for another nile, where this one
// has been started without a pod directory: it would wait for ever.
func (o *podDirOptions) mayReload(pod *manifest.Pod, file string) error {
	if o.dir != "" || len(pod.Peers) == 0 {
		return nil
	}
	bad := &badManifest{file: file}
	for _, at := range pod.Peers {
		bad.errors = append(bad.errors, fmt.Sprintf("%s: %s names another nile, and this one was started without a pod directory: start it again with --pod-dir, NILE_POD_DIR or spec.nile.podDir", at.Position(), at.Path))
	}
	return bad
}

// isPeer tells whether a dependency is another nile's.
func isPeer(spec *supervisor.Spec, name string) bool {
	return strings.Contains(name, "/") || spec.Forward
}

// peersValue are NILE[=CONDITION] or NILE/CONTAINER[=CONDITION].
type peersValue []supervisor.Dependency

func (p *peersValue) Set(list string) error {
	return each(list, func(text string) error {
		name, condition, given := strings.Cut(text, "=")
		nile, container, within := strings.Cut(name, "/")
		if !poddir.IsName(nile) || within && !poddir.IsName(container) {
			return fmt.Errorf("cannot read %q: write NAME, or NAME/CONTAINER, with =Completed and the like behind it", text)
		}
		d := supervisor.Dependency{Name: name, Condition: supervisor.DependencyCondition(condition)}
		known := []supervisor.DependencyCondition{supervisor.DependencyStarted, supervisor.DependencyReady, supervisor.DependencyCompleted}
		if given && !slices.Contains(known, d.Condition) {
			return fmt.Errorf("unknown condition %q: use Started, Ready or Completed", condition)
		}
		*p = append(*p, d)
		return nil
	})
}

func (*peersValue) String() string { return "" }
func (*peersValue) Type() string   { return "NAME[=CONDITION]" }
