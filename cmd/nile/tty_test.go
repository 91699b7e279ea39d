package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ctrlC = "\x03"
	ctrlZ = "\x1a"
)

// shellArgs run an interactive bash that reads no files and prints the terminal's own
// echo.
var shellArgs = []string{"--", "bash", "--norc", "--noprofile", "--noediting", "-i"}

// atTerminal plays a scenario on a terminal with nile under a name; bash must be there.
func atTerminal(t *testing.T, name string, s scenario) outcome {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash: apt-get install bash")
	}
	s.tty = true
	s.env = append(s.env, "PS1=prompt> ")
	programs := bin
	if name != "nile" {
		programs = t.TempDir()
		symlink(t, filepath.Join(bin, "nile"), filepath.Join(programs, name))
	}
	return perform(t, &s, name, programs)
}

// line types a line for a shell that has prompted for it.
func (p *performance) line(text string) { p.screen.typed(p.t, text+"\n") }

// inFront is the terminal's foreground process group, which is named by its leader.
func (p *performance) inFront() int {
	group, err := unix.IoctlGetInt(int(p.screen.master.Fd()), unix.TIOCGPGRP)
	must(p.t, err)
	return group
}

// waitForFront waits until a program is in front and sleeps there: it is done with
// its preparations then.
func (p *performance) waitForFront(program string) (pid int) {
	p.wait(program+" to be in front", func() bool {
		pid = p.inFront()
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return strings.TrimSpace(string(name)) == program && stateOf(pid) == "S"
	})
	return pid
}

// controlsJobs suspends a job, looks for it, brings it back and interrupts it.
func controlsJobs(p *performance) {
	p.waitForFront("bash")
	p.line("sleep 100")
	p.waitForFront("sleep")
	p.screen.typed(p.t, ctrlZ)
	p.waitFor("Stopped", 1)
	p.waitForFront("bash")
	p.line("jobs")
	p.waitFor("Stopped", 2)
	p.line("fg")
	p.waitForFront("sleep")
	p.screen.typed(p.t, ctrlC)
	p.waitForFront("bash")
	p.line("echo code $?")
	p.waitFor("code 130\n", 1)
	p.line("jobs; echo $((6 * 7)) done")
	p.waitFor("42 done\n", 1)
	if n := strings.Count(p.text(), "Stopped"); n != 2 {
		p.t.Errorf("the ended job is still there:\n%s", p.text())
	}
	p.line("exit 7")
}

func TestTTYJobControl(t *testing.T) {
	for _, name := range append([]string{"nile"}, peers...) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := atTerminal(t, name, scenario{args: shellArgs, play: controlsJobs})
			if o.code != 7 || strings.Contains(o.stdout, "no job control") {
				t.Errorf("exit code %d, want 7; on the terminal:\n%s", o.code, o.stdout)
			}
		})
	}
}

// TestTTYKeysReachTheJobOnce counts the signals in a job of bash.
func TestTTYKeysReachTheJobOnce(t *testing.T) {
	for _, name := range append([]string{"nile"}, peers...) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := atTerminal(t, name, scenario{args: shellArgs, play: func(p *performance) {
				p.waitForFront("bash")
				p.line("perl listener.pl job")
				p.waitFor("job: ready\n", 1)
				job := p.inFront()
				p.screen.typed(t, ctrlC)
				p.waitFor("job: got 2\n", 1)
				must(t, unix.IoctlSetWinsize(int(p.screen.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 51, Col: 133}))
				p.waitFor("job: got 28\n", 1)
				time.Sleep(100 * time.Millisecond) // for either to come twice, which it must not
				must(t, syscall.Kill(job, syscall.SIGUSR1))
				p.waitFor(fmt.Sprintf("job: got %d\n", marker), 1)
				must(t, syscall.Kill(job, syscall.SIGUSR2))
				p.waitForFront("bash")
				p.line("exit 7")
			}})
			for _, num := range []int{2, 28} {
				if n := strings.Count(o.stdout, fmt.Sprintf("job: got %d\n", num)); n != 1 {
					t.Errorf("signal %d has arrived %d times, want once", num, n)
				}
			}
			if o.code != 7 {
				t.Errorf("exit code %d, want 7", o.code)
			}
		})
	}
}

