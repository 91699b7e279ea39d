// Package ascii has the functions of packages strings and bytes that what starts the
// first child needs, for both kinds of text and by bytes alone.
//
// It stands in for them only to be initialised early: both import unicode, see
// internal/linux.
package ascii

// Text is what the functions take.
type Text interface{ ~string | ~[]byte }

// HasPrefix reports whether s begins with prefix.
func HasPrefix[T Text](s T, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

// HasSuffix reports whether s ends with suffix.
func HasSuffix[T Text](s T, suffix string) bool {
	return len(s) >= len(suffix) && string(s[len(s)-len(suffix):]) == suffix
}

// IndexByte is where b is for the first time, or -1.
func IndexByte[T Text](s T, b byte) int {
	for i := range len(s) {
		if s[i] == b {
			return i
		}
	}
	return -1
}

// LastIndexByte is where b is for the last time, or -1.
func LastIndexByte[T Text](s T, b byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == b {
			return i
		}
	}
	return -1
}

// IndexAny is where the first byte of set is, or -1.
func IndexAny[T Text](s T, set string) int {
	for i := range len(s) {
		if IndexByte(set, s[i]) >= 0 {
			return i
		}
	}
	return -1
}

// ContainsAny reports whether s has one of the bytes of set.
func ContainsAny[T Text](s T, set string) bool { return IndexAny(s, set) >= 0 }

// Index is where part, which is not empty, begins for the first time, or -1.
func Index[T Text](s T, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i] == part[0] && string(s[i:i+len(part)]) == part {
			return i
		}
	}
	return -1
}

// Contains reports whether part, which is not empty, is in s.
func Contains[T Text](s T, part string) bool { return Index(s, part) >= 0 }

// Cut returns what is before and after the first separator; all of s where there is none.
func Cut[T Text](s T, separator string) (before, after T, found bool) {
	if i := Index(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, s[len(s):], false
}

// CutPrefix returns s without prefix, and whether it had it.
func CutPrefix[T Text](s T, prefix string) (after T, found bool) {
	if !HasPrefix(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// CutSuffix returns s without suffix, and whether it had it.
func CutSuffix[T Text](s T, suffix string) (before T, found bool) {
	if !HasSuffix(s, suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

// TrimPrefix returns s without prefix, if it has it.
func TrimPrefix[T Text](s T, prefix string) T {
	s, _ = CutPrefix(s, prefix)
	return s
}

// TrimLeft returns s without the bytes of set that it begins with.
func TrimLeft[T Text](s T, set string) T {
	for len(s) > 0 && IndexByte(set, s[0]) >= 0 {
		s = s[1:]
	}
	return s
}

// TrimRight returns s without the bytes of set that it ends with.
func TrimRight[T Text](s T, set string) T {
	for len(s) > 0 && IndexByte(set, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

// Trim is TrimLeft and TrimRight.
func Trim[T Text](s T, set string) T { return TrimRight(TrimLeft(s, set), set) }

// blanks are the white space of ASCII.
const blanks = " \t\n\v\f\r"

// TrimSpace returns s without the white space around it.
func TrimSpace[T Text](s T) T { return Trim(s, blanks) }

// Split goes through what stands between the separators, of which there may be none; a
// separator is one byte.
func Split[T Text](s T, separator byte) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for {
			i := IndexByte(s, separator)
			if i < 0 {
				yield(s)
				return
			}
			if !yield(s[:i]) {
				return
			}
			s = s[i+1:]
		}
	}
}

// Fields goes through the words between white space.
func Fields[T Text](s T) func(yield func(T) bool) { return FieldsBetween(s, blanks) }

// FieldsBetween goes through the words between bytes of a set.
func FieldsBetween[T Text](s T, set string) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for s = TrimLeft(s, set); len(s) > 0; s = TrimLeft(s, set) {
			end := IndexAny(s, set)
			if end < 0 {
				end = len(s)
			}
			if !yield(s[:end]) {
				return
			}
			s = s[end:]
		}
	}
}

// Join puts texts together with a separator between them.
func Join(texts []string, separator string) string {
	var all []byte
	for i, s := range texts {
		if i > 0 {
			all = append(all, separator...)
		}
		all = append(all, s...)
	}
	return string(all)
}

// ReplaceAll puts another text in the place of each old one, which is not empty.
func ReplaceAll(s, old, other string) string {
	var all []byte
	for {
		before, after, found := Cut(s, old)
		if !found {
			return string(append(all, s...))
		}
		all = append(append(all, before...), other...)
		s = after
	}
}

// ToUpper puts the small letters of ASCII in capitals.
func ToUpper(s string) string { return change(s, 'a', 'z') }

// ToLower puts the capital letters of ASCII in small ones.
func ToLower(s string) string { return change(s, 'A', 'Z') }

// change changes the case of the letters in a range.
func change(s string, from, to byte) string {
	changed := []byte(s)
	for i, b := range changed {
		if from <= b && b <= to {
			changed[i] = b ^ 0x20
		}
	}
	return string(changed)
}

// Escape puts a backslash before each byte of set.
func Escape(s, set string) string {
	var all []byte
	for i := range len(s) {
		if IndexByte(set, s[i]) >= 0 {
			all = append(all, '\\')
		}
		all = append(all, s[i])
	}
	return string(all)
}

// Unescape undoes the octal escapes of blanks and backslashes in the kernel's tables of
// mounts: \040 is a blank, proc_pid_mounts(5). What is no escape stays.
func Unescape(s string) string {
	if IndexByte(s, '\\') < 0 {
		return s
	}
	var all []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] <= '3' && isOctal(s[i+1]) && isOctal(s[i+2]) && isOctal(s[i+3]) {
			all = append(all, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		all = append(all, s[i])
	}
	return string(all)
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }
