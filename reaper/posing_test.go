package reaper

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// posing is a command whose process leaves a daemon with another cookie: its own with the owner replaced, or whole. The
// daemon writes its number to a file.
func posing(owner, cookie, file string) *Command {
	script := fmt.Sprintf(`export NILE_COOKIE=%s; setsid sh -c 'sh -c "echo \$\$ >>%s; exec sleep 60" &'; exec sleep 60`, cookie, file)
	return &Command{Owner: owner, Cookie: true, Env: os.Environ(), Isolation: NewGroup, Files: stdio, Argv: []string{"sh", "-c", script}}
}

// TestAMadeUpCookieHidesNobody: who names an owner in his environment that there is none of belongs to whom he would
// belong without one.
func TestAMadeUpCookieHidesNobody(t *testing.T) {
	for name, cookie := range map[string]string{
		"another owner": "${NILE_COOKIE%%:*}:nobody", "no owner": "${NILE_COOKIE%%:*}:", "more": "$NILE_COOKIE:",
		"another nile": "0:app", "no token": "nobody", "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			file := t.TempDir() + "/pids"
			pid := f.start(posing("app", cookie, file))
			f.eventually("it is there, without a parent", func() bool { return len(numbersIn(file)) == 1 && f.HasStrays() })
			if n := f.Strays("app"); n != 1 {
				t.Fatalf("the app has %d strays, want 1; all have %d", n, f.Strays(""))
			}
			n := f.SignalStrays("app", unix.SIGKILL)
			f.eventually("it is dead", func() bool { return !isAlive(numbersIn(file)[0]) })
			if n != 1 || !isAlive(pid) {
				t.Errorf("%d were killed, and the process itself is alive: %v", n, isAlive(pid))
			}
			f.SignalStrays("", unix.SIGKILL)
		})
	}
}

// TestAnothersCookieHitsNobodyElse: who takes on another's cookie is taken for that one's, and goes with him. What is
// that one's own is not touched for it.
func TestAnothersCookieHitsNobodyElse(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	victims := posing("victim", "$NILE_COOKIE", dir+"/victims")
	victim := f.start(victims)
	f.eventually("the victim has its daemon", func() bool { return len(numbersIn(dir+"/victims")) == 1 && f.HasStrays() })
	theirs := numbersIn(dir + "/victims")[0]
	cookie := "$(tr '\\0' '\\n' </proc/" + fmt.Sprint(victim) + "/environ | sed -n s/^NILE_COOKIE=//p)"
	poser := f.start(posing("poser", cookie, dir+"/posers"))
	f.eventually("the poser has its own", func() bool { return len(numbersIn(dir+"/posers")) == 1 && f.Strays("") == 2 })
	posers := numbersIn(dir + "/posers")[0]
	if text, _ := os.ReadFile("/proc/" + fmt.Sprint(posers) + "/environ"); !strings.Contains(string(text), ":victim\x00") {
		t.Fatalf("it does not pose: %q", text)
	}
	if f.Strays("victim") != 2 || f.Strays("poser") != 0 {
		t.Errorf("strays: %d of the victim, %d of the poser", f.Strays("victim"), f.Strays("poser"))
	}
	if n, err := f.Signal(poser, unix.SIGKILL, Tree); n != 1 || err != nil {
		t.Errorf("killed %d, %v", n, err)
	}
	f.SignalStrays("poser", unix.SIGKILL)
	f.exit(poser)
	if !isAlive(victim) || !isAlive(theirs) {
		t.Error("a process of the victim was hit")
	}
	if n, err := f.Signal(victim, unix.SIGKILL, Tree); n != 3 || err != nil {
		t.Errorf("with the victim %d were killed, want 3, the poser's among them: %v", n, err)
	}
	f.exit(victim)
	f.eventually("nobody is left", func() bool { return !isAlive(theirs) && !isAlive(posers) })
}

// TestOwnersAreForgotten: a pod that restarts for years does not remember each life.
func TestOwnersAreForgotten(t *testing.T) {
	r := &Reaper{started: map[int]*child{1: {owner: "app#1"}}}
	for life := range 10 * fewOwners {
		r.marked.add(fmt.Sprintf("app#%d", life), r)
	}
	if n := len(r.marked.names); n > fewOwners {
		t.Errorf("%d are remembered", n)
	}
	if !r.marked.has("app#1") || !r.marked.has(fmt.Sprintf("app#%d", 10*fewOwners-1)) || r.marked.has("app#7") {
		t.Errorf("remembered are: %v", r.marked.names)
	}
}
