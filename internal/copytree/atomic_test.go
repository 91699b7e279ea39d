package copytree

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAnInterruptedCopyLeavesOnlyWholeFiles(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, source+"/a", "whole", 0o644)
	write(t, source+"/b", strings.Repeat("x", 3*stretch), 0o644)
	write(t, source+"/c", "not reached", 0o644)
	write(t, target+"/b", "the old one", 0o644)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("terminated")
	_, err := Copy(ctx, []string{source + "/."}, target, Options{Progress: func(result Result) {
		if result.Bytes > stretch { // in the middle of b
			cancel(reason)
		}
	}})
	wantError(t, err, "cannot finish the copy to "+target+": terminated; files copied so far are whole, run it again for the rest")
	if !errors.Is(err, reason) {
		t.Errorf("the error hides the context's cause: %v", err)
	}
	noTemporaryNames(t, target)
	if contentsOf(t, target+"/a") != "whole" || contentsOf(t, target+"/b") != "the old one" {
		t.Error("a file is neither the old one nor the new one")
	}
	if _, err := os.Lstat(target + "/c"); err == nil {
		t.Error("the copy went on after the interruption")
	}
}

func TestAnInterruptedCopyLeavesDirectoriesUsable(t *testing.T) {
	source, target := t.TempDir()+"/source", t.TempDir()+"/target"
	write(t, source+"/sub/a", "x", 0o644)
	write(t, source+"/sub/b", "x", 0o644)
	must(t, os.Chmod(source+"/sub", 0o755))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Copy(ctx, []string{source}, target, Options{Progress: func(Result) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if mode := lstat(t, target+"/sub").Mode & 0o7777; mode != 0o755 {
		t.Errorf("the directory has mode %o, want 755", mode)
	}
}

func TestAReaderNeverSeesHalfAFile(t *testing.T) {
	directory := t.TempDir()
	small, large := strings.Repeat("a", 10_000), strings.Repeat("b", 3_000_000)
	write(t, directory+"/small", small, 0o644)
	write(t, directory+"/large", large, 0o644)
	target := directory + "/target"
	mustCopy(t, target, directory+"/small")
	var reading sync.WaitGroup
	stop := make(chan struct{})
	reading.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			contents, err := os.ReadFile(target)
			if err != nil || (string(contents) != small && string(contents) != large) {
				t.Errorf("a reader saw %d bytes, error %v", len(contents), err)
				return
			}
		}
	})
	for range 20 {
		mustCopy(t, target, directory+"/large")
		mustCopy(t, target, directory+"/small")
	}
	close(stop)
	reading.Wait()
}

func TestErrorsDoNotStopTheOtherFiles(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b", "c", "d"} {
		write(t, filepath.Join(source, name), name, 0o644)
	}
	write(t, target+"/a/in-the-way", "", 0o644)
	write(t, target+"/c/in-the-way", "", 0o644)
	result, err := Copy(t.Context(), []string{source + "/."}, target, Options{})
	wantError(t, err, "cannot copy "+source+"/a to "+target+"/a: the target is a directory: remove it, or choose another name", "/c: the target is a directory")
	wantErrno(t, err, unix.EISDIR)
	if contentsOf(t, target+"/b")+contentsOf(t, target+"/d") != "bd" || result.Files != 2 {
		t.Errorf("copied %d of the 2 files that could be copied", result.Files)
	}
}

