//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// noPtrace is a seccomp profile that allows everything but ptrace(2), as that of Docker before Linux 4.8 did.
const noPtrace = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`

// TestFreeze keeps the process of a JVM that has crashed in containers with fewer and fewer rights: as root with Docker's
// own seccomp profile, and as an ordinary user without capabilities, who gains none. Its threads are there, and so is a
// core.
func TestFreeze(t *testing.T) {
	shows(t, "a JVM's process, its threads and its core kept after a crash")
	programs, image := buildDeaths(t), machineImage(t)
	for name, options := range map[string][]string{
		"root with docker's profile":                machineOptions("--tmpfs", "/run"),
		"an ordinary user without capabilities":     machineOptions("--user", "65534:65534", "--cap-drop", "ALL"),
		"the same, who gains none":                  confined(),
		"root without capabilities, who gains none": machineOptions("--tmpfs", "/run", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, image, append(options, "--volume", programs+":/app:ro"), "--hold", "--freeze", "--",
				"sh", "-c", "ulimit -c 0; exec java -XX:TieredStopAtLevel=1 -Xmx48m -cp /app Deaths segv")
			if report := c.held(); !regexp.MustCompile(`(?s)the JVM crashed: SIGSEGV.*frozen`).MatchString(report) {
				t.Errorf("the report is\n%s", report)
			}
			text := c.exec("nile", "inspect")
			checkMatches(t, text, `frozen: it was ended by SIGABRT`, `threads: [1-9]\d`, `; it has ended the process`, `libjvm\.so`)
			c.exec("nile", "core", "/tmp/jvm.core")
			checkMatches(t, c.exec("nile", "toolbox", "ls", "-l", "/tmp/jvm.core"), `-rw-------`)
			if code, took := c.stop(30 * time.Second); code != 134 || took > 20*time.Second {
				t.Errorf("it ended with %d after %s", code, took)
			}
		})
	}
}

// TestFreezeRefused has ptrace(2) refused: one line says so, and all else is as without it.
func TestFreezeRefused(t *testing.T) {
	shows(t, "a crash report all the same where ptrace is refused")
	profile := filepath.Join(t.TempDir(), "profile.json")
	if err := os.WriteFile(profile, []byte(noPtrace), 0o644); err != nil {
		t.Fatal(err)
	}
	c := start(t, machineImage(t), confined("--security-opt", "seccomp="+profile), "--hold", "--freeze", "--", "sh", "-c", "echo no database >&2; exit 3")
	checkMatches(t, c.held(), `no database`)
	if n := strings.Count(c.stderr(), "cannot keep the process at its end: ptrace(2): operation not permitted: allow it in the seccomp profile"); n != 1 {
		t.Errorf("it is told %d times that the process is not kept:\n%s", n, c.stderr())
	}
	checkMatches(t, c.exec("nile", "retry", "--keep-held", "--", "true"), `has ended with code 0`)
	if code, _ := c.stop(30 * time.Second); code != 0 && code != 3 {
		t.Errorf("it ended with %d", code)
	}
}
