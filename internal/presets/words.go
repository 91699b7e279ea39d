package presets

import "github.com/nile-init/nile/internal/ascii"

// openQuote says that a text ends inside of quotes.
type openQuote struct{}

func (openQuote) Error() string { return "a quote is left open" }

const blanks = " \t\r\n"

// splitWords takes a text apart at blanks. Quotes, ' or ", keep blanks together and
// are taken away; between them every byte stands for itself. That is how the JVM and
// its launcher read their variables.
func splitWords(text string) (words []string, err error) {
	var word []byte
	var quote byte
	open := false // there is a word, perhaps an empty one
	for i := range len(text) {
		b := text[i]
		switch {
		case quote != 0 && b == quote:
			quote = 0
		case quote != 0:
			word = append(word, b)
		case b == '\'' || b == '"':
			quote, open = b, true
		case ascii.IndexByte(blanks, b) >= 0:
			if open {
				words = append(words, string(word))
			}
			word = word[:0]
			open = false
		default:
			word = append(word, b)
			open = true
		}
	}
	if open {
		words = append(words, string(word))
	}
	if quote != 0 {
		return words, openQuote{}
	}
	return words, nil
}

// joinJava is the opposite of splitWords.
func joinJava(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = quoteJava(word)
	}
	return ascii.Join(quoted, " ")
}

// quoteJava puts what needs it between quotes. A word may be made of several quoted
// parts, and only so can it have both kinds of quotes in it.
func quoteJava(word string) string {
	if word != "" && !ascii.ContainsAny(word, blanks+`'"`) {
		return word
	}
	if !ascii.Contains(word, `"`) {
		return `"` + word + `"`
	}
	return `'` + ascii.ReplaceAll(word, `'`, `'"'"'`) + `'`
}

// joinNode writes words as NODE_OPTIONS has them: in double quotes, where a backslash
// keeps a quote or a backslash (node: src/node_options.cc ParseNodeOptionsEnvVar).
func joinNode(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if word == "" || ascii.ContainsAny(word, blanks+`"\`) {
			word = `"` + ascii.Escape(word, `"\`) + `"`
		}
		quoted[i] = word
	}
	return ascii.Join(quoted, " ")
}

// joinOptions writes words as the runtime's variable takes them.
func joinOptions(runtime Runtime, words []string) string {
	if runtime == Node {
		return joinNode(words)
	}
	return joinJava(words)
}

// get returns a variable of an environment: of several of one name the first, as
// getenv(3) does.
func get(env []string, name string) (value string, found bool) {
	for _, entry := range env {
		if value, ok := ascii.CutPrefix(entry, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// with returns the environment with a variable set, in the place that it has had. The
// environment that is given is not changed.
func with(env []string, name, value string) []string {
	changed := make([]string, 0, len(env)+1)
	done := false
	for _, entry := range env {
		if ascii.HasPrefix(entry, name+"=") {
			if done {
				continue // a second one, which getenv would never have found
			}
			entry, done = name+"="+value, true
		}
		changed = append(changed, entry)
	}
	if !done {
		changed = append(changed, name+"="+value)
	}
	return changed
}
