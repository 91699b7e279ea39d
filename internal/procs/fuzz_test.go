package procs

import (
	"strings"
	"testing"
)

// FuzzFiles: whatever the files of a process say, nothing breaks.
func FuzzFiles(f *testing.F) {
	f.Add("Uid:\t1\t2\t3\t4\n", "a\x00b\x00", "0::/x\n")
	f.Add("Uid:\n", "\x00", "1:x")
	f.Add("Uid: -1 99999999999999999999\n", "\x1b[2J\xff", ":::\n")
	f.Fuzz(func(t *testing.T, status, command, groups string) {
		effectiveUser([]byte(status))
		hides(status, 0, nil)
		id := ContainerID(cgroupPath(groups))
		if id != "" && (len(id) < shortestID || !strings.Contains(groups, id)) {
			t.Errorf("%q has the container %q", groups, id)
		}
		args, truncated := arguments([]byte(command), 100)
		if truncated != (len(command) > 100) && len(args) > 0 {
			t.Errorf("%d bytes are truncated: %v", len(command), truncated)
		}
	})
}
