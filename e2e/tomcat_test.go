//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runningPod is the pod war-tomcat at work, in a container or on the machine itself.
type runningPod struct {
	directory string           // its /srv/war-tomcat, seen from the machine
	collected string           // where the collector writes
	client    *http.Client     // reaches its loopback device
	site      string           // of the sample
	proc      string           // the /proc that shows its processes
	list      func() []process // its processes, nile among them
	stderr    func() string    // what nile and its children wrote there
	stop      func() (code int, took time.Duration)
}

// TestTomcatInDocker runs the pod with nile as PID 1 of a container, and a second container as the collector. Both share
// one network namespace, which has loopback only.
func TestTomcatInDocker(t *testing.T) {
	shows(t, "Tomcat, WAR, shipper and nginx in one container: requests, lines, order, no zombie")
	machine := machineImage(t)
	directory, collected := t.TempDir(), t.TempDir()
	preparePod(t, directory)

	config, err := filepath.Abs(podConfig)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := filepath.Abs(podFile)
	if err != nil {
		t.Fatal(err)
	}
	options := machineOptions("--entrypoint", "rsyslogd", "--volume", config+":/etc/nile:ro", "--volume", collected+":/srv")
	for _, entry := range collectorEnvironment("/srv") {
		options = append(options, "--env", entry)
	}
	collector := start(t, machine, options, collectorCommand("/etc/nile/collector.conf")[1:]...)
	c := start(t, machine, machineOptions("--network", "container:"+collector.id,
		"--volume", manifest+":/etc/nile/pod.yaml:ro", "--volume", directory+":"+podDirectory), "run")

	proc := c.proc()
	pod := &runningPod{
		directory: directory, collected: collected, client: client(c.pid()), site: site, proc: proc,
		list:   func() []process { return processes(proc) },
		stderr: c.stderr,
		stop:   func() (int, time.Duration) { return c.stop(grace + 10*time.Second) },
	}
	if first := processOf(pod.list(), "nile"); first == nil || first.pid != 1 {
		t.Fatalf("nile is not PID 1: %v", pod.list())
	}
	zombies := watchZombies(pod.list)
	checkServing(t, pod)
	t.Run("orphans of docker exec are reaped", func(t *testing.T) { makeOrphans(t, c) })
	checkStopping(t, pod)
	zombies.check(t)
}

// TestTomcatOutsideDocker runs the same pod as an ordinary process of the machine.
func TestTomcatOutsideDocker(t *testing.T) {
	shows(t, "the same pod on the machine itself")
	if err := os.Mkdir(podDirectory, 0o755); err != nil {
		t.Fatalf("the manifest needs %s for itself: %v (left of an interrupted test: remove it)", podDirectory, err)
	}
	needPorts(t, "18080", "18081", "18514")
	t.Cleanup(func() { os.RemoveAll(podDirectory) })
	preparePod(t, podDirectory)
	collected := t.TempDir()
	spawn(t, collectorEnvironment(collected), collectorCommand(podConfig+"/collector.conf")...)

	n := spawn(t, []string{"PATH=" + filepath.Dir(nile) + ":/usr/sbin:/usr/bin"}, nile, "run", podFile)
	pod := &runningPod{
		directory: podDirectory, collected: collected, client: client(0), site: site, proc: "/proc",
		list:   func() []process { return family(processes("/proc"), n.pid()) },
		stderr: n.stderr,
		stop:   func() (int, time.Duration) { return n.stop(grace + 10*time.Second) },
	}
	zombies := watchZombies(pod.list)
	checkServing(t, pod)
	checkStopping(t, pod)
	zombies.check(t)
}

