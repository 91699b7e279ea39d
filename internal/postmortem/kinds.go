package postmortem

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

type unixStat = syscall.Stat_t

// kinds are the files that runtimes and the kernel leave when a process dies, by the
// names that they have unless somebody says otherwise.
var kinds = []struct{ pattern, kind string }{
	{"hs_err_pid*.log", "JVM error file"},           // HotSpot, -XX:ErrorFile
	{"hs_err*.log", "JVM error file"},               // as it is often named
	{"replay_pid*.log", "JVM compiler replay file"}, // HotSpot
	{"java_pid*.hprof", "heap dump"},                // HotSpot, -XX:HeapDumpPath
	{"*.hprof", "heap dump"},                        //
	{"javacore.*.txt", "thread dump"},               // OpenJ9
	{"heapdump.*.phd", "heap dump"},                 // OpenJ9
	{"Snap.*.trc", "JVM trace"},                     // OpenJ9
	{"report.*.json", "Node.js report"},             // node --report-on-fatalerror
	{"Heap.*.heapsnapshot", "heap dump"},            // node --heapsnapshot-near-heap-limit
	{"core", "core dump"},                           // core(5)
	{"core.[0-9]*", "core dump"},                    //
	{"coredump.*", "core dump"},                     // .NET, DOTNET_DbgMiniDumpName
	{"core_[0-9]*", "core dump"},                    // .NET in a container
	{"*.crashreport.json", "crash report"},          // .NET, DOTNET_EnableCrashReport
	{"threaddump*.txt", "thread dump"},              //
	{"thread_dump*.txt", "thread dump"},             //
}

// kindOf is what a file is by its name; empty where it is nothing that a crash leaves.
func kindOf(name string) string {
	for _, k := range kinds {
		if ok, _ := path.Match(k.pattern, name); ok {
			return k.kind
		}
	}
	return ""
}

// fileOptions are options of runtimes that name a file or a directory for evidence.
var fileOptions = []string{
	"-XX:ErrorFile=", "-XX:HeapDumpPath=", "--report-directory=", "--report-dir=", "--diagnostic-dir=", "-Xdump:directory=",
}

// optionVariables are the variables in which runtimes look for options.
var optionVariables = []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS", "NODE_OPTIONS"}

// evidencePaths are the files and directories that a command line and an environment
// name for evidence.
func evidencePaths(argv, environment []string, cwd string) []string {
	words := argv
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		for _, variable := range optionVariables {
			if name == variable && len(value) < 1<<16 {
				words = append(words[:len(words):len(words)], strings.Fields(value)...)
			}
		}
	}
	var paths []string
	for _, word := range words {
		for _, option := range fileOptions {
			value, ok := strings.CutPrefix(word, option)
			if !ok || value == "" || len(paths) == maxArtefacts {
				continue
			}
			if !filepath.IsAbs(value) {
				value = filepath.Join(cwd, value)
			}
			paths = append(paths, value)
		}
	}
	return paths
}

// coreDirectory is the directory that the kernel writes cores to, where that is not the
// one of the process; piped names the program that gets them instead. (core(5))
func coreDirectory() (dir, piped string) {
	text, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		return "", ""
	}
	pattern := strings.TrimSpace(string(text))
	switch {
	case strings.HasPrefix(pattern, "|"):
		program, _, _ := strings.Cut(pattern[1:], " ")
		return "", program
	case strings.HasPrefix(pattern, "/") && !strings.Contains(filepath.Dir(pattern), "%"):
		return filepath.Dir(pattern), ""
	}
	return "", ""
}
