package faults

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// slowly is a pod that takes a while to start: it goes through every state that there is.
const slowly = `  restartPolicy: Always
  terminationGracePeriodSeconds: 5
  nile: {backoff: {initial: 20ms, max: 50ms}}
  initContainers:
  - name: prepare
    command: [sleep, "0.05"]
  - name: sidecar
    restartPolicy: Always
    command: [ACTOR, steady]
    startupProbe: {exec: {command: ["true"]}, periodSeconds: 1}
  containers:
  - name: main
    command: [ACTOR, steady]
    lifecycle:
      postStart: {exec: {command: [sleep, "0.05"]}}
      preStop: {exec: {command: [sleep, "0.05"]}}
  - name: crasher
    command: [sh, -c, "sleep 0.03; exit 3"]
`

// TestTERMAtAnyInstant of a pod's start: nile ends in time, with the code that it says, and
// needs no SIGKILL.
func TestTERMAtAnyInstant(t *testing.T) {
	said := regexp.MustCompile(`"msg":"exit".*"exitCode":(\d+)`)
	var turns sync.WaitGroup
	defer turns.Wait()
	for worker := range 4 {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		turns.Go(func() {
			for range 25 {
				after := time.Duration(random.IntN(600)) * time.Millisecond
				p := start(t, slowly, options{})
				p.await("nile runs", func() bool { return p.pid1() < 1<<30 })
				time.Sleep(after)
				// One that comes before nile's first instruction is lost: a PID 1 without
				// a handler does not get it.
				for ended := false; !ended; {
					_ = syscall.Kill(p.pid1(), syscall.SIGTERM)
					select {
					case <-p.ended:
						ended = true
					case <-time.After(4 * time.Second):
						t.Logf("SIGTERM after %v has to be sent again", after)
					}
				}
				match := said.FindStringSubmatch(p.stderr.String())
				code := p.cmd.ProcessState.ExitCode()
				if match == nil || match[1] != strconv.Itoa(code) {
					t.Errorf("SIGTERM after %v: exit code %d; nile said:\n%s", after, code, p.stderr.String())
				}
			}
		})
	}
}

// TestSIGKILLAtRandom: each child of a pod is killed again and again. Every end is told, with
// its code, and each is followed by a start.
func TestSIGKILLAtRandom(t *testing.T) {
	const containers = 6
	spec := "  restartPolicy: Always\n  terminationGracePeriodSeconds: 2\n  nile: {backoff: {initial: 1ms, max: 20ms}}\n  containers:\n"
	for i := range containers {
		spec += fmt.Sprintf("  - {name: c%d, command: [ACTOR, steady]}\n", i)
	}
	p := start(t, spec, options{})
	random := rand.New(rand.NewPCG(2, 2))
	killed, last := map[string]int{}, map[string]int{}
	p.running("c0")
	for begun := time.Now(); time.Since(begun) < length(10*time.Second, time.Minute); {
		all := p.containers()
		name := fmt.Sprintf("c%d", random.IntN(containers))
		c := all[name]
		if c.State != "Running" || c.PID == last[name] {
			continue
		}
		if victim := p.outside(c.PID); victim != 0 && syscall.Kill(victim, syscall.SIGKILL) == nil {
			killed[name]++
			last[name] = c.PID
		}
	}
	for name, kills := range killed {
		p.await(name+" is started as often as it was killed", func() bool { return p.containers()[name].Restarts == kills })
		told := regexp.MustCompile(`"container":"`+name+`".*"exitCode":137`).FindAllString(p.stderr.String(), -1)
		if len(told) != kills {
			t.Errorf("%s: %d ends by SIGKILL were told, of %d", name, len(told), kills)
		}
	}
	p.await("no zombie is left", func() bool { return p.zombies() == 0 })
	p.end(143)
}
