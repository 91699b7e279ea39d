package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nile-init/nile/internal/procs"
)

// topView is how samples are shown.
type topView struct {
	width  int
	colour bool
	lines  lines // of the tree
	tree   bool  // the processes as a tree instead of by their use of the processors
	// selected is the container that keys concern; -1 where none is marked.
	selected int
}

// header is about the pod and the whole container.
func (v *topView) header(s *topSample) []string {
	pod := "no nile answers here"
	if s.nile != nil {
		pod = fmt.Sprintf("pod %s: %s", printable(s.nile.Nile.Pod), s.nile.Nile.State)
		if s.nile.StartTime != nil {
			pod += ", up " + age(s.nile.Nile.Time.Sub(*s.nile.StartTime))
		}
	} else if s.trouble != "" {
		pod = printable(s.trouble)
	}
	if s.load != "" {
		pod += "; load " + s.load
	}
	processes, threads, zombies, share := s.totals()
	use := fmt.Sprintf("processes %d, threads %d, cpu %s", processes, threads, percent(share))
	if zombies > 0 {
		use += fmt.Sprintf(", zombies %d", zombies)
	}
	if s.memory.Current >= 0 {
		use += ", memory " + memory(uint64(s.memory.Current))
		if s.memory.Limit > 0 {
			use += fmt.Sprintf(" of %s (%d%%)", memory(uint64(s.memory.Limit)), 100*s.memory.Current/s.memory.Limit)
		}
	}
	list := []string{shorten(pod, v.width), shorten(use, v.width)}
	if s.Hidden {
		list = append(list, shorten("processes of other users are hidden (hidepid)", v.width))
	}
	return list
}

// containers are nile's, one a line below a line of titles.
func (v *topView) containers(s *topSample) []string {
	if s.nile == nil {
		return nil
	}
	t := newTable("  NAME", "STATE", "READY", "RESTARTS", "CPU", "MEM", "PROCESSES", "AGE", "LAST END")
	all := s.nile.Nile.Containers
	for i := range all {
		c, sum := &all[i], s.sums[i]
		mark := "  "
		if i == v.selected {
			mark = "> "
		}
		cpu, used, number := "", "", ""
		if sum.processes > 0 {
			cpu, used, number = percent(sum.share), memory(sum.resident), strconv.Itoa(sum.processes)
		}
		t.add(mark+c.Name, string(c.State), yesOrNo(c.Ready), strconv.Itoa(c.Restarts), cpu, used, number, ageOf(c, s.nile.Nile.Time), lastEnd(c, s.nile.Nile.Time))
	}
	t.colour = func(row, column int) string {
		switch {
		case row == v.selected && column == 0:
			return reversed
		case column == 1:
			return stateColour(all[row].State)
		}
		return ""
	}
	return v.render(t)
}

// reversed exchanges the colours of text and background.
const reversed = "7"

// processes are all of them, one a line below a line of titles: as a tree, or who uses
// most of the processors first.
func (v *topView) processes(s *topSample) []string {
	if v.tree {
		var list []string
		trees := s.forest()
		for _, tree := range trees {
			if len(trees) > 1 {
				list = append(list, shorten(tree.heading(), v.width))
			}
			list = append(list, v.render(s.table(tree, false, v.lines))...)
		}
		return list
	}
	order := make([]*procs.Process, len(s.Processes))
	for i := range s.Processes {
		order[i] = &s.Processes[i]
	}
	slices.SortStableFunc(order, func(a, b *procs.Process) int {
		return cmp.Or(cmp.Compare(s.Share(b, s.before), s.Share(a, s.before)), cmp.Compare(b.Resident, a.Resident))
	})
	columns := s.columns(false, false)
	t := tableOf(columns)
	for _, p := range order {
		t.add(cells(columns, p)...)
	}
	t.colour = processColours(func(row int) *procs.Process { return order[row] })
	return v.render(t)
}

// render makes the lines of a table.
func (v *topView) render(t *table) []string {
	text := strings.TrimSuffix(t.text(v.width, v.colour), "\n")
	return strings.Split(text, "\n")
}

// page is all that there is, for somebody who does not look at a screen.
func (v *topView) page(s *topSample) string {
	list := v.header(s)
	if containers := v.containers(s); containers != nil {
		list = append(append(list, ""), containers...)
	}
	list = append(append(list, ""), v.processes(s)...)
	return strings.Join(list, "\n") + "\n"
}

// screen fits everything into the height of a screen; below is its last line, and first is
// how many of the processes are above the part of them that is shown.
func (v *topView) screen(s *topSample, height int, below string, first int) []string {
	list := append(v.header(s), "")
	if containers := v.containers(s); containers != nil {
		// Half of the screen at most, around the selected one.
		titles, rows := containers[0], containers[1:]
		room := max(1, min(len(rows), height/2-len(list)))
		from := max(0, min(v.selected-room/2, len(rows)-room))
		list = append(append(append(list, titles), rows[from:from+room]...), "")
	}
	all := v.processes(s)
	room := max(0, height-len(list)-2)
	titles, rows := all[0], all[1:]
	first = max(0, min(first, len(rows)-room))
	rows = rows[first:]
	list = append(append(list, titles), rows[:min(room, len(rows))]...)
	for len(list) < height-1 {
		list = append(list, "")
	}
	return append(list[:max(0, min(len(list), height-1))], shorten(below, v.width))
}
