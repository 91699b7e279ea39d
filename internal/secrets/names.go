package secrets

import (
	"slices"
	"strings"
)

// kind is how surely a name is that of a secret.
type kind int

const (
	nothing kind = iota
	weak         // it is in most programs, such as KEY or AUTH
	strong       // it is everywhere, such as PASSWORD
)

// strongWords are words that only names of secrets have. Those of at least five letters
// count within a longer word too: PGPASSWORD, authtoken.
var strongWords = []string{
	"PASS", "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PWD", "SECRET", "SECRETS", "TOKEN", "TOKENS",
	"CREDENTIAL", "CREDENTIALS", "APIKEY", "PRIVATEKEY", "ACCESSKEY", "SECRETKEY", "JWT",
}

var weakWords = []string{
	"KEY", "KEYS", "AUTH", "AUTHORIZATION", "BEARER", "COOKIE", "SALT", "SIGNATURE", "DSN", "PIN", "OTP", "PSK", "SAS", "CREDS",
}

// kind tells whether a name is that of a secret: of a variable, a property or an option,
// in any of the usual ways to write one.
func (m *Masker) kind(name string) kind {
	if name == "PWD" || name == "OLDPWD" { // directories, of every shell
		return nothing
	}
	words := wordsOf(name)
	found := nothing
	for _, word := range words {
		switch {
		case slices.ContainsFunc(strongWords, func(s string) bool { return word == s || len(s) >= 5 && strings.Contains(word, s) }):
			return strong
		case slices.Contains(weakWords, word):
			found = weak
		}
	}
	whole := "_" + strings.Join(words, "_") + "_"
	if slices.ContainsFunc(m.names, func(s string) bool { return strings.Contains(whole, "_"+s+"_") }) {
		return strong
	}
	return found
}

// hides tells whether the value of a name is to be masked. What a PASSWORD_FILE names is
// a file, where it looks like one.
func (m *Masker) hides(name, value string) bool {
	if m.kind(name) == nothing {
		return false
	}
	words := wordsOf(name)
	switch words[len(words)-1] {
	case "FILE", "PATH", "DIR", "SOCK":
		return !strings.HasPrefix(value, "/")
	}
	return true
}

// wordsOf are the words of a name, in upper case: apart at what is neither letter nor
// digit, and where a small letter is followed by a capital one.
func wordsOf(name string) []string {
	var words []string
	start := 0
	end := func(i int) {
		if i > start {
			words = append(words, strings.ToUpper(name[start:i]))
		}
		start = i
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case !isLetter(c) && !isDigit(c):
			end(i)
			start = i + 1
		case i > start && isCapital(c) && !isCapital(name[i-1]):
			end(i)
		}
	}
	end(len(name))
	return words
}

// isName tells whether something can be the name of a variable or a property.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isNameByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '.'
}

func isLetter(c byte) bool  { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool   { return '0' <= c && c <= '9' }
