package metrics

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/nile-init/nile/supervisor"
)

var (
	begun   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	hostile = "we\"ird\\na\nme \xff" // no name that a manifest may have
)

// busy is a recorder, and a sample, of a pod in which everything has happened.
func busy() (*Recorder, *Sample) {
	r := NewRecorder()
	for _, name := range []string{"setup", "app", hostile} {
		r.Started(name, true)
		r.Exited(name, supervisor.Exited{Status: supervisor.Status{Code: 3}})
		r.Started(name, false)
	}
	r.Exited("app", supervisor.Exited{OOMKilled: true, Status: supervisor.Status{Signal: 9}})
	r.Exited("app", supervisor.Exited{})
	r.Probed("app", supervisor.ProbeLiveness, ProbeSuccess, 2*time.Millisecond)
	r.Probed("app", supervisor.ProbeLiveness, ProbeTimeout, time.Second)
	r.Probed("app", supervisor.ProbeLiveness, ProbeFailure, time.Minute)
	r.Reaped(true)
	r.Reaped(false)
	r.Reaped(false)
	r.Received(15)
	r.Received(-1)
	r.Received(1000)
	r.Reloaded(false)
	r.Reloaded(true)
	r.Reloaded(true)
	r.Started("removed", true)
	r.Forget("removed")
	r.Crashed("app", "oom")
	r.Crashed("app", "oom")
	last := &supervisor.Termination{Status: supervisor.Status{Signal: 9}, Started: begun, Finished: begun.Add(1500 * time.Millisecond)}
	return r, &Sample{
		Build: Build{Version: "1.2", Revision: "abc", Go: "go1"},
		Snapshot: supervisor.Snapshot{
			Name: "web", State: supervisor.PodHeld, Since: begun, HeldSince: begun.Add(time.Minute),
			Containers: []supervisor.ContainerSnapshot{
				{Name: "setup", Role: supervisor.RoleInit, State: supervisor.Completed, Ready: true, StartedAt: begun, Last: last},
				{Name: "app", Role: supervisor.RoleMain, State: supervisor.Running, PID: 7, Running: true, Restarts: 4, StartedAt: begun, Last: last,
					Watch: []supervisor.NewsSnapshot{{Changes: 2, Failures: 1}, {Changes: 3}}},
				{Name: "backup", Role: supervisor.RoleJob, State: supervisor.Failed, Last: last, Schedule: &supervisor.Schedule{
					Every: time.Minute, Next: begun.Add(time.Minute), Runs: 5, Failures: 2, Skipped: 1}},
				{Name: hostile, Role: supervisor.RoleMain, State: supervisor.BackingOff, Backoff: 20 * time.Second},
			},
		},
		Trees:  map[string]Tree{"app": {Processes: 3, Threads: 40, Zombies: 1, Resident: 5 << 20, CPU: 1500 * time.Millisecond}},
		Output: map[string]Output{"app": {Bytes: [2]uint64{10, 20}, Lines: [2]uint64{1, 2}}},
		Hooks:  []Hook{{Delivered: 5, Failed: 1, Dropped: 2}},
		Self:   Self{CPU: 20 * time.Millisecond, Resident: 1 << 20, Descriptors: 7, Goroutines: 5, Started: begun},
	}
}

// parse reads a page as Prometheus does.
func parse(t *testing.T, page []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("Prometheus cannot read the page: %v\n%s", err, page)
	}
	return families
}

// series finds the value of one series: label, value, label, value…
func series(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	for _, m := range families[name].GetMetric() {
		found := 0
		for _, pair := range m.Label {
			for i := 0; i < len(labels); i += 2 {
				if pair.GetName() == labels[i] && pair.GetValue() == labels[i+1] {
					found++
				}
			}
		}
		if found != len(labels)/2 {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.Counter.GetValue()
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		}
		return m.Gauge.GetValue()
	}
	t.Errorf("there is no %s of %q", name, labels)
	return -1
}

