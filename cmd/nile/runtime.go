package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/supervisor"
)

// runtimes are the language runtimes of a pod's containers: before each start they put
// presets and the user's options files into a container's environment. What asks for
// neither is left as it is.
type runtimes struct {
	spec     *supervisor.Spec
	files    func(container string) (*supervisor.Process, error) // variables from files; nil where there are none
	settings map[string]runtimeSettings                          // by container
	listed   []string                                            // spec.nile.presets
	stateDir string                                              // as configured; empty for the default
	dryRun   bool                                                // make no directory
	note     func(supervisor.Note)
	told     map[string]bool // notes that were given
}

// runtimeSettings are what a user has said about one container.
type runtimeSettings struct {
	preset      string // a runtime, none, or auto: recognise it; empty where nothing was said
	optionsFile string
}

const presetAuto = "auto"

// runtimesOf takes from a manifest what it says of runtimes.
func runtimesOf(pod *manifest.Pod) *runtimes {
	r := &runtimes{spec: &pod.Spec, files: processOf(pod), settings: map[string]runtimeSettings{}, listed: pod.Presets}
	for _, c := range pod.Spec.Containers() {
		said := pod.Runtime(c.Name)
		r.settings[c.Name] = runtimeSettings{preset: said.Preset, optionsFile: said.OptionsFile}
	}
	r.setDumps()
	return r
}

// named is the runtime that a container is said to have; None where nothing is said. r
// may be nil.
func (r *runtimes) named(container string) presets.Runtime {
	if r == nil {
		return presets.None
	}
	switch said := r.settings[container].preset; said {
	case "", presetAuto:
		return presets.None
	default:
		return presets.Runtime(said)
	}
}

// setDumps tells the supervisor by which signals processes tell what they are doing.
func (r *runtimes) setDumps() {
	for _, c := range r.spec.Containers() {
		p := &c.Process
		c.Dump.Signal = int(presets.DumpSignal(r.preset(c, p), p.Argv, p.Env))
	}
}

// process is the loop's question before each start; nil where the container's spec
// stands as it is.
func (r *runtimes) process(name string) (*supervisor.Process, error) {
	process, _, err := r.prepare(name)
	if err != nil { // a message is a line
		err = errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return process, err
}

// prepare works out a container's process as it is to be started now, and what was put
// into its environment.
func (r *runtimes) prepare(name string) (process *supervisor.Process, applied presets.Applied, err error) {
	if r.files != nil {
		if process, err = r.files(name); err != nil {
			return nil, applied, err
		}
	}
	c := r.container(name)
	base := process
	if base == nil {
		base = &c.Process
	}
	runtime := r.preset(c, base)
	options, err := r.options(name, base)
	if err != nil || runtime == presets.None && options == nil {
		return process, applied, err
	}
	applied = presets.Prepare(runtime, r.request(name, base, options))
	for _, why := range applied.Notes {
		r.once(name, supervisor.LevelWarn, why)
	}
	changed := *base
	changed.Env = applied.Env
	return &changed, applied, nil
}

// preset is the runtime whose preset a container gets: the one it is told to have; else
// the one that its command is recognised by, where presets were asked for, or where the
// pod would be held to look for evidence. A command's environment is never changed
// unasked.
func (r *runtimes) preset(c *supervisor.Container, process *supervisor.Process) presets.Runtime {
	switch said := r.settings[c.Name].preset; {
	case said == presetAuto:
		return presets.Recognise(process.Argv, process.Env, process.Dir)
	case said != "":
		return presets.Runtime(said)
	case len(r.listed) == 0 && !holds(r.spec, c):
		return presets.None
	}
	runtime := presets.Recognise(process.Argv, process.Env, process.Dir)
	if len(r.listed) == 0 || slices.Contains(r.listed, string(runtime)) {
		return runtime
	}
	return presets.None
}

// holds says whether the pod is held when a container fails.
func holds(spec *supervisor.Spec, c *supervisor.Container) bool {
	if c.OnFailure != "" || c.Sidecar {
		return c.OnFailure == supervisor.FailureHold
	}
	return spec.Hold.OnFailure == supervisor.FailureHold || spec.Hold.AfterRestarts > 0
}

// sources names what changes a container's environment.
func (r *runtimes) sources(c *supervisor.Container) string {
	var names []string
	if runtime := r.preset(c, &c.Process); runtime != presets.None {
		names = append(names, "preset "+string(runtime))
	}
	if file := r.settings[c.Name].optionsFile; file != "" {
		names = append(names, file)
	}
	if len(names) == 0 {
		return "files"
	}
	return strings.Join(names, " and ")
}

// options reads a container's options file; nil where it has none.
func (r *runtimes) options(name string, process *supervisor.Process) (*presets.Options, error) {
	said := r.settings[name]
	if said.optionsFile == "" {
		return nil, nil
	}
	runtime := presets.Runtime(said.preset)
	if said.preset == "" || said.preset == presetAuto || runtime == presets.None {
		runtime = presets.Recognise(process.Argv, process.Env, process.Dir)
	}
	text, err := readUpTo(said.optionsFile, presets.MaxOptionsFile+1)
	if err != nil {
		return nil, fmt.Errorf("cannot read the options in %s: %w", said.optionsFile, cause(err))
	}
	return presets.ParseOptions(runtime, said.optionsFile, text, func(text string) string {
		return manifest.Expand(text, func(name string) (string, bool) {
			value := lookup(process.Env, name)
			return value, value != "" || slices.Contains(process.Env, name+"=")
		})
	})
}

// readUpTo reads so many bytes of a regular file.
func readUpTo(name string, limit int64) (string, error) {
	file, err := regular.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit))
	return string(text), err
}

// cause is an error without the path that the message around it has.
func cause(err error) error {
	if path := new(os.PathError); errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (r *runtimes) request(name string, process *supervisor.Process, options *presets.Options) presets.Request {
	request := presets.Request{
		Name: name, Argv: process.Argv, Env: process.Env, Options: options, StateDir: r.stateDir, UID: -1, GID: -1, DryRun: r.dryRun,
	}
	if user := process.User; user != nil {
		request.UID, request.GID = idOr(user.UID, -1), idOr(user.GID, -1)
	}
	return request
}

func idOr(id *uint32, otherwise int) int {
	if id == nil {
		return otherwise
	}
	return int(*id)
}

// once gives a note that would come at each start again.
func (r *runtimes) once(name string, level supervisor.Level, why string) {
	if r.note == nil || r.told[name+why] {
		return
	}
	if r.told == nil {
		r.told = map[string]bool{}
	}
	r.told[name+why] = true
	r.note(supervisor.Note{Level: level, Name: name, Why: why})
}

func (r *runtimes) container(name string) *supervisor.Container {
	if c := r.spec.Container(name); c != nil {
		return c
	}
	panic("no container " + name)
}
