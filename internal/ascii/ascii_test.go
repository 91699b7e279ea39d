package ascii_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/ascii"
)

var texts = []string{
	"", " ", "a", "=", "a=b", "a=b=c", "=b", "a=", "PATH=/bin:/usr/bin::", "  two  words \t\n", "-Dx=y", "aaab", "abab",
	"NILE_HOLD_FOR", "Größe 1", `C:\x*?[`, "1 (sh) S 0 1 1", "\x00a\x00\x00b", "/a//b/", "#!/bin/sh -e\necho\n",
}

var parts = []string{"=", "a", "ab", ":", "/", " ", "-D", "\n", "\x00", "_", "(sh)", "#!", "ö"}

// TestTheFunctionsDoWhatThoseOfStringsDo compares the two where both are defined.
func TestTheFunctionsDoWhatThoseOfStringsDo(t *testing.T) {
	for _, s := range texts {
		for _, part := range parts {
			b := part[0]
			for name, same := range map[string]bool{
				"HasPrefix":     ascii.HasPrefix(s, part) == strings.HasPrefix(s, part),
				"HasSuffix":     ascii.HasSuffix(s, part) == strings.HasSuffix(s, part),
				"Index":         ascii.Index(s, part) == strings.Index(s, part),
				"Contains":      ascii.Contains(s, part) == strings.Contains(s, part),
				"IndexByte":     ascii.IndexByte(s, b) == strings.IndexByte(s, b),
				"LastIndexByte": ascii.LastIndexByte(s, b) == strings.LastIndexByte(s, b),
				"TrimPrefix":    ascii.TrimPrefix(s, part) == strings.TrimPrefix(s, part),
				"ReplaceAll":    ascii.ReplaceAll(s, part, "<>") == strings.ReplaceAll(s, part, "<>"),
				"Split":         b >= 0x80 || slices.Equal(slices.Collect(ascii.Split(s, b)), strings.Split(s, string(b))),
			} {
				if !same {
					t.Errorf("%s(%q, %q) is another than that of strings", name, s, part)
				}
			}
			before, after, found := ascii.Cut([]byte(s), part)
			before2, after2, found2 := bytes.Cut([]byte(s), []byte(part))
			if !bytes.Equal(before, before2) || !bytes.Equal(after, after2) || found != found2 {
				t.Errorf("Cut(%q, %q) = %q, %q, %v", s, part, before, after, found)
			}
			cut, found := ascii.CutPrefix(s, part)
			if cut2, found2 := strings.CutPrefix(s, part); cut != cut2 || found != found2 {
				t.Errorf("CutPrefix(%q, %q) = %q, %v", s, part, cut, found)
			}
			cut, found = ascii.CutSuffix(s, part)
			if cut2, found2 := strings.CutSuffix(s, part); cut != cut2 || found != found2 {
				t.Errorf("CutSuffix(%q, %q) = %q, %v", s, part, cut, found)
			}
		}
	}
}

func TestSetsAreOfBytes(t *testing.T) {
	for _, s := range texts {
		for _, set := range []string{" \t\n", "ab=", "/", "0123456789."} {
			for name, same := range map[string]bool{
				"IndexAny":    ascii.IndexAny(s, set) == strings.IndexAny(s, set),
				"ContainsAny": ascii.ContainsAny(s, set) == strings.ContainsAny(s, set),
				"Trim":        ascii.Trim(s, set) == strings.Trim(s, set),
				"TrimLeft":    ascii.TrimLeft(s, set) == strings.TrimLeft(s, set),
				"TrimRight":   ascii.TrimRight(s, set) == strings.TrimRight(s, set),
				"FieldsBetween": slices.Equal(slices.Collect(ascii.FieldsBetween(s, set)),
					strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(set, r) })),
			} {
				if !same {
					t.Errorf("%s(%q, %q) is another than that of strings", name, s, set)
				}
			}
		}
		if got := slices.Collect(ascii.Fields(s)); !slices.Equal(got, strings.Fields(s)) {
			t.Errorf("Fields(%q) = %q", s, got)
		}
		if got := ascii.TrimSpace([]byte(s)); !bytes.Equal(got, bytes.TrimSpace([]byte(s))) {
			t.Errorf("TrimSpace(%q) = %q", s, got)
		}
	}
}

func TestJoinCaseAndEscape(t *testing.T) {
	for _, list := range [][]string{nil, {""}, {"a"}, {"a", "", "b"}} {
		if got := ascii.Join(list, ", "); got != strings.Join(list, ", ") {
			t.Errorf("Join(%q) = %q", list, got)
		}
	}
	if got := ascii.ToUpper("cap_Chown1ö"); got != "CAP_CHOWN1ö" {
		t.Errorf("ToUpper gives %q", got)
	}
	if got := ascii.ToLower("HOLD-For[Z]Ö"); got != "hold-for[z]Ö" {
		t.Errorf("ToLower gives %q", got)
	}
	if got := ascii.Escape(`a*b\c"`, `\*`); got != `a\*b\\c"` {
		t.Errorf("Escape gives %q", got)
	}
}

// A range over them may be left.
func TestIterationsEnd(t *testing.T) {
	for range ascii.Split("a:b:c", ':') {
		break
	}
	for word := range ascii.Fields("one two") {
		if word != "one" {
			t.Errorf("got %q after the end", word)
		}
		break
	}
}

func TestUnescape(t *testing.T) {
	for escaped, want := range map[string]string{
		"": "", "/plain": "/plain", `/with\040blank`: "/with blank", `\011\012\134`: "\t\n\\", `\040`: " ",
		`\04`: `\04`, `\`: `\`, `\\040`: `\ `, `\0400`: " 0", `\089`: `\089`, `\777`: `\777`, `\134040`: `\040`,
	} {
		if got := ascii.Unescape(escaped); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", escaped, got, want)
		}
	}
}
