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

// kindOfContent is what a file is by its beginning, where its name does not tell.
func kindOfContent(head string) string {
	for _, c := range []struct{ begins, kind string }{
		{"#\n# A fatal error has been detected by the Java Runtime", "JVM error file"},
		{"#\n# There is insufficient memory for the Java Runtime", "JVM error file"},
		{"JAVA PROFILE ", "heap dump"},
		{"\x7fELF", "core dump"},
	} {
		if strings.HasPrefix(head, c.begins) {
			return c.kind
		}
	}
	return "file"
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
