package testkit

import (
	"os"
	"path/filepath"
	"testing"
)

// controller is a file of a cgroup that limits something, in each of the two hierarchies in
// which it may be: that of cgroup v1 has the controller's name.
type controller struct{ v1, fileV1, fileV2 string }

var (
	pids   = controller{"pids", "pids.max", "pids.max"}
	memory = controller{"memory", "memory.limit_in_bytes", "memory.max"}
)

// PIDsCgroup makes a cgroup with a limit of processes, "max" for none, of either version. It
// is removed at the end of the test. Where there is none to be had, or no root to make it, the
// test is skipped.
func PIDsCgroup(t testing.TB, limit string) string {
	t.Helper()
	dir, _ := cgroup(t, pids, limit)
	return dir
}

// MemoryCgroup does the same with a limit of bytes, and tells the version: 1 or 2.
func MemoryCgroup(t testing.TB, bytes string) (dir string, version int) {
	t.Helper()
	return cgroup(t, memory, bytes)
}

func cgroup(t testing.TB, c controller, limit string) (dir string, version int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a cgroup")
	}
	const root = "/sys/fs/cgroup"
	for version, parent := range map[int]string{1: filepath.Join(root, c.v1), 2: root} {
		dir, err := os.MkdirTemp(parent, "nile-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(dir) })
		// In what is no cgroup, the file would be made, and limit nothing.
		name := map[int]string{1: c.fileV1, 2: c.fileV2}[version]
		if file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0); err == nil {
			_, err = file.WriteString(limit)
			if file.Close(); err == nil {
				return dir, version
			}
		}
	}
	t.Skipf("needs a cgroup hierarchy with the %s controller", c.v1)
	return "", 0
}
