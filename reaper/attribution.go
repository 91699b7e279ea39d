package reaper

import "github.com/nile-init/nile/internal/ascii"

// sighting is what a survey saw of a process.
type sighting struct {
	start         uint64
	owner         string
	parent        int // its last parent other than nile, 0 if never seen
	parentCommand string
}

// departure is an orphan that has been reaped.
type departure struct {
	pid     int
	owner   string
	command string
}

// departed remembers the last orphans that were reaped: the process in the
// middle of a double fork is one, and the daemon carries its number as session.
type departed struct {
	list [64]departure
	next int
}

func (d *departed) add(one departure) {
	d.forget(one.pid)
	d.list[d.next] = one
	d.next = (d.next + 1) % len(d.list)
}

func (d *departed) forget(pid int) {
	for i := range d.list {
		if d.list[i].pid == pid {
			d.list[i] = departure{}
		}
	}
}

func (d *departed) find(pid int) (departure, bool) {
	for _, one := range d.list {
		if one.pid == pid && pid != 0 {
			return one, true
		}
	}
	return departure{}, false
}

// leaders are the numbers of a process's group and session. Its own number is
// not among them: then it leads itself, and whoever had the number before is
// somebody else.
func (p process) leaders() []int {
	var list []int
	for _, number := range [2]int{p.group, p.session} {
		if number > 0 && number != p.pid {
			list = append(list, number)
		}
	}
	return list
}

// attribute says whom a stray belongs to, or "" (see the package comment).
func (r *Reaper) attribute(p process) string {
	if f := r.frozen[p.pid]; f != nil {
		return f.child.owner
	}
	if seen, ok := r.seen[p.pid]; ok && seen.start == p.start && seen.owner != "" {
		return seen.owner
	}
	for _, leader := range p.leaders() {
		if c := r.child(leader); c != nil {
			return c.owner
		}
	}
	if p.alive { // the environment of a zombie is gone
		if owner := r.cookieOf(p.pid); owner != "" {
			return owner
		}
	}
	for _, leader := range p.leaders() {
		if one, ok := r.departed.find(leader); ok && one.owner != "" {
			return one.owner
		}
	}
	if p.alive && r.foreign(p.pid) {
		return ""
	}
	return r.soleOwner()
}

// child is the started or ended process of a number, or nil.
func (r *Reaper) child(pid int) *child {
	if c := r.started[pid]; c != nil {
		return c
	}
	return r.ended[pid]
}

// cookieOf is the owner that a process's cookie names, if it is one of ours and a command
// of that owner was given it: a process can write into its environment what it likes.
func (r *Reaper) cookieOf(pid int) string {
	if r.token == "" {
		return "" // no command asked for one
	}
	token, owner, _ := ascii.Cut(environmentOf(pid, cookieName), ":")
	if token != r.token || !r.marked.has(owner) {
		return ""
	}
	return owner
}

// lostParent is what is known of the parent that an orphan lost.
func (r *Reaper) lostParent(p process) (command string, pid int) {
	if seen, ok := r.seen[p.pid]; ok && seen.start == p.start && seen.parent != 0 {
		return seen.parentCommand, seen.parent
	}
	for _, leader := range p.leaders() {
		if c := r.ended[leader]; c != nil {
			return c.command, c.pid
		}
		if c := r.started[leader]; c != nil {
			// A parent that lives has not been lost; one that waits in this
			// same drain has.
			if now, ok := readProcess(leader, make([]byte, 1024)); ok && !now.alive {
				return c.command, c.pid
			}
		}
		if one, ok := r.departed.find(leader); ok {
			return one.command, one.pid
		}
	}
	return "", 0
}
