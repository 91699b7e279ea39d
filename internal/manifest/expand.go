package manifest

import "strings"

// Expand replaces the references $(NAME) in text by what lookup says of NAME,
// by the rules of Kubernetes (k8s.io/kubernetes
// third_party/forked/golang/expansion):
//
//   - a reference to a name that lookup does not know stays as it is written;
//   - $$ becomes $, so $$(NAME) becomes the text $(NAME);
//   - a $ before anything else, a last $, and $( without its ) stay;
//   - a name is all that stands up to the next ), even nothing;
//   - what a reference brings in is not looked at again.
func Expand(text string, lookup func(name string) (value string, known bool)) string {
	next := strings.IndexByte(text, '$')
	if next < 0 {
		return text
	}
	var out strings.Builder
	for next >= 0 && next+1 < len(text) {
		out.WriteString(text[:next])
		text = text[next:]
		used := 2 // the $ and the byte after it, whatever that is
		switch text[1] {
		case '$':
			out.WriteByte('$')
		case '(':
			end := strings.IndexByte(text, ')')
			if end < 0 {
				out.WriteString("$(")
				break
			}
			used = end + 1
			if value, known := lookup(text[2:end]); known {
				out.WriteString(value)
			} else {
				out.WriteString(text[:used])
			}
		default:
			out.WriteString(text[:2])
		}
		text = text[used:]
		next = strings.IndexByte(text, '$')
	}
	out.WriteString(text)
	return out.String()
}
