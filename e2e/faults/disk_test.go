package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// crashing is a pod whose broken container crashes again and again.
func crashing() string { return always("ACTOR, exit, '3'") }

// fullDisk mounts a file system on DIR/NAME that has no byte left.
func fullDisk(name string) string {
	return "mkdir DIR/" + name + "\nmount -t tmpfs -o size=64k none DIR/" + name + "\n" +
		"chmod 777 DIR/" + name + "\nhead -c 1000000 /dev/zero >DIR/" + name + "/filler 2>/dev/null || true\n"
}

// readOnly mounts one on DIR/NAME that cannot be written to.
func readOnly(name string) string {
	return "mkdir DIR/" + name + "\nmount -t tmpfs -o ro none DIR/" + name + "\n"
}

// TestStateOnAFullDisk and the next: reports of crashes are kept in memory then, and can be
// read all the same.
func TestStateOnAFullDisk(t *testing.T)     { stateOn(t, fullDisk("state")) }
func TestStateOnAReadOnlyDisk(t *testing.T) { stateOn(t, readOnly("state")) }

func stateOn(t *testing.T, broken string) {
	p := start(t, crashing(), options{before: broken})
	p.awaitWords("crashed: exited 3")
	p.running("steady")
	p.await("there is a report", func() bool {
		stdout, _, code := p.verb("report", "broken")
		return code == 0 && strings.Contains(stdout, "exited 3")
	})
	p.holds("steady")
	p.signal(15)
	p.await("nile ends", p.over)
}

// TestOutputOnAFullDisk: what a container prints to a file is lost where the disk is full,
// which is said, and the container is not held up.
func TestOutputOnAFullDisk(t *testing.T) {
	spec := always("ACTOR, lines, '2000'") + "    nile: {output: {file: DIR/logs/broken.log}}\n"
	p := start(t, spec, options{before: fullDisk("logs")})
	p.awaitWords("no space left on device")
	p.holds("steady")
	p.end(143)
}

// TestOutputOnAReadOnlyDisk: the file cannot even be made. That is told, and nothing is held
// up either.
func TestOutputOnAReadOnlyDisk(t *testing.T) {
	spec := always("ACTOR, lines, '2000'") + "    nile: {output: {file: DIR/logs/broken.log}}\n"
	p := start(t, spec, options{before: readOnly("logs")})
	p.awaitWords("read-only file system")
	p.holds("steady")
	p.end(143)
}

// TestTerminationLogOnAFullDisk and the next: the message of the end is nile's last duty,
// and no reason to end otherwise than the pod does.
func TestTerminationLogOnAFullDisk(t *testing.T)     { terminationLogOn(t, fullDisk("logs")) }
func TestTerminationLogOnAReadOnlyDisk(t *testing.T) { terminationLogOn(t, readOnly("logs")) }

func terminationLogOn(t *testing.T, broken string) {
	p := start(t, always("ACTOR, sleep"), options{before: broken, args: []string{"run", "--termination-log", "DIR/logs/message", "DIR/pod.yaml"}})
	p.holds("steady")
	p.end(143)
	if _, err := os.Stat(filepath.Join(p.dir, "logs", "message")); err == nil {
		t.Error("there is a message where none could be written")
	}
}

// TestControlSocketOnAReadOnlyDisk: nobody can ask, and the pod lives all the same.
func TestControlSocketOnAReadOnlyDisk(t *testing.T) {
	p := start(t, always("ACTOR, sleep"), options{before: readOnly("run"), env: []string{"NILE_CONTROL="}, args: []string{"run", "--control", "DIR/run/nile.sock", "DIR/pod.yaml"}})
	p.awaitWords("read-only file system")
	p.awaitOutput("steady 20")
	p.end(143)
}
