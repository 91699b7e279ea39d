package supervisor

import (
	"fmt"
	"testing"
	"time"
)

// The jitter is a number from 0 to below 1, the same at every call, spread over
// the whole range, and different for neighbours.
func TestFraction(t *testing.T) {
	var tenths [10]int
	for n := range 1000 {
		for _, name := range []string{"", "web", "worker", "a-rather-long-container-name-of-sixty-three-characters-in-total"} {
			f := fraction(name, n)
			if f < 0 || f >= 1 {
				t.Fatalf("fraction(%q, %d) is %v", name, n, f)
			}
			if again := fraction(name, n); again != f {
				t.Fatalf("fraction(%q, %d) is %v and then %v", name, n, f, again)
			}
			if f == fraction(name, n+1) {
				t.Errorf("fraction(%q) is the same for %d and %d", name, n, n+1)
			}
			tenths[int(f*10)]++
		}
	}
	for i, n := range tenths {
		if n < 200 || n > 600 {
			t.Errorf("of 4000 fractions %d are in tenth %d: %v", n, i, tenths)
		}
	}
	if fraction("web", 1) == fraction("worker", 1) {
		t.Error("two containers have the same jitter")
	}
}

func TestBackoffDefaults(t *testing.T) {
	const s = time.Second
	for _, c := range []struct{ given, want Backoff }{
		{Backoff{}, Backoff{10 * s, 300 * s, 600 * s, 0}},
		{Backoff{Jitter: 0.5}, Backoff{10 * s, 300 * s, 600 * s, 0.5}},
		{Backoff{Max: 2 * s}, Backoff{2 * s, 2 * s, 600 * s, 0}},
		{Backoff{Initial: 7 * s, Max: 2 * s}, Backoff{2 * s, 2 * s, 600 * s, 0}},
		{Backoff{Initial: 400 * s}, Backoff{400 * s, 400 * s, 600 * s, 0}},
		{Backoff{Initial: s, Max: 4 * s, ResetAfter: 9 * s}, Backoff{s, 4 * s, 9 * s, 0}},
	} {
		if got := c.given.withDefaults(); got != c.want {
			t.Errorf("%+v is used as %+v, should be %+v", c.given, got, c.want)
		}
	}
}

// A container that crashes a million times waits its maximum, and nothing
// overflows.
func TestBackoffStaysAtItsMaximum(t *testing.T) {
	for _, b := range []Backoff{{}, {Initial: time.Nanosecond, Max: 1<<63 - 1, ResetAfter: 1<<63 - 1}} {
		m := New(Spec{Main: []Container{{Name: "web"}}, Backoff: b})
		c := m.mains[0]
		c.last = &Termination{}
		before := time.Duration(0)
		for range 200 {
			wait := m.nextBackoff(c)
			if wait < before || wait > m.spec.Backoff.Max {
				t.Fatalf("%+v: after %s the wait is %s", b, before, wait)
			}
			before = wait
		}
		if before != m.spec.Backoff.Max {
			t.Errorf("%+v: the wait is %s at last, should be %s", b, before, m.spec.Backoff.Max)
		}
	}
}

// Durations in messages are short.
func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1500 * time.Microsecond: "2ms", 999 * time.Millisecond: "999ms", 12345 * time.Millisecond: "12.3s",
		90*time.Second + 400*time.Millisecond: "1m30s", 2 * time.Hour: "2h0m0s",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%s) is %q, should be %q", fmt.Sprint(d), got, want)
		}
	}
}
