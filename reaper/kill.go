package reaper

import (
	"slices"
	"syscall"
)

// maxRounds bounds the surveys of a kill. Each round reaches at least all that
// was there when it began, so that only a tree that forks faster than /proc can
// be read would need as many.
const maxRounds = 50

// killAll kills what pick selects from a survey, and whatever that forks until
// it is dead. It returns how many processes it killed, and the first refusal.
//
// All are stopped first: a stopped tree does not grow, and nothing is orphaned
// while the rest of the tree is still being looked for. afterStop is called
// between the two.
func (r *Reaper) killAll(pick func([]member) []member, afterStop func()) (int, error) {
	struck := make(map[int]uint64) // start times by process id
	var stopped []member
	killed, refusal := r.untilNoneIsNew(pick, struck, func(fresh []member) (int, error) {
		stopped = append(stopped, fresh...)
		return r.signalEach(fresh, syscall.SIGSTOP)
	})
	afterStop()
	_, _ = r.signalEach(stopped, syscall.SIGKILL) // refused: so was the stop
	more, laterRefusal := r.untilNoneIsNew(pick, struck, func(fresh []member) (int, error) {
		return r.signalEach(fresh, syscall.SIGKILL)
	})
	if refusal == nil {
		refusal = laterRefusal
	}
	return killed + more, refusal
}

// untilNoneIsNew surveys and strikes until surveys show nothing that has not been
// struck.
func (r *Reaper) untilNoneIsNew(
	pick func([]member) []member, struck map[int]uint64, strike func([]member) (int, error),
) (total int, refusal error) {
	for range maxRounds {
		members, _ := r.survey()
		var fresh []member
		for _, m := range pick(members) {
			if start, known := struck[m.pid]; known && start == m.start {
				continue
			}
			struck[m.pid] = m.start
			fresh = append(fresh, m)
		}
		if len(fresh) == 0 {
			fresh = r.hopping(pick, struck)
		}
		if len(fresh) == 0 {
			break
		}
		n, err := strike(fresh)
		total += n
		if refusal == nil {
			refusal = err
		}
	}
	return total, refusal
}

// killCgroup kills the cgroup of a command through cgroup.kill (Linux 5.14),
// which misses nobody. It does nothing where a started process shares the cgroup that
// is not to be killed, or where there is no such file or it may not be written: it
// comes on top of the walk over /proc.
func (r *Reaper) killCgroup(c *child, killed []*child) {
	if c.cgroup == "" {
		return
	}
	for _, other := range r.started {
		if other.cgroup == c.cgroup && !slices.Contains(killed, other) {
			return
		}
	}
	_ = writeFile(c.cgroup+"/cgroup.kill", "1")
}

// maxHops bounds the hunt for processes that hand over to a child and end.
const maxHops = 500

// hopping looks for what a survey misses because it hands over to a child again
// and again, faster than /proc can be read. Each of these is, for a moment, a child
// of nile's, and the list of these is short: looking there alone is fast enough.
func (r *Reaper) hopping(pick func([]member) []member, struck map[int]uint64) []member {
	var before []member
	for range maxHops {
		all := r.adopted()
		if len(all) == 0 && !r.HasStrays() {
			return nil
		}
		for _, m := range pick(all) {
			if start, known := struck[m.pid]; !known || start != m.start {
				struck[m.pid] = m.start
				return []member{m}
			}
		}
		if len(all) > 0 && slices.Equal(all, before) {
			return nil // all that is there stays, and has been struck or is not meant
		}
		before = all
	}
	return nil
}
