package supervisor

import (
	"cmp"
	"time"
)

// The kubelet's numbers for CrashLoopBackOff (kubelet: newCrashLoopBackOff).
const (
	defaultInitial    = 10 * time.Second
	defaultMax        = 300 * time.Second
	defaultResetAfter = 600 * time.Second
)

// withDefaults fills in what is not set. A maximum that is set bounds the first
// wait too (kubelet: crashLoopBackOff.maxContainerRestartPeriod).
func (b Backoff) withDefaults() Backoff {
	switch {
	case b.Max == 0:
		b.Initial = cmp.Or(b.Initial, defaultInitial)
		b.Max = max(defaultMax, b.Initial)
	default:
		b.Initial = min(cmp.Or(b.Initial, defaultInitial), b.Max)
	}
	b.ResetAfter = cmp.Or(b.ResetAfter, defaultResetAfter)
	return b
}

// nextBackoff is how long the restart of a container waits from now on, and moves
// its back-off one step on. The wait counts from the end of the run that is on record:
// the last one, or, where a probe ended that one, the one before, since the kubelet
// decides before it has seen the end. So a crash has one restart for nothing and a
// probe's kill two. A run that was long enough is forgiven everything (kubelet:
// doBackOff).
func (m *Machine) nextBackoff(c *container) time.Duration {
	b := m.spec.Backoff
	record := c.last
	if c.cause == causeProbe {
		record = c.previous
	}
	if record == nil {
		return 0
	}
	if c.backoff == 0 || c.last.Finished.Sub(c.last.Started) > b.ResetAfter {
		c.backoff = b.Initial
		return 0
	}
	wait := c.backoff
	c.waited = wait
	c.backoff += min(c.backoff, b.Max-c.backoff) // doubled, without overflow
	wait += time.Duration(b.Jitter * fraction(c.spec.Name, c.restarts) * float64(wait))
	return max(wait-m.now.Sub(record.Finished), 0)
}

// fraction is a number from 0 to below 1 that hangs on its arguments alone, so
// that a replay meets the same jitter (FNV-1a, 32 bits).
func fraction(name string, n int) float64 {
	h := uint32(2166136261)
	for _, b := range []byte(name) {
		h = (h ^ uint32(b)) * 16777619
	}
	for range 4 {
		h = (h ^ uint32(n&0xff)) * 16777619
		n >>= 8
	}
	return float64(h) / (1 << 32)
}
