package main

import (
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/copytree"
)

func TestProgressShowsOnlyOfALongCopyAndGoesAway(t *testing.T) {
	var screen strings.Builder
	started := time.Unix(1_000_000, 0)
	line := progressLine{out: &screen, started: started}
	at := func(elapsed time.Duration, result copytree.Result) string {
		screen.Reset()
		line.update(started.Add(elapsed), result)
		return screen.String()
	}
	for _, step := range []struct {
		elapsed time.Duration
		result  copytree.Result
		want    string
	}{
		{900 * time.Millisecond, copytree.Result{Files: 1, Bytes: 5}, ""},
		{1000 * time.Millisecond, copytree.Result{Files: 3, Bytes: 80_000_000}, "\rnile: copied 3 files, 80.0 MB, 80.0 MB/s\x1b[K"},
		{1100 * time.Millisecond, copytree.Result{Files: 4, Bytes: 90_000_000}, ""}, // too soon after the last
		{2000 * time.Millisecond, copytree.Result{Files: 4, Links: 1, Bytes: 90_000_000}, "\rnile: copied 5 files, 90.0 MB, 45.0 MB/s\x1b[K"},
	} {
		if got := at(step.elapsed, step.result); got != step.want {
			t.Errorf("after %v: wrote %q, want %q", step.elapsed, got, step.want)
		}
	}
	for _, want := range []string{"\r\x1b[K", ""} { // the second time there is nothing to take away
		screen.Reset()
		line.clear()
		if screen.String() != want {
			t.Errorf("clear wrote %q, want %q", screen.String(), want)
		}
	}
}

func TestSizesInWords(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 34_100_000: "34.1 MB", 999_949: "999.9 kB", 999_950: "1.0 MB",
		5_000_000_000: "5.0 GB", 999_990_000_000: "1.0 TB", 1 << 62: "4611686.0 TB",
	} {
		if got := bytesInWords(bytes); got != want {
			t.Errorf("bytesInWords(%d) = %q, want %q", bytes, got, want)
		}
	}
}
