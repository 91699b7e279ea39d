package reaper

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// write makes a file for a test, with an exact mode.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// foreignProgram is the head of an ELF program for a machine that this is not.
func foreignProgram() string {
	machine := byte(62)
	if elfMachine(self) == "amd64" {
		machine = 183
	}
	head := make([]byte, 64)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18] = 2, machine
	return string(head)
}

// loaderProgram is this test binary's machine with a PT_INTERP that is nowhere.
func loaderProgram(t *testing.T) string {
	t.Helper()
	own, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	const loader = "/no/such/ld.so\x00"
	head := make([]byte, 64+56+len(loader))
	copy(head, own[:20])
	head[4], head[5], head[6], head[16], head[20] = 2, 1, 1, 2, 1
	head[32] = 64                            // e_phoff
	head[52], head[54], head[56] = 64, 56, 1 // e_ehsize, e_phentsize, e_phnum
	entry := head[64:]
	entry[0], entry[4] = 3, 4 // PT_INTERP, readable
	entry[8] = 64 + 56        // p_offset
	entry[32], entry[40] = byte(len(loader)), byte(len(loader))
	copy(head[64+56:], loader)
	return string(head)
}

// TestStartErrors: each way in which a command cannot start has its exit code and
// words that name the cause.
func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	plain := write(t, dir+"/plain", "#!/bin/sh\n", 0o644)
	script := write(t, dir+"/nile-script", "#!/no/such/interpreter -x\n", 0o755)
	windows := write(t, dir+"/windows", "#!/bin/sh\r\necho\r\n", 0o755)
	empty := write(t, dir+"/empty", "", 0o755)
	text := write(t, dir+"/text", "echo hello\n", 0o755)
	foreign := write(t, dir+"/foreign", foreignProgram(), 0o755)
	loader := write(t, dir+"/loader", loaderProgram(t), 0o755)
	unready := write(t, dir+"/unready", "#!"+plain+"\n", 0o755)
	fifo := dir + "/fifo"
	if err := unix.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	command := func(argv ...string) *Command { return &Command{Argv: argv, Env: []string{"PATH=/usr/bin:/bin:" + dir}} }
	in := func(dir string, c *Command) *Command { c.Dir = dir; return c }
	for _, test := range []struct {
		name    string
		command *Command
		code    int
		errno   syscall.Errno
		says    string
	}{
		{"no command", command(), 125, unix.EINVAL, `cannot start "": the command is empty`},
		{"empty name", command(""), 127, unix.ENOENT, `cannot start "": the command is empty`},
		{"NUL", command("true", "a\x00b"), 125, unix.EINVAL, "a NUL byte in its arguments"},
		{"nowhere in PATH", command("no-such-command"), 127, unix.ENOENT,
			`cannot start "no-such-command": not found in PATH "/usr/bin:/bin:` + dir + `"`},
		{"no such file", command(dir + "/nothing"), 127, unix.ENOENT, `: no such file`},
		{"below a file", command(plain + "/nothing"), 127, unix.ENOENT, `: no such file`},
		{"relative", in(dir, command("./nothing")), 127, unix.ENOENT, `: no such file in ` + dir},
		{"not executable", command(plain), 126, unix.EACCES, "it is not executable (mode 0644): chmod +x it"},
		{"not executable in PATH", command("plain"), 126, unix.EACCES, `"plain": ` + plain + ": it is not executable"},
		{"directory", command(dir), 126, unix.EACCES, "it is a directory"},
		{"FIFO", command(fifo), 126, unix.EACCES, "it is not a regular file"},
		{"interpreter", command(script), 127, unix.ENOENT, "its interpreter /no/such/interpreter is missing"},
		{"interpreter in PATH", command("nile-script"), 127, unix.ENOENT, "its interpreter /no/such/interpreter is missing"},
		{"interpreter not executable", command(unready), 126, unix.EACCES, "its interpreter " + plain + " is not executable"},
		{"Windows line ends", command(windows), 127, unix.ENOENT, `its interpreter "/bin/sh\r" is missing: the file has Windows line ends`},
		{"loader", command(loader), 127, unix.ENOENT, "its dynamic loader /no/such/ld.so is missing"},
		{"empty file", command(empty), 126, unix.ENOEXEC, "the file is empty"},
		{"text", command(text), 126, unix.ENOEXEC, "it is neither a program for this machine nor a script"},
		{"other machine", command(foreign), 126, unix.ENOEXEC, "it is a program for "},
		{"no directory", in(dir+"/gone", command("true")), 125, unix.ENOENT, `"true": cannot enter the directory ` + dir + "/gone: no such file"},
		{"directory is a file", in(plain, command("true")), 125, unix.ENOTDIR, "cannot enter the directory " + plain},
		{"no directory, no command", in(dir+"/gone", command("./x")), 125, unix.ENOENT, "cannot enter the directory " + dir + "/gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			pid, err := f.Start(test.command)
			var failure *StartError
			if !errors.As(err, &failure) {
				t.Fatalf("started as %d, error %v", pid, err)
			}
			if failure.ExitCode() != test.code || failure.Err != test.errno || failure.Temporary() {
				t.Errorf("code %d, errno %d: want %d, %d", failure.ExitCode(), failure.Err, test.code, test.errno)
			}
			if !strings.Contains(failure.Error(), test.says) {
				t.Errorf("it says %q\nwant %q", failure, test.says)
			}
			if !childless() || f.Running() != 0 {
				t.Error("a process is left")
			}
		})
	}
}

// TestForkLimit: a start that fails because there are too many processes is
// temporary, and leaves nothing.
func TestForkLimit(t *testing.T) {
	f := newFixture(t)
	command := &Command{Argv: helper("eagain"), Env: os.Environ(), Files: stdio}
	if os.Getuid() == 0 {
		// Root is exempt from RLIMIT_NPROC: be somebody without processes, with
		// a copy of this program that he may execute.
		command.Argv[0] = publicCopy(t)
		command.Credential = &Credential{UID: 54321, GID: 54321, SetGroups: true}
	}
	if status := f.exit(f.start(command)).Status; status.ExitStatus() != 0 {
		t.Errorf("status %#x", int(status))
	}
	if os.Getuid() != 0 {
		return
	}
	// The same met by execve(2), after the change of the user.
	user := &Credential{UID: 54322, GID: 54322, SetGroups: true}
	f.start(&Command{Argv: []string{"sleep", "60"}, Credential: user})
	_, err := f.Start(&Command{
		Argv: []string{"true"}, Credential: user,
		Rlimits: []Rlimit{{Resource: unix.RLIMIT_NPROC, Soft: 0, Hard: 0}},
	})
	var failure *StartError
	if !errors.As(err, &failure) || !failure.Temporary() || failure.Err != unix.EAGAIN {
		t.Errorf("a user that may have no process: %v", err)
	}
}

// publicCopy is a copy of this test binary where every user may execute it.
func publicCopy(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "nile-reaper-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, "program"), string(program), 0o755)
}
