// Package spelling finds what somebody meant by a word that he misspelt.
package spelling

import "strings"

// Nearest returns the candidate that was probably meant by word, or "". The
// first of several equally near ones wins.
func Nearest(word string, candidates []string) string {
	if word == "" || len(word) > 64 {
		return ""
	}
	lower := strings.ToLower(word)
	best, bestDistance := "", allowedDistance(word)+1
	for _, candidate := range candidates {
		if distance := editDistance(lower, strings.ToLower(candidate)); distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

// allowedDistance is how many typing errors a word of this length may have and
// still be recognised: one in three letters, at most three.
func allowedDistance(word string) int {
	return min(3, max(1, len(word)/3))
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (Damerau-Levenshtein, each place changed once).
func editDistance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
