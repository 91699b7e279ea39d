package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// The forkers are written in Perl, which every Debian has: Go cannot fork.
const (
	// comet forks a process that goes on, and ends: there is one at any time, and whoever
	// looks for it comes too late.
	comet = `$SIG{TERM} = "IGNORE"; for (1 .. 30000) { my $child = fork; exit if $child; select(undef, undef, undef, 0.001) unless defined $child } sleep 3600`
	// swarm forks and forks, up to the limit of its cgroup.
	swarm = `$SIG{TERM} = "IGNORE"; for (1 .. 20000) { fork // select(undef, undef, undef, 0.01) } sleep 3600`
)

// TestForksFasterThanItIsKilled: a stop ends processes that fork all the time and ignore
// SIGTERM, and ends all of them.
func TestForksFasterThanItIsKilled(t *testing.T) {
	for name, program := range map[string]string{"comet": comet, "swarm": swarm} {
		t.Run(name, func(t *testing.T) {
			cgroup := testkit.PIDsCgroup(t, "200")
			p := start(t, always(fmt.Sprintf("perl, -e, '%s'", program)), options{around: within(cgroup)})
			p.running("broken")
			// Where the swarm has all processes, nile's own clients have none.
			p.signal(12) // anything: nile goes on with its work
			p.stops("broken")
			p.await("no process of it is left", func() bool { return p.count("perl") == 0 })
			p.holds("steady")
			p.end(143)
		})
	}
}

// stops has a container stopped, by a client outside of the cgroup and inside of the
// namespace.
func (p *pod) stops(name string) {
	p.t.Helper()
	p.await(name+" is stopped", func() bool {
		_, said, code := p.verb("stop", name)
		return code == 0 || strings.Contains(said, "is stopped already")
	})
}

// count counts the processes of the pod's namespace by their command name.
func (p *pod) count(command string) (n int) {
	files, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && strings.TrimSpace(string(text)) == command && p.hasSameNamespace(filepath.Dir(file)) {
			n++
		}
	}
	return n
}
