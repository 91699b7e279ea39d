package supervisor

// nearest is the name that somebody may have meant who wrote another one; empty where
// none is like it. Names are alike where at most a third of the letters differ, and two
// letters that have changed places count as one.
func nearest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, name := range names {
		if d := distance(word, name); d < least || d == least && best == "" {
			best, least = name, d
		}
	}
	return best
}

// maxName bounds the work on a word that an operator may have written: a name of a
// container has no more than 63 letters (RFC 1123 labels).
const maxName = 63

// distance is how many letters have to be added, removed, changed or swapped with their
// neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	if len(a) > maxName || len(b) > maxName {
		return maxName
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
