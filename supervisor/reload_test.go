package supervisor_test

import (
	"fmt"
	"testing"

	"github.com/nile-init/nile/supervisor"
)

// withEnv is a pod of one container and its environment, and another one.
func withEnv(entries ...string) supervisor.Spec {
	web := supervisor.Container{Name: "web", Process: supervisor.Process{Env: entries}}
	return supervisor.Spec{Main: []supervisor.Container{web, {Name: "other"}}}
}

// What a container was started with counts, where that is not what its spec says: parts of
// it came from files.
func TestReloadComparesWithWhatWasStarted(t *testing.T) {
	s := newStage()
	s.machine = supervisor.New(withEnv())
	s.tell(supervisor.Boot{})
	started := map[string]*supervisor.Process{"web": {Env: []string{"MODE=1"}}, "nobody": {}}
	reload := func(spec supervisor.Spec) string {
		for _, action := range s.machine.Step(epoch, supervisor.Reload{ID: 1, Spec: spec, Started: started}) {
			s.do(action)
			if answer, ok := action.(supervisor.Reloaded); ok {
				started := fmt.Sprint(answer.Changes)
				if answer.Spec == nil || len(answer.Spec.Main) != 2 {
					t.Errorf("the spec from now on is %+v", answer.Spec)
				}
				return started
			}
		}
		return "no answer"
	}
	if got := reload(withEnv("MODE=1")); got != "[]" {
		t.Errorf("it is what it was started with, and the changes are %s", got)
	}
	if got, want := reload(withEnv("MODE=2")), "[{web main restart [env MODE] }]"; got != want {
		t.Errorf("the changes are %s, should be %s", got, want)
	}
	// Its restart is under way: what it is to be counts, not what still runs.
	if got := reload(withEnv("MODE=2")); got != "[]" {
		t.Errorf("the same again has the changes %s", got)
	}
	if got, want := reload(withEnv("MODE=1")), "[{web main restart [env MODE] }]"; got != want {
		t.Errorf("the changes are %s, should be %s", got, want)
	}
}
