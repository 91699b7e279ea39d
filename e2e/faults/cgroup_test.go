package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestCgroup: a container takes more memory than the cgroup has, in each kind of cgroup that
// there may be. What has a limit tells of the OOM killer, and where there is none nobody is
// blamed for a SIGKILL that came from elsewhere. nile and the other container are in the same
// cgroup, and go on.
func TestCgroup(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		p := start(t, once("ACTOR, sleep"), options{before: "umount -l -R /sys/fs/cgroup"})
		p.killedByOthers("broken")
	})
	t.Run("version 1", func(t *testing.T) { memoryRunsOut(t, 1) })
	t.Run("version 2", func(t *testing.T) { memoryRunsOut(t, 2) })
	t.Run("version 2 without its memory controller", func(t *testing.T) {
		if _, version := testkit.MemoryCgroup(t, "100000000"); version == 2 {
			t.Skip("the memory controller belongs to version 2 here")
		}
		p := start(t, once("ACTOR, sleep"), options{before: "umount -l -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"})
		p.killedByOthers("broken")
	})
}

// killedByOthers has a container killed by SIGKILL.
func (p *pod) killedByOthers(name string) {
	p.t.Helper()
	p.kill(name)
	p.tells(name, "nile did not send it, and whether the OOM killer did cannot be seen here")
	p.holds("steady")
	p.end(143)
}

// memoryRunsOut has a container killed by the OOM killer.
func memoryRunsOut(t *testing.T, version int) {
	cgroup, found := testkit.MemoryCgroup(t, "64000000")
	if found != version {
		t.Skipf("the memory controller belongs to version %d here", found)
	}
	p := start(t, once("ACTOR, eat, '200'"), options{around: within(cgroup)})
	p.tells("broken", "killed by the cgroup's OOM killer (limit ")
	p.holds("steady")
	p.end(143)
}

// tells waits until a container's report has some words in its first line.
func (p *pod) tells(name, words string) {
	p.t.Helper()
	p.running("steady")
	var report, said string
	p.awaitOr(func() string { return fmt.Sprintf("%q in the report's first line:\n%s%s", words, report, said) }, func() bool {
		report, said, _ = p.verb("report", name)
		first, _, _ := strings.Cut(report, "\n")
		return strings.Contains(first, words)
	})
}
