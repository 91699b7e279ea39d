package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// told is an event as a hook gets it.
type told struct {
	Event, Pod, Container, Message, Cause string
	ExitCode                              *int
	Number                                uint64
}

// hookServer is a server that takes events. It refuses the first of them.
type hookServer struct {
	*httptest.Server
	mu      sync.Mutex
	refused int
	list    []told
}

func serveHooks(t *testing.T) *hookServer {
	l := &hookServer{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		var e told
		err := json.Unmarshal(body, &e)
		switch {
		case l.refused == 0:
			l.refused++
			w.WriteHeader(http.StatusServiceUnavailable)
		case err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Key") != "k":
			t.Errorf("the hook sends %s %v %s: %v", r.Method, r.Header, body, err)
		default:
			l.list = append(l.list, e)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *hookServer) events() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list
}

const hookPod = `
apiVersion: v1
kind: Pod
metadata: {name: hooked}
spec:
  restartPolicy: Never
  containers:
  - name: app
    env: [{name: API_TOKEN, value: very-secret-value}]
    command: [sh, -c, "sleep 0.5; exit 3"]
  nile:
    eventHooks:
    - on: [Started, Ready, NotReady, Exited, Crashed, Held, Stopping, Stopped]
      httpPost: {port: %s, path: /events, httpHeaders: [{name: X-Key, value: k}]}
    - on: [Crashed, Stopped]
      exec: {command: [sh, -c, "cat >>%s"]}
    - on: [Started]
      exec: {command: [sleep, "1000"]}
    - on: [Exited]
      exec: {command: [/no/such/program]}
`

// TestEventHooks: a short life told to a server that is down at first, and to a command;
// a command that never ends and one that cannot be run are in nobody's way. What
// happens last is told too.
func TestEventHooks(t *testing.T) {
	server := serveHooks(t)
	file := filepath.Join(openDirectory(t), "events")
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	r := background(t, ordinaryUser(), "run", writeFile(t, "pod.yaml", fmt.Sprintf(hookPod, port, file)))
	began := time.Now()
	r.ends(3)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("nile's end took %v", took)
	}
	var kinds []string
	for _, e := range server.events() {
		kinds = append(kinds, e.Event)
		if e.Pod != "hooked" || e.Number == 0 || e.Message == "" {
			t.Errorf("an event is %+v", e)
		}
		if e.Event == "Crashed" && (e.Container != "app" || e.Cause == "" || !strings.Contains(e.Message, "exited 3")) {
			t.Errorf("the crash is %+v", e)
		}
		if e.Event == "Exited" && (e.ExitCode == nil || *e.ExitCode != 3) {
			t.Errorf("the exit is %+v", e)
		}
	}
	// Stopped is the pod's; the report of the crash may come before or after it.
	list := strings.Join(kinds, " ")
	if len(kinds) != 5 || !strings.HasPrefix(list, "Started ") || !strings.Contains(list, "Exited") || !strings.Contains(list, "Crashed") || !strings.Contains(list, "Stopped") {
		t.Errorf("the events are %s; nile said\n%s", list, r.said)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `{"event":"Crashed","pod":"hooked","number":`) || !strings.Contains(string(text), `{"event":"Stopped"`) {
		t.Errorf("the command got %q, error %v; nile said\n%s", text, err, r.said)
	}
	r.said.waitFor(t, "events have not been told to event hooks", 1)
}

const heldPod = `
apiVersion: v1
kind: Pod
metadata: {name: held}
spec:
  containers:
  - name: app
    env: [{name: API_TOKEN, value: very-secret-value}]
    command: [sh, -c, "echo very-secret-value >&2; exit 3"]
  nile:
    onFailure: Hold
    listen: "%s"
    eventHooks:
    - on: [Held, Released, Crashed]
      exec: {command: [sh, -c, "cat >>%s"]}
`

// TestHoldIsTold, with its secrets masked, and counted.
func TestHoldIsTold(t *testing.T) {
	file := filepath.Join(openDirectory(t), "events")
	address := testkit.FreeAddress(t)
	r := background(t, 0, "run", writeFile(t, "pod.yaml", fmt.Sprintf(heldPod, address, file)))
	r.waitPage("http://"+address+"/metrics", 200, `nile_event_hook_events_total{hook="0",result="delivered"} 2`)
	r.waitPage("http://"+address+"/metrics", 200, `nile_crashes_total{container="app",cause="`)
	r.signal(syscall.SIGTERM)
	r.ends(3)
	text, err := os.ReadFile(file)
	for _, want := range []string{`{"event":"Held","pod":"held",`, `{"event":"Crashed",`, `{"event":"Released",`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the command got %s, error %v, without %s", text, err, want)
		}
	}
	if strings.Contains(string(text), "very-secret") {
		t.Errorf("a secret is told: %s", text)
	}
}
