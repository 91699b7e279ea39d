package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/supervisor"
)

var (
	crashTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	heldTime  = crashTime.Add(time.Second)
	crashed   = &client.Termination{ExitCode: 139, Signal: "SIGSEGV", Reason: "Error", FinishedAt: crashTime}
)

// pod is a status with these containers.
func pod(state supervisor.PodState, containers ...client.Container) *client.Status {
	s := &client.Status{Nile: client.NileStatus{Pod: "shop", State: state, Version: "v1", Time: crashTime.Add(time.Minute), Containers: containers}}
	if state == supervisor.PodHeld {
		s.Nile.HeldSince, s.Nile.HeldBecause = &heldTime, "because"
	}
	return s
}

func container(name string, state supervisor.State, ready bool, last *client.Termination) client.Container {
	c := client.Container{Name: name, Role: supervisor.RoleMain, State: state, Ready: ready, Last: last}
	if last == crashed {
		c.Trigger = supervisor.TriggerExit
	}
	return c
}

func TestStatesOfTheApp(t *testing.T) {
	up, other := container("app", supervisor.Running, true, nil), container("other", supervisor.Running, true, nil)
	sidecar := client.Container{Name: "nile-zk", Role: supervisor.RoleSidecar, State: supervisor.Running, Ready: true}
	prepared := client.Container{Name: "prepare", Role: supervisor.RoleInit, State: supervisor.Completed, Ready: true, Last: crashed, Trigger: supervisor.TriggerExit}
	retried := container("app", supervisor.Running, true, crashed)
	retried.Retried = true
	for _, c := range []struct {
		what, only string
		status     *client.Status
		want       string
	}{
		{"nile is away", "", nil, ""},
		{"it starts", "", pod(supervisor.PodInitializing, container("app", supervisor.Waiting, false, nil)), ""},
		{"all is ready", "", pod(supervisor.PodRunning, prepared, sidecar, up, other), stateReady},
		{"a probe fails", "", pod(supervisor.PodRunning, container("app", supervisor.Running, false, nil), other), ""},
		{"another is not ready", "app", pod(supervisor.PodRunning, up, container("other", supervisor.Running, false, nil)), stateReady},
		{"it is being stopped", "app", pod(supervisor.PodRunning, container("app", supervisor.Stopping, true, nil)), ""},
		{"the pod ends", "app", pod(supervisor.PodStopping, up), ""},
		{"it waits to be started again", "", pod(supervisor.PodRunning, container("app", supervisor.BackingOff, false, crashed), other), stateCrashed},
		{"it starts after a crash", "app", pod(supervisor.PodRunning, container("app", supervisor.Running, false, crashed)), stateCrashed},
		{"it was stopped by hand after a crash", "app", pod(supervisor.PodRunning, container("app", supervisor.Stopped, false, crashed)), ""},
		{"it is held", "", pod(supervisor.PodHeld, container("app", supervisor.Held, false, crashed), other), stateHeld},
		{"another is held", "other", pod(supervisor.PodHeld, container("app", supervisor.Held, false, crashed), other), stateReady},
		{"it is tried again and stays held", "app", pod(supervisor.PodHeld, retried), stateHeld},
		{"the pod that was held ends", "", pod(supervisor.PodStopping, container("app", supervisor.Held, false, crashed)), ""},
		{"there is no such container", "else", pod(supervisor.PodRunning, up), ""},
	} {
		tracker := tracker{o: &options{container: c.only}}
		state := ""
		if r := tracker.record(c.status); r != nil {
			state = r.State
		}
		if state != c.want {
			t.Errorf("%s: the state is %q, want %q", c.what, state, c.want)
		}
	}
}

func TestRecordOverTime(t *testing.T) {
	tracker := tracker{o: &options{name: "shop-0", ports: []port{}}, who: registrar{Instance: "i", Started: crashTime}}
	down := tracker.record(pod(supervisor.PodRunning, container("app", supervisor.BackingOff, false, crashed)))
	if !down.Since.Equal(crashTime) || *down.ExitCode != 139 || down.Signal != "SIGSEGV" || down.Reason != "Error" || down.Container != "app" {
		t.Errorf("after the crash: %+v", down)
	}
	status := pod(supervisor.PodRunning, container("app", supervisor.Running, true, crashed))
	first := tracker.record(status)
	status.Nile.Time = status.Nile.Time.Add(time.Hour)
	if second := tracker.record(status); !second.Since.Equal(first.Since) || string(second.encode()) != string(first.encode()) {
		t.Errorf("nothing has changed, but %s is now %s", first.encode(), second.encode())
	}
	// A probe that fails after the recovery is no crash.
	if r := tracker.record(pod(supervisor.PodRunning, container("app", supervisor.Running, false, crashed))); r != nil {
		t.Errorf("a failed probe is told as %+v", r)
	}
	held := tracker.record(pod(supervisor.PodHeld, container("app", supervisor.Held, false, crashed)))
	if !held.Since.Equal(heldTime) || held.Message != "because" {
		t.Errorf("held: %+v", held)
	}
	var fields map[string]any
	if err := json.Unmarshal(first.encode(), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"name", "host", "ports", "state", "since", "version", "pod", "restarts", "nileVersion", "registrar"} {
		if fields[name] == nil {
			t.Errorf("the data have no %s: %s", name, first.encode())
		}
	}
}

func TestWhoPrecedesWhom(t *testing.T) {
	me := registrar{Instance: "a", Started: crashTime}
	for other, want := range map[registrar]bool{
		{}: false,
		{Instance: "a", Started: crashTime.Add(-time.Hour)}: true,
		{Instance: "a", Started: crashTime}:                 true, // an earlier session of the same
		{Instance: "a", Started: crashTime.Add(time.Hour)}:  false,
		{Instance: "b", Started: crashTime.Add(-time.Hour)}: false,
	} {
		if other.precedes(me) != want {
			t.Errorf("%+v precedes %+v: %v", other, me, !want)
		}
	}
}