func TestTTYSizeAndEcho(t *testing.T) {
	o := atTerminal(t, "nile", scenario{args: shellArgs, play: func(p *performance) {
		p.waitForFront("bash")
		must(t, unix.IoctlSetWinsize(int(p.screen.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 33, Col: 101}))
		p.line("stty size")
		p.waitFor("33 101\n", 1)
		p.line("stty rows 44; stty size")
		p.waitFor("44 101\n", 1)
		p.line("read -rsp 'quiet? ' word; echo \"${word^^} read\"")
		p.waitFor("quiet? ", 2) // with the echo of the line
		p.line("secret")
		p.waitFor("SECRET read\n", 1)
		p.line("exit")
	}})
	if strings.Contains(o.stdout, "secret") {
		t.Errorf("what was typed with the echo turned off is on the terminal:\n%s", o.stdout)
	}
}

// callers are those who run nile on their terminal and go on to use it.
var callers = []struct{ name, launch string }{
	{"a script", `stty -g >before; "$@"; echo "code $?"; stty -g >after; cmp before after && echo 'settings intact'
		set -- $(sed 's/.*) //' /proc/$$/stat); [ $3 = $6 ] && echo 'the caller is in front'
		read -r line && echo "the caller read ${line}"; exit 0`},
	{"a shell with job control", `stty -g >before; set -m; "$@"; echo "code $?"; stty -g >after; cmp before after && echo 'settings intact'
		set -- $(sed 's/.*) //' /proc/$$/stat); [ $3 = $6 ] && echo 'the caller is in front'
		read -r line && echo "the caller read ${line}"; exit 0`},
}

// TestTTYIsGivenBack ends commands in every way and looks for the terminal at the
// caller's.
func TestTTYIsGivenBack(t *testing.T) {
	ends := []struct {
		name string
		args []string
		play func(*performance)
		code int
	}{
		{"bash exits", shellArgs, func(p *performance) { p.waitForFront("bash"); p.line("exit 7") }, 7},
		{"bash is killed beside its job", shellArgs, func(p *performance) {
			shell := p.waitForFront("bash")
			p.line("sleep 100")
			p.waitForFront("sleep")
			must(p.t, syscall.Kill(shell, syscall.SIGKILL))
		}, 137},
		{"^C ends the command", []string{"--", "sleep", "100"}, func(p *performance) {
			p.waitForFront("sleep")
			p.screen.typed(p.t, ctrlC)
		}, 130},
		{"with a flag", append([]string{"--grace=9s"}, shellArgs...), func(p *performance) { p.waitForFront("bash"); p.line("exit 7") }, 7},
		{"with what is left behind", []string{"--no-tree", "--", "sh", "-c", "sleep 1 & exit 7"}, func(*performance) {}, 7},
	}
	for _, caller := range callers {
		for _, end := range ends {
			t.Run(caller.name+"/"+end.name, func(t *testing.T) {
				t.Parallel()
				o := atTerminal(t, "nile", scenario{launch: caller.launch, args: end.args, play: func(p *performance) {
					end.play(p)
					p.waitFor("code ", 1)
					p.line("a line")
				}})
				for _, want := range []string{fmt.Sprintf("code %d\n", end.code), "settings intact\n", "the caller is in front\n", "the caller read a line\n"} {
					if !strings.Contains(o.stdout, want) {
						t.Errorf("not said: %q; on the terminal:\n%s", want, o.stdout)
					}
				}
			})
		}
	}
}

// TestTTYIsLeftAlone: without a terminal nothing is attempted, and none is taken from
// those whose it is.
func TestTTYIsLeftAlone(t *testing.T) {
	for _, test := range []struct {
		name, launch string
		tty          bool
	}{
		{"a session without a terminal", `echo words | setsid --wait "$@"`, false},
		{"input from elsewhere", `echo words | "$@"`, true},
		{"in the background", `set -m; "$@" & wait $!`, true},
	} {
		for _, name := range append([]string{"nile"}, peers...) {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				if test.tty && name != "nile" {
					t.Skip("as the peer does: TestPersonality")
				}
				s := scenario{launch: test.launch, args: sh(whereAmI), tty: test.tty}
				var o outcome
				if test.tty {
					o = atTerminal(t, name, s)
				} else {
					programs := t.TempDir()
					symlink(t, filepath.Join(bin, "nile"), filepath.Join(programs, name))
					o = perform(t, &s, name, programs)
				}
				if o.code != 0 || !strings.Contains(o.stdout, "leads its group\n") {
					t.Errorf("exit code %d, want 0; the command says:\n%s", o.code, o.stdout)
				}
				if strings.Contains(o.stdout, "its group is in front") || strings.Contains(o.stdout, "has a terminal") != test.tty {
					t.Errorf("the command says:\n%s", o.stdout)
				}
				if strings.Contains(o.stdout+o.stderr, "ioctl") || strings.Contains(o.stdout+o.stderr, "terminal of") {
					t.Errorf("nile says:\n%s%s", o.stdout, o.stderr)
				}
			})
		}
	}
}
