package corefile

import (
	"strconv"
	"strings"
)

// mapping is a line of /proc/PID/maps, proc_pid_maps(5).
type mapping struct {
	start, end, offset uint64
	mode               string // such as r-xp
	path               string
	isFile             bool
	own                bool // has pages that are the process's own
	private            bool // not to be dumped: a device's, or MADV_DONTDUMP
}

// parseMaps reads maps or smaps, which has more lines below each.
func parseMaps(text string) (list []mapping) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if name, ok := strings.CutSuffix(fields[0], ":"); ok && len(list) > 0 {
			list[len(list)-1].more(name, fields[1:])
			continue
		}
		start, end, ok := strings.Cut(fields[0], "-")
		if !ok || len(fields) < 5 {
			continue
		}
		m := mapping{mode: fields[1], isFile: fields[4] != "0"}
		var errs [3]error
		m.start, errs[0] = strconv.ParseUint(start, 16, 64)
		m.end, errs[1] = strconv.ParseUint(end, 16, 64)
		m.offset, errs[2] = strconv.ParseUint(fields[2], 16, 64)
		if errs != [3]error{} || m.end <= m.start {
			continue
		}
		if len(fields) > 5 {
			m.path = strings.Join(fields[5:], " ")
		}
		list = append(list, m)
	}
	return list
}

// more takes a line of smaps below the mapping's.
func (m *mapping) more(name string, fields []string) {
	switch name {
	case "Anonymous", "Swap":
		m.own = m.own || fields[0] != "0"
	case "VmFlags":
		for _, flag := range fields {
			m.private = m.private || flag == "io" || flag == "pf" || flag == "dd"
		}
	}
}

// dumped is how much of the mapping, from its start, goes into the file.
func (m *mapping) dumped() uint64 {
	shared := strings.HasSuffix(m.mode, "s")
	nowhere := strings.HasSuffix(m.path, "(deleted)") || strings.HasPrefix(m.path, "/dev/shm/")
	switch {
	case m.private || m.path == "[vvar]" || m.path == "[vvar_vclock]" || m.path == "[vsyscall]" || strings.HasPrefix(m.mode, "---") && !m.own:
		return 0
	case !m.isFile || m.own || shared && nowhere || strings.HasPrefix(m.mode, "rw") && !shared:
		return m.end - m.start
	case !shared && m.offset == 0 && strings.HasPrefix(m.mode, "r"):
		return page // an ELF file's header has its build id
	}
	return 0
}
