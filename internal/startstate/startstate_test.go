// Not in the package itself, whose place in the order of initialisation depends on
// what its files import.
package startstate_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/startstate"
)

const printVariable = "NILE_STARTSTATE_TEST_PRINT"

// With the variable set the test binary prints what it was started with.
func TestMain(m *testing.M) {
	if os.Getenv(printVariable) != "" {
		soft, hard, ok := startstate.OpenFiles()
		var now syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now)
		fmt.Println(startstate.Known(), soft, ok, now.Cur == hard-1 || now.Cur == hard, startstate.Ignored().Has(int(syscall.SIGTTOU)), startstate.Closed(0))
		return
	}
	os.Exit(m.Run())
}

// Without the entry point too this package is initialised before package syscall
// raises the limit, as the order of initialisation has it; the entry point itself is
// tested with package signals.
func TestTheLimitOfOpenFilesIsReadBeforeGoRaisesIt(t *testing.T) {
	command := exec.Command("sh", "-c", `ulimit -S -n 321 && trap "" TTOU && exec "$0"`, os.Args[0])
	command.Env = append(os.Environ(), printVariable+"=1")
	output, err := command.CombinedOutput()
	if got := strings.TrimSpace(string(output)); err != nil || got != "false 321 true true true false" {
		t.Errorf("printed %q (%v): want no entry point, 321, which is known and has been raised, SIGTTOU ignored, nothing closed", got, err)
	}
}

func TestSet(t *testing.T) {
	s := startstate.Set(1<<0 | 1<<63)
	for _, num := range []int{-1, 0, 2, 63, 65} {
		if s.Has(num) {
			t.Errorf("%#x has %d", s, num)
		}
	}
	if !s.Has(1) || !s.Has(64) {
		t.Errorf("%#x lacks 1 or 64", s)
	}
}
