package reaper

import "slices"

// member is a living process that nile answers for.
type member struct {
	process
	root  int    // the started process that it descends from; 0 for a stray
	owner string // of that process; for a stray whom it is attributed to
}

// survey looks at the process table and returns every living descendant of
// nile, parents before their children, and, where orphans are not given to
// nile, what else is recognised as its own. It brings the memory up to date:
// what was seen, and which ended processes still matter. It returns false
// where there is no /proc to look at.
func (r *Reaper) survey() ([]member, bool) {
	table, ok := r.listProcesses()
	if !ok {
		return nil, false
	}
	cgroups := r.cgroupMembers()
	g := &gathering{r: r, children: make(map[int][]process), claimed: map[int]bool{r.self: true}}
	for _, p := range table {
		g.children[p.parent] = append(g.children[p.parent], p)
	}
	for _, p := range g.children[r.self] {
		if c := r.started[p.pid]; c != nil {
			g.claim(member{p, p.pid, c.owner})
			continue
		}
		owner := cgroups[p.pid]
		if owner == "" {
			owner = r.attribute(p)
		}
		g.claim(member{p, 0, owner})
	}
	if !r.adopts {
		for _, p := range table {
			if owner, ours := r.recognise(p); ours && !g.claimed[p.pid] {
				g.claim(member{p, 0, owner})
			}
		}
	}
	members := g.members
	r.remember(members, table)
	r.forgetEnded(members, cgroups)
	r.deadOrphans = 0
	for i := range members {
		if !members[i].alive && members[i].root == 0 {
			r.deadOrphans++
		}
	}
	return slices.DeleteFunc(members, func(m member) bool { return !m.alive }), true
}

// gathering is a survey under way.
type gathering struct {
	r        *Reaper
	children map[int][]process // by parent
	claimed  map[int]bool      // by process id
	members  []member
}

// claim takes a process and what descends from it, but for what has been claimed already.
func (g *gathering) claim(first member) {
	for list := []member{first}; len(list) > 0; list = list[1:] {
		m := list[0]
		if g.claimed[m.pid] {
			continue
		}
		g.claimed[m.pid] = true
		g.members = append(g.members, m)
		for _, child := range g.children[m.pid] {
			owner := m.owner
			if owner == "" { // of a process that is just ending its memory, and its cookie with it, is gone already
				owner = g.r.attribute(child)
			}
			list = append(list, member{child, first.root, owner})
		}
	}
}

// recognise says whether a process that is no descendant of nile belongs to it
// all the same. Only proof counts here, since it may be anybody's: a cookie, or
// the number of a started process, which nobody else can have.
func (r *Reaper) recognise(p process) (owner string, ours bool) {
	for _, leader := range p.leaders() {
		if c := r.started[leader]; c != nil {
			return c.owner, true
		}
	}
	if p.parent == 0 || p.pid == 1 {
		return "", false
	}
	owner = r.cookieOf(p.pid)
	return owner, owner != ""
}

// remember keeps what a survey saw, for the time when parents are gone.
func (r *Reaper) remember(members []member, table []process) {
	commands := make(map[int]string, len(table))
	for _, p := range table {
		commands[p.pid] = p.command
	}
	seen := make(map[int]sighting, len(members))
	for _, m := range members {
		now := sighting{start: m.start, owner: m.owner}
		if m.parent != r.self {
			now.parent, now.parentCommand = m.parent, commands[m.parent]
		} else if before := r.seen[m.pid]; before.start == m.start {
			now.parent, now.parentCommand = before.parent, before.parentCommand
		}
		seen[m.pid] = now
	}
	r.seen = seen
}

// forgetEnded drops the ended processes whose number nobody carries. It takes
// two surveys to believe that, since one may miss a process that is just being
// forked.
func (r *Reaper) forgetEnded(members []member, cgroups map[int]string) {
	carried := make(map[int]bool, len(members))
	for _, m := range members {
		carried[m.group], carried[m.session] = true, true
	}
	owners := make(map[string]bool, len(cgroups))
	for _, owner := range cgroups {
		owners[owner] = true
	}
	for pid, c := range r.ended {
		if carried[pid] || c.cgroup != "" && owners[c.owner] {
			c.unused = 0
			continue
		}
		if c.unused++; c.unused >= 2 {
			delete(r.ended, pid)
		}
	}
}

// sweepEnded keeps the memory of ended processes in bounds for a program that
// starts many and never asks for strays.
func (r *Reaper) sweepEnded() {
	if _, ok := r.survey(); !ok {
		clear(r.ended) // without /proc nothing can be found by them
	}
	r.sweepAt = max(256, 2*len(r.ended))
}