func TestPageIsWhatHasHappened(t *testing.T) {
	recorder, sample := busy()
	families := parse(t, recorder.Write(sample))
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"nile_build_info", []string{"version", "1.2", "revision", "abc", "goversion", "go1"}, 1},
		{"nile_pod_state", []string{"state", "Held"}, 1},
		{"nile_pod_state", []string{"state", "Running"}, 0},
		{"nile_held", nil, 1},
		{"nile_hold_start_time_seconds", nil, float64(begun.Unix() + 60)},
		{"nile_crashes_total", []string{"container", "app", "cause", "oom"}, 2},
		{"nile_container_info", []string{"container", "setup", "role", "init"}, 1},
		{"nile_container_up", []string{"container", "app"}, 1},
		{"nile_container_up", []string{"container", "setup"}, 0},
		{"nile_container_state", []string{"container", "app", "state", "Running"}, 1},
		{"nile_container_starts_total", []string{"container", "app"}, 1},
		{"nile_container_start_failures_total", []string{"container", "app"}, 1},
		{"nile_container_restarts_total", []string{"container", "app"}, 4},
		{"nile_container_exits_total", []string{"container", "app", "reason", "OOMKilled"}, 1},
		{"nile_container_exits_total", []string{"container", "app", "reason", "Error"}, 1},
		{"nile_container_exits_total", []string{"container", "app", "reason", "Completed"}, 1},
		{"nile_watch_changes_total", []string{"container", "app"}, 5},
		{"nile_watch_command_failures_total", []string{"container", "app"}, 1},
		{"nile_container_last_exit_code", []string{"container", "app"}, 137},
		{"nile_container_backoff_seconds", []string{"container", strings.ToValidUTF8(hostile, "\uFFFD")}, 20},
		{"nile_init_duration_seconds", []string{"container", "setup"}, 1.5},
		{"nile_probe_results_total", []string{"container", "app", "probe", "liveness", "result", "timeout"}, 1},
		{"nile_probe_duration_seconds", []string{"container", "app", "probe", "liveness"}, 3},
		{"nile_container_memory_resident_bytes", []string{"container", "app"}, 5 << 20},
		{"nile_container_cpu_seconds_total", []string{"container", "app"}, 1.5},
		{"nile_output_bytes_total", []string{"container", "app", "stream", "stderr"}, 20},
		{"nile_output_lines_total", []string{"container", "app", "stream", "stdout"}, 1},
		{"nile_reaped_processes_total", []string{"kind", "orphan"}, 2},
		{"nile_signals_received_total", []string{"signal", "SIGTERM"}, 1},
		{"nile_reloads_total", []string{"result", "refused"}, 2},
		{"nile_event_hook_events_total", []string{"hook", "0", "result", "dropped"}, 2},
		{"nile_job_runs_total", []string{"container", "backup"}, 5},
		{"nile_job_failures_total", []string{"container", "backup"}, 2},
		{"nile_job_skipped_total", []string{"container", "backup"}, 1},
		{"nile_job_next_time_seconds", []string{"container", "backup"}, float64(begun.Add(time.Minute).Unix())},
		{"process_cpu_seconds_total", nil, 0.02},
	} {
		if got := series(t, families, c.name, c.labels...); got != c.want {
			t.Errorf("%s of %q is %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	duration := families["nile_probe_duration_seconds"].Metric[0].Histogram
	if got := duration.GetBucket()[1].GetCumulativeCount(); got != 1 || duration.GetSampleSum() != 61.002 {
		t.Errorf("the histogram is %v", duration)
	}
}

// TestEveryFamilyIsWritten: what Families names is there, with its help and type, and
// nothing else.
func TestEveryFamilyIsWritten(t *testing.T) {
	recorder, sample := busy()
	families := parse(t, recorder.Write(sample))
	for _, f := range allFamilies() {
		got := families[f.Name]
		if got == nil {
			t.Errorf("%s is not there", f.Name)
			continue
		}
		if got.GetHelp() != f.Help || !strings.EqualFold(got.GetType().String(), string(f.Kind)) {
			t.Errorf("%s has help %q and type %s", f.Name, got.GetHelp(), got.GetType())
		}
		for _, pair := range got.Metric[0].Label {
			if !strings.Contains(strings.Join(f.Labels, " "), pair.GetName()) {
				t.Errorf("%s has a label %s", f.Name, pair.GetName())
			}
		}
		delete(families, f.Name)
	}
	for name := range families {
		t.Errorf("%s is none of the families", name)
	}
}

// A pod in which nothing has happened has a page too, without families that are empty.
func TestQuietPod(t *testing.T) {
	sample := &Sample{Snapshot: supervisor.Snapshot{Name: "quiet", State: supervisor.PodNew, Since: begun}, Self: Self{Started: begun}}
	sample.Snapshot.Containers = []supervisor.ContainerSnapshot{{Name: "app", State: supervisor.Waiting}}
	families := parse(t, NewRecorder().Write(sample))
	for _, name := range []string{"nile_hold_start_time_seconds", "nile_crashes_total", "nile_probe_results_total", "nile_container_processes", "nile_output_bytes_total"} {
		if families[name] != nil {
			t.Errorf("%s is there: %v", name, families[name])
		}
	}
	if got := series(t, families, "nile_container_exits_total", "container", "app", "reason", "Error"); got != 0 {
		t.Errorf("it has ended %v times", got)
	}
}

// TestPromtool has Prometheus' own tool judge names and help texts.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool here; Debian has it in the package prometheus")
	}
	recorder, sample := busy()
	sample.Snapshot.Containers[2].Name = "plain" // promtool of Debian 12 knows no UTF-8
	command := exec.Command(tool, "check", "metrics")
	command.Stdin = bytes.NewReader(recorder.Write(sample))
	if said, err := command.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, said)
	}
}

