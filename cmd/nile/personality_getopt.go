package main

import (
	"fmt"
	"strings"
)

// optionTable is what a program's getopt(3) or getopt_long(3) is told. Whoever
// replaces such a program has to read its command line as the GNU C library does:
// scripts rely on it.
type optionTable struct {
	program string // argv[0], as complaints begin with it
	shorts  string // each option's letter, with a colon where it has an argument
	longs   []longOption
	// permute lets own options stand after the command's name too, up to "--",
	// as the C library does where the program does not ask for the contrary.
	permute bool
}

// longOption is an option with a name, the same as the one with a letter.
type longOption struct {
	name     string
	short    byte
	argument bool
}

// option is one that the command line gives.
type option struct {
	letter byte
	value  string
}

// commandLine is a command line on its way through an optionTable.
type commandLine struct {
	*optionTable
	left    []string
	options []option
	rest    []string // what is not an option
}

// parse reads a command line without argv[0]. Along with an error come the options
// before the mistake, since a program acts on each before it reads the next.
func (t *optionTable) parse(args []string) (options []option, rest []string, err error) {
	line := commandLine{optionTable: t, left: args}
	for err == nil && len(line.left) > 0 {
		word := line.left[0]
		line.left = line.left[1:]
		switch {
		case word == "--":
			line.rest = append(line.rest, line.left...)
			line.left = nil
		case len(word) < 2 || word[0] != '-':
			line.rest = append(line.rest, word)
			if !t.permute {
				line.rest = append(line.rest, line.left...)
				line.left = nil
			}
		case len(t.longs) > 0 && word[1] == '-':
			err = line.long(word[2:])
		default:
			err = line.cluster(word[1:])
		}
	}
	return line.options, line.rest, err
}

// cluster reads letters that share one dash.
func (l *commandLine) cluster(letters string) error {
	for i := range len(letters) {
		letter := letters[i]
		at := strings.IndexByte(l.shorts, letter)
		if at < 0 || letter == ':' {
			return fmt.Errorf("%s: invalid option -- '%c'", l.program, letter)
		}
		if at+1 == len(l.shorts) || l.shorts[at+1] != ':' {
			l.options = append(l.options, option{letter: letter})
			continue
		}
		value := letters[i+1:]
		if value == "" {
			var ok bool
			if value, ok = l.next(); !ok {
				return fmt.Errorf("%s: option requires an argument -- '%c'", l.program, letter)
			}
		}
		l.options = append(l.options, option{letter, value})
		return nil
	}
	return nil
}

// long reads an option with a name, which may be cut short where that is clear.
func (l *commandLine) long(word string) error {
	name, value, given := strings.Cut(word, "=")
	found, err := l.named(name, word)
	switch {
	case err != nil:
		return err
	case given && !found.argument:
		return fmt.Errorf("%s: option '--%s' doesn't allow an argument", l.program, found.name)
	case !given && found.argument:
		if value, given = l.next(); !given {
			return fmt.Errorf("%s: option '--%s' requires an argument", l.program, found.name)
		}
	}
	l.options = append(l.options, option{found.short, value})
	return nil
}

func (l *commandLine) named(name, word string) (longOption, error) {
	var near []longOption
	for _, o := range l.longs {
		if o.name == name {
			return o, nil
		}
		if strings.HasPrefix(o.name, name) {
			near = append(near, o)
		}
	}
	switch len(near) {
	case 0:
		return longOption{}, fmt.Errorf("%s: unrecognized option '--%s'", l.program, word)
	case 1:
		return near[0], nil
	}
	possible := ""
	for _, o := range near {
		possible += " '--" + o.name + "'"
	}
	return longOption{}, fmt.Errorf("%s: option '--%s' is ambiguous; possibilities:%s", l.program, word, possible)
}

// next takes the word that follows, whatever it looks like.
func (l *commandLine) next() (string, bool) {
	if len(l.left) == 0 {
		return "", false
	}
	word := l.left[0]
	l.left = l.left[1:]
	return word, true
}
