package reaper

import (
	"os"
	"slices"
	"testing"
)

// TestParseStat: a process may call itself anything.
func TestParseStat(t *testing.T) {
	const rest = " 7 70 700 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 3 0 12345 0 0"
	for _, test := range []struct {
		line string
		want process
		ok   bool
	}{
		{"42 (java) S" + rest, process{42, 7, 70, 700, true, 12345, "java"}, true},
		{"42 (a) Z 1 (b) Z" + rest, process{42, 7, 70, 700, true, 12345, "a) Z 1 (b"}, true},
		{"42 (x y) Z 7 70 700 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0", process{42, 7, 70, 700, false, 99, "x y"}, true},
		{"42 (dead) X" + " 7 70 700 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0", process{42, 7, 70, 700, false, 99, "dead"}, true},
		{"42 (short) S 7 70", process{}, false},
		{"42 no parentheses S 7", process{}, false},
		{"", process{}, false},
	} {
		got, ok := parseStat([]byte(test.line))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %+v %v", test.line, got, ok)
		}
	}
	if own, ok := readProcess(os.Getpid(), make([]byte, 1024)); ok && (own.parent != os.Getppid() || !own.alive || own.start == 0) {
		t.Errorf("the own process: %+v", own)
	}
}

func TestCandidates(t *testing.T) {
	for _, test := range []struct {
		name, path string
		want       []string
	}{
		{"", "/bin", nil},
		{"a", "/bin:/usr/bin", []string{"/bin/a", "/usr/bin/a"}},
		{"a", "", []string{"./a"}},
		{"a", ":/bin:", []string{"./a", "/bin/a", "./a"}},
		{"./a", "/bin", []string{"./a"}},
		{"/x/a", "/bin", []string{"/x/a"}},
	} {
		if got := candidates(test.name, test.path); !slices.Equal(got, test.want) {
			t.Errorf("%q in %q: %q", test.name, test.path, got)
		}
	}
}

func TestInterpreterOf(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"#!/bin/sh\n":              "/bin/sh",
		"#! \t/usr/bin/env -S x\n": "/usr/bin/env",
		"#!/bin/sh":                "/bin/sh",
		"#!\n":                     "",
		"":                         "",
		"\x7fELF":                  "",
		foreignProgram():           "",
		loaderProgram(t):           "/no/such/ld.so",
	} {
		if got, _ := interpreterOf(write(t, dir+"/file", text, 0o644)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzELF: a file that claims to be a program may hold anything.
func FuzzELF(f *testing.F) {
	f.Add([]byte(foreignProgram()))
	f.Add([]byte("\x7fELF\x02\x01" + string(make([]byte, 58))))
	f.Fuzz(func(t *testing.T, head []byte) {
		if loader := elfLoader(head); len(loader) > len(head) {
			t.Errorf("a loader of %d bytes in %d", len(loader), len(head))
		}
		parseStat(head)
	})
}

// TestDeparted: the last orphans are remembered, each number once.
func TestDeparted(t *testing.T) {
	var d departed
	for pid := 1; pid <= 100; pid++ {
		d.add(departure{pid: pid, command: "first"})
	}
	d.add(departure{pid: 100, command: "second"})
	if _, ok := d.find(1); ok {
		t.Error("number 1 is remembered for ever")
	}
	if one, ok := d.find(100); !ok || one.command != "second" {
		t.Errorf("number 100: %+v", one)
	}
	if d.forget(100); d.list[0].pid == 100 {
		t.Error("number 100 was not forgotten")
	}
	if _, ok := d.find(0); ok {
		t.Error("an empty place was found")
	}
}

func TestSameGroups(t *testing.T) {
	for _, test := range []struct {
		have []int
		want []uint32
		same bool
	}{
		{nil, nil, true},
		{[]int{1, 2}, []uint32{2, 1, 1}, true},
		{[]int{1, 2}, []uint32{1}, false},
		{[]int{1}, []uint32{1, 2}, false},
	} {
		if sameGroups(test.have, test.want) != test.same {
			t.Errorf("%v and %v", test.have, test.want)
		}
	}
}
