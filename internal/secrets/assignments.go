package secrets

import "strings"

// maskAssignments masks what a text assigns to the name of a secret: NAME=value,
// name: value, "name": "value".
func (m *Masker) maskAssignments(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '=' && text[i] != ':' {
			continue
		}
		name, quoted := nameBefore(text[done:i])
		start, closing := valueStart(text, i)
		if !m.assigns(text[i], name, quoted, text[start:]) {
			continue
		}
		end := valueEnd(text, start, closing)
		if end == start {
			continue
		}
		b.WriteString(text[done:start])
		b.WriteString(Mask)
		done = end
		i = end - 1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// assigns tells whether an assignment is one to a secret. With a colon the last word
// decides, and has to be sure where nothing is quoted: "InvalidTokenException: no such
// user" is a message. Only the beginning of the value is looked at: a text may have many
// names, and its end only once.
func (m *Masker) assigns(operator byte, name string, quoted bool, value string) bool {
	if name == "" || strings.HasPrefix(value, Mask) || strings.HasPrefix(value, "//") { // scheme://
		return false
	}
	if operator == '=' {
		return m.hides(name, value)
	}
	words := wordsOf(name)
	if len(words) == 0 {
		return false
	}
	last := m.kind(words[len(words)-1])
	return last == strong || last != nothing && quoted || quoted && m.hides(name, value) ||
		strings.EqualFold(name, "authorization")
}

// maxName is how long a name may be.
const maxName = 128

// nameBefore is the name at the end of a text, which may be in quotation marks.
func nameBefore(text string) (name string, quoted bool) {
	text = strings.TrimRight(text, " \t")
	if strings.HasSuffix(text, `"`) || strings.HasSuffix(text, "'") {
		text, quoted = strings.TrimSuffix(text[:len(text)-1], `\`), true
	}
	start := len(text)
	for start > 0 && len(text)-start < maxName && isNameByte(text[start-1]) {
		start--
	}
	return strings.TrimLeft(text[start:], "-."), quoted
}

// valueStart is where the value stands that follows the sign of an assignment, and the
// quotation mark that closes it, if it has any.
func valueStart(text string, sign int) (start int, closing string) {
	start = sign + 1
	spaced := text[sign] == ':' || sign > 0 && isBlank(text[sign-1]) // name = value
	for start < len(text) && isBlank(text[start]) && spaced {
		start++
	}
	for _, mark := range []string{`\"`, `"`, "'"} { // the first in JSON within JSON
		if strings.HasPrefix(text[start:], mark) {
			return start + len(mark), mark
		}
	}
	return start, ""
}

// valueEnd is where a value ends: at its quotation mark; or at the next blank, comma or
// the like; after "Authorization: Bearer" and its kind one word later.
func valueEnd(text string, start int, closing string) int {
	if closing != "" {
		end := start
		for end < len(text) && text[end] != '\n' && !strings.HasPrefix(text[end:], closing) {
			if text[end] == '\\' && end+1 < len(text) && text[end+1] != '\n' {
				end++
			}
			end++
		}
		return min(end, len(text))
	}
	end := wordEnd(text, start)
	switch strings.ToLower(text[start:end]) {
	case "bearer", "basic", "digest", "token":
		if end < len(text) && text[end] == ' ' {
			end = wordEnd(text, end+1)
		}
	}
	return end
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// wordEnd is where a value without quotation marks ends.
func wordEnd(text string, from int) int {
	if i := strings.IndexAny(text[from:], " \t\r\n\"'`,;&<>(){}[]|\x00\x1b"); i >= 0 {
		return from + i
	}
	return len(text)
}
