package presets

import (
	"slices"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
)

// Applied is an environment with a preset in it.
type Applied struct {
	Env []string // the whole environment, NAME=VALUE
	// Set are the variables that differ from the environment that was given, NAME=VALUE.
	Set []string
	// Notes say in a sentence each what was left alone and why.
	Notes []string
}

// maxOldJava is how long JAVA_TOOL_OPTIONS may be for Java 8 and older, which do not
// look at a longer one (OPTION_BUFFER_SIZE).
const maxOldJava = 1023

// Apply puts the settings of a runtime's preset, and then the user's options of an
// options file, into the environment that argv is to get. The preset stands first in a
// variable that takes options, then what the variable has had, then the file: runtimes
// take the last of several, and the command line after all of them. A setting that the
// user has given himself, in any of these places, is left out, whatever its value.
//
// directory is where evidence is to go; where it is empty, settings that name one are
// left out. With None nothing but the options is applied; options may be nil.
func Apply(runtime Runtime, argv, env []string, directory string, options *Options) Applied {
	a := Applied{Env: env}
	if preset, ok := Lookup(runtime); ok {
		a.settings(&preset, argv, directory, options)
	}
	if options != nil {
		a.options(options)
	}
	if value, _ := get(a.Env, "JAVA_TOOL_OPTIONS"); len(value) > maxOldJava && len(a.Set) > 0 {
		a.Notes = append(a.Notes, "JAVA_TOOL_OPTIONS is longer than 1023 bytes: Java 8 and older will not read it")
	}
	return a
}

func (a *Applied) settings(preset *Preset, argv []string, directory string, options *Options) {
	given := givenOptions(preset, argv, a.Env, options)
	var added []string
	homeless := false
	for _, setting := range preset.Settings {
		if ascii.Contains(setting.Value, Directory) && directory == "" {
			homeless = true
			continue
		}
		value := ascii.ReplaceAll(setting.Value, Directory, directory)
		if setting.Variable != "" {
			if !isSet(a.Env, setting.Variable) && !options.sets(setting.Variable) {
				a.set(setting.Variable, value)
			}
			continue
		}
		if !slices.Contains(given, key(preset.Runtime, value)) {
			added = append(added, value)
		}
	}
	if homeless {
		a.Notes = append(a.Notes, "no directory for evidence can be written: "+string(preset.Runtime)+
			" leaves its dumps where it does by itself; give nile a stateDir that the container's user may use")
	}
	if len(added) == 0 {
		return
	}
	value := joinOptions(preset.Runtime, added)
	if old, _ := get(a.Env, preset.Variable); ascii.Trim(old, blanks) != "" {
		value += " " + old
	}
	a.set(preset.Variable, value)
}

// options puts the user's options after what the variables have.
func (a *Applied) options(options *Options) {
	for _, variable := range options.variables {
		value := variable.value
		if old, _ := get(a.Env, variable.name); variable.separator != "" && ascii.Trim(old, blanks) != "" {
			value = old + variable.separator + value
		}
		a.set(variable.name, value)
	}
}

func (a *Applied) set(name, value string) {
	a.Env = with(a.Env, name, value)
	a.Set = append(slices.DeleteFunc(a.Set, func(entry string) bool { return ascii.HasPrefix(entry, name+"=") }), name+"="+value)
}

// isSet says whether the user has set a variable; the variables of .NET had another
// prefix before .NET 6, which still counts.
func isSet(env []string, name string) bool {
	if _, found := get(env, name); found {
		return true
	}
	short, dotnet := ascii.CutPrefix(name, "DOTNET_")
	_, found := get(env, "COMPlus_"+short)
	return dotnet && found
}

// optionSources are the variables from which options reach a runtime, its own ones and
// those that its usual start scripts put on the command line.
func optionSources(runtime Runtime) []string {
	if runtime == Java {
		return []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS"}
	}
	return []string{"NODE_OPTIONS"}
}

// givenOptions are the keys of all options that the user has given.
func givenOptions(preset *Preset, argv, env []string, options *Options) []string {
	if preset.Variable == "" {
		return nil
	}
	words := slices.Clone(argv)
	for _, word := range argv { // the text of a shell has words too
		more, _ := splitWords(word)
		words = append(words, more...)
	}
	texts := make([]string, 0, 8)
	for _, name := range optionSources(preset.Runtime) {
		value, _ := get(env, name)
		texts = append(texts, value)
	}
	if options != nil {
		for _, variable := range options.variables {
			texts = append(texts, variable.value)
		}
	}
	for _, text := range texts {
		more, _ := splitWords(text)
		words = append(words, more...)
	}
	keys := make([]string, 0, len(words))
	for _, word := range words {
		if k := key(preset.Runtime, word); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// key is what two options that set the same have in common: HeapDumpPath of
// -XX:HeapDumpPath=/x, and --report-directory of --report-directory=/x. It is empty for
// what is no such option.
func key(runtime Runtime, option string) string {
	option, _, _ = ascii.Cut(option, "=")
	if runtime == Java {
		name, ok := ascii.CutPrefix(option, "-XX:")
		if !ok {
			return ""
		}
		return ascii.TrimLeft(name, "+-")
	}
	if !ascii.HasPrefix(option, "--") {
		return ""
	}
	option = ascii.ReplaceAll(option, "_", "-") // Node takes both
	if name, negated := ascii.CutPrefix(option, "--no-"); negated {
		return "--" + name
	}
	return option
}

// DumpSignal returns the signal by which a command tells of its threads before it is
// stopped for good, and 0 where there is none that it is sure to survive.
func DumpSignal(runtime Runtime, argv, env []string) syscall.Signal {
	preset, ok := Lookup(runtime)
	if !ok || preset.Dump == 0 || !Direct(argv) {
		return 0
	}
	words := slices.Clone(argv)
	for _, name := range optionSources(runtime) {
		value, _ := get(env, name)
		more, _ := splitWords(value)
		words = append(words, more...)
	}
	if slices.Contains(words, "-Xrs") { // "reduced signals": the JVM does not handle SIGQUIT
		return 0
	}
	return preset.Dump
}
