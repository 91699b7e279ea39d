package manifest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/nile-init/nile/supervisor"
)

// Options is what Load must know of the place where the pod is to run.
type Options struct {
	// Environ is nile's own environment, NAME=VALUE: what an image's would be
	// to a container. Containers' variables come on top of it.
	Environ []string

	// UID is nile's own user id, which a container without runAsUser gets. Nil
	// means that of the calling process.
	UID *uint32

	// PasswdPath and GroupPath are where the names of `nile: user:` are looked
	// up. Empty means /etc/passwd and /etc/group.
	PasswdPath string
	GroupPath  string

	// CheckOnly makes Load judge the manifest alone, on whatever machine:
	// Environ and UID do not count, no file is read, and users by name and
	// variables from elsewhere are not resolved. The Spec is then for looking
	// at, not for running.
	CheckOnly bool
}

// Field is a field of the manifest that something is to be said about.
type Field struct {
	File   string `json:"-"`
	Path   string `json:"path"` // such as spec.containers[0].image
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Note   string `json:"note,omitempty"`
}

// Position returns where the field stands, as file:line:column.
func (f Field) Position() string {
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// Text returns the field and what there is to say of it; what is said of a whole file has
// no path.
func (f Field) Text() string { return strings.TrimPrefix(f.Path+": "+f.Note, ": ") }

// Pod is a manifest, read and found good.
type Pod struct {
	File        string
	Kind        string // Pod, or the workload whose template it is
	Name        string // metadata.name of the pod, or else of the workload
	Namespace   string
	Labels      map[string]string
	Annotations map[string]string

	// Spec is what the supervisor is to do. The environment of a container in
	// ReadsFiles is complete only after Process.
	Spec supervisor.Spec

	// LeftToKubernetes are the fields that nile accepts and that only a
	// cluster carries out. NotCarriedOut are those that concern processes and
	// that this version of nile does not act on. Both in the order of the file.
	LeftToKubernetes []Field
	NotCarriedOut    []Field

	// Warnings are what works, but perhaps not as the author thinks: each has
	// a Note.
	Warnings []Field

	// Freeze is where nile.freeze is set to true for the first time; zero where it is not.
	Freeze Field

	// Sample is how often the usage of containers is sampled; 0 for never.
	Sample time.Duration

	// StateDir is spec.nile.stateDir; Masks are the names of spec.nile.mask.
	StateDir string
	Masks    []string

	// PodDir is spec.nile.podDir; EndWith are the names of spec.nile.endWith.
	PodDir  string
	EndWith []string
	// Peers are where containers wait for those of other niles; EndWithAt is where
	// EndWith stands. Both need a pod directory, from here or from elsewhere.
	Peers     []Field
	EndWithAt Field

	// Presets are the runtimes of spec.nile.presets.
	Presets []string
	// Listen is spec.nile.listen: where metrics and health are served; empty for nowhere.
	Listen string
	// HoldAnswers are what is answered for a program that is held.
	HoldAnswers []HoldAnswer
	// Reload is what has nile take on a changed manifest.
	Reload Reload
	// EventHooks are who is told what happens.
	EventHooks []EventHook

	reads    map[string]func() (supervisor.Process, error)
	runtimes map[string]Runtime
}

// Reload is what has nile take on a changed manifest, beside being asked to.
type Reload struct {
	Signal int  // 0 for none
	Watch  bool // the file has changed
}

// Runtime is what the manifest says of the language runtime of a container. The zero
// value says nothing.
type Runtime struct {
	Preset      string // one of the runtimes, or none; empty where it is not set
	OptionsFile string // read before each start; empty where there is none
}

// Runtime returns what the manifest says of a container's runtime.
func (p *Pod) Runtime(container string) Runtime { return p.runtimes[container] }

// ReadsFiles says whether a container takes variables from files
// (valueFrom.fileKeyRef, nile.envFrom), which other containers may write only later.
func (p *Pod) ReadsFiles(container string) bool {
	return p.reads[container] != nil
}

// Process reads the files of such a container again and returns its process as
// it is to be started now. The error names the file or the key that is
// missing; the kubelet tries again later then. It panics for a container that
// reads no files.
func (p *Pod) Process(container string) (supervisor.Process, error) {
	return p.reads[container]()
}

// Load reads the manifest in text. The name is that of the file, for messages.
//
// The error has everything that is wrong, see Errors; there is no Pod then.
// Load keeps nothing of text and may be called concurrently.
func Load(name string, text []byte, opt Options) (*Pod, error) {
	roots, syntax := parse(name, text)
	d := &decoder{file: name, structs: make(map[reflect.Type]*structFields)}
	if syntax != nil {
		d.problems = append(d.problems, syntax)
	}
	document := d.choose(roots, syntax == nil)
	if document == nil {
		return nil, joinErrors(d.problems)
	}
	d.checkTree(place{document.root, ""})
	parts := d.decodeDocument(document)
	if d.gaveUp {
		return nil, joinErrors(d.problems)
	}
	c := &checker{decoder: d, spec: parts.spec, kind: document.kind}
	c.checkPod(parts)
	if len(d.problems) > 0 {
		return nil, joinErrors(d.problems)
	}
	pod := newBuilder(d, parts, opt).build()
	if len(d.problems) > 0 {
		return nil, joinErrors(d.problems)
	}
	pod.Kind = document.kind
	if others := document.others; others > 0 {
		at := place{document.root, ""}
		pod.warn(at, fmt.Sprintf("the file has more pods; only the first, %s %q, is used", pod.Kind, pod.Name))
	}
	return pod, nil
}

func (p *Pod) warn(at place, note string) {
	field := p.field(at)
	field.Note = note
	p.Warnings = append(p.Warnings, field)
}

func (p *Pod) field(at place) Field {
	return Field{File: p.File, Path: at.path, Line: at.node.Line, Column: at.node.Column}
}

// podParts is what is common to all kinds of documents.
type podParts struct {
	at       place     // of the document
	metadata *metadata // the pod's own, or that of the template
	owner    *metadata // of the workload; nil for a Pod
	spec     *podSpec
}

// decodeDocument decodes a document by its kind.
func (d *decoder) decodeDocument(document *document) podParts {
	at := place{document.root, ""}
	switch document.kind {
	case "Pod":
		var pod podDocument
		d.value(reflect.ValueOf(&pod).Elem(), at, nil)
		return podParts{at, &pod.Metadata, nil, &pod.Spec}
	case "CronJob":
		var job cronJobDocument
		d.value(reflect.ValueOf(&job).Elem(), at, nil)
		template := &job.Spec.JobTemplate.Spec.Template
		return podParts{at, &template.Metadata, &job.Metadata, &template.Spec}
	default:
		var workload workloadDocument
		d.value(reflect.ValueOf(&workload).Elem(), at, nil)
		template := &workload.Spec.Template
		return podParts{at, &template.Metadata, &workload.Metadata, &template.Spec}
	}
}

// document is the one that counts, among all of a file.
type document struct {
	root   *yaml.Node
	kind   string
	others int // further documents that nile could run
}

// EventHook is an element of spec.nile.eventHooks. Exactly one of Exec, Get and Post is
// set.
type EventHook struct {
	On   []string
	Exec []string
	Get  *supervisor.HTTPGet
	Post *supervisor.HTTPGet
}

// HoldAnswer is an element of spec.nile.holdAnswers: a port, and the path that is
// answered with 200 there, or no path.
type HoldAnswer struct {
	Port int
	Path string
}
