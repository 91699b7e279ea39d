package linux_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/linux"
)

func TestConstantsAreThoseOfTheKernel(t *testing.T) {
	for name, pair := range map[string][2]int{
		"W_OK": {linux.W_OK, unix.W_OK}, "X_OK": {linux.X_OK, unix.X_OK}, "O_PATH": {linux.O_PATH, unix.O_PATH},
		"AT_EMPTY_PATH": {linux.AT_EMPTY_PATH, unix.AT_EMPTY_PATH}, "AT_FDCWD": {linux.AT_FDCWD, unix.AT_FDCWD},
		"ST_NOEXEC": {linux.ST_NOEXEC, unix.ST_NOEXEC}, "P_ALL": {linux.P_ALL, unix.P_ALL}, "SIG_SETMASK": {linux.SIG_SETMASK, unix.SIG_SETMASK},
		"LINUX_CAPABILITY_VERSION_3": {linux.LINUX_CAPABILITY_VERSION_3, unix.LINUX_CAPABILITY_VERSION_3},
		"PR_SET_CHILD_SUBREAPER":     {linux.PR_SET_CHILD_SUBREAPER, unix.PR_SET_CHILD_SUBREAPER},
		"PR_GET_CHILD_SUBREAPER":     {linux.PR_GET_CHILD_SUBREAPER, unix.PR_GET_CHILD_SUBREAPER},
		"PR_SET_NO_NEW_PRIVS":        {linux.PR_SET_NO_NEW_PRIVS, unix.PR_SET_NO_NEW_PRIVS},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %#x, the kernel's is %#x", name, pair[0], pair[1])
		}
	}
}

func TestSignalsHaveTheirNames(t *testing.T) {
	for num := syscall.Signal(0); num < 70; num++ {
		if got, want := linux.SignalName(num), unix.SignalName(num); got != want {
			t.Errorf("signal %d is called %q, want %q", num, got, want)
		}
	}
}

func TestLimitsHaveTheirNames(t *testing.T) {
	for name, number := range map[string]int{
		"as": unix.RLIMIT_AS, "core": unix.RLIMIT_CORE, "cpu": unix.RLIMIT_CPU, "data": unix.RLIMIT_DATA, "fsize": unix.RLIMIT_FSIZE,
		"locks": unix.RLIMIT_LOCKS, "memlock": unix.RLIMIT_MEMLOCK, "msgqueue": unix.RLIMIT_MSGQUEUE, "nice": unix.RLIMIT_NICE,
		"nofile": unix.RLIMIT_NOFILE, "nproc": unix.RLIMIT_NPROC, "rss": unix.RLIMIT_RSS, "rtprio": unix.RLIMIT_RTPRIO, "rttime": unix.RLIMIT_RTTIME,
		"sigpending": unix.RLIMIT_SIGPENDING, "stack": unix.RLIMIT_STACK, "16": 16, "-1": -1,
	} {
		if got := linux.LimitName(number); got != name {
			t.Errorf("limit %d is called %q, want %q", number, got, name)
		}
	}
}

func TestSystemCallsAnswerAsThoseOfUnix(t *testing.T) {
	got, err := linux.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if want, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || got != want {
		t.Errorf("prctl gives %d, %v, want %d", got, err, want)
	}
	if err := linux.Prctl(-1, 0, 0, 0, 0); err != unix.EINVAL {
		t.Errorf("prctl of nothing gives %v", err)
	}

	var data [2]linux.CapUserData
	var want [2]unix.CapUserData
	err = linux.Capget(&linux.CapUserHeader{Version: linux.LINUX_CAPABILITY_VERSION_3}, &data[0])
	_ = unix.Capget(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &want[0])
	if err != nil || data[0] != linux.CapUserData(want[0]) || data[1] != linux.CapUserData(want[1]) {
		t.Errorf("capget gives %v, %v, want %v", data, err, want)
	}

	var random [16]byte
	if n, err := linux.Getrandom(random[:]); n != len(random) || err != nil || random == [16]byte{} {
		t.Errorf("getrandom gives %d bytes, %v: %x", n, err, random)
	}
	var info [128]byte
	if err := linux.Waitid(linux.P_ALL, 0, unsafe.Pointer(&info), unix.WEXITED|unix.WNOHANG); err != unix.ECHILD {
		t.Errorf("waitid without children gives %v", err)
	}
}

func TestFileDescriptorsOfPipesAndProcesses(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	_, _ = write.WriteString("four")
	if n, err := linux.IoctlGetInt(int(read.Fd()), unix.TIOCINQ); n != 4 || err != nil {
		t.Errorf("ioctl FIONREAD gives %d, %v, want 4", n, err)
	}
	if linux.IsTerminal(int(read.Fd())) {
		t.Error("a pipe is taken for a terminal")
	}
	fd, err := linux.PidfdOpen(os.Getpid(), 0)
	if err == unix.ENOSYS || err == unix.EPERM {
		t.Skipf("this kernel or sandbox has no pidfd: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := linux.PidfdSendSignal(fd, 0); err != nil {
		t.Errorf("the test process is not there, it seems: %v", err)
	}
}

func TestNumbersAreReadAsTheMachineStoresThem(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	again := binary.NativeEndian.AppendUint64(nil, linux.NativeEndian.Uint64(data))
	if !bytes.Equal(data, again) ||
		linux.NativeEndian.Uint32(data) != binary.NativeEndian.Uint32(data) || linux.NativeEndian.Uint16(data) != binary.NativeEndian.Uint16(data) {
		t.Errorf("%x was read as %x", data, again)
	}
}
