package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// takeLines feeds what nile is said to have passed on.
func takeLines(t *testing.T, text string) *lines {
	t.Helper()
	l := &lines{seen: map[key]int{}}
	l.read(strings.NewReader(text))
	return l
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for _, test := range []struct {
		name, text string
		printed    life
		troubles   int
	}{
		{"all there", "a | soak-line a 0 o 0 xx\na | soak-line a 0 e 0\na | soak-line a 0 o 1 x\n", life{Stdout: 2, Stderr: 1}, 0},
		{"killed before it could count", "a | soak-line a 0 o 0\na | soak-line a 0 o 1\n", life{Stdout: 1}, 0},
		{"a long line", "a | soak-line a 0 o 0 " + long + "\na | soak-line a 0 o 1\n", life{Stdout: 2}, 0},
		{"nile's own words", `{"msg":"soak-line a 0 o 5"}` + "\na | soak-line a 0 o 0\n", life{Stdout: 1}, 0},
		{"the last is missing", "a | soak-line a 0 o 0\n", life{Stdout: 2}, 1},
		{"one in the middle is missing", "a | soak-line a 0 o 0\na | soak-line a 0 o 2\n", life{Stdout: 3}, 1},
		{"one came twice", "a | soak-line a 0 o 0\na | soak-line a 0 o 0\n", life{Stdout: 1}, 1},
		{"the streams are swapped", "a | soak-line a 0 o 0\n", life{Stderr: 2}, 1},
		{"a later life was first", "a | soak-line a 1 o 0\na | soak-line a 0 o 0\n", life{Stdout: 1}, 1},
		{"cut short", "a | soak-line a 0\n", life{}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := takeLines(t, test.text)
			l.check("a", 0, test.printed)
			if l.count != test.troubles {
				t.Errorf("%d troubles, want %d: %q", l.count, test.troubles, l.first)
			}
		})
	}
}

func TestExits(t *testing.T) {
	started := func(number, pid int) string {
		return fmt.Sprintf(`{"number":%d,"container":"a","from":"Starting","to":"Running","pid":%d}`, number, pid)
	}
	ended := func(number, pid, code int, signal string) string {
		return fmt.Sprintf(`{"number":%d,"container":"a","from":"Running","to":"Backoff","pid":%d,"exitCode":%d,"signal":%q}`, number, pid, code, signal)
	}
	meant := func(pid, code uint64) life { return life{PID: pid, Intent: 1 + code} }
	killed := life{PID: 7, Intent: 0}
	for _, test := range []struct {
		name     string
		events   []string
		lives    []life
		troubles int
		lost     uint64
	}{
		{"as it was meant", []string{started(1, 7), ended(2, 7, 3, ""), started(3, 8), ended(4, 8, 0, "")}, []life{meant(7, 3), meant(8, 0)}, 0, 0},
		{"killed by nile", []string{ended(1, 7, 137, "SIGKILL")}, []life{killed}, 0, 0},
		{"by its own signal", []string{ended(1, 7, 142, "SIGALRM")}, []life{{PID: 7, Intent: intentSignal + 14}}, 0, 0},
		{"killed before its ledger was open", []string{ended(1, 6, 143, "SIGTERM"), ended(2, 7, 3, "")}, []life{meant(7, 3)}, 0, 0},
		{"told when what it left behind is gone", []string{
			`{"number":1,"container":"a","from":"Running","to":"Emptying","pid":7}`,
			`{"number":2,"container":"a","from":"Emptying","to":"Backoff","exitCode":3}`,
			`{"number":3,"container":"a","from":"Backoff","to":"Failed","exitCode":3}`,
		}, []life{meant(7, 3)}, 0, 0},
		{"another code", []string{ended(1, 7, 4, "")}, []life{meant(7, 3)}, 1, 0},
		{"never told", []string{started(1, 7)}, []life{meant(7, 3)}, 1, 0},
		{"told twice", []string{ended(1, 7, 3, ""), ended(2, 7, 3, "")}, []life{meant(7, 3)}, 1, 0},
		{"of nobody", []string{ended(1, 5, 0, ""), ended(2, 7, 3, "")}, []life{meant(7, 3)}, 1, 0},
		{"no reason to end", []string{ended(1, 7, 0, "")}, []life{killed}, 1, 0},
		{"events are lost", []string{started(1, 7), ended(5, 7, 3, "")}, []life{meant(7, 3)}, 0, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := &exits{of: map[string][]exit{}, process: map[string]uint64{}}
			e.read(strings.NewReader(strings.Join(test.events, "\n")))
			e.check("a", test.lives)
			if e.count != test.troubles || e.lost != test.lost {
				t.Errorf("%d troubles and %d lost, want %d and %d: %q", e.count, e.lost, test.troubles, test.lost, e.first)
			}
		})
	}
}

// TestLedger shows that the count of a life is in the file, that the next life does not
// touch it, and that one that begins too early is found out.
func TestLedger(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	for number := range 200 { // more than a page
		book, err := openLedger(file)
		if err != nil {
			t.Fatal(err)
		}
		count(&book.current.Stdout)
		book.current.Intent = uint64(number)
		if number == 199 {
			if _, err := openLedger(file); err != errOverlap {
				t.Errorf("a second life at the same time: %v", err)
			}
		}
		if err := syscall.Flock(int(book.lock.Fd()), syscall.LOCK_UN); err != nil { // as its end does
			t.Fatal(err)
		}
	}
	lives, err := readLedger(file)
	if len(lives) != 200 || lives[150].Stdout != 1 || lives[150].Intent != 150 {
		t.Errorf("%d lives, the one of number 150 is %+v", len(lives), lives[150])
	}
	if err == nil {
		t.Error("nobody is told of the overlap")
	}
}

func TestFlat(t *testing.T) {
	m := measures[0]
	flat, growing := make([]vitals, 100), make([]vitals, 100)
	for i := range growing {
		flat[i].fds, growing[i].fds = 50+i%3, 50+i
	}
	before, after := m.medians(flat)
	if after > before+m.room(before) {
		t.Errorf("%d and %d at the end are not flat", before, after)
	}
	before, after = m.medians(growing)
	if after <= before+m.room(before) {
		t.Errorf("%d and %d at the end are flat", before, after)
	}
	if before, after := m.medians(flat[:1]); before != 50 || after != 50 {
		t.Errorf("a single sample of 50: %d and %d", before, after)
	}
}
