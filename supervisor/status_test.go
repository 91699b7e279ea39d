package supervisor_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// statusAt renders a pod's status as JSON, for comparison.
func statusAt(t *testing.T, s *stage) string {
	t.Helper()
	text, err := json.Marshal(s.machine.Snapshot().Status())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStatusSpeaksTheWordsOfThePodAPI(t *testing.T) {
	s := newStage()
	s.machine = supervisor.New(supervisor.Spec{
		Name: "shop", RestartPolicy: supervisor.RestartOnFailure,
		Init: []supervisor.Container{{Name: "fetch"}},
		Main: []supervisor.Container{{Name: "web"}},
	})
	s.tell(supervisor.Boot{})
	expect := func(when string, parts ...string) {
		t.Helper()
		status := statusAt(t, s)
		for _, part := range parts {
			if !strings.Contains(status, part) {
				t.Errorf("%s: status lacks %s:\n%s", when, part, status)
			}
		}
	}
	expect("while the init container runs",
		`"phase":"Pending"`, `{"type":"Initialized","status":"False","reason":"ContainersNotInitialized","message":"containers with incomplete status: [fetch]"}`,
		`"initContainerStatuses":[{"name":"fetch","state":{"running":`,
		`"containerStatuses":[{"name":"web","state":{"waiting":{"reason":"PodInitializing"}}`)

	if err := s.exit("fetch", supervisor.Exited{}); err != nil {
		t.Fatal(err)
	}
	expect("while the main runs", `"phase":"Running"`, `{"type":"Ready","status":"True"}`,
		`"terminated":{"exitCode":0,"reason":"Completed"`, `"name":"web","state":{"running":`)

	for range 2 {
		s.advance(time.Second)
		if err := s.exit("web", supervisor.Exited{Status: supervisor.Status{Signal: 9}, Message: strings.Repeat("x", 9000)}); err != nil {
			t.Fatal(err)
		}
	}
	expect("in back-off", `"phase":"Running"`, `"reason":"CrashLoopBackOff","message":"back-off 10s restarting failed container=web pod=shop"`,
		`"lastState":{"terminated":{"exitCode":137,"reason":"Error","message":"`+strings.Repeat("x", 12288/2)+`"`, `"restartCount":1`,
		`{"type":"Ready","status":"False","reason":"ContainersNotReady","message":"containers with unready status: [web]"}`)

	s.advance(10 * time.Second)
	if err := s.exit("web", supervisor.Exited{}); err != nil {
		t.Fatal(err)
	}
	expect("at the end", `"phase":"Succeeded"`, `"reason":"PodCompleted"`, `"restartCount":2`)
}
