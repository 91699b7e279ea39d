package reaper

import (
	"syscall"
)

// KillTrees sends SIGKILL to the trees of started processes, each as far as Signal does
// it with the scope Tree, and returns how many processes were killed. It looks at the
// process table once for all of them where Signal would do it for each, which with
// hundreds of trees is the difference between a moment and half a minute. Process ids
// that Signal would refuse are skipped; the error is the first refusal, as Signal's.
func (r *Reaper) KillTrees(pids []int) (n int, err error) {
	var trees []*child
	for _, pid := range pids {
		if c := r.started[pid]; c != nil {
			trees = append(trees, c)
		}
	}
	if len(trees) == 0 {
		return 0, nil
	}
	if !r.procUsable() {
		for _, c := range trees {
			killed, refusal := r.signalGroup(c.pid, syscall.SIGKILL)
			if n += killed; err == nil && refusal != nil && refusal.(*SignalError).Err != syscall.ESRCH {
				err = refusal
			}
		}
		return n, err
	}
	return r.killAll(func(members []member) []member { return r.treesOf(members, trees) }, func() {
		for _, c := range trees {
			r.killCgroup(c, trees)
		}
	})
}

// treesOf selects what descends from started processes, and the strays of their
// owners; those of nobody (owner "") only if there is no other owner.
func (r *Reaper) treesOf(members []member, trees []*child) []member {
	roots, owners := make(map[int]bool, len(trees)), make(map[string]bool, len(trees))
	for _, c := range trees {
		roots[c.pid] = true
		if c.owner != "" || !r.manyOwners {
			owners[c.owner] = true
		}
	}
	var list []member
	for _, m := range members {
		if roots[m.root] || m.root == 0 && owners[m.owner] {
			list = append(list, m)
		}
	}
	return list
}
