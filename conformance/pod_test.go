package conformance

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pod is a pod to be run, and what is known of how it is to be compared.
type pod struct {
	name       string // of its file
	namespaces bool   // each container is PID 1 of a PID namespace
	observed   bool   // of a real kubelet; else written from its rules
	settings

	manifest            *manifestOf
	want                *trace
	instead             *trace // what nile does where there are exceptions; nil where there are none
	runFor, deleteAfter float64
}

// settings is what the lists in list_test.go say of a pod.
type settings struct {
	normalise   []normalisation  // takes out of lines what differs in every run
	often       []*regexp.Regexp // lines that come with the rhythm of a probe or a loop: their number is left to chance
	unseen      []*regexp.Regexp // lines that must have been written, but are not in the trace
	unordered   bool             // lines of one container have no order
	order       [][2]string      // pairs of lines that must come in this order, however close
	probeKills  bool             // restarts come of probes that failed
	restartsAll bool             // a rule restarts all containers
	works       bool             // its commands compute: when they are done is up to the machine
	messages    bool             // containers without a message must have none
	oneMessage  bool             // containers share a termination message file, as outside of this suite
	exceptions  []exception
	pending     string // the feature that is still missing; empty where there is none
	memory      int64  // bytes that the cgroup of the pod may have; 0 means that it needs no cgroup
}

type normalisation struct {
	pattern *regexp.Regexp
	by      string
}

// exception is a kind by which nile differs on purpose. Instead of the trace it is compared with NAME.nile.txt there.
type exception struct {
	kind   string
	reason string // a line of docs/reference/kubelet.md
}

// title is the name of the pod in the table.
func (p *pod) title() string {
	if p.namespaces {
		return p.name + "+namespaces"
	}
	return p.name
}

// file is a file of the pod's.
func (p *pod) file(suffix string) string {
	dir := "own"
	if p.observed {
		dir = "observed"
	}
	return filepath.Join("..", "testdata", "conformance", dir, p.name+suffix)
}

func (p *pod) load() error {
	var err error
	if p.manifest, err = readManifest(p.file(".yaml")); err != nil {
		return err
	}
	suffix := ".expected.txt"
	if p.observed {
		suffix = ".observed.txt"
	}
	if p.want, err = readTrace(p.file(suffix)); err != nil {
		return err
	}
	if len(p.exceptions) > 0 {
		if p.instead, err = readTrace(p.file(".nile.txt")); err != nil {
			return err
		}
	}
	p.runFor, p.deleteAfter = p.manifest.annotation("oracle/run-for"), p.manifest.annotation("oracle/delete-after")
	if p.runFor == 0 {
		p.runFor = 9
	}
	return nil
}

// loadPods loads all pods of testdata/conformance, those that run longest first.
func loadPods() ([]*pod, error) {
	var pods []*pod
	for _, observed := range []bool{true, false} {
		example := pod{name: "*", observed: observed}
		files, err := filepath.Glob(example.file(".yaml"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			variants := []bool{false}
			if slices.Contains(alsoInNamespaces, name) {
				variants = append(variants, true)
			}
			for _, namespaces := range variants {
				p := &pod{name: name, namespaces: namespaces, observed: observed}
				p.settings = settingsOf[name]
				if namespaces {
					// The differences are those of namespaces, so here there are none.
					p.exceptions = nil
				}
				if feature, ok := pending[p.title()]; ok {
					p.pending = feature
				}
				if err := p.load(); err != nil {
					return nil, fmt.Errorf("%s: %w", file, err)
				}
				pods = append(pods, p)
			}
		}
	}
	slices.SortStableFunc(pods, func(a, b *pod) int {
		switch {
		case a.runFor > b.runFor:
			return -1
		case a.runFor < b.runFor:
			return 1
		}
		return 0
	})
	return pods, nil
}

// runsOn tells whether a container is one of those that go on running, a main or a sidecar, and nile's log tells when it
// has started.
func (p *pod) runsOn(container string) bool {
	c := p.manifest.container(container)
	return c.name != "" && !c.plainInit && !c.hasProbe["postStart"]
}

// verdict is what came of one kind.
type verdict struct {
	looked   int
	problems []string
	reason   string // of the exception that applied
}

// judge compares what nile did by all kinds.
func (p *pod) judge(got *trace, lag float64) map[string]verdict {
	verdicts := map[string]verdict{}
	for _, k := range kinds {
		looked, problems := k.compare(&comparison{pod: p, want: p.want, got: got, exact: !p.observed, lag: lag})
		v := verdict{looked: looked, problems: problems}
		for _, e := range p.exceptions {
			if e.kind == k.name {
				v = p.judgeException(k, e, v, got, lag)
			}
		}
		verdicts[k.name] = v
	}
	return verdicts
}

// judgeException wants a difference where an exception says that there is one, and nile's own trace to be right.
func (p *pod) judgeException(k kind, e exception, kubelet verdict, got *trace, lag float64) verdict {
	if len(kubelet.problems) == 0 {
		return verdict{kubelet.looked, []string{"agrees with the kubelet: the exception " + e.reason + " isn't needed"}, ""}
	}
	looked, problems := k.compare(&comparison{pod: p, want: p.instead, got: got, exact: true, lag: lag})
	if looked == 0 {
		problems = append(problems, p.name+".nile.txt says nothing of this")
	}
	return verdict{looked, problems, e.reason}
}
