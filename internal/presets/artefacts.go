package presets

import (
	"os"
	"path"
	"slices"

	"github.com/nile-init/nile/internal/ascii"
)

// Artefacts returns the patterns, as of path.Match, of the files that a run leaves when
// it fails: wherever the options in its command line and environment, the user's or the
// preset's, have it put them, else where the runtime does by itself. dir is its working
// directory, empty for nile's own. A pattern is absolute and matches files only in its
// last element.
func Artefacts(runtime Runtime, argv, env []string, dir string) []string {
	if dir == "" {
		dir, _ = os.Getwd()
	}
	var patterns []string
	switch runtime {
	case Java:
		patterns = javaArtefacts(argv, env, dir)
	case Node:
		patterns = nodeArtefacts(argv, env)
	case Dotnet:
		patterns = dotnetArtefacts(env)
	case Go, Python, None: // they print
	}
	var absolute []string
	for _, pattern := range patterns {
		if pattern[0] != '/' {
			pattern = escape(dir) + "/" + pattern
		}
		if pattern = path.Clean(pattern); !slices.Contains(absolute, pattern) {
			absolute = append(absolute, pattern)
		}
	}
	return absolute
}

// escape makes a path a pattern that matches it alone.
func escape(name string) string {
	return ascii.Escape(name, `\*?[`)
}

// value returns the value of the last option --name=value, or -XX:name=value, that a
// runtime finds.
func value(runtime Runtime, argv, env []string, option string) string {
	found := ""
	words := []string{}
	for _, name := range optionSources(runtime) {
		text, _ := get(env, name)
		more, _ := splitWords(text)
		words = append(words, more...)
	}
	for _, word := range append(words, argv...) {
		if text, ok := ascii.CutPrefix(word, option+"="); ok {
			found = text
		}
	}
	return found
}

// javaArtefacts: a heap dump is java_pidPID.hprof in the directory that HeapDumpPath
// names, or the file that it names; hs_err_pidPID.log goes to the working directory,
// or to /tmp where that cannot be written.
func javaArtefacts(argv, env []string, dir string) []string {
	const dump, fatal = "java_pid*.hprof", "hs_err_pid*.log"
	var patterns []string
	if heap := value(Java, argv, env, "-XX:HeapDumpPath"); heap == "" {
		patterns = append(patterns, dump)
	} else if isDirectory(heap, dir) {
		patterns = append(patterns, escape(heap)+"/"+dump)
	} else {
		patterns = append(patterns, withoutPID(heap)+"*")
	}
	if file := value(Java, argv, env, "-XX:ErrorFile"); file != "" {
		return append(patterns, withoutPID(file))
	}
	return append(patterns, fatal, "/tmp/"+fatal)
}

func nodeArtefacts(argv, env []string) []string {
	name := "report.*.json"
	if given := value(Node, argv, env, "--report-filename"); given != "" && given != "stdout" && given != "stderr" {
		name = escape(given)
	}
	directory := value(Node, argv, env, "--report-directory")
	if directory == "" {
		directory = value(Node, argv, env, "--diagnostic-dir")
	}
	return []string{path.Join(escape(directory), name)}
}

// dotnetArtefacts: createdump replaces %p and %d by the process id, %e, %h and %t by
// the name, the host and the time.
func dotnetArtefacts(env []string) []string {
	name, _ := get(env, "DOTNET_DbgMiniDumpName")
	if name == "" {
		name, _ = get(env, "COMPlus_DbgMiniDumpName")
	}
	if name == "" {
		name = "/tmp/coredump.%p"
	}
	return []string{withoutPID(name), withoutPID(name) + ".crashreport.json"}
}

// withoutPID makes a name with % replacements a pattern.
func withoutPID(name string) string {
	name = escape(name)
	for _, replaced := range []string{"%p", "%d", "%e", "%h", "%t"} {
		name = ascii.ReplaceAll(name, replaced, "*")
	}
	return name
}

func isDirectory(name, dir string) bool {
	if name[0] != '/' {
		name = dir + "/" + name
	}
	info, err := os.Stat(name)
	return ascii.HasSuffix(name, "/") || err == nil && info.IsDir()
}
