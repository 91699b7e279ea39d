package manifest

import "github.com/nile-init/nile/internal/spelling"

// suggest returns the candidate that was probably meant by word, or "".
func suggest(word string, candidates []string) string { return spelling.Nearest(word, candidates) }
