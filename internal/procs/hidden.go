package procs

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nile-init/nile/internal/procstat"
)

// capPtrace is CAP_SYS_PTRACE, which sees through hidepid.
const capPtrace = 19

// hidesOthers reports whether this /proc leaves out the processes of other users.
func hidesOthers(root int) bool {
	buffer := make([]byte, 1<<18)
	status, err := procstat.ReadFile(root, "self/status", buffer)
	if err != nil {
		return false
	}
	value, _ := lineOf(status, "CapEff:")
	capabilities, _ := strconv.ParseUint(value, 16, 64)
	mounts, err := procstat.ReadFile(root, "self/mountinfo", buffer)
	if err != nil {
		return false
	}
	groups, _ := os.Getgroups()
	return hides(string(mounts), capabilities, append(groups, os.Getegid()))
}

// hides looks at the options that /proc is mounted with: hidepid=2 (invisible) hides
// others' processes, 4 (ptraceable) what one could not trace; neither from
// CAP_SYS_PTRACE nor, for 2, from the members of the group gid, which is 0 unless
// named (Documentation/filesystems/proc.rst).
func hides(mountinfo string, capabilities uint64, groups []int) bool {
	if capabilities&(1<<capPtrace) != 0 {
		return false
	}
	hidden := false
	for line := range strings.Lines(mountinfo) {
		place, kind, _ := strings.Cut(line, " - ")
		fields, options := strings.Fields(place), strings.Fields(kind)
		if len(fields) < 5 || fields[4] != "/proc" || len(options) < 3 || options[0] != "proc" {
			continue
		}
		hidden = false // the last mount lies on top
		group := 0
		ptraceable := false
		for option := range strings.SplitSeq(options[2], ",") {
			name, value, _ := strings.Cut(option, "=")
			switch {
			case name == "gid":
				group, _ = strconv.Atoi(value)
			case name == "hidepid":
				ptraceable = value == "4" || value == "ptraceable"
				hidden = ptraceable || value == "2" || value == "invisible"
			}
		}
		hidden = hidden && (ptraceable || !slices.Contains(groups, group))
	}
	return hidden
}
