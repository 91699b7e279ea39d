package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// nileScenario is a run of `nile` itself; see [scenario].
func nileScenario(t *testing.T, s scenario) outcome {
	t.Helper()
	if s.pid1 && os.Getuid() != 0 {
		t.Skip("needs root, to make a PID namespace")
	}
	return perform(t, &s, "nile", bin)
}

// TestSignalsReachTheCommandOnce sends every signal that can be caught.
func TestSignalsReachTheCommandOnce(t *testing.T) {
	for _, pid1 := range []bool{false, true} {
		t.Run(fmt.Sprintf("PID 1 %v", pid1), func(t *testing.T) {
			t.Parallel()
			signals := append(numbers(1, 31, 9, marker, goodbye, 17, 19), numbers(34, 64)...)
			o := nileScenario(t, scenario{args: listen, pid1: pid1, play: sends(signals...)})
			for _, num := range signals {
				if n := strings.Count(o.stdout, fmt.Sprintf("main: got %d\n", num)); n != 1 {
					t.Errorf("%s has arrived %d times, want once", supervisor.SignalName(num), n)
				}
			}
			if n := strings.Count(o.stdout, fmt.Sprintf("main: got %d\n", marker)); n != len(signals) {
				t.Errorf("the marker has arrived %d times, want %d", n, len(signals))
			}
			if o.code != 7 {
				t.Errorf("exit code %d, want 7", o.code)
			}
		})
	}
}

// heard are the numbers of the signals that the listener of a name got, but for the
// marker.
func heard(o outcome, name string) string {
	var list []string
	for line := range strings.Lines(o.stdout) {
		if num, ok := strings.CutPrefix(line, name+": got "); ok && strings.TrimSpace(num) != fmt.Sprint(marker) {
			list = append(list, strings.TrimSpace(num))
		}
	}
	return strings.Join(list, " ")
}

func TestSignalsRewritten(t *testing.T) {
	for _, test := range []struct {
		name  string
		env   []string
		flags []string
		heard string // of HUP, TERM and USR1's neighbour ALRM
	}{
		{"as they are", nil, nil, "1 15 14"},
		{"by name", nil, []string{"--rewrite", "TERM:QUIT"}, "1 3 14"},
		{"by number", nil, []string{"--rewrite", "15:3"}, "1 3 14"},
		{"mixed and repeated", nil, []string{"--rewrite", "SIGTERM:3", "--rewrite", "hup:RTMIN+1"}, "35 3 14"},
		{"dropped", nil, []string{"--rewrite", "HUP:0"}, "15 14"},
		{"only once", nil, []string{"--rewrite", "HUP:TERM,TERM:HUP"}, "15 1 14"},
		{"by the environment", []string{"NILE_REWRITE=HUP:0,ALRM:TERM"}, nil, "15 15"},
		{"flag over environment", []string{"NILE_REWRITE=HUP:0"}, []string{"--rewrite", "ALRM:0"}, "1 15"},
		{"stop signal", nil, []string{"--stop-signal", "WINCH"}, "1 28 14"},
		{"stop signal by the environment", []string{"NILE_STOP_SIGNAL=SIGWINCH"}, nil, "1 28 14"},
		{"stop signal and a rewrite", nil, []string{"--stop-signal=3", "--rewrite=HUP:0"}, "3 14"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := nileScenario(t, scenario{args: append(test.flags, listen...), env: test.env, play: sends(1, 15, 14)})
			if got := heard(o, "main"); got != test.heard || o.code != 7 {
				t.Errorf("heard %q, want %q; exit code %d, want 7; %s", got, test.heard, o.code, o.stderr)
			}
		})
	}
}

func TestSignalsToTheGroup(t *testing.T) {
	family := append(listen, "fork")
	for _, test := range []struct {
		name  string
		env   []string
		flags []string
		child string
	}{
		{"not by default", nil, nil, ""},
		{"--group", nil, []string{"--group"}, "15 1"},
		{"by the environment", []string{"NILE_GROUP=1"}, nil, "15 1"},
		{"not after all", []string{"NILE_GROUP=1"}, []string{"--group=false"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := nileScenario(t, scenario{args: append(test.flags, family...), env: test.env, play: families(15, 1)})
			child, _, _ := strings.Cut(heard(o, "child"), " 15") // nile's own, at the end
			if main := heard(o, "main"); main != "15 1" || child != test.child && child != test.child+"15" {
				t.Errorf("main heard %q, want 15 1; child heard %q, want %q", main, child, test.child)
			}
		})
	}
}

