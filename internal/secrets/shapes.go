package secrets

import "strings"

// maskKeys masks private keys in PEM (RFC 7468), also where the text has lost the
// beginning or the end of one.
func maskKeys(text string) string {
	const begin, end, dashes = "-----BEGIN ", "-----END ", "-----"
	const label = "PRIVATE KEY"
	if !strings.Contains(text, label) {
		return text
	}
	var b strings.Builder
	for {
		i := strings.Index(text, label)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		line := max(strings.LastIndexByte(text[:i], '\n')+1, strings.LastIndex(text[:i], begin), strings.LastIndex(text[:i], end))
		rest := text[i+len(label):]
		switch head := text[line:i]; {
		case strings.HasPrefix(head, begin):
			b.WriteString(text[:i] + label + dashes + Mask)
			if stop := strings.Index(rest, end); stop >= 0 {
				text = rest[stop+len(end):]
				b.WriteString(end)
				// The label of the end is no beginning.
				if stop := strings.Index(text, label); stop >= 0 && stop < 40 {
					b.WriteString(text[:stop+len(label)])
					text = text[stop+len(label):]
				}
				continue
			}
			return b.String()
		case strings.HasPrefix(head, end): // its beginning has been cut off
			b.WriteString(text[:keyStart(text, line)] + Mask + "\n" + text[line:i] + label)
		default:
			b.WriteString(text[:i] + label)
		}
		text = rest
	}
}

// keyStart is where the lines of a key begin that ends at a place.
func keyStart(text string, end int) int {
	for end > 0 {
		line := strings.LastIndexByte(text[:end-1], '\n') + 1
		for _, c := range []byte(strings.TrimSpace(text[line:end])) {
			if !isTokenByte(c) {
				return end
			}
		}
		end = line
	}
	return end
}

// maskURLs masks the password of scheme://user:password@host. Passwords are meant to be
// escaped there (RFC 3986, section 3.2.1), and often are not: the last @ counts.
func maskURLs(text string) string {
	var b strings.Builder
	done := 0
	for {
		i := strings.Index(text[done:], "://")
		if i < 0 {
			break
		}
		start := done + i + len("://")
		b.WriteString(text[done:start])
		done = start
		place := text[start:]
		if next := strings.Index(place, "://"); next >= 0 { // one within the other, perhaps
			place = place[:next]
		}
		if end := strings.IndexAny(place, " \t\r\n\"'`<>\x00"); end >= 0 {
			place = place[:end]
		}
		if colon, at := passwordOf(place); at > 0 {
			b.WriteString(place[:colon+1] + Mask)
			done = start + at
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// passwordOf is where the password of a URL's authority stands: between the colon and
// the @. What looks like a port and a path with an @ in it is none.
func passwordOf(place string) (colon, at int) {
	at = strings.LastIndexByte(place, '@')
	colon = strings.IndexByte(place, ':')
	if at < 0 || colon < 0 || colon+1 >= at {
		return 0, 0
	}
	slash := strings.IndexAny(place, "/?#")
	if slash >= 0 && slash < colon {
		return 0, 0
	}
	if slash >= 0 && slash < at {
		port := place[colon+1 : slash]
		if strings.Trim(port, "0123456789") == "" {
			return 0, 0
		}
	}
	return colon, at
}

// prefixes begin tokens that show by their shape whose they are. The number is how many
// more characters make one.
var prefixes = []struct {
	text string
	more int
}{
	{"AKIA", 16}, {"ASIA", 16}, // AWS access key IDs
	{"eyJ", 16}, // JSON Web Tokens, RFC 7519: {" in base64url
	{"ghp_", 16}, {"gho_", 16}, {"ghu_", 16}, {"ghs_", 16}, {"ghr_", 16}, {"github_pat_", 16},
	{"glpat-", 16}, {"xoxb-", 10}, {"xoxp-", 10}, {"xoxa-", 10}, {"xoxs-", 10}, {"xoxr-", 10}, {"xapp-", 10},
	{"AIza", 30}, {"ya29.", 16}, {"sk_live_", 16}, {"rk_live_", 16}, {"sk-", 20}, {"npm_", 30}, {"hvs.", 20}, {"dop_v1_", 20},
}

// maskTokens masks what begins like a token of a well-known kind, and what follows
// "Bearer".
func maskTokens(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		if i > 0 && (isLetter(text[i-1]) || isDigit(text[i-1]) || text[i-1] == '_') {
			i++
			continue
		}
		from, to := tokenAt(text, i)
		if to == 0 {
			i++
			continue
		}
		b.WriteString(text[done:from])
		b.WriteString(Mask)
		done, i = to, to
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// tokenAt is where the token stands that begins at a place, or whose "Bearer" does.
func tokenAt(text string, i int) (from, to int) {
	rest := text[i:]
	for _, p := range prefixes {
		if !strings.HasPrefix(rest, p.text) {
			continue
		}
		if end := tokenEnd(text, i+len(p.text)); end-i-len(p.text) >= p.more {
			return i, end
		}
	}
	const scheme = "bearer "
	if len(rest) > len(scheme) && strings.EqualFold(rest[:len(scheme)], scheme) {
		from := i + len(scheme)
		to := tokenEnd(text, from)
		if to-from >= 16 || to-from >= 8 && strings.ContainsAny(text[from:to], "0123456789") {
			return from, to
		}
	}
	return 0, 0
}

func tokenEnd(text string, i int) int {
	for i < len(text) && isTokenByte(text[i]) {
		i++
	}
	return i
}

// isTokenByte tells of the characters of token68 (RFC 7235, section 2.1).
func isTokenByte(c byte) bool {
	return isLetter(c) || isDigit(c) || strings.IndexByte("-._~+/=", c) >= 0
}
