package toolbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxWords bounds what one line can become by its patterns.
const maxWords = 65536

// parseLine takes a line of the shell apart into the commands between its | and their
// words. Quotes and backslashes are a POSIX shell's; $NAME and ${NAME} are replaced
// outside of single quotes, and what they bring in is one word; * ? [ ] outside of
// quotes are names of files, or stay where none matches. ~ is $HOME. There is nothing
// else: no redirection, no list of commands, no substitution of them.
func parseLine(line string) ([][]string, error) {
	p := parser{text: line}
	for !p.done() {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.endWord()
	if len(p.commands) == 0 && len(p.words) == 0 {
		return nil, nil
	}
	if len(p.words) == 0 {
		return nil, errors.New("nothing stands after the last |")
	}
	return append(p.commands, p.words), nil
}

type parser struct {
	text     string
	commands [][]string
	words    []string
	word     strings.Builder
	pattern  strings.Builder // the word as a pattern: what was quoted is escaped
	open     bool            // there is a word, perhaps an empty one
	isGlob   bool
}

func (p *parser) done() bool { return p.text == "" }

func (p *parser) next() error {
	b := p.text[0]
	p.text = p.text[1:]
	switch b {
	case ' ', '\t', '\r', '\n':
		p.endWord()
	case '|':
		p.endWord()
		if len(p.words) == 0 || strings.HasPrefix(p.text, "|") {
			return errors.New("nothing stands before a |")
		}
		p.commands, p.words = append(p.commands, p.words), nil
	case '<', '>':
		return errors.New("the toolbox only reads: it has no redirection")
	case ';', '&', '(', ')', '`':
		return errors.New("the toolbox's shell runs one pipeline a line: " + string(b) + " must be quoted")
	case '#':
		if !p.open {
			p.text = ""
			return nil
		}
		p.add("#")
	case '\\':
		if p.done() {
			return errors.New("a backslash stands at the end of the line")
		}
		p.add(p.text[:1])
		p.text = p.text[1:]
	case '\'':
		quoted, rest, closed := strings.Cut(p.text, "'")
		if !closed {
			return errors.New("a quote is left open")
		}
		p.add(quoted)
		p.text = rest
	case '"':
		return p.doubleQuoted()
	case '$':
		p.variable()
	case '~':
		if home := os.Getenv("HOME"); !p.open && home != "" && (p.done() || strings.ContainsAny(p.text[:1], "/ \t|")) {
			p.add(home)
			return nil
		}
		p.add("~")
	case '*', '?', '[':
		p.isGlob, p.open = true, true
		p.word.WriteByte(b)
		p.pattern.WriteByte(b)
	default:
		p.addByte(b)
	}
	return nil
}

// add takes text as it is; it opens a word even where it is empty.
func (p *parser) add(text string) {
	p.open = true
	for i := range len(text) {
		p.addByte(text[i])
	}
}

func (p *parser) addByte(b byte) {
	p.open = true
	p.word.WriteByte(b)
	if strings.IndexByte(`*?[\`, b) >= 0 {
		p.pattern.WriteByte('\\')
	}
	p.pattern.WriteByte(b)
}

func (p *parser) doubleQuoted() error {
	p.open = true
	for !p.done() {
		b := p.text[0]
		p.text = p.text[1:]
		switch {
		case b == '"':
			return nil
		case b == '$':
			p.variable()
		case b == '\\' && !p.done() && strings.IndexByte("\"\\$`", p.text[0]) >= 0:
			p.addByte(p.text[0])
			p.text = p.text[1:]
		default:
			p.addByte(b)
		}
	}
	return errors.New("a quote is left open")
}

// variable replaces the name after a $.
func (p *parser) variable() {
	name, rest := p.text, ""
	if braced, ok := strings.CutPrefix(p.text, "{"); ok {
		var closed bool
		if name, rest, closed = strings.Cut(braced, "}"); !closed {
			p.addByte('$')
			return
		}
	} else {
		end := 0
		for end < len(name) && (name[end] == '_' || name[end] >= '0' && name[end] <= '9' || name[end]|0x20 >= 'a' && name[end]|0x20 <= 'z') {
			end++
		}
		name, rest = name[:end], name[end:]
		if end == 0 {
			p.addByte('$')
			return
		}
	}
	p.text = rest
	p.add(os.Getenv(name))
}

func (p *parser) endWord() {
	if !p.open {
		return
	}
	word, pattern := p.word.String(), p.pattern.String()
	var names []string
	if p.isGlob {
		names, _ = filepath.Glob(pattern)
		names = slices.DeleteFunc(names, func(name string) bool { // hidden ones only where the pattern says so
			return strings.HasPrefix(filepath.Base(name), ".") && !strings.HasPrefix(filepath.Base(pattern), ".")
		})
	}
	if len(names) == 0 || len(names)+len(p.words) > maxWords {
		names = []string{word}
	}
	p.words = append(p.words, names...)
	p.word.Reset()
	p.pattern.Reset()
	p.open, p.isGlob = false, false
}