func TestSignalsDelayed(t *testing.T) {
	for _, test := range []struct {
		name    string
		env     []string
		flags   []string
		signals []int
		heard   string
	}{
		{"others go before it", nil, []string{"--delay-signal", "TERM:700ms"}, []int{15, 1}, "1 15"},
		{"at once when it comes again", []string{"NILE_DELAY_SIGNAL=HUP:1ms,TERM:1h"}, nil, []int{15, 15}, "15"},
		{"as it is received", nil, []string{"--delay-signal", "HUP:700ms", "--rewrite", "HUP:TERM"}, []int{1, 2}, "2 15"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := nileScenario(t, scenario{env: test.env, args: append(test.flags, listen...), play: func(p *performance) {
				p.waitFor("main: ready", 1)
				for _, num := range test.signals {
					p.toInit(num)
					time.Sleep(50 * time.Millisecond)
				}
				p.waitFor("got 15\n", 1)
				p.toInit(goodbye)
			}})
			if got := heard(o, "main"); got != test.heard {
				t.Errorf("heard %q, want %q", got, test.heard)
			}
		})
	}
	t.Run("in vain when the command ends before", func(t *testing.T) {
		t.Parallel()
		o := nileScenario(t, scenario{args: append([]string{"--delay-signal", "TERM:1h"}, sh("echo ready; sleep 0.3; exit 5")...), play: once(syscall.SIGTERM)})
		if o.code != 5 {
			t.Errorf("exit code %d, want the command's 5", o.code)
		}
	})
}

// TestSignalsAndTheRestOfTheTree: what becomes of what the command leaves behind.
func TestSignalsAndTheRestOfTheTree(t *testing.T) {
	const brief = `(sleep 0.5; echo done) & exit 3` // ends by itself
	for _, test := range []struct {
		name   string
		env    []string
		flags  []string
		script string
		stdout string
		seen   string
	}{
		{"ended", nil, nil, leaveOne + "exit 3", "", "left alive: false"},
		{"ended, in a session of its own", nil, nil, "setsid " + leaveOne + "exit 3", "", "left alive: false"},
		{"left", nil, []string{"--no-tree"}, leaveOne + "exit 3", "", "left alive: true"},
		{"left, by the environment", []string{"NILE_NO_TREE=true"}, nil, leaveOne + "exit 3", "", "left alive: true"},
		{"not waited for", nil, nil, brief, "", ""},
		{"waited for", nil, []string{"--wait-all"}, brief, "done\n", ""},
		{"waited for, by the environment", []string{"NILE_WAIT_ALL=1"}, nil, brief, "done\n", ""},
		{"waited for, a daemon", nil, []string{"--wait-all"}, "setsid sh -c '(sleep 0.5; echo done) &'; exit 3", "done\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := nileScenario(t, scenario{args: append(test.flags, sh(test.script)...), env: test.env, play: left})
			if o.code != 3 || o.stdout != test.stdout || o.seen != test.seen {
				t.Errorf("exit code %d, want 3; said %q, want %q; %q, want %q", o.code, o.stdout, test.stdout, o.seen, test.seen)
			}
		})
	}
}

// While what was left behind is waited for, it is the one that signals reach, and
// the stop signal has its grace.
func TestSignalsWhileWaitingForAll(t *testing.T) {
	o := nileScenario(t, scenario{args: append([]string{"--wait-all"}, sh("perl listener.pl main '' stay & exit 3")...), play: sends(1)})
	if got := heard(o, "main"); got != "1" || o.code != 3 {
		t.Errorf("what was left behind heard %q, want 1; exit code %d, want 3", got, o.code)
	}
	o = nileScenario(t, scenario{args: append([]string{"--wait-all"}, sh(leaveOne+"echo ready; exit 3")...), play: func(p *performance) {
		p.waitFor("ready", 1)
		time.Sleep(100 * time.Millisecond)
		p.toInit(15)
		p.left("left")
	}})
	if o.seen != "left alive: false" || o.code != 3 {
		t.Errorf("%s, want false; exit code %d, want 3", o.seen, o.code)
	}
}

func TestSignalsWarnOnReap(t *testing.T) {
	for _, env := range []string{"NILE_WARN_ON_REAP=1", "NILE_WARN_ON_REAP=0"} {
		o := nileScenario(t, scenario{env: []string{env}, args: sh("(sleep 0.1 &); sleep 0.4")})
		if told := strings.Contains(o.stderr, "reaped orphan sleep"); told != strings.HasSuffix(env, "1") {
			t.Errorf("%s: told of the orphan: %v; it said\n%s", env, told, o.stderr)
		}
	}
}
