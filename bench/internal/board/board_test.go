package board_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
)

// The clock and the cells must be the same on both sides: a real program writes them.
func TestAProgramWritesToTheBoard(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("needs a C compiler: ", err)
	}
	program, err := cprogram.Build(t.TempDir(), "signal")
	if err != nil {
		t.Fatal(err)
	}
	b, err := board.New(3)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, b.Path)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	if !board.Await(func() bool { return b.Load(2) == int64(child.Process.Pid) }, time.Millisecond, 10*time.Second) {
		t.Fatalf("cell 2 is %d, want the program's process id %d", b.Load(2), child.Process.Pid)
	}
	before := board.Now()
	if err := child.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if !board.Await(func() bool { return b.Load(0) == 1 }, time.Millisecond, 10*time.Second) {
		t.Fatalf("%d signals have come, want 1", b.Load(0))
	}
	if at := b.Load(1); at < before || at > board.Now() {
		t.Errorf("the signal came at %d, which is not between %d and now", at, before)
	}
	b.Clear()
	if b.Load(1) != 0 {
		t.Errorf("cell 1 is %d after Clear", b.Load(1))
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.Path); !os.IsNotExist(err) {
		t.Errorf("the file is still there after Close: %v", err)
	}
}

func TestAwaitGivesUp(t *testing.T) {
	if board.Await(func() bool { return false }, time.Millisecond, 5*time.Millisecond) {
		t.Error("what never holds was reported to hold")
	}
}
