package manifest

// podNile is the block "nile" under spec.
type podNile struct {
	object
	ExitWhen        string                     `yaml:"exitWhen" enum:"All|Any" doc:"Whether the pod is over when all main containers have ended (All, if not set) or the first one (Any)."`
	ShutdownTimeout duration                   `yaml:"shutdownTimeout" doc:"How long a shutdown may take in all; then everything that is left gets SIGKILL. Not limited if not set."`
	Backoff         *backoff                   `yaml:"backoff" doc:"How long a container that ended waits for its restart."`
	Signals         map[string]rewrittenSignal `yaml:"signals" doc:"Signals sent to nile, and what they become: another signal, or 0 for none."`

	Reload *reloadOption `yaml:"reload" doc:"What has nile take on a changed manifest, beside nile reload."`

	OnFailure         string   `yaml:"onFailure" enum:"Exit|Hold" doc:"What becomes of an init or main container that has failed: what its restart policy says (Exit, if not set), or it is held as it ended, for people to look at."`
	HoldFor           duration `yaml:"holdFor" doc:"How long a hold lasts. Without end if not set."`
	HoldAfterRestarts *int64   `yaml:"holdAfterRestarts" min:"0" max:"1000000" doc:"How many restarts in a row a container has before its next failure is held, whatever onFailure says. 0, if not set, for off."`
	HoldSidecars      string   `yaml:"holdSidecars" enum:"Continue|Stop" doc:"Whether sidecars go on during a hold (Continue, if not set), or are stopped, and start again before a retry."`

	Freeze bool `yaml:"freeze" doc:"Whether the process that fails is kept as it ended while it is held, stopped, with its memory and files, for nile inspect and nile core. nile traces it then, so that no debugger can."`

	PodDir  string   `yaml:"podDir" doc:"A directory, an absolute path, that the containers of the pod share: each nile tells the others there what it does, and can wait for them."`
	EndWith []string `yaml:"endWith" doc:"The names of niles in podDir: when all of them have ended, this one ends in order, with code 0."`

	HoldAnswers []holdAnswer `yaml:"holdAnswers" doc:"What nile answers on the application's port while it holds, so that probes do not end the hold."`
	StateDir    string       `yaml:"stateDir" doc:"Where crash reports are kept, an absolute path, on a volume if they are to outlive the container."`
	Mask        []string     `yaml:"mask" doc:"Further names of variables and options whose values are secrets: masked in crash reports."`
	Sample      duration     `yaml:"sample" doc:"How often the memory and CPU of each container's processes are taken down for the page of nile report --html, such as 5s; 1s at least. Never if not set. The last 720 are kept."`
	Listen      string       `yaml:"listen" doc:"Where metrics and health are served over HTTP, such as :9190. Nowhere if not set."`
	EventHooks  []eventHook  `yaml:"eventHooks" doc:"Whom to tell what happens."`
	Presets     []string     `yaml:"presets" enum:"java|go|node|python|dotnet" doc:"Which language runtimes are recognised by their command and told to leave evidence. All of them where the pod holds what fails; else none if not set."`
}

type reloadOption struct {
	object
	Signal signal `yaml:"signal" doc:"A signal that has nile read the manifest again, such as HUP. It is not passed on to containers then."`
	Watch  bool   `yaml:"watch" doc:"Whether nile reads the manifest again when its file has changed, as in a mounted ConfigMap."`
}

type backoff struct {
	object
	Initial    duration `yaml:"initial" doc:"The wait before the second restart; the first is immediate. 10s if not set."`
	Max        duration `yaml:"max" doc:"The wait doubles up to this. 5m if not set."`
	ResetAfter duration `yaml:"resetAfter" doc:"A run longer than this is forgiven everything. 10m if not set."`
	Jitter     fraction `yaml:"jitter" doc:"Adds up to this fraction of the wait. 0 if not set."`
}

type holdAnswer struct {
	object
	Port int64  `yaml:"port" need:"yes" min:"1" max:"65535" doc:"The port that is probed."`
	Path string `yaml:"path" doc:"The path that is answered with 200; all else is answered with 503. If not set it is connections that count."`
}

type eventHook struct {
	object
	On       []string    `yaml:"on" need:"yes" enum:"Started|Ready|NotReady|Exited|Crashed|BackOff|Restarted|Held|Released|Changed|Stopping|Stopped" doc:"The events that are told."`
	Exec     *execAction `yaml:"exec" doc:"A command that gets the event as JSON on standard input."`
	HTTPGet  *httpAction `yaml:"httpGet" doc:"An HTTP GET request, of which a status of 200 to 299 is success."`
	HTTPPost *httpAction `yaml:"httpPost" doc:"An HTTP POST request with the event as JSON, of which a status of 200 to 299 is success."`
}

