package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// vitals are what nile itself uses at a time.
type vitals struct {
	fds, threads, goroutines, zombies int
	dirty                             int // KiB of private memory
}

// look reads the vitals of nile.
func look(pid, port int) (v vitals, err error) {
	of := fmt.Sprintf("/proc/%d", pid)
	fds, err := os.ReadDir(of + "/fd")
	if err != nil {
		return v, err
	}
	threads, err := os.ReadDir(of + "/task")
	if err != nil {
		return v, err
	}
	v.fds, v.threads = len(fds), len(threads)
	smaps, err := os.ReadFile(of + "/smaps_rollup")
	if err != nil {
		return v, err
	}
	scanner := bufio.NewScanner(bytes.NewReader(smaps))
	for scanner.Scan() {
		if kib, ok := strings.CutPrefix(scanner.Text(), "Private_Dirty:"); ok {
			v.dirty, _ = strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(kib, "kB")))
		}
	}
	v.goroutines, err = goroutines(port)
	v.zombies = zombies(pid)
	return v, err
}

// errBusy is nile's answer where its event loop has not got the processor for two seconds.
var errBusy = errors.New("nile's event loop was busy")

// goroutines asks nile's metrics.
func goroutines(port int) (int, error) {
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusServiceUnavailable {
		return 0, errBusy
	}
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(page)) {
		if number, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			return strconv.Atoi(strings.TrimSpace(number))
		}
	}
	return 0, fmt.Errorf("the page of metrics has no go_goroutines")
}

// zombies counts the children of nile that have ended and were not waited for. There are
// some at any moment; there must not be more and more.
func zombies(parent int) (count int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		at := bytes.LastIndexByte(b, ')')
		if fields := bytes.Fields(b[at+1:]); at > 0 && len(fields) > 1 && fields[0][0] == 'Z' && string(fields[1]) == strconv.Itoa(parent) {
			count++
		}
	}
	return count
}

// measure is one of the vitals, and how much more of it than before is still flat.
type measure struct {
	name string
	of   func(vitals) int
	room func(before int) int
	// fills says that it grows until all tails, events and reports that are kept are full, for
	// which these containers take fillTime. In a shorter soak it may grow by three times the room.
	fills bool
}

const fillTime = 20 * time.Minute

// flat tells whether a measure has stayed what it was, in a soak of a length.
func (m measure) flat(before, after int, length time.Duration) bool {
	room := m.room(before)
	if m.fills && length < fillTime {
		room *= 3
	}
	return after <= before+room
}

var measures = []measure{
	{"descriptors", func(v vitals) int { return v.fds }, func(int) int { return 12 }, false},
	{"threads", func(v vitals) int { return v.threads }, func(int) int { return 4 }, false},
	{"goroutines", func(v vitals) int { return v.goroutines }, func(int) int { return 12 }, false},
	{"zombies", func(v vitals) int { return v.zombies }, func(int) int { return 3 }, false},
	{"private memory, KiB", func(v vitals) int { return v.dirty }, func(before int) int { return max(before/10, 1024) }, true},
}

// medians are those of a measure in the second fifth of the samples, when all caches have
// been filled, and in the last.
func (m measure) medians(samples []vitals) (before, after int) {
	fifth := max(1, len(samples)/5)
	median := func(of []vitals) int {
		numbers := make([]int, len(of))
		for i, v := range of {
			numbers[i] = m.of(v)
		}
		slices.Sort(numbers)
		return numbers[len(numbers)/2]
	}
	return median(samples[min(fifth, len(samples)-1):min(2*fifth, len(samples))]), median(samples[len(samples)-fifth:])
}
