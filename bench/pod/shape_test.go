package main

import (
	"fmt"
	"testing"

	"github.com/nile-init/nile/internal/manifest"
)

func TestShapesArePodsThatNileTakes(t *testing.T) {
	for _, s := range shapes {
		pod, err := manifest.Load("pod.yaml", []byte(s.manifest("/child", "/dev/shm/cells")), manifest.Options{})
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		sidecars := 0
		for _, c := range pod.Spec.Init {
			if c.Sidecar {
				sidecars++
			}
		}
		if got := len(pod.Spec.Init) - sidecars; got != s.inits || sidecars != s.sidecars || len(pod.Spec.Main) != s.mains {
			t.Errorf("%s: %d init containers, %d sidecars, %d mains", s.name, got, sidecars, len(pod.Spec.Main))
		}
		last := pod.Spec.Main[len(pod.Spec.Main)-1].Process.Argv
		if want := s.slow.Milliseconds(); last[3] != fmt.Sprint(want) {
			t.Errorf("%s: the last main runs %q, want it to take %d ms", s.name, last, want)
		}
	}
}
