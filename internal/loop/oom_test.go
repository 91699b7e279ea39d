package loop

import (
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// The OOM killer is blamed for a SIGKILL that nile has not sent, if it has struck
// since the process was started, and for nothing else.
func TestOOMKillerIsBlamedWhereItStruck(t *testing.T) {
	for _, test := range []struct {
		name   string
		struck bool // once the process runs
		counts bool // there is a cgroup that counts
		status syscall.WaitStatus
		blamed bool
	}{
		{"it struck", true, true, syscall.WaitStatus(syscall.SIGKILL), true},
		{"it struck before only", false, true, syscall.WaitStatus(syscall.SIGKILL), false},
		{"it struck another process", true, true, syscall.WaitStatus(syscall.SIGTERM), false},
		{"nobody counts", true, false, syscall.WaitStatus(syscall.SIGKILL), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, kills := newFakeKernel(t), 3
				k.after(time.Second, func() {
					if test.struck {
						kills++
					}
					k.end(101, test.status)
				})
				spec := &supervisor.Spec{Forward: true, Main: []supervisor.Container{container("main")}}
				result := Run(spec, Options{
					Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {},
					OOMKills: func() (int, bool) { return kills, test.counts },
				})
				if blamed := strings.Contains(result.Message, "OOM killer"); blamed != test.blamed {
					t.Errorf("the OOM killer is blamed: %v, want %v; the last line is %q", blamed, test.blamed, result.Message)
				}
			})
		})
	}
}

func TestOOMKillerIsNotBlamedForNilesOwnSIGKILL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, kills := newFakeKernel(t), 0
		spec := &supervisor.Spec{Grace: 5 * time.Second, Main: []supervisor.Container{container("main", "stubborn")}}
		k.after(time.Second, func() {
			kills++ // a helper of the process, say
			k.queue.send(syscall.SIGTERM)
		})
		result := Run(spec, Options{
			Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {},
			OOMKills: func() (int, bool) { return kills, true },
		})
		if result.Code != 137 || strings.Contains(result.Message, "OOM killer") {
			t.Errorf("exit code %d, want 137; %q must not blame the OOM killer", result.Code, result.Message)
		}
	})
}
