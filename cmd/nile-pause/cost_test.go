package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestCostsLittle: every pod of a node has a pause.
func TestCostsLittle(t *testing.T) {
	r := start(t, nil)
	const most = 750 // KiB
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", r.Process.Pid))
	if err != nil {
		t.Skipf("needs a kernel that sums up memory: %v", err)
	}
	// Not Private_Dirty: a program that was just built has pages that are not yet on the disk.
	if anonymous := numberIn(t, string(rollup), `Anonymous:\s+(\d+) kB`); anonymous > most {
		t.Errorf("%d KiB of private memory, want at most %d:\n%s", anonymous, most, rollup)
	}
}

// TestSleepsForGood wants a second in which nothing of pause runs. While it starts Go's runtime still tidies up.
func TestSleepsForGood(t *testing.T) {
	r := start(t, nil)
	last := -1
	for range 20 {
		now := r.switches()
		if now == last {
			return
		}
		last = now
		time.Sleep(time.Second)
	}
	t.Errorf("it is never idle: %d context switches in 20 s", last)
}

// switches is how often the threads of pause have given the processor back.
func (r *running) switches() (sum int) {
	r.t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", r.Process.Pid))
	for _, file := range threads {
		status, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		sum += numberIn(r.t, string(status), `(?m)^voluntary_ctxt_switches:\s+(\d+)`)
	}
	return sum
}

func numberIn(t *testing.T, text, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	number, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return number
}
