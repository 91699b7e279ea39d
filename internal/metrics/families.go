package metrics

// Kind is the type of a family.
type Kind string

// The kinds that there are.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Family is a metric with all its series.
type Family struct {
	Name   string
	Kind   Kind
	Labels []string
	Help   string
}

// The families, in the order in which they are written. Names follow
// https://prometheus.io/docs/practices/naming/: base units, _total for what only grows.
var (
	buildInfo = Family{"nile_build_info", Gauge, []string{"version", "revision", "goversion"}, "The build of nile that runs; always 1."}
	podInfo   = Family{"nile_pod_info", Gauge, []string{"pod"}, "The name of the pod; always 1."}

	podState     = Family{"nile_pod_state", Gauge, []string{"state"}, "1 for the state that the pod is in, 0 for all others."}
	podReady     = Family{"nile_pod_ready", Gauge, nil, "1 while /readyz says 200, else 0."}
	podStartTime = Family{"nile_pod_start_time_seconds", Gauge, nil, "When the pod began, in seconds since the epoch."}
	held         = Family{"nile_held", Gauge, nil, "1 while the pod is held because something in it has failed, else 0."}
	holdTime     = Family{"nile_hold_start_time_seconds", Gauge, nil, "When the present hold began, in seconds since the epoch; only while the pod is held."}
	crashes      = Family{"nile_crashes_total", Counter, []string{"container", "cause"}, "Failed runs that nobody had asked to end, by the cause that the crash report found."}

	containerInfo    = Family{"nile_container_info", Gauge, []string{"container", "role"}, "The role of a container: init, sidecar or main; always 1."}
	containerUp      = Family{"nile_container_up", Gauge, []string{"container"}, "1 while the container's process runs, else 0."}
	containerState   = Family{"nile_container_state", Gauge, []string{"container", "state"}, "1 for the state that the container is in, 0 for all others."}
	containerReady   = Family{"nile_container_ready", Gauge, []string{"container"}, "1 while the container is ready, else 0."}
	containerStarted = Family{"nile_container_started", Gauge, []string{"container"}, "1 once the present run has started, as its startup probe and postStart hook say, else 0."}
	startTime        = Family{"nile_container_start_time_seconds", Gauge, []string{"container"}, "When the present or else the last run began, in seconds since the epoch."}
	starts           = Family{"nile_container_starts_total", Counter, []string{"container"}, "Processes that were started for the container."}
	startFailures    = Family{"nile_container_start_failures_total", Counter, []string{"container"}, "Starts that failed before there was a process."}
	restarts         = Family{"nile_container_restarts_total", Counter, []string{"container"}, "Restarts, as restartCount of the Pod API."}
	exits            = Family{"nile_container_exits_total", Counter, []string{"container", "reason"}, "Ends of the container's process by reason, in the Pod API's words: Completed, Error or OOMKilled."}
	lastExitCode     = Family{"nile_container_last_exit_code", Gauge, []string{"container"}, "The exit code of the last run that ended; 128 plus the signal's number where a signal ended it."}
	backoff          = Family{"nile_container_backoff_seconds", Gauge, []string{"container"}, "The wait before the next start that the container is in; 0 where it waits for none."}
	jobRuns          = Family{"nile_job_runs_total", Counter, []string{"container"}, "How many runs of a job have ended."}
	jobFailures      = Family{"nile_job_failures_total", Counter, []string{"container"}, "How many runs of a job have failed."}
	jobSkipped       = Family{"nile_job_skipped_total", Counter, []string{"container"}, "How often a job still ran when its time came."}
	jobNext          = Family{"nile_job_next_time_seconds", Gauge, []string{"container"}, "When a job runs next, in seconds since the epoch; absent while it is stopped or held."}
	initDuration     = Family{"nile_init_duration_seconds", Gauge, []string{"container"}, "How long the last ended run of an init container took."}

	changes        = Family{"nile_watch_changes_total", Counter, []string{"container"}, "Changes of files that the container watches."}
	changeFailures = Family{"nile_watch_command_failures_total", Counter, []string{"container"}, "Commands of the action Exec for changed files that have failed."}

	probeResults  = Family{"nile_probe_results_total", Counter, []string{"container", "probe", "result"}, "Probes that were made: result is success, failure, timeout, or unknown where the probe itself went wrong."}
	probeDuration = Family{"nile_probe_duration_seconds", Histogram, []string{"container", "probe"}, "How long probes took, from the start to the answer or the time-out."}

	processes = Family{"nile_container_processes", Gauge, []string{"container"}, "Processes in the container's process tree."}
	threads   = Family{"nile_container_threads", Gauge, []string{"container"}, "Threads of the container's process tree."}
	zombies   = Family{"nile_container_zombies", Gauge, []string{"container"}, "Processes of the container's process tree that have ended and whose parent has not noticed."}
	memory    = Family{"nile_container_memory_resident_bytes", Gauge, []string{"container"}, "Resident memory of the container's process tree; what its processes share counts for each of them."}
	cpu       = Family{"nile_container_cpu_seconds_total", Counter, []string{"container"}, "Processor time of the container's process tree over all runs, as seen at scrapes."}

	outputBytes = Family{"nile_output_bytes_total", Counter, []string{"container", "stream"}, "Bytes that the container has printed, where its output goes through nile."}
	outputLines = Family{"nile_output_lines_total", Counter, []string{"container", "stream"}, "Lines that the container has printed, where its output goes through nile."}

	reaped  = Family{"nile_reaped_processes_total", Counter, []string{"kind"}, "Processes whose end nile has taken note of: children that it had started, and orphans that it had adopted."}
	signals = Family{"nile_signals_received_total", Counter, []string{"signal"}, "Signals that nile was sent, SIGCHLD aside."}

	reloads = Family{"nile_reloads_total", Counter, []string{"result"}, "Reloads of the manifest: result is done or refused."}

	hookEvents = Family{"nile_event_hook_events_total", Counter, []string{"hook", "result"}, "Events for an event hook, by its place in the manifest: result is delivered, failed (after all tries) or dropped (the queue was full)."}

	ownCPU       = Family{"process_cpu_seconds_total", Counter, nil, "Processor time of nile itself."}
	ownMemory    = Family{"process_resident_memory_bytes", Gauge, nil, "Resident memory of nile itself."}
	ownFiles     = Family{"process_open_fds", Gauge, nil, "Open file descriptors of nile itself; not where /proc cannot be read."}
	goroutines   = Family{"go_goroutines", Gauge, nil, "Goroutines of nile itself."}
	ownStartTime = Family{"process_start_time_seconds", Gauge, nil, "When nile began, in seconds since the epoch."}
)
