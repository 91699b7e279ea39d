package procs

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procstat"
)

// Find is the process of a number, or nil.
func (t *Table) Find(pid int) *Process {
	i, found := slices.BinarySearchFunc(t.Processes, pid, func(p Process, pid int) int { return p.PID - pid })
	if !found {
		return nil
	}
	for i > 0 && t.Processes[i-1].PID == pid { // its threads stand after it
		i--
	}
	return &t.Processes[i]
}

// Share is how much of one processor a process has used since an earlier table: 0.5 is
// half of one, 2 are two. Without an earlier table, or for a process that was not in it, it
// is the average since its start. before may be nil.
func (t *Table) Share(p *Process, before *Table) float64 {
	used, over := p.CPU, p.Age
	if before != nil {
		if earlier := before.same(p); earlier != nil {
			used, over = p.CPU-earlier.CPU, t.at-before.at
		}
	}
	if over <= 0 || used <= 0 {
		return 0
	}
	return used.Seconds() / over.Seconds()
}

// same is the entry of the same process or thread, not of another that has its number.
func (t *Table) same(p *Process) *Process {
	first, found := slices.BinarySearchFunc(t.Processes, p, compare)
	if !found || t.Processes[first].start != p.start {
		return nil
	}
	return &t.Processes[first]
}

// compare orders by process, and its threads after it.
func compare(a Process, b *Process) int {
	if a.PID != b.PID {
		return a.PID - b.PID
	}
	return a.Thread - b.Thread
}

// Neglected is a parent with children that have ended and that it does not wait for.
type Neglected struct {
	Parent  int    `json:"parent"` // 0: it is outside the PID namespace
	Name    string `json:"name"`
	Zombies int    `json:"zombies"`
}

// Neglecting lists the parents of zombies, by their process ids.
func (t *Table) Neglecting() []Neglected {
	list := []Neglected{}
	for i := range t.Processes {
		p := &t.Processes[i]
		if !p.Zombie {
			continue
		}
		at, found := slices.BinarySearchFunc(list, p.Parent, func(n Neglected, pid int) int { return n.Parent - pid })
		if !found {
			one := Neglected{Parent: p.Parent}
			if parent := t.Find(p.Parent); parent != nil {
				one.Name = parent.Name
			}
			list = slices.Insert(list, at, one)
		}
		list[at].Zombies++
	}
	return list
}

// Attribute says to which of some main processes each process belongs, by process id: roots
// maps their process ids to names. A process belongs to the nearest of them above it; where
// its parents have ended, to the one whose session it is in, and else to whom the cookie in
// its environment names, which nile gives its children (see package reaper).
func (t *Table) Attribute(roots map[int]string) map[int]string {
	owners := make(map[int]string, len(t.Processes))
	known := make(map[int]bool, len(t.Processes)) // looked at, perhaps without an owner
	var owner func(pid, depth int) string
	owner = func(pid, depth int) string {
		if name, ok := roots[pid]; ok {
			return name
		}
		if known[pid] || depth > len(t.Processes) { // /proc is no snapshot: there may be circles
			return owners[pid]
		}
		known[pid] = true
		p := t.Find(pid)
		if p == nil {
			return ""
		}
		name := owner(p.Parent, depth+1)
		if name == "" {
			name = roots[p.Session]
		}
		owners[pid] = name
		return name
	}
	var lost []*Process
	for i := range t.Processes {
		p := &t.Processes[i]
		if p.Thread != 0 {
			continue
		}
		if name := owner(p.PID, 0); name != "" {
			owners[p.PID] = name
		} else if !p.Kernel && !p.Zombie && len(roots) > 0 && p.PID != 1 {
			lost = append(lost, p)
		}
	}
	if len(lost) > 0 {
		t.attributeByCookie(lost, roots, owners)
	}
	return owners
}

const (
	cookieName     = "NILE_COOKIE" // see package reaper
	maxEnvironment = 1 << 16
	maxCookies     = 1024 // how many environments are read at most
)

// attributeByCookie looks at the environments of processes that nobody's tree has, as far as
// they may be read. Only cookies of the same nile count.
func (t *Table) attributeByCookie(lost []*Process, roots map[int]string, owners map[int]string) {
	root, err := procstat.Open(t.root)
	if err != nil {
		return
	}
	defer unix.Close(root)
	buffer := make([]byte, maxEnvironment)
	token := ""
	for pid := range roots {
		if token, _ = cookie(root, pid, buffer); token != "" {
			break
		}
	}
	if token == "" {
		return
	}
	names := map[string]bool{}
	for _, name := range roots {
		names[name] = true
	}
	for _, p := range lost[:min(len(lost), maxCookies)] {
		if its, name := cookie(root, p.PID, buffer); its == token && names[name] {
			owners[p.PID] = name
		}
	}
}

// cookie is the token and the owner in the environment that a process was executed with.
func cookie(root, pid int, buffer []byte) (token, owner string) {
	data, err := procstat.ReadFile(root, strconv.Itoa(pid)+"/environ", buffer)
	if err != nil {
		return "", ""
	}
	for entry := range bytes.SplitSeq(data, []byte{0}) {
		if value, ok := bytes.CutPrefix(entry, []byte(cookieName+"=")); ok {
			token, owner, _ = strings.Cut(string(value), ":")
			if run := strings.LastIndexByte(owner, '#'); run >= 0 { // name#run
				owner = owner[:run]
			}
			return token, owner
		}
	}
	return "", ""
}
