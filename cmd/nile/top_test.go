package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procs"
	"github.com/nile-init/nile/internal/terminal"
)

const topPod = `apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  containers:
  - {name: alpha, command: [sleep, "600"]}
  - {name: beta, command: [sh, -c, 'echo "beta says hello"; exec sleep 601']}
`

// onTop plays with `nile top` beside a pod, on a terminal. The caller says at the end how
// it left the terminal.
func onTop(t *testing.T, play func(*performance), args ...string) outcome {
	t.Helper()
	// Where it can be had, a PID namespace, in which there is nothing else to see.
	namespace := ""
	if canMakeNamespaces() {
		namespace = filepath.Join(bin, "testprogram") + " namespace "
	}
	return perform(t, &scenario{
		tty:   true,
		args:  append([]string{"top", "--interval", "200ms"}, args...),
		env:   []string{"TERM=xterm", "LC_ALL=C.UTF-8"},
		files: map[string]string{"pod.yaml": topPod},
		play:  play,
		launch: "export NILE_CONTROL=$PWD/control.sock; exec " + namespace + `sh -c '
			nile run --log-level=off pod.yaml </dev/null >/dev/null 2>&1 & pod=$!
			until nile status 2>/dev/null | grep -q "2 of 2 ready"; do :; done
			stty -g >before; "$@"; echo "code $?"; stty -g >after; cmp before after && echo "settings intact"
			kill $pod; wait $pod' sh "$@"`,
	}, "nile", bin)
}

// sees waits until the screen shows something, and gives it.
func (p *performance) sees(pattern string) *emulator {
	p.t.Helper()
	compiled := regexp.MustCompile("(?m)" + pattern)
	columns, rows := 80, 24
	if size, err := unix.IoctlGetWinsize(int(p.screen.master.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
		columns, rows = int(size.Col), int(size.Row)
	}
	var screen *emulator
	if !p.wait(pattern+" on the screen", func() bool {
		screen = emulate(p.text(), columns, rows)
		return compiled.MatchString(screen.shown())
	}) {
		p.t.Errorf("on the screen is\n%s", screen.shown())
	}
	return screen
}

func (p *performance) types(keys string) { p.screen.typed(p.t, keys) }

// givenBack fails unless the terminal is as it was.
func (o outcome) givenBack(t *testing.T, code int) {
	t.Helper()
	end := emulate(o.stdout, 80, 24)
	if end.alternate || !strings.Contains(end.shown(), fmt.Sprintf("code %d\nsettings intact\n", code)) {
		t.Errorf("want code %d and the settings intact; on the screen is\n%s", code, end.shown())
	}
	if strings.LastIndex(o.stdout, "\x1b[?25h") < strings.LastIndex(o.stdout, "\x1b[?25l") {
		t.Error("the cursor is still hidden")
	}
}

func TestTopKeys(t *testing.T) {
	t.Parallel()
	o := onTop(t, func(p *performance) {
		screen := p.sees(`^pod demo: Running, up \d+`)
		p.sees(`^processes \d+, threads \d+, cpu [\d.]+%`)
		p.sees(`^  NAME +STATE +READY +RESTARTS +CPU +MEM +PROCESSES +AGE +LAST END$`)
		p.sees(`^> alpha +Running +yes +0 +[\d.]+% +\S+i +1 +\d+s`)
		if canMakeNamespaces() {
			p.sees(`^\d+ .* beta +sleep 601$`)
		}
		p.sees(`^q quit  r restart  s stop  l logs  t tree$`)
		if !strings.HasPrefix(screen.selected(), "> alpha") {
			t.Errorf("selected is %q", screen.selected())
		}
		p.types("\x1b[B")
		p.sees(`^> beta +Running`)
		p.types("\x1b[B\x1bOA\x1b[Bt")
		p.sees(`^> beta +Running`)
		if canMakeNamespaces() {
			p.sees(`^\d+ .* [├└]─ beta: sleep 601$`)
		}
		p.types("r")
		p.sees(`^restart beta\? y/n$`)
		p.types("n")
		p.sees(`t flat$`)
		p.types("ry")
		p.sees(`^> beta +Running +yes +1 `)
		p.sees(`^beta runs as process \d+$`) // or what became of the restart comes after the stop
		p.types("sy")
		p.sees(`^> beta +Stopped +no +1 +- `)
		p.sees(`beta is stopped$`)
		p.types("tq")
	})
	o.givenBack(t, 0)
}

func TestTopLogs(t *testing.T) {
	t.Parallel()
	onTop(t, func(p *performance) {
		p.sees(`^> alpha +Running`)
		p.types("jl")
		p.sees(`^--- logs of beta; any key goes back ---$`)
		p.sees(`beta says hello`)
		p.types(" ")
		p.sees(`^> beta +Running`)
		p.types("q")
	}).givenBack(t, 0)
}

// TestTopFollowsTheSize draws anew when the terminal has another size.
func TestTopFollowsTheSize(t *testing.T) {
	t.Parallel()
	onTop(t, func(p *performance) {
		p.sees(`^> alpha +Running`)
		for _, size := range []unix.Winsize{{Row: 12, Col: 60}, {Row: 40, Col: 120}, {Row: 4, Col: 20}, {Row: 24, Col: 80}} {
			must(t, unix.IoctlSetWinsize(int(p.screen.master.Fd()), unix.TIOCSWINSZ, &size))
			p.wait("the help in the last line", func() bool {
				lines := strings.Split(emulate(p.text(), int(size.Col), int(size.Row)).shown(), "\n")
				return strings.HasPrefix(lines[size.Row-1], "q quit") && strings.HasPrefix(lines[0], "pod demo")
			})
		}
		p.types("q")
	}).givenBack(t, 0)
}

// TestTopGivesTheTerminalBack however it ends.
func TestTopGivesTheTerminalBack(t *testing.T) {
	for _, end := range []struct {
		name string
		how  func(*performance)
		code int
	}{
		{"^C", func(p *performance) { p.types(ctrlC) }, 0},
		{"SIGTERM", func(p *performance) { must(p.t, syscall.Kill(p.topPID(), syscall.SIGTERM)) }, 143},
		{"SIGHUP", func(p *performance) { must(p.t, syscall.Kill(p.topPID(), syscall.SIGHUP)) }, 129},
		{"SIGINT in the logs", func(p *performance) {
			p.types("l")
			p.sees(`any key goes back`)
			must(p.t, syscall.Kill(p.topPID(), syscall.SIGINT))
		}, 130},
	} {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			onTop(t, func(p *performance) {
				p.t = t
				p.sees(`^> alpha +Running`)
				end.how(p)
			}).givenBack(t, end.code)
		})
	}
}