func TestAFullDiskLeavesTheOldFile(t *testing.T) {
	needRoot(t, "it mounts a small file system")
	source, target := t.TempDir(), t.TempDir()
	if err := unix.Mount("tmpfs", target, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { must(t, unix.Unmount(target, 0)) })
	write(t, source+"/a", strings.Repeat("x", 1<<20), 0o644)
	write(t, source+"/b", "fits", 0o644)
	write(t, target+"/a", "the old one", 0o644)
	_, err := Copy(t.Context(), []string{source + "/."}, target, Options{})
	wantError(t, err, "cannot copy "+source+"/a to "+target+"/a: no space left on device: free some space")
	wantErrno(t, err, unix.ENOSPC)
	noTemporaryNames(t, target)
	if contentsOf(t, target+"/a") != "the old one" || contentsOf(t, target+"/b") != "fits" {
		t.Error("the old file is gone, or the one that fits was not copied")
	}
	must(t, unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	_, err = Copy(t.Context(), []string{source + "/b"}, target, Options{})
	wantError(t, err, "read-only file system: mount a writable volume there")
}

// runCopier runs the test program as a copier with the given attributes.
func runCopier(t *testing.T, attributes *syscall.SysProcAttr, program string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.Command(program, arguments...)
	command.Env = []string{copierVariable + "=1"}
	command.Dir = "/"
	command.SysProcAttr = attributes
	output, err := command.CombinedOutput()
	return string(output), err
}

// publicDirectory is a directory that every user can reach; t.TempDir is not.
func publicDirectory(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "copytree-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	must(t, os.Chmod(directory, 0o755))
	return directory
}

// copyOfTestProgram puts the test program where another user or root directory
// can reach it.
func copyOfTestProgram(t *testing.T, target string) {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	must(t, err)
	defer self.Close()
	must(t, ReplaceFile(t.Context(), self, target, 0o755))
}

func TestAnImageWithNothingElse(t *testing.T) {
	needRoot(t, "it changes the root directory")
	image := publicDirectory(t)
	copyOfTestProgram(t, image+"/copier")
	write(t, image+"/app.war", "a web application", 0o644)
	must(t, os.Mkdir(image+"/webapps", 0o777))
	output, err := runCopier(t, &syscall.SysProcAttr{Chroot: image}, "/copier", "/app.war", "/webapps/")
	if err != nil && isDynamic(t, image+"/copier") {
		t.Skip("needs a static test program: CGO_ENABLED=0, without -race")
	}
	if err != nil || output != "" {
		t.Fatalf("%v: %s", err, output)
	}
	if got, want := describe(t, image+"/webapps"), "app.war"; !strings.Contains(got, want) {
		t.Errorf("copied:\n%s", got)
	}
	output, err = runCopier(t, &syscall.SysProcAttr{Chroot: image}, "/copier", "app.jar", "/webapps/")
	if err == nil || output != "cannot read app.jar: no such file or directory: check the name; a relative one starts in /\n" {
		t.Errorf("error %v, said %q", err, output)
	}
}

// isDynamic reports whether a program names an interpreter (ld.so), which an
// empty image lacks.
func isDynamic(t *testing.T, program string) bool {
	t.Helper()
	file, err := os.Open(program)
	must(t, err)
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, 4096))
	must(t, err)
	return strings.Contains(string(head), "/ld-linux") || strings.Contains(string(head), "/ld64")
}

func TestAnOrdinaryUser(t *testing.T) {
	needRoot(t, "it becomes another user")
	directory := publicDirectory(t)
	copyOfTestProgram(t, directory+"/copier")
	write(t, directory+"/source/setuid", "x", os.ModeSetuid|0o755)
	write(t, directory+"/source/secret", "x", 0o600)
	write(t, directory+"/source/plain", "plain", 0o640)
	must(t, os.Chmod(directory+"/source/plain", 0o644))
	must(t, os.Chtimes(directory+"/source/plain", aTime, aTime))
	must(t, unix.Mknod(directory+"/source/zero", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))))
	must(t, os.Mkdir(directory+"/target", 0o777))
	must(t, os.Chmod(directory+"/target", 0o777))
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := runCopier(t, nobody, directory+"/copier", directory+"/source", directory+"/target")
	if err == nil {
		t.Fatal("no error for a file that the user may not read")
	}
	for _, want := range []string{
		"cannot read " + directory + "/source/secret: permission denied: give user 65534 permission to read it",
		"source/zero: operation not permitted: it takes its owner, or CAP_FOWNER (for a device CAP_MKNOD)",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the output lacks %q:\n%s", want, output)
		}
	}
	if lines := strings.Count(output, "\n"); lines != 2 {
		t.Errorf("%d lines of errors, want 2:\n%s", lines, output)
	}
	plain := lstat(t, directory+"/target/source/plain")
	if plain.Uid != 65534 || plain.Mode&0o7777 != 0o644 || plain.Mtim.Nano() != aTime.UnixNano() {
		t.Errorf("the copy has owner %d, mode %o, time %d", plain.Uid, plain.Mode, plain.Mtim.Nano())
	}
	if mode := lstat(t, directory+"/target/source/setuid").Mode & 0o7777; mode != 0o755 {
		t.Errorf("a copy with another owner has mode %o, want 755 without set-user-ID", mode)
	}
	output, err = runCopier(t, nobody, directory+"/copier", directory+"/source/plain", directory+"/source/new")
	if err == nil || !strings.Contains(output, "permission denied: make the directory writable for user 65534") {
		t.Errorf("error %v, said %q", err, output)
	}
}

func TestReplaceFileReplacesARunningProgram(t *testing.T) {
	directory := t.TempDir()
	program := directory + "/program"
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("needs a program to run: sleep")
	}
	mustCopyProgram := func() {
		source, err := os.Open(sleep)
		must(t, err)
		defer source.Close()
		must(t, ReplaceFile(t.Context(), source, program, 0o755))
	}
	mustCopyProgram()
	command := exec.Command(program, "60")
	must(t, command.Start())
	mustCopyProgram() // writing to the file itself would be ETXTBSY
	must(t, command.Process.Kill())
	_ = command.Wait() // it was killed: the error says so
	if mode := lstat(t, program).Mode & 0o7777; mode != 0o755 {
		t.Errorf("mode %o, want 755", mode)
	}
	noTemporaryNames(t, directory)
}
