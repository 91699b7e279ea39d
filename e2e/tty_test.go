//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/testkit"
)

// terminal is a pseudo terminal with `docker run -it` on it, or another engine's.
type terminal struct {
	t      *testing.T
	name   string // the container's, in Docker
	master *os.File
	shown  testkit.Buffer
	client *exec.Cmd
	ended  chan struct{}
}

// startOnTerminal starts a container on a terminal of its own.
func startOnTerminal(t *testing.T, image string, options []string, args ...string) *terminal {
	t.Helper()
	name := fmt.Sprintf("nile-e2e-tty-%d", time.Now().UnixNano())
	run := append([]string{"run", "--interactive", "--tty", "--name", name, "--network", "none"}, options...)
	t.Cleanup(func() { _ = command("docker", "rm", "--force", name).Run() }) // it may not have come into being
	tty := onTerminal(t, "docker", append(append(run, image), args...)...)
	tty.name = name
	return tty
}

// onTerminal runs an engine's client on a terminal of its own, and kills it when the test ends.
func onTerminal(t *testing.T, client string, args ...string) *terminal {
	t.Helper()
	master, slave, err := openTerminal()
	if err != nil {
		t.Fatalf("cannot make a pseudo terminal: %v", err)
	}
	tty := &terminal{t: t, master: master, ended: make(chan struct{})}
	tty.client = exec.Command(client, args...)
	tty.client.Stdin, tty.client.Stdout, tty.client.Stderr = slave, slave, slave
	tty.client.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = tty.client.Start()
	slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(tty.ended)
		buffer := make([]byte, 4096)
		for err := error(nil); err == nil; { // EIO: the client has ended
			var n int
			n, err = master.Read(buffer)
			_, _ = tty.shown.Write(buffer[:n])
		}
		_ = tty.client.Wait() // its state says how it ended
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("on the terminal:\n%s", tty.text())
		}
		_ = tty.client.Process.Kill()
		<-tty.ended
		master.Close()
	})
	return tty
}

func openTerminal() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

func (tty *terminal) text() string { return strings.ReplaceAll(tty.shown.String(), "\r\n", "\n") }

func (tty *terminal) types(keys string) {
	tty.t.Helper()
	if _, err := tty.master.WriteString(keys); err != nil {
		tty.t.Fatal(err)
	}
}

// waitFor waits until a text has appeared a number of times.
func (tty *terminal) waitFor(text string, times int) {
	tty.t.Helper()
	eventually(tty.t, 30*time.Second, func() string { return fmt.Sprintf("%q, %d times, in:\n%s", text, times, tty.text()) },
		func() bool { return strings.Count(tty.text(), text) >= times })
}

// resizes gives the terminal another size, and waits until the shell on it is told that size.
func (tty *terminal) resizes() {
	tty.t.Helper()
	if err := unix.IoctlSetWinsize(int(tty.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 41, Col: 117}); err != nil {
		tty.t.Fatal(err)
	}
	eventually(tty.t, 20*time.Second, tty.text, func() bool {
		tty.types("stty size\n")
		time.Sleep(200 * time.Millisecond) // for the answer, before it is asked for again
		return strings.Contains(tty.text(), "41 117\n")
	})
}

// end waits for the end of `docker run` or its like and returns its exit code, which is the container's.
func (tty *terminal) end() int {
	tty.t.Helper()
	select {
	case <-tty.ended:
	case <-time.After(30 * time.Second):
		tty.t.Fatalf("the engine's client does not end; on the terminal:\n%s", tty.text())
	}
	return tty.client.ProcessState.ExitCode()
}

// countInterrupts is a job that says "caught N" for each SIGINT, and how many there were, when /tmp/enough is there. The
// quotes within words keep the echo of the line from being taken for what it says.
const countInterrupts = `bash -c 'n=0; trap "n=\$((n+1)); echo caught \$n" INT; echo count""ing; while [ ! -e /tmp/enough ]; do sleep 0.1; done; rm /tmp/enough; echo total""=$n'`

func TestDockerTerminal(t *testing.T) {
	shows(t, "docker run -it: prompt, job control, ^C, size, exit code")
	image := machineImage(t)
	shell := []string{"bash", "--norc", "--noprofile", "--noediting", "-i"}
	for _, test := range []struct {
		name    string
		options []string
		args    []string
		init    string
	}{
		{"nile", nil, append([]string{"--"}, shell...), "nile"},
		{"docker run --init", []string{"--init", "--entrypoint", shell[0]}, shell[1:], "docker-init"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.init == "docker-init" {
				needNileAsDockerInit(t)
			}
			tty := startOnTerminal(t, image, machineOptions(append(test.options, "--env", "PS1=prompt> ")...), test.args...)
			tty.waitFor("prompt> ", 1)
			tty.types("echo under $PPID, $(cat /proc/1/comm)\n")
			tty.waitFor("under 1, "+test.init+"\n", 1)

			tty.types("sleep 1000\n")
			tty.types(`sleep 0.3; echo not""reached` + "\n") // typed ahead; ^Z throws it away
			time.Sleep(500 * time.Millisecond)
			tty.types("\x1a")
			tty.waitFor("Stopped", 1)
			tty.types("jobs\n")
			tty.waitFor("Stopped", 2)
			tty.types("fg; echo code=$?\n")
			tty.waitFor("sleep 1000\n", 2)
			time.Sleep(300 * time.Millisecond) // for the job to be in front
			tty.types("\x03")
			tty.types("echo back: $((6 * 7))\n")
			tty.waitFor("back: 42\n", 1)

			tty.types(countInterrupts + "\n")
			tty.waitFor("counting\n", 1)
			tty.types("\x03")
			tty.waitFor("caught 1\n", 1)
			docker(t, "exec", tty.name, "touch", "/tmp/enough")
			tty.waitFor("total=1\n", 1)

			tty.resizes()
			tty.types("exit 7\n")
			if code := tty.end(); code != 7 {
				t.Errorf("exit code %d, want bash's 7", code)
			}
			if strings.Contains(tty.text(), "no job control") || strings.Contains(tty.text(), "notreached") {
				t.Errorf("on the terminal:\n%s", tty.text())
			}
		})
	}
}

// needNileAsDockerInit puts nile where the engine looks for the init of `docker run --init`; only setup.sh's engine
// looks at a place that is for the tests to fill.
func needNileAsDockerInit(t *testing.T) {
	t.Helper()
	state := os.Getenv("NILE_E2E_DIR")
	if state == "" {
		state = "/var/lib/nile-e2e"
	}
	path := docker(t, "info", "--format", "{{.InitBinary}}")
	if path != state+"/docker-init" {
		t.Skipf("needs an engine started by setup.sh: this one's init is %q", path)
	}
	program, err := os.ReadFile(nile)
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, program) {
		return
	}
	// By a rename: the old one may be running.
	if err := os.WriteFile(path+".new", program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
