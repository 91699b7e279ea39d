package main

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTTYToolboxShell types in the toolbox's shell: Tab completes tools and files, the
// arrow brings the last line back, ^C gives up a line and ends a tool, and not the shell.
func TestTTYToolboxShell(t *testing.T) {
	o := atTerminal(t, "nile", scenario{
		args:  []string{"toolbox"},
		files: map[string]string{"greeting.txt": "good day\n"},
		play: func(p *performance) {
			p.waitFor("> ", 1)
			p.screen.typed(p.t, "ca\tgree\t\r")
			p.waitFor("good day\n", 1)
			p.waitFor("> ", 2)
			p.screen.typed(p.t, "\x1b[A\r") // the last line again
			p.waitFor("good day\n", 2)
			p.screen.typed(p.t, "cat nothing"+ctrlC+"cat /dev/zero | wc -l\r")
			p.waitForFront("nile")
			p.wait("the tool to run", func() bool { return !p.screenIsRaw() })
			p.screen.typed(p.t, ctrlC)
			p.wait("the shell to be back", func() bool { return p.screenIsRaw() })
			p.screen.typed(p.t, "exit 5\r")
		},
	})
	if o.code != 5 || strings.Contains(o.stdout, "nothing: no such file") {
		t.Errorf("code %d, want 5; on the terminal:\n%s", o.code, o.stdout)
	}
}

// TestTTYShell opens the image's shell as a held container: the prompt names it.
func TestTTYShell(t *testing.T) {
	o := atTerminal(t, "nile", scenario{
		args: []string{"shell"},
		env:  []string{"NILE_CONTROL=@nile-" + t.Name(), "SHELL="},
		launch: `nile run --log-level=off pod.yaml </dev/null >/dev/null 2>&1 & pod=$!
			until nile wait --for=held tomcat 2>/dev/null; do sleep 0.05; done
			"$@"; code=$?; kill $pod; wait; exit $code`,
		files: map[string]string{"pod.yaml": `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  nile: {onFailure: Hold}
  containers: [{name: tomcat, command: ['false'], workingDir: /usr, env: [{name: WORD, value: good}]}]
`},
		play: func(p *performance) {
			p.waitFor("[tomcat] /usr> ", 1)
			p.line("cd /; echo $WORD day")
			p.waitFor("good day\n", 1)
			p.waitFor("[tomcat] /> ", 1)
			p.line("exit 6")
		},
	})
	if o.code != 6 {
		t.Errorf("code %d, want 6; on the terminal:\n%s", o.code, o.stdout)
	}
}

// screenIsRaw tells whether somebody edits a line on the terminal.
func (p *performance) screenIsRaw() bool {
	settings, err := unix.IoctlGetTermios(int(p.screen.master.Fd()), unix.TCGETS)
	must(p.t, err)
	return settings.Lflag&unix.ICANON == 0
}
