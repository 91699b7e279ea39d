package presets

import (
	"errors"
	"strconv"

	"github.com/nile-init/nile/internal/ascii"
)

// placePython translates options of python into the variables that stand for them
// (docs.python.org/3/using/cmdline.html).
func placePython(o *Options, words []string) (int, error) {
	word := words[0]
	if name, value, ok := ascii.Cut(word, "="); ok && ascii.HasPrefix(name, "PYTHON") {
		o.addOf("PYTHONWARNINGS", name, value, ",")
		return 1, nil
	}
	if len(word) >= 2 && (word[:2] == "-X" || word[:2] == "-W") {
		value, used := word[2:], 1
		if value == "" && len(words) > 1 {
			value, used = words[1], 2
		}
		if value == "" {
			return 0, errors.New(word + " wants a value in the same line")
		}
		if word[:2] == "-W" {
			o.add("PYTHONWARNINGS", value, ",")
			return used, nil
		}
		return used, o.pythonX(value)
	}
	variable, value := pythonFlag(word)
	if variable == "" {
		return 0, errors.New("python has no variable for " + strconv.Quote(word) + ": put it into the command, or write a variable such as PYTHONHASHSEED=0")
	}
	o.add(variable, value, "")
	return 1, nil
}

func pythonFlag(word string) (variable, value string) {
	switch word {
	case "-B":
		return "PYTHONDONTWRITEBYTECODE", "1"
	case "-O":
		return "PYTHONOPTIMIZE", "1"
	case "-OO":
		return "PYTHONOPTIMIZE", "2"
	case "-P":
		return "PYTHONSAFEPATH", "1"
	case "-s":
		return "PYTHONNOUSERSITE", "1"
	case "-u":
		return "PYTHONUNBUFFERED", "1"
	case "-v":
		return "PYTHONVERBOSE", "1"
	}
	return "", ""
}

// pythonX places an implementation option, NAME or NAME=VALUE.
func (o *Options) pythonX(option string) error {
	name, value, given := ascii.Cut(option, "=")
	if !given {
		value = "1"
	}
	variable := ""
	switch name {
	case "dev":
		variable = "PYTHONDEVMODE"
	case "faulthandler":
		variable = "PYTHONFAULTHANDLER"
	case "importtime":
		variable = "PYTHONPROFILEIMPORTTIME"
	case "int_max_str_digits":
		variable = "PYTHONINTMAXSTRDIGITS"
	case "no_debug_ranges":
		variable = "PYTHONNODEBUGRANGES"
	case "perf":
		variable = "PYTHONPERFSUPPORT"
	case "pycache_prefix":
		variable = "PYTHONPYCACHEPREFIX"
	case "tracemalloc":
		variable = "PYTHONTRACEMALLOC"
	case "utf8":
		variable = "PYTHONUTF8"
	case "warn_default_encoding":
		variable = "PYTHONWARNDEFAULTENCODING"
	case "cpu_count":
		variable = "PYTHON_CPU_COUNT"
	case "gil":
		variable = "PYTHON_GIL"
	default:
		return errors.New("python has no variable for -X " + name + ": put it into the command")
	}
	o.add(variable, value, "")
	return nil
}