// checkServing follows a request from nginx to the collector.
func checkServing(t *testing.T, pod *runningPod) {
	t.Helper()
	answered := t.Run("the sample answers through nginx", func(t *testing.T) { checkSample(t, pod) })
	if !answered {
		t.FailNow()
	}
	t.Run("the WAR was copied as it is", func(t *testing.T) {
		if read(t, pod.directory+"/webapps/sample.war") != read(t, sampleWAR) {
			t.Error("webapps/sample.war differs from the original")
		}
	})
	t.Run("the order of the start", func(t *testing.T) {
		all := events(pod.stderr())
		checkOrder(t, all, []step{{"war", []string{completed}}}, []step{{"logs", []string{running}}})
		checkOrder(t, all, []step{{"logs", []string{running}}}, []step{{"tomcat", []string{running}}})
		checkOrder(t, all, []step{{"tomcat", []string{running}}}, []step{{"nginx", []string{running}}})
	})
	t.Run("each container has its own user", func(t *testing.T) {
		for name, user := range map[string]int{"java": 10001, "rsyslogd": 10002, "nginx": 10003} {
			p := processOf(pod.list(), name)
			if p == nil {
				t.Errorf("no process %s in %v", name, pod.list())
			} else if got := userOf(pod.proc, p.pid); got != user {
				t.Errorf("%v runs as user %d, want %d", p, got, user)
			}
		}
	})
	t.Run("a request is a line at the collector", func(t *testing.T) { requestIsCollected(t, pod, "while-serving") })
}

// checkStopping ends the pod and looks at what is left of it.
func checkStopping(t *testing.T, pod *runningPod) {
	t.Helper()
	const last = "just-before-the-end"
	if status, page := get(t, pod.client, pod.site+"hello?marker="+last); status != http.StatusOK {
		t.Errorf("the last request: status %d: %s", status, page)
	}
	code, took := pod.stop()
	all := events(pod.stderr())
	if len(all) == 0 {
		t.Fatalf("nile logged nothing as JSON:\n%s", pod.stderr())
	}

	t.Run("exit code and time", func(t *testing.T) {
		if code != 143 {
			t.Errorf("exit code %d, want Tomcat's 143", code)
		}
		if took > grace {
			t.Errorf("it took %s, longer than its grace of %s", took, grace)
		}
		if at := when(all, "tomcat", killing); at >= 0 {
			t.Errorf("Tomcat was killed: %+v", all[at])
		}
		if end := all[len(all)-1]; end.Message != "exit" || end.ExitCode == nil || *end.ExitCode != code {
			t.Errorf("nile's last line doesn't tell the exit code %d: %+v", code, end)
		}
	})
	t.Run("mains first, then the sidecar", func(t *testing.T) {
		ended := []string{completed, failed}
		checkOrder(t, all, []step{{"tomcat", []string{stopping}}, {"nginx", []string{stopping}}}, []step{{"tomcat", ended}, {"nginx", ended}})
		checkOrder(t, all, []step{{"tomcat", ended}, {"nginx", ended}}, []step{{"logs", []string{stopping}}})
		checkOrder(t, all, []step{{"logs", []string{stopping}}}, []step{{"logs", ended}})
	})
	t.Run("nothing of the end is lost", func(t *testing.T) {
		// Tomcat wrote these after its TERM, so the sidecar has shipped them because it was stopped after Tomcat.
		for _, line := range []string{"Pausing ProtocolHandler", "Stopping service [Catalina]"} {
			isCollected(t, pod, "catalina.log", line)
		}
		isCollected(t, pod, "access.log", "marker="+last)
	})
	t.Run("nothing is left", func(t *testing.T) {
		for _, p := range processes("/proc") {
			if user := userOf("/proc", p.pid); user >= 10001 && user <= 10003 {
				t.Errorf("still there, of user %d: %v", user, p)
			}
		}
	})
}

// requestIsCollected makes a request and waits for its line of Tomcat's access log to be shipped, once.
func requestIsCollected(t *testing.T, pod *runningPod, marker string) {
	t.Helper()
	if status, page := get(t, pod.client, pod.site+"hello?marker="+marker); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, page)
	}
	line := isCollected(t, pod, "access.log", "marker="+marker)
	// nginx asks as HTTP/1.0, the test itself as 1.1.
	checkMatches(t, line, `"GET /sample/hello\?marker=`+marker+` HTTP/1\.[01]" 200`)
	if n := strings.Count(read(t, pod.collected+"/access.log"), marker); n != 1 {
		t.Errorf("the request was shipped %d times", n)
	}
}

// isCollected waits until a file of the collector has a line with a text in it, and returns the line.
func isCollected(t *testing.T, pod *runningPod, file, text string) string {
	t.Helper()
	var found string
	path := filepath.Join(pod.collected, file)
	eventually(t, 20*time.Second, func() string {
		return fmt.Sprintf("a line with %q in the collector's %s, which is:\n%s", text, file, read(t, path))
	}, func() bool {
		for line := range strings.Lines(read(t, path)) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				found = line
				return true
			}
		}
		return false
	})
	return found
}
