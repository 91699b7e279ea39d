package terminal

import (
	"os"
	"os/signal"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Suspend gives the terminal back and stops the process as ^Z does, until somebody
// continues it; then it takes the terminal again. Where there is no shell that could
// continue it, as in `docker exec`, the kernel drops the signal and nothing happens:
// see "orphaned process group" in setpgid(2).
func (s *Screen) Suspend() error {
	if err := s.Leave(); err != nil {
		return err
	}
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	// os/signal never gives SIGTSTP back: once asked for, it does nothing by itself.
	var standard, before sigaction
	swap(&standard, &before)
	defer swap(&before, nil)
	// To the whole job, as the terminal does it.
	if unix.Kill(0, unix.SIGTSTP) == nil {
		// The signal may reach another thread of this process: this one must not go on
		// before it has.
		select {
		case <-continued:
		case <-time.After(100 * time.Millisecond):
		}
	}
	return s.Enter()
}

// sigaction is room for the kernel's struct of that name on any machine. All zero it is
// the standard action.
type sigaction [8]uint64

// swap sets what SIGTSTP does.
func swap(action, before *sigaction) {
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(unix.SIGTSTP), uintptr(unsafe.Pointer(action)), uintptr(unsafe.Pointer(before)), 8, 0, 0)
}
