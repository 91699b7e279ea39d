package toolbox

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"
)

// editor reads lines from a terminal, which is raw only while it does: tools have it as
// they found it, so that ^C reaches them.
type editor struct {
	in       *os.File
	terminal *term.Terminal
}

func newEditor(in, out *os.File) *editor {
	e := &editor{in: in}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&interruptedLine{in: in}, out}, "")
	e.terminal.AutoCompleteCallback = e.complete
	return e
}

func (e *editor) read(prompt string) (string, error) {
	state, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(e.in.Fd()), state) //nolint:errcheck // there is nothing else to be done
	if width, height, err := term.GetSize(int(e.in.Fd())); err == nil && width > 0 {
		_ = e.terminal.SetSize(width, height)
	}
	e.terminal.SetPrompt(prompt)
	return e.terminal.ReadLine()
}

// interruptedLine makes of ^C what a shell makes of it: the line is given up, where the
// library would end the input.
type interruptedLine struct {
	in      io.Reader
	pending []byte
}

func (r *interruptedLine) Read(buffer []byte) (int, error) {
	if len(r.pending) == 0 {
		read := make([]byte, 256)
		n, err := r.in.Read(read)
		if err != nil {
			return 0, err
		}
		for _, b := range read[:n] {
			if b == 0x03 { // to the end of the line, and away with all before it
				r.pending = append(r.pending, 0x05, 0x15)
				continue
			}
			r.pending = append(r.pending, b)
		}
	}
	n := copy(buffer, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// complete completes the word before the cursor by Tab.
func (e *editor) complete(line string, at int, key rune) (string, int, bool) {
	if key != '\t' {
		return line, at, false
	}
	added, choices := completion(line[:at])
	if added == "" && len(choices) > 1 {
		_, _ = io.WriteString(e.terminal, strings.Join(choices, "  ")+"\n")
	}
	return line[:at] + added + line[at:], at + len(added), true
}

// maxChoices is how many names are shown to choose from.
const maxChoices = 100

// completion returns what can be added to a line, and what there is to choose from
// where that isn't the whole word.
func completion(line string) (added string, choices []string) {
	start := strings.LastIndexAny(line, " \t|\"'") + 1
	word := line[start:]
	before := strings.TrimRight(line[:start], " \t")
	var names []string
	switch {
	case strings.HasPrefix(word, "$"):
		for _, entry := range os.Environ() {
			name, _, _ := strings.Cut(entry, "=")
			names = append(names, "$"+name)
		}
	case before == "" || strings.HasSuffix(before, "|"):
		names = append(Names(), "cd", "exit", "help")
	default:
		names = fileNames(word)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, word) })
	if len(names) == 0 {
		return "", nil
	}
	slices.Sort(names)
	common := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	added = common[len(word):]
	if len(names) == 1 && !strings.HasSuffix(common, "/") {
		added += " "
	}
	for i, name := range names {
		if i == maxChoices {
			return added, append(choices, "…")
		}
		choices = append(choices, printable(filepath.Base(name)))
	}
	return added, choices
}

// fileNames are the files in the directory that a word leads to, with a / after each
// directory. A name that would need quotes is left out.
func fileNames(word string) []string {
	directory := word[:strings.LastIndexByte(word, '/')+1]
	place := directory
	if place == "" {
		place = "."
	}
	all, _ := readNames(place)
	var names []string
	for _, name := range all {
		hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(word[len(directory):], ".")
		if hidden || strings.ContainsAny(name, " \t'\"\\$|*?[<>;&()`#") || printable(name) != name {
			continue
		}
		if info, err := os.Stat(directory + name); err == nil && info.IsDir() {
			name += "/"
		}
		names = append(names, directory+name)
	}
	return names
}
