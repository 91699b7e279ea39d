package presets

import "syscall"

// Runtime is a language runtime that has a preset, in the words of the manifest.
type Runtime string

// The runtimes. None is also what a command is that nobody recognises.
const (
	Java   Runtime = "java"
	Go     Runtime = "go"
	Node   Runtime = "node"
	Python Runtime = "python"
	Dotnet Runtime = "dotnet"
	None   Runtime = "none"
)

// Directory stands in a [Setting] for the directory that evidence goes to.
const Directory = "{dir}"

// Preset is what is known of one runtime.
type Preset struct {
	Runtime Runtime
	// Variable is the one that takes options of the runtime, separated by blanks; empty
	// where there is none and each setting is a variable of its own.
	Variable string
	Settings []Setting
	// Dump is the signal by which a running process tells of its threads without
	// ending; 0 where the runtime has none.
	Dump    syscall.Signal
	DumpWhy string
}

// programs are the names, without their directories, by which a command is recognised: a
// * at the end stands for a version such as 3 or 3.11, one at the beginning for any name.
// They stand apart from the presets since a command that may be held waits to be
// recognised: this table is there when nile starts, and the others are made.
var programs = [...]struct {
	name    string
	runtime Runtime
}{
	{"java", Java}, {"catalina.sh", Java}, {"standalone.sh", Java}, {"jsvc", Java}, {"*.jar", Java}, {"*.war", Java},
	{"node", Node}, {"nodejs", Node}, {"npm", Node}, {"npx", Node}, {"yarn", Node}, {"pnpm", Node},
	{"python*", Python}, {"pypy*", Python},
	{"dotnet", Dotnet},
}

// Programs returns the names by which the commands of a runtime are recognised.
func Programs(runtime Runtime) (names []string) {
	for _, program := range programs {
		if program.runtime == runtime {
			names = append(names, program.name)
		}
	}
	return names
}

// Setting is one thing that a runtime is told. One whose value has [Directory] in it
// is left out where there is no directory for evidence.
type Setting struct {
	Variable string // empty: Value is an option for the preset's Variable
	Value    string
	Why      string
}

// Table returns the presets in the order of the documents.
func Table() []Preset {
	return []Preset{javaPreset(), goPreset(), nodePreset(), pythonPreset(), dotnetPreset()}
}

// Lookup returns the preset of a runtime; ok is false for None and unknown ones. It is asked
// for each container of a pod, and makes no other one on the way.
func Lookup(runtime Runtime) (preset Preset, ok bool) {
	switch runtime {
	case Java:
		return javaPreset(), true
	case Go:
		return goPreset(), true
	case Node:
		return nodePreset(), true
	case Python:
		return pythonPreset(), true
	case Dotnet:
		return dotnetPreset(), true
	case None:
	}
	return Preset{}, false
}

// javaPreset uses JAVA_TOOL_OPTIONS, which every JVM since 1.5 reads, whoever has
// started it: the java launcher, catalina.sh, a runtime image of jlink, jsvc.
// JDK_JAVA_OPTIONS is read by the java launcher alone, since 9. Both go before the
// command line, which therefore wins. Neither can be read silently: the JVM prints
// "Picked up JAVA_TOOL_OPTIONS: …" on standard error and has no switch against it
// (hotspot/share/runtime/arguments.cpp, parse_options_environment_variable).
func javaPreset() Preset {
	return Preset{
		Runtime:  Java,
		Variable: "JAVA_TOOL_OPTIONS",
		Settings: []Setting{
			{Value: "-XX:+HeapDumpOnOutOfMemoryError", Why: "a full heap, or a full metaspace, leaves a dump of the heap"},
			{Value: "-XX:HeapDumpPath=" + Directory, Why: "which lies there as `java_pidPID.hprof`"},
			{Value: "-XX:ErrorFile=" + Directory + "/hs_err_pid%p.log", Why: "a fatal error of the JVM, such as SIGSEGV, leaves its error file there"},
			{Value: "-XX:+ExitOnOutOfMemoryError", Why: "after the dump the JVM ends with code 3 instead of going on with a full heap; needs 8u92"},
		},
		Dump:    syscall.SIGQUIT,
		DumpWhy: "the JVM prints its threads on standard output and goes on; not with `-Xrs`, where the signal would end it",
	}
}

func goPreset() Preset {
	return Preset{
		Runtime: Go,
		Settings: []Setting{
			{Variable: "GOTRACEBACK", Value: "all", Why: "a panic prints all goroutines, not only the one that panicked; not `crash`, which would change the exit code"},
		},
		DumpWhy: "SIGQUIT prints the goroutines, but ends the process",
	}
}

func nodePreset() Preset {
	return Preset{
		Runtime:  Node,
		Variable: "NODE_OPTIONS",
		Settings: []Setting{
			{Value: "--report-on-fatalerror", Why: "a full heap, and any fatal error of V8, leaves a diagnostic report; needs Node 14"},
			{Value: "--report-uncaught-exception", Why: "so does an exception that nobody catches"},
			{Value: "--report-directory=" + Directory, Why: "which lies there as `report.DATE.TIME.PID.THREAD.NUMBER.json`"},
		},
		DumpWhy: "SIGUSR1 opens the inspector's port; SIGUSR2 ends a process that has not asked for it",
	}
}

func pythonPreset() Preset {
	return Preset{
		Runtime: Python,
		Settings: []Setting{
			{Variable: "PYTHONFAULTHANDLER", Value: "1", Why: "a fatal signal prints the traceback of every thread on standard error"},
			{Variable: "PYTHONUNBUFFERED", Value: "1", Why: "what was printed last is not lost in the buffer of a process that was killed; a program that prints very much is slower"},
		},
		DumpWhy: "only a program that has called `faulthandler.register` survives one",
	}
}

func dotnetPreset() Preset {
	return Preset{
		Runtime: Dotnet,
		Settings: []Setting{
			{Variable: "DOTNET_DbgEnableMiniDump", Value: "1", Why: "a crash leaves a dump"},
			{Variable: "DOTNET_DbgMiniDumpType", Value: "2", Why: "of threads, modules and the managed heap"},
			{Variable: "DOTNET_DbgMiniDumpName", Value: Directory + "/dotnet_%p.dmp", Why: "which lies there"},
			{Variable: "DOTNET_EnableCrashReport", Value: "1", Why: "and a summary beside it, as `dotnet_PID.dmp.crashreport.json`; needs .NET 7"},
		},
		DumpWhy: "the runtime knows none that it survives; `dotnet-stack` and `dotnet-dump` ask it over a socket",
	}
}
