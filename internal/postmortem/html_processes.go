package postmortem

import (
	"fmt"
	"strconv"
)

// processes shows a process tree.
func (h *html) processes(title string, list []Process, more int) {
	if len(list) == 0 {
		return
	}
	count := fmt.Sprint(len(list))
	if more > 0 {
		count += fmt.Sprintf(" of %d", len(list)+more)
	}
	h.section(title, count, len(list) <= 40)
	h.table("pid", "process", "state", "user", "memory", "threads")
	children, known := map[int][]int{}, map[int]bool{}
	for i := range list {
		known[list[i].PID] = true
	}
	var roots []int
	for i := range list {
		if p := &list[i]; known[p.Parent] && p.Parent != p.PID {
			children[p.Parent] = append(children[p.Parent], i)
		} else {
			roots = append(roots, i)
		}
	}
	// Each is shown once, whatever the parents say: a report may be anybody's work.
	shown := make([]bool, len(list))
	var show func(i, depth int)
	show = func(i, depth int) {
		if shown[i] {
			return
		}
		shown[i] = true
		h.process(&list[i], depth)
		for _, child := range children[list[i].PID] {
			show(child, min(depth+1, 30))
		}
	}
	for _, i := range roots {
		show(i, 0)
	}
	for i := range list {
		show(i, 0)
	}
	h.endTable()
	h.endSection()
}

func (h *html) process(p *Process, depth int) {
	h.raw("<tr")
	if p.Orphan {
		h.raw(` class="orphan"`)
	}
	h.raw("><td>")
	h.number(p.PID)
	h.raw(`</td><td style="padding-left:`)
	h.number(8 + 16*depth)
	h.raw(`px">`)
	if depth > 0 {
		h.raw(`<span class="branch">└ </span>`)
	}
	name := p.Command
	if name == "" {
		name = "[" + p.Name + "]"
	}
	h.element("code", name)
	if p.Orphan {
		h.classed("span", "count", "orphan")
	}
	h.raw("</td>")
	h.element("td", stateWords(p.State))
	for _, cell := range []string{strconv.Itoa(p.UID), bytesText(p.Memory), strconv.Itoa(p.Threads)} {
		h.element("td", cell)
	}
	h.raw("</tr>")
}

// stateWords are the letters of /proc/PID/stat in words (proc_pid_stat(5)).
func stateWords(letter string) string {
	switch letter {
	case "R":
		return "running"
	case "S":
		return "sleeping"
	case "D":
		return "waiting for the disk"
	case "Z":
		return "zombie"
	case "T":
		return "stopped"
	case "t":
		return "traced"
	case "I":
		return "idle"
	}
	return letter
}
