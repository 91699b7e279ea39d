//go:build e2e

package e2e

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPauseOfAPod has nile-pause as PID 1 of pods, as the users that a pod may name for its sandbox, and with what the
// runtime allows it: its own seccomp profile and no writable file.
func TestPauseOfAPod(t *testing.T) {
	for _, user := range []int{0, 12345, 1000660000} {
		t.Run(fmt.Sprintf("user %d", user), func(t *testing.T) {
			shows(t, "nile-pause under seccomp RuntimeDefault: 64 signals, a burst of 300 orphans, TERM ends it")
			checkPause(t, user)
		})
	}
}

func checkPause(t *testing.T, user int) {
	t.Helper()
	namespaces := map[string]any{"network": namespaceOfNode, "pid": namespaceOfPod}
	pod := startNamedPod(t, fmt.Sprintf("pause-%d", user), nil, map[string]any{"namespace_options": namespaces,
		"run_as_user": map[string]int{"value": user}, "seccomp": map[string]int{"profile_type": 0}})
	tools := pod.create("tools", namespaces, map[string]any{"command": []string{"sleep", "7081"}})
	pause := pod.pid()
	own := func() string { return read(t, fmt.Sprintf("/proc/%d/status", pause)) }
	checkMatches(t, own(), `\nNSpid:\t\d+\t1\n`, fmt.Sprintf(`\nUid:\t%d\t%[1]d\t`, user), `\nSeccomp:\t2\n`, `\nNoNewPrivs:\t1\n`)
	if user != 0 {
		checkMatches(t, own(), `\nCapEff:\t0{16}\n`)
	}
	for fd := range 3 {
		if target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pause, fd)); err == nil && target != "/dev/null" && !strings.HasPrefix(target, "pipe:") {
			t.Errorf("descriptor %d is %s", fd, target)
		}
	}
	zombies := watchZombies(func() []process { return processes(pod.proc()) })
	tools.exec("sh", "-c", "for n in $(seq 1 64); do case $n in 2|15) ;; *) kill -$n 1 || exit 1;; esac; done")
	tools.exec("sh", "-c", "for n in $(seq 300); do (sleep 0.5 &) ; done")
	eventually(t, 30*time.Second, func() string { return fmt.Sprintf("only pause and the tools: %v", processes(pod.proc())) },
		func() bool { return len(processes(pod.proc())) == 2 })
	zombies.check(t)
	if first := processOf(processes(pod.proc()), "pause"); first == nil || first.pid != 1 {
		t.Fatalf("nile-pause is gone: %v", processes(pod.proc()))
	}
	tools.exec("sh", "-c", "kill -TERM 1")
	eventually(t, 20*time.Second, func() string { return "the end of the sandbox" },
		func() bool {
			return regexp.MustCompile(`"SANDBOX_NOTREADY"`).MatchString(mustCRI(t, "inspectp", pod.id))
		})
}

// TestPauseImage builds nile-pause for both architectures of its image, and reads how the image is made.
func TestPauseImage(t *testing.T) {
	shows(t, "nile-pause for amd64 and arm64: static, at most 1.7 MB; its image is that one file")
	for architecture, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		path := filepath.Join(t.TempDir(), "pause")
		build := command("go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", path, "../cmd/nile-pause")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+architecture)
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("cannot build nile-pause for %s: %v\n%s", architecture, err, output)
		}
		checkStatic(t, path, machine)
		if about, err := os.Stat(path); err != nil || about.Size() > 1_700_000 {
			t.Errorf("%s: %v, %v; want at most 1.7 MB", architecture, about.Size(), err)
		}
	}
	_, last, _ := strings.Cut(read(t, "../deploy/nile-pause/Dockerfile"), "\nFROM scratch\n")
	checkMatches(t, last, `(?m)^USER 65535:65535$`, `(?m)^ENTRYPOINT \["/pause"\]$`)
	if files := regexp.MustCompile(`(?m)^(COPY|ADD) .*`).FindAllString(last, -1); len(files) != 1 || !strings.HasSuffix(files[0], " /out/pause /pause") {
		t.Errorf("the image's files are %q", files)
	}
}
