package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nile-init/nile/internal/procs"
)

// processTree is the processes of one container.
type processTree struct {
	ID        string          `json:"containerID,omitempty"` // empty where its cgroup names none
	Nile      bool            `json:"nile,omitempty"`        // the nile that has answered is in it
	Own       bool            `json:"own,omitempty"`         // this process is in it
	Count     int             `json:"count"`                 // of processes
	Processes []*processEntry `json:"processes"`             // those without a parent in it, the others below them
}

// forest puts children below their parents, in a tree for each container: nile's own
// first, then that of this process, the others in the order of their oldest process.
func (s *scene) forest() []*processTree {
	entries := make(map[int]*processEntry, len(s.Processes))
	trees := map[string]*processTree{}
	var order []*processTree
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Thread != 0 { // its process stands before it
			entries[p.PID].Children = append(entries[p.PID].Children, s.entry(p))
			continue
		}
		entries[p.PID] = s.entry(p)
		tree := trees[p.Container]
		if tree == nil {
			tree = &processTree{ID: p.Container, Own: p.Container == s.Own}
			trees[p.Container] = tree
			order = append(order, tree)
		}
		tree.Count++
		tree.Nile = tree.Nile || s.nile != nil && p.PID == s.nile.Nile.PID
	}
	s.plant(entries, trees)
	slices.SortStableFunc(order, func(a, b *processTree) int { return cmp.Compare(a.rank(), b.rank()) })
	return order
}

// plant puts each process into its place in the tree of its container.
func (s *scene) plant(entries map[int]*processEntry, trees map[string]*processTree) {
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Thread != 0 {
			continue
		}
		if parent := entries[p.Parent]; parent != nil && parent.Container == p.Container {
			parent.Children = append(parent.Children, entries[p.PID])
		} else {
			trees[p.Container].Processes = append(trees[p.Container].Processes, entries[p.PID])
		}
	}
	seen := make(map[int]bool, len(entries))
	for _, tree := range trees {
		for _, root := range tree.Processes {
			root.visit(seen)
		}
	}
	// What hangs on no root is a circle: /proc is no snapshot, and numbers are used again.
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Thread != 0 || seen[p.PID] {
			continue
		}
		above := entries[p.Parent]
		above.Children = slices.DeleteFunc(above.Children, func(e *processEntry) bool { return e.Process == p })
		trees[p.Container].Processes = append(trees[p.Container].Processes, entries[p.PID])
		entries[p.PID].visit(seen)
	}
}

// visit notes a process and all below it.
func (e *processEntry) visit(seen map[int]bool) {
	if seen[e.PID] {
		return
	}
	seen[e.PID] = true
	for _, child := range e.Children {
		child.visit(seen)
	}
}

func (t *processTree) rank() int {
	switch {
	case t.Nile:
		return 0
	case t.Own:
		return 1
	}
	return 2
}

// heading is the line above one of several trees.
func (t *processTree) heading() string {
	text := "container " + procs.ShortID(t.ID)
	switch {
	case t.Own:
		text = "this container"
	case t.ID == "":
		text = "in no container"
	}
	if t.Nile {
		text += ", with nile"
	}
	if t.Count == 1 {
		return text + ": 1 process"
	}
	return fmt.Sprintf("%s: %d processes", text, t.Count)
}
