package presets

import (
	"slices"

	"github.com/nile-init/nile/internal/ascii"
)

// Recognise returns the runtime that a command will run, None where that cannot be
// told. It looks at the name of the program, through wrappers that pass their
// environment on (env, nice, tini, gosu …) and through `sh -c` where its text is one
// plain command; then at the first bytes of the file: at the interpreter after its #!,
// and whether it is a program made by Go. It reads at most a few kilobytes.
//
// The environment is the one that the command gets; dir is its working directory,
// empty for nile's own.
func Recognise(argv, env []string, dir string) Runtime {
	argv = Program(argv)
	if len(argv) == 0 {
		return None
	}
	if runtime := byName(argv[0]); runtime != None {
		return runtime
	}
	return byFile(argv[0], env, dir)
}

// Direct says whether the process that argv starts becomes the program itself, so
// that a signal reaches it: nothing but wrappers that execute what they wrap.
func Direct(argv []string) bool {
	for range maxWrappers {
		rest, kind := unwrap(argv)
		if kind == notWrapped {
			return true
		}
		if kind == wrapsChild {
			return false
		}
		argv = rest
	}
	return false
}

// maxWrappers bounds how deep wrappers are looked through.
const maxWrappers = 8

// Program returns the command without its wrappers; nil where one of them gives it
// another environment, or where there is nothing left.
func Program(argv []string) []string {
	for range maxWrappers {
		rest, kind := unwrap(argv)
		if kind == notWrapped {
			return argv
		}
		argv = rest
	}
	return nil
}

// wrapping is what a program does with the command in its arguments.
type wrapping int

const (
	notWrapped wrapping = iota
	wrapsSelf           // it becomes the command
	wrapsChild          // it starts the command and waits
)

// unwrap takes the first wrapper off a command.
func unwrap(argv []string) ([]string, wrapping) {
	if len(argv) == 0 {
		return nil, notWrapped
	}
	switch name := base(argv[0]); name {
	case "env":
		return unwrapEnv(argv[1:]), wrapsSelf
	case "exec", "nohup", "setsid":
		return skipFlags(argv[1:], ""), wrapsSelf
	case "nice":
		return skipFlags(argv[1:], "n"), wrapsSelf
	case "stdbuf":
		return skipFlags(argv[1:], "ioe"), wrapsSelf
	case "gosu", "su-exec":
		if len(argv) < 2 {
			return nil, wrapsSelf
		}
		return argv[2:], wrapsSelf
	case "tini", "tini-static", "docker-init", "dumb-init", "catatonit":
		return skipFlags(argv[1:], "pe"), wrapsChild
	case "sh", "bash", "dash", "ash":
		return unwrapShell(argv)
	}
	return argv, notWrapped
}

// skipFlags leaves flags out; those in valued have their value in the next word.
func skipFlags(words []string, valued string) []string {
	for len(words) > 0 && ascii.HasPrefix(words[0], "-") && words[0] != "-" {
		flag := words[0]
		words = words[1:]
		if flag == "--" {
			break
		}
		if len(flag) == 2 && ascii.Contains(valued, flag[1:]) && len(words) > 0 {
			words = words[1:]
		}
	}
	return words
}

// unwrapEnv reads the arguments of env(1). With -i nothing that nile sets arrives.
func unwrapEnv(words []string) []string {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		split, isSplit := ascii.CutPrefix(word, "--split-string=")
		if !isSplit && ascii.HasPrefix(word, "-S") || ascii.HasPrefix(word, "-vS") {
			split, isSplit = word[ascii.IndexByte(word, 'S')+1:], true
			if split == "" && len(words) > 0 {
				split, words = words[0], words[1:]
			}
		}
		switch {
		case isSplit:
			more, err := splitWords(split)
			if err != nil {
				return nil
			}
			words = append(more, words...)
		case word == "-i" || word == "-" || word == "--ignore-environment":
			return nil
		case word == "-u" || word == "-C":
			words = words[min(1, len(words)):]
		case ascii.HasPrefix(word, "-") && word != "--", isAssignment(word):
		case word == "--":
			return words
		default:
			return append([]string{word}, words...)
		}
	}
	return nil
}

// unwrapShell reads `sh -c TEXT`: the last of several commands, where all of them are
// plain and the last one is what the shell ends with. Anything else is the shell's own
// program.
func unwrapShell(argv []string) ([]string, wrapping) {
	words := argv[1:]
	for len(words) > 0 && len(words[0]) > 1 && words[0][0] == '-' {
		flags := words[0][1:]
		words = words[1:]
		if ascii.HasSuffix(flags, "c") && ascii.Trim(flags, "ceuxl") == "" && len(words) > 0 {
			return unwrapText(argv, words[0])
		}
	}
	return argv, notWrapped
}

func unwrapText(argv []string, text string) ([]string, wrapping) {
	text = ascii.TrimRight(ascii.ReplaceAll(text, "\\\n", " "), blanks+";")
	commands := slices.Collect(ascii.FieldsBetween(ascii.ReplaceAll(text, "&&", ";"), ";\n"))
	if len(commands) == 0 || ascii.ContainsAny(ascii.ReplaceAll(text, "&&", ""), "|&<>()`\\*?[]#") {
		return argv, notWrapped
	}
	words, err := splitWords(commands[len(commands)-1])
	if err != nil {
		return argv, notWrapped
	}
	for len(words) > 0 && isAssignment(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return argv, notWrapped
	}
	if words[0] == "exec" {
		return words[1:], wrapsSelf
	}
	if len(commands) > 1 && isShellWord(words[0]) {
		return argv, notWrapped
	}
	return words, wrapsChild
}

// isShellWord says whether a word ends a construct of the shell.
func isShellWord(word string) bool {
	switch word {
	case "fi", "done", "esac", "}", "then", "else", "do":
		return true
	}
	return false
}

func isAssignment(word string) bool {
	equals := ascii.IndexByte(word, '=')
	if equals <= 0 {
		return false
	}
	for _, b := range []byte(word[:equals]) {
		if !(b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z') {
			return false
		}
	}
	return true
}

func base(path string) string {
	return path[ascii.LastIndexByte(path, '/')+1:]
}

// byName recognises a runtime by the name of its program.
func byName(program string) Runtime {
	name := base(program)
	for i := range programs {
		if matches(programs[i].name, name) {
			return programs[i].runtime
		}
	}
	return None
}

func matches(known, name string) bool {
	if ending, any := ascii.CutPrefix(known, "*"); any {
		return len(name) > len(ending) && ascii.HasSuffix(name, ending)
	}
	beginning, versioned := ascii.CutSuffix(known, "*")
	if !versioned {
		return name == known
	}
	version, ok := ascii.CutPrefix(name, beginning)
	return ok && ascii.Trim(version, "0123456789.") == ""
}