// topPID finds the nile that is top, by the directory that it works in.
func (p *performance) topPID() int {
	table, err := procs.Read(procs.Options{})
	must(p.t, err)
	for i := range table.Processes {
		one := &table.Processes[i]
		directory, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", one.PID))
		if directory == p.dir && len(one.Args) > 1 && one.Args[1] == "top" {
			return one.PID
		}
	}
	p.t.Fatal("there is no nile top")
	return 0
}

// TestTopSuspends plays with ^Z below a shell with job control.
func TestTopSuspends(t *testing.T) {
	t.Parallel()
	o := atTerminal(t, "nile", scenario{
		launch: `shift; exec "$@"`, args: []string{"bash", "--norc", "--noprofile", "--noediting", "-i"},
		env: []string{"TERM=xterm", "NILE_CONTROL=off"},
		play: func(p *performance) {
			p.waitForFront("bash")
			p.line("nile top --interval 200ms")
			p.sees(`^processes \d+`)
			p.types(ctrlZ)
			p.waitForFront("bash")
			p.line("stty -a | grep -o '.icanon'")
			p.waitFor(" icanon\n", 1)
			p.line("fg")
			p.wait("the screen again", func() bool { return emulate(p.text(), 80, 24).alternate })
			p.types("q")
			p.waitForFront("bash")
			p.line("echo code $?; exit")
			p.waitFor("code 0\n", 1)
		},
	})
	if end := emulate(o.stdout, 80, 24); end.alternate || !strings.Contains(o.stdout, "Stopped") {
		t.Errorf("on the screen is\n%s", end.shown())
	}
}

// TestTopSurvivesAPanic: whatever goes wrong, the terminal is given back.
func TestTopSurvivesAPanic(t *testing.T) {
	s := openScreen(t)
	before, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	must(t, err)
	screen, err := terminal.Open(s.slave, s.slave)
	must(t, err)
	keys := make(chan terminal.Key, 1)
	keys <- 'l'
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it has not panicked")
			}
		}()
		defer screen.Close()
		top := newTopScreen(nil, screen, keys) // no control socket to ask about logs
		top.sample = &topSample{}
		_ = top.run()
	}()
	after, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	must(t, err)
	if *before != *after {
		t.Errorf("the settings are %+v, were %+v", after, before)
	}
}
