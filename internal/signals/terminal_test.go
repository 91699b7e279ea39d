//go:build amd64 || arm64

package signals_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What an init says while its child has the terminal must neither stop it nor fail.
func TestAWriteToTheTerminalFromTheBackgroundWorks(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	defer master.Close()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, b build) {
		if !b.entry {
			t.Skip("only with the entry point")
		}
		slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Skip("no /dev/pts: ", err)
		}
		defer slave.Close()
		cmd := exec.Command(b.path, "background")
		cmd.Stdin = slave
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
		if b.pid1 {
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID
		}
		output, err := cmd.Output()
		if got := strings.TrimSpace(string(output)); got != "<nil>" {
			t.Errorf("the write: %s (%v)", got, err)
		}
	})
}
