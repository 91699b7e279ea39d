package presets

import (
	"errors"
	"slices"
	"strconv"

	"github.com/nile-init/nile/internal/ascii"
)

// MaxOptionsFile is the largest options file in bytes.
const MaxOptionsFile = 64 << 10

// Options are a user's own options of a runtime, in the variables that carry them.
type Options struct {
	variables []optionVariable
}

// optionVariable is a variable, and what stands between its old value and the new one;
// empty where the new one replaces it.
type optionVariable struct{ name, value, separator string }

// ParseOptions reads an options file: one option a line, with its value after a blank or
// a "=" as the runtime has it. Blank lines, and lines whose first mark is #, do not
// count. Quotes, ' or ", keep blanks together and are taken away; between them every
// character stands for itself. expand replaces references such as $(NAME) in what stands
// there then; its result is not taken apart again. nil leaves them.
//
// What a runtime cannot take from its environment is an error; the error has every line
// that is wrong, as file:line.
func ParseOptions(runtime Runtime, file, text string, expand func(string) string) (*Options, error) {
	if len(text) > MaxOptionsFile {
		return nil, errors.New("cannot read the options in " + file + ": the file is larger than 64 KiB")
	}
	place := placers(runtime)
	if place == nil {
		return nil, errors.New("cannot apply the options in " + file + ": the command is none of a known runtime: say which it is by preset")
	}
	options := &Options{}
	var wrong []error
	number := 0
	for line := range ascii.Split(ascii.TrimPrefix(text, "\ufeff"), '\n') {
		number++
		line = ascii.Trim(line, blanks)
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := splitWords(line)
		if err == nil {
			for i := range words {
				if expand != nil {
					words[i] = expand(words[i])
				}
			}
			err = options.place(words, place)
		}
		if err != nil {
			wrong = append(wrong, errors.New(file+":"+strconv.Itoa(number)+": "+err.Error()))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return options, nil
}

// place puts the options of a line into their variables.
func (o *Options) place(words []string, place placer) error {
	for len(words) > 0 {
		if ascii.Contains(ascii.Join(words, ""), "\x00") {
			return errors.New("a NUL byte cannot be passed on")
		}
		used, err := place(o, words)
		if err != nil {
			return err
		}
		words = words[used:]
	}
	return nil
}

// add puts a value after what a variable has got by now.
func (o *Options) add(name, value, separator string) {
	i := slices.IndexFunc(o.variables, func(v optionVariable) bool { return v.name == name })
	switch {
	case i < 0:
		o.variables = append(o.variables, optionVariable{name, value, separator})
	case separator == "":
		o.variables[i].value = value
	default:
		o.variables[i].value += separator + value
	}
}

// sets says whether the file sets a variable. A nil one sets none.
func (o *Options) sets(name string) bool {
	return o != nil && slices.ContainsFunc(o.variables, func(v optionVariable) bool { return v.name == name })
}

// placer puts the first option in words where it belongs and says how many words it
// took.
type placer func(o *Options, words []string) (used int, err error)

func placers(runtime Runtime) placer {
	switch runtime {
	case Java:
		return placeJava
	case Node:
		return placeNode
	case Python:
		return placePython
	case Go:
		return placeGo
	case Dotnet:
		return placeDotnet
	case None:
	}
	return nil
}

// placeJava uses JAVA_TOOL_OPTIONS for all that the JVM itself understands, and
// JDK_JAVA_OPTIONS, which needs the java launcher of Java 9, for what only that does:
// the class path and files of arguments. The JVM wants "=" where the launcher takes two
// words as well. What says which program to run, or ends the launcher, has no place in
// a variable (java(1), "Using the JDK_JAVA_OPTIONS Launcher Environment Variable").
func placeJava(o *Options, words []string) (int, error) {
	word := words[0]
	switch name, _, _ := ascii.Cut(word, "="); name {
	case "-jar", "-m", "--module", "-version", "--version", "-help", "--help", "-h", "-?", "-X", "--list-modules", "-d", "--describe-module":
		return 0, errors.New("java takes " + word + " only from its command: put it there")
	case "-cp", "-classpath", "--class-path":
		return placeValued(o, words, "JDK_JAVA_OPTIONS", name != word, func(value string) []string { return []string{name, value} })
	case "-p", "--module-path", "--upgrade-module-path", "--add-modules", "--limit-modules", "--add-exports", "--add-opens", "--add-reads",
		"--patch-module", "--enable-native-access":
		if name == "-p" {
			name = "--module-path"
		}
		return placeValued(o, words, "JAVA_TOOL_OPTIONS", ascii.Contains(word, "="), func(value string) []string { return []string{name + "=" + value} })
	}
	if ascii.HasPrefix(word, "@") && len(word) > 1 {
		o.add("JDK_JAVA_OPTIONS", quoteJava(word), " ")
		return 1, nil
	}
	if !ascii.HasPrefix(word, "-") {
		return 0, errors.New("want an option of java, got " + strconv.Quote(word) + ": options begin with -; quote a value that has blanks in it")
	}
	o.add("JAVA_TOOL_OPTIONS", quoteJava(word), " ")
	return 1, nil
}

// placeValued places an option whose value stands in the same word, after "=", or in the
// next one.
func placeValued(o *Options, words []string, variable string, together bool, render func(value string) []string) (int, error) {
	if together {
		_, value, _ := ascii.Cut(words[0], "=")
		o.add(variable, joinJava(render(value)), " ")
		return 1, nil
	}
	if len(words) < 2 {
		return 0, errors.New(words[0] + " wants a value in the same line")
	}
	o.add(variable, joinJava(render(words[1])), " ")
	return 2, nil
}

// placeNode hands all on: Node itself says which options its variable may have.
func placeNode(o *Options, words []string) (int, error) {
	if name, value, ok := ascii.Cut(words[0], "="); ok && (ascii.HasPrefix(name, "NODE_") || ascii.HasPrefix(name, "UV_")) {
		o.addOf("NODE_OPTIONS", name, value, " ")
		return 1, nil
	}
	if !ascii.HasPrefix(words[0], "-") {
		return 0, errors.New("want an option of node or a variable such as NODE_ENV=production, got " + strconv.Quote(words[0]))
	}
	// The words after it are its values.
	o.add("NODE_OPTIONS", joinNode(words), " ")
	return len(words), nil
}

// addOf sets a variable, or adds to it where it is the one that collects.
func (o *Options) addOf(collecting, name, value, separator string) {
	if name != collecting {
		separator = ""
	}
	o.add(name, value, separator)
}

// placeGo takes the variables of Go's runtime (pkg.go.dev/runtime, "Environment
// Variables"); a name in small letters is a setting of GODEBUG.
func placeGo(o *Options, words []string) (int, error) {
	name, value, ok := ascii.Cut(words[0], "=")
	switch {
	case ok && ascii.HasPrefix(name, "GO") && ascii.ToUpper(name) == name:
		o.addOf("GODEBUG", name, value, ",")
	case ok && name != "" && ascii.ToLower(name) == name && name[0] != '-':
		o.add("GODEBUG", words[0], ",")
	default:
		return 0, errors.New("want a variable of Go such as GOGC=50, or a setting of GODEBUG such as gctrace=1, got " + strconv.Quote(words[0]))
	}
	return 1, nil
}

func placeDotnet(o *Options, words []string) (int, error) {
	name, value, ok := ascii.Cut(words[0], "=")
	for _, prefix := range []string{"DOTNET_", "COMPlus_", "CORECLR_", "ASPNETCORE_"} {
		if ok && ascii.HasPrefix(name, prefix) {
			o.add(name, value, "")
			return 1, nil
		}
	}
	return 0, errors.New("want a variable of .NET such as DOTNET_gcServer=1, got " + strconv.Quote(words[0]))
}