// The time of a tree shrinks when a part of it ends unwaited for, and begins anew with
// each run; what was used stays used.
func TestProcessorTimeOnlyGrows(t *testing.T) {
	c := &counts{}
	for _, step := range []struct {
		pid       int
		now, want time.Duration
	}{{7, 5, 5}, {7, 9, 9}, {7, 2, 9}, {7, 4, 11}, {8, 3, 14}, {8, 3, 14}} {
		if got := c.spent(step.pid, step.now); got != step.want {
			t.Errorf("after %v of process %d: %v, want %v", step.now, step.pid, got, step.want)
		}
	}
}

func TestCausesAreBounded(t *testing.T) {
	recorder, sample := busy()
	for i := range 1000 {
		recorder.Crashed("app", "cause "+strings.Repeat("x", i))
	}
	families := parse(t, recorder.Write(sample))
	if n := len(families["nile_crashes_total"].Metric); n > maxCauses+1 {
		t.Errorf("there are %d causes", n)
	}
	if got := series(t, families, "nile_crashes_total", "container", "app", "cause", "other"); got != 1000-maxCauses+1 {
		t.Errorf("%v are other causes", got)
	}
}

func TestNoRecorderCountsNothing(t *testing.T) {
	var r *Recorder
	r.Started("a", true)
	r.Exited("a", supervisor.Exited{})
	r.Probed("a", supervisor.ProbeStartup, ProbeFailure, 0)
	r.Reaped(true)
	r.Received(1)
	r.Crashed("a", "b")
}

func BenchmarkHundredContainers(b *testing.B) {
	recorder, sample := busy()
	app := sample.Snapshot.Containers[1]
	for i := range 100 {
		app.Name = "container-" + strconv.Itoa(i)
		sample.Snapshot.Containers = append(sample.Snapshot.Containers, app)
		sample.Trees[app.Name] = sample.Trees["app"]
		recorder.Probed(app.Name, supervisor.ProbeReadiness, ProbeSuccess, time.Millisecond)
	}
	for b.Loop() {
		b.SetBytes(int64(len(recorder.Write(sample))))
	}
}
