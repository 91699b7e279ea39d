package conformance

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// life is the trace of a pod with a sidecar and a job that fails once, as nile's traces are: with the starts of processes.
const life = `
0.0 *    phase=Pending
0.0 side running restarts=0 ready started
0.0 side > side up
0.1 job  running restarts=0 ready started
0.1 job  > try
2.0 job  terminated Error exit=3 message(3)='why' restarts=0
2.0 job  running restarts=1 ready started
2.1 job  > try
4.0 job  terminated Error exit=3 message(3)='why' restarts=1
4.0 job  waiting CrashLoopBackOff restarts=1
14.0 job running restarts=2 ready started
14.1 job > done
16.0 job terminated Completed exit=0 restarts=2
16.1 side > got TERM
16.1 side terminated Completed exit=0 restarts=0
16.1 *   phase=Succeeded Initialized=True Ready=False
16.1 *   nile exit=0
16.1 *   pod and its logs gone
`

// lifeManifest is the manifest of it, as far as it is looked at.
var lifeManifest = &manifestOf{containers: []containerOf{{name: "side", hasProbe: map[string]bool{}}, {name: "job", hasProbe: map[string]bool{}}}}

// traceWithStarts reads a trace and takes each running state for a start.
func traceWithStarts(t *testing.T, text string) *trace {
	t.Helper()
	read, err := parseTrace(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range read.states {
		read.states[i].message.text = s.message.head
		if s.state == "running" {
			read.starts = append(read.starts, start{s.at, s.container, s.restarts})
		}
	}
	slices.SortStableFunc(read.starts, func(a, b start) int { return cmp.Compare(a.at, b.at) })
	return read
}

func problemsOf(t *testing.T, observed bool, want, got string) map[string]verdict {
	t.Helper()
	p := &pod{name: "life", observed: observed, manifest: lifeManifest, runFor: 20, want: traceWithStarts(t, want)}
	return p.judge(traceWithStarts(t, got), 0)
}

// TestSameLifeAgrees wants a trace to agree with itself, by every kind.
func TestSameLifeAgrees(t *testing.T) {
	for _, observed := range []bool{true, false} {
		for name, v := range problemsOf(t, observed, life, life) {
			if v.looked == 0 || len(v.problems) > 0 {
				t.Errorf("%s looked at %d things (observed: %v) and found %q", name, v.looked, observed, v.problems)
			}
		}
	}
}

// TestDifferencesAreFound changes one thing after the other and wants each kind to find what is its own.
func TestDifferencesAreFound(t *testing.T) {
	for _, change := range []struct {
		what, old, new string
		kind           string
	}{
		{"a line is missing", "14.1 job > done\n", "", "lines"},
		{"a line is another", "job > done", "job > gone", "lines"},
		{"there is a line too many", "14.1 job > done\n", "14.1 job > done\n14.2 job > done\n", "lines"},
		{"the sidecar is asked before the job has ended", "16.1 side > got TERM", "13.0 side > got TERM", "order"},
		{"the job is started before the sidecar", "0.0 side running restarts=0 ready started", "0.2 side running restarts=0 ready started", "order"},
		{"another exit code", "2.0 job  terminated Error exit=3", "2.0 job  terminated Error exit=4", "exits"},
		{"another reason", "16.0 job terminated Completed exit=0", "16.0 job terminated Error exit=0", "exits"},
		{"another reason at the end", "16.1 side terminated Completed exit=0", "16.1 side terminated Error exit=1", "final"},
		{"a run that doesn't end", "4.0 job  terminated Error exit=3 message(3)='why' restarts=1\n", "", "exits"},
		{"a restart too many", "16.0 job terminated Completed exit=0 restarts=2", "16.0 job terminated Completed exit=0 restarts=3", "restarts"},
		{"a wait that is too short", "14.0 job running restarts=2", "13.0 job running restarts=2", "waits"},
		{"a wait that is too long", "14.0 job running restarts=2", "14.6 job running restarts=2", "waits"},
		{"a wait where none should be", "2.0 job  running restarts=1", "3.0 job  running restarts=1", "waits"},
		{"not ready", "14.0 job running restarts=2 ready started", "14.0 job running restarts=2 started", "ready"},
		{"another phase", "phase=Succeeded", "phase=Failed", "phase"},
		{"another condition", "Initialized=True", "Initialized=False", "conditions"},
		{"another container's readiness", "16.1 side terminated Completed exit=0 restarts=0", "16.1 side terminated Completed exit=0 restarts=0 ready", "conditions"},
		{"another message", "message(3)='why'", "message(3)='who'", "messages"},
		{"a longer message", "message(3)='why'", "message(4)='why?'", "messages"},
		{"another code of nile", "nile exit=0", "nile exit=3", "code"},
		{"a line that is late", "14.1 job > done", "15.1 job > done", "times"},
		{"an end that is late", "16.1 *   pod and its logs gone", "17.0 *   pod and its logs gone", "end"},
	} {
		t.Run(change.what, func(t *testing.T) {
			got := strings.Replace(life, change.old, change.new, 1)
			if got == life {
				t.Fatalf("the trace has no %q", change.old)
			}
			for _, observed := range []bool{true, false} {
				verdicts := problemsOf(t, observed, life, got)
				if len(verdicts[change.kind].problems) == 0 {
					t.Errorf("%s found nothing (observed: %v)", change.kind, observed)
				}
			}
		})
	}
}

// TestOwnTracesAreExact wants a line that comes too early to be found where the trace was written from the rules, and not
// where the kubelet may have been late.
func TestOwnTracesAreExact(t *testing.T) {
	early := strings.Replace(life, "14.1 job > done", "13.6 job > done", 1)
	if v := problemsOf(t, false, life, early)["times"]; len(v.problems) == 0 {
		t.Error("a line that came too early was not found")
	}
	if v := problemsOf(t, true, life, early)["times"]; len(v.problems) > 0 {
		t.Errorf("nile may be faster than the kubelet, but: %q", v.problems)
	}
}

// TestProbeLeftAliveIsFound wants the count of probes in probe-timeout to be free to be 0 or 1, and no more.
func TestProbeLeftAliveIsFound(t *testing.T) {
	const counts = "0.0 main > up\n1.0 main > probes alive: 0\n2.0 main > probes alive: 1\n3.0 main > got TERM\n"
	for _, c := range []struct {
		got      string
		problems bool
	}{
		{counts, false},
		{strings.ReplaceAll(counts, "alive: 0", "alive: 1"), false},
		{strings.ReplaceAll(counts, "alive: 1", "alive: 2"), true},
	} {
		p := &pod{name: "probe-timeout", observed: true, settings: settingsOf["probe-timeout"], manifest: lifeManifest, want: traceWithStarts(t, counts)}
		if v := p.judge(traceWithStarts(t, c.got), 0)["lines"]; (len(v.problems) > 0) != c.problems {
			t.Errorf("of\n%sit says %q", c.got, v.problems)
		}
	}
}

// TestNileMayBeAhead wants what nile does after the end of an observation to be no difference, if the pod went on.
func TestNileMayBeAhead(t *testing.T) {
	begin, _, _ := strings.Cut(life, "14.0 job")
	for name, v := range problemsOf(t, true, begin, life) {
		if name != "phase" && len(v.problems) > 0 {
			t.Errorf("%s: %q", name, v.problems)
		}
	}
	const ready, unready = "0.0 side running restarts=0 ready started\n", "5.0 side running restarts=0 started\n"
	if v := problemsOf(t, true, ready, ready+unready)["ready"]; len(v.problems) > 0 {
		t.Errorf("what was ready to the end of the observation may be so no longer than that, but: %q", v.problems)
	}
	if v := problemsOf(t, true, ready, "0.0 side running restarts=0 started\n"+strings.Replace(ready, "0.0", "5.0", 1))["ready"]; len(v.problems) == 0 {
		t.Error("nile is late to be ready, and that was not found")
	}
	if v := problemsOf(t, true, life, begin)["lines"]; len(v.problems) == 0 {
		t.Error("nile is behind, and that was not found")
	}
}

// TestExceptionsMustBeNeeded wants an exception to be an error where nile agrees with the kubelet, and where it does
// neither what the kubelet does nor what the exception says.
func TestExceptionsMustBeNeeded(t *testing.T) {
	other := strings.ReplaceAll(life, "phase=Succeeded", "phase=Failed")
	for _, c := range []struct {
		what, want, got, instead string
		problems                 int
	}{
		{"nile agrees with the kubelet", life, life, other, 1},
		{"nile does what the exception says", life, other, other, 0},
		{"nile does neither", life, strings.ReplaceAll(life, "phase=Succeeded", "phase=Running"), other, 1},
	} {
		p := &pod{name: "life", manifest: lifeManifest, runFor: 20, want: traceWithStarts(t, c.want), instead: traceWithStarts(t, c.instead)}
		p.exceptions = []exception{{"phase", "some-reason"}}
		if v := p.judge(traceWithStarts(t, c.got), 0)["phase"]; len(v.problems) != c.problems {
			t.Errorf("%s: %q", c.what, v.problems)
		}
	}
}

// TestTracesAreReadBack wants every trace to be read, and lines that mean nothing to be errors.
func TestTracesAreReadBack(t *testing.T) {
	for _, bad := range []string{
		"1.0", "x main > text", "1.0 main resting", "1.0 main terminated", "1.0 * mood=Running", "1.0 main running restarts=x", "1.0 main running fast",
	} {
		if _, err := parseTrace(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	read, err := parseTrace(`8.5 logs terminated Error exit=2 message(720)='line 120\nline ... \'199\'\n' restarts=1 last=Error/137`)
	if err != nil {
		t.Fatal(err)
	}
	s := read.states[0]
	if s.message.length != 720 || s.message.head != "line 120\nline" || s.message.tail != "'199'\n" || s.restarts != 1 || s.exit != 2 {
		t.Errorf("read %+v", s)
	}
	if o := read.outcomes()["logs"]; o[0].exit != 137 || o[1].reason != "Error" {
		t.Errorf("the outcomes are %+v", o)
	}
	if w := []float64{backOff(1), backOff(2), backOff(3), backOff(7), backOff(20)}; !slices.Equal(w, []float64{0, 10, 20, 300, 300}) {
		t.Errorf("the back-off is %v", w)
	}
}