// containerNile is the block "nile" under a container.
type containerNile struct {
	object
	User        userName          `yaml:"user" doc:"The user to run as, by name or number, with or without a group. Instead of securityContext.runAsUser."`
	Umask       *octal            `yaml:"umask" doc:"The file mode creation mask, octal. nile's own if not set."`
	Rlimits     map[string]rlimit `yaml:"rlimits" doc:"Resource limits by the names of prlimit(1), such as nofile."`
	OOMScoreAdj *int64            `yaml:"oomScoreAdj" min:"-1000" max:"1000" doc:"How readily the kernel kills it when memory runs out."`
	KillMode    string            `yaml:"killMode" enum:"Tree|Group|Process" doc:"Whom the stop reaches: its whole tree (if not set), its process group, or itself alone."`
	Output      *outputOption     `yaml:"output" doc:"What becomes of standard output and standard error."`

	OnFailure   string        `yaml:"onFailure" enum:"Exit|Hold" doc:"Overrides the pod's onFailure. A sidecar is held only where it says Hold itself."`
	Freeze      *bool         `yaml:"freeze" doc:"Overrides the pod's freeze."`
	Preset      string        `yaml:"preset" enum:"java|go|node|python|dotnet|none" doc:"The language runtime that is told to leave evidence; none where it is not to be told anything. If not set, it is recognised by the command where presets or a hold ask for it."`
	OptionsFile string        `yaml:"optionsFile" doc:"A file with the user's own runtime options, one a line, read before each start."`
	EnvFrom     []fileSource  `yaml:"envFrom" doc:"Files to take environment variables from, read before each start. The container's env goes before them."`
	Collect     []string      `yaml:"collect" doc:"Files to keep with a crash report, beside those that runtimes leave: absolute paths with * ? [ ]. Symbolic links are not followed."`
	Watch       []watch       `yaml:"watch" doc:"Files to look after, and what to do when they change. Not for init containers, but for sidecars."`
	DependsOn   []dependency  `yaml:"dependsOn" doc:"Containers that this one waits for before each of its starts, beyond the order of declaration, and that are stopped after it."`
	Every       duration      `yaml:"every" doc:"Makes it a job beside the other containers: it runs so often, first after that time, never twice at a time; a failure is counted and is nothing to the pod."`
	Notify      *notifyOption `yaml:"notify" doc:"How the process says that it is ready: systemd, or a mapping. It counts as started, and as ready, only when it has."`
}

// fileSource is where variables come from without Kubernetes' help.
type fileSource struct {
	object
	Directory string `yaml:"directory" doc:"A directory, an absolute path: each file in it is a variable, as in a mounted ConfigMap or Secret."`
	File      string `yaml:"file" doc:"A file of variables, an absolute path, with a line NAME='value' for each."`
	Prefix    string `yaml:"prefix" doc:"Put before each name."`
	Optional  bool   `yaml:"optional" doc:"Whether the directory or file may be missing."`
}

type watch struct {
	object
	Path      string      `yaml:"path" doc:"A file, or a directory, which stands for the files in it; an absolute path, with * ? [ ] in any part. It need not exist yet. Hidden files count only where they are named."`
	Paths     []string    `yaml:"paths" doc:"Several of them, which are watched as one."`
	Recursive bool        `yaml:"recursive" doc:"Whether a directory stands for the directories below it too."`
	Action    string      `yaml:"action" need:"yes" enum:"Restart|Signal|Exec|None" doc:"What to do with the container. With None it is only told: by nile events, eventHooks on Changed, and metrics."`
	Signal    signal      `yaml:"signal" doc:"The signal to send, with the action Signal."`
	Exec      *execAction `yaml:"exec" doc:"The command to run, with the action Exec: as the container's user, in its directory, with its environment, and NILE_CHANGED, the file that has changed."`
	Timeout   duration    `yaml:"timeout" doc:"How long that command may take. 1m if not set."`
	Debounce  duration    `yaml:"debounce" doc:"How long it must be quiet before the action; while it does not get quiet, the action comes after ten times that. 1s if not set."`
	Poll      duration    `yaml:"poll" doc:"How often the files are looked at, whatever the kernel tells of changes. If not set, each 5s where it does not tell: on network file systems, or without room for inotify."`
}

type outputOption struct {
	object
	Mode     string `yaml:"mode" enum:"inherit|prefix|json" doc:"As it comes, with the name before each line, or one JSON object a line. The pod's default (nile run --output) if not set; with a file, as it comes."`
	File     string `yaml:"file" doc:"A file to write to, an absolute path, in place of nile's own standard output and error. Its directory must exist."`
	MaxSize  size   `yaml:"maxSize" doc:"The size at which the file is set aside, as FILE.1, for a new one. 10Mi if not set."`
	MaxFiles int64  `yaml:"maxFiles" min:"1" max:"1000" doc:"How many files are kept, the current one included. 5 if not set."`
	Tail     size   `yaml:"tail" doc:"How much of the end of each stream is kept for nile logs and crash reports, 64Mi at most; 0 keeps none. 64Ki if not set. Nothing is kept where the output is inherited."`
}

type dependency struct {
	object
	Name      string `yaml:"name" need:"yes" doc:"The container that is waited for; or NILE/CONTAINER, one of another nile that shares podDir."`
	Condition string `yaml:"condition" enum:"Started|Ready|Completed" doc:"What it must have reached: it runs and its startup probe has succeeded (Started, if not set), it is Ready besides, or it has ended with 0 (Completed)."`
	OnRestart string `yaml:"onRestart" enum:"Restart|Ignore" doc:"What becomes of this one when that is started again: it is stopped, waits, and is started again (Restart), or nothing (Ignore, if not set)."`
}
