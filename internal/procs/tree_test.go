package procs

import (
	"maps"
	"testing"
	"time"
)

// pod is a nile (1) with two containers, web (10) and db (20), and what they left.
func pod() []made {
	return []made{
		{pid: 1, name: "nile"},
		{pid: 10, parent: 1, session: 10, name: "web", environ: "A=1\x00NILE_COOKIE=t0k:web\x00", user: 100, pages: 1},
		{pid: 11, parent: 10, session: 10, name: "worker", user: 50, pages: 2},
		{pid: 12, parent: 11, session: 12, name: "deep", user: 5, pages: 4},
		{pid: 13, parent: 1, session: 10, name: "orphan", user: 1, pages: 8},
		{pid: 14, parent: 1, session: 14, name: "daemon", environ: "NILE_COOKIE=t0k:web#2\x00", user: 1, pages: 16},
		{pid: 15, parent: 14, session: 14, name: "its child", environ: "NILE_COOKIE=t0k:web#3\x00"},
		{pid: 20, parent: 10, session: 20, name: "db", user: 7, pages: 32},
		{pid: 21, parent: 20, session: 20, name: "dead", state: "Z", user: 7},
		{pid: 30, parent: 1, session: 30, name: "stranger", environ: "NILE_COOKIE=other:web\x00"},
		{pid: 31, parent: 1, session: 31, name: "unknown", environ: "NILE_COOKIE=t0k:gone\x00"},
	}
}

func TestAttribute(t *testing.T) {
	got := readMade(t, Options{}, pod()...).Attribute(map[int]string{10: "web", 20: "db"})
	maps.DeleteFunc(got, func(_ int, name string) bool { return name == "" })
	want := map[int]string{10: "web", 11: "web", 12: "web", 13: "web", 14: "web", 15: "web", 20: "db", 21: "db"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := readMade(t, Options{}, pod()...).Attribute(nil); len(got[10]) != 0 {
		t.Errorf("without containers: %v", got)
	}
}

// circle is what a /proc may look like that changes while it is read.
func circle() []made {
	return []made{{pid: 2, parent: 3, name: "a"}, {pid: 3, parent: 2, name: "b"}, {pid: 4, parent: 4, name: "own"}, {pid: 5, parent: 77, name: "lost"}}
}

func TestCircles(t *testing.T) {
	table := readMade(t, Options{}, circle()...)
	if got := table.Attribute(map[int]string{9: "x"}); got[2] != "" {
		t.Errorf("got %v", got)
	}
	sampler := Sampler{Root: makeProc(t, circle()...)}
	if usage, err := sampler.Trees([]int{9, 3}); err != nil || usage[0].Processes != 0 || usage[1].Processes != 2 {
		t.Errorf("got %+v, %v", usage, err)
	}
}

func TestSampler(t *testing.T) {
	page := readMade(t, Options{}, made{pid: 1, name: "x", pages: 1}).Processes[0].Resident
	sampler := Sampler{Root: makeProc(t, pod()...)}
	for range 2 { // what it reuses does no harm
		usage, err := sampler.Trees([]int{20, 0, 10, 99})
		if err != nil {
			t.Fatal(err)
		}
		db := Usage{Processes: 1, Threads: 1, Zombies: 1, Resident: 32 * page, CPU: 140 * time.Millisecond}
		web := Usage{Processes: 4, Threads: 4, Resident: 15 * page, CPU: 1560 * time.Millisecond}
		if usage[0] != db || usage[1] != (Usage{}) || usage[2] != web || usage[3] != (Usage{}) {
			t.Errorf("got %+v\nwant db %+v, web %+v", usage, db, web)
		}
	}
}

func TestShare(t *testing.T) {
	earlier := readMade(t, Options{}, made{pid: 1, name: "x", start: 5, user: 100}, made{pid: 2, name: "ended", start: 6, user: 900})
	later := readMade(t, Options{}, made{pid: 1, name: "x", start: 5, user: 150}, made{pid: 2, name: "new", start: 8, user: 10})
	later.at = earlier.at + 2*time.Second
	if got := later.Share(later.Find(1), earlier); got != 0.25 {
		t.Errorf("half a second in two is %v", got)
	}
	another := later.Find(2)
	another.Age = 400 * time.Millisecond
	if got := later.Share(another, earlier); got != 0.25 {
		t.Errorf("a process with the number of another, since its start: %v", got)
	}
	if got := later.Share(&Process{}, nil); got != 0 {
		t.Errorf("a process without age: %v", got)
	}
}
