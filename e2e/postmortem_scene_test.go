//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shopPod is a pod whose app fails until it has a variable. Its sidecar goes on, and nile answers in its place.
const shopPod = `apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  terminationGracePeriodSeconds: 10
  nile: {onFailure: Hold, holdAnswers: [{port: 8080, path: /healthz}]}
  initContainers:
  - name: proxy
    restartPolicy: Always
    command: [/usr/bin/python3, -m, http.server, "9090", --directory, /app]
    startupProbe: {tcpSocket: {port: 9090, host: 127.0.0.1}, periodSeconds: 1, failureThreshold: 60}
  containers:
  - name: app
    command: [java, -XX:TieredStopAtLevel=1, -cp, /app, Deaths, serve]
    workingDir: /tmp
    env: [{name: SHOP_TOKEN, value: not-for-everybody}]
    readinessProbe: {httpGet: {port: 8080, host: 127.0.0.1}, periodSeconds: 1}
`

// TestPostmortemScene holds what has failed, looks at it in every way, and has it run in its place.
func TestPostmortemScene(t *testing.T) {
	shows(t, "a held pod: sidecar, answers on its port, report, retry, run in place")
	directory := t.TempDir()
	pod, message := filepath.Join(directory, "pod.yaml"), filepath.Join(directory, "message")
	for file, text := range map[string]string{pod: shopPod, message: ""} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(message, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	c := start(t, machineImage(t), confined("--volume", buildDeaths(t)+":/app:ro", "--volume", pod+":/etc/nile/pod.yaml:ro",
		"--volume", message+":/dev/termination-log"), "run")
	const cause = "uncaught java.lang.IllegalStateException: DB_URL is not set"
	if first, _, _ := strings.Cut(c.held(), "\n"); first != "app: "+cause {
		t.Errorf("the first line is %q, want %q", first, "app: "+cause)
	}
	network := client(c.pid())

	t.Run("the pod is alive and not ready", func(t *testing.T) {
		checkExit(t, c, 0, "nile", "check", "live")
		checkExit(t, c, 1, "nile", "check", "ready")
	})
	t.Run("the sidecar goes on", func(t *testing.T) {
		if status, page := get(t, network, "http://127.0.0.1:9090/"); status != http.StatusOK || !strings.Contains(page, "Deaths.class") {
			t.Errorf("status %d: %s", status, page)
		}
	})
	t.Run("nile answers in its place", func(t *testing.T) {
		if status, page := get(t, network, "http://127.0.0.1:8080/healthz"); status != http.StatusOK {
			t.Errorf("status %d: %s", status, page)
		}
		if status, page := get(t, network, "http://127.0.0.1:8080/orders"); status != http.StatusServiceUnavailable || !strings.Contains(page, "held since") {
			t.Errorf("status %d: %s", status, page)
		}
	})
	t.Run("Kubernetes is told", func(t *testing.T) {
		if text := read(t, message); !strings.Contains(text, "app: cause: "+cause) || !strings.Contains(text, "Deaths.serve") {
			t.Errorf("the termination message is %q", text)
		}
	})
	t.Run("the report as files", func(t *testing.T) { checkReportFiles(t, c, cause) })
	t.Run("it fails again and is held again", func(t *testing.T) {
		// retry looks on for a moment only: on a slow machine the JVM has not failed by then, and the code is 0.
		retry := command("docker", "exec", c.id, "nile", "retry")
		if output, _ := retry.CombinedOutput(); retry.ProcessState.ExitCode() > 1 {
			t.Errorf("nile retry: exit code %d: %s", retry.ProcessState.ExitCode(), output)
		}
		var list string
		eventually(t, 30*time.Second, func() string { return "two reports in\n" + list }, func() bool {
			list = c.exec("nile", "report", "--list", "-o", "json")
			return strings.Count(list, cause) == 2
		})
	})
	t.Run("it runs in its place", func(t *testing.T) {
		c.exec("nile", "retry", "--env", "DB_URL=jdbc:postgresql://db/shop")
		c.exec("nile", "wait", "--for=ready", "--timeout=60s", "app")
		if status, page := get(t, network, "http://127.0.0.1:8080/healthz"); status != http.StatusOK || page != "the shop is open\n" {
			t.Errorf("status %d: %s; want the app's own page", status, page)
		}
		checkExit(t, c, 0, "nile", "check", "ready")
		if status := c.exec("nile", "status"); !strings.HasPrefix(status, "pod shop: Running") {
			t.Errorf("the hold is not over: %s", status)
		}
	})
	if code, _ := c.stop(30 * time.Second); code != 143 {
		t.Errorf("exit code %d, want the app's 143", code)
	}
}

// checkExit runs a command in the container and compares its exit code.
func checkExit(t *testing.T, c *container, code int, args ...string) {
	t.Helper()
	cmd := command("docker", append([]string{"exec", c.id}, args...)...)
	output, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("%v: exit code %d, want %d: %s", args, got, code, output)
	}
}

// checkReportFiles writes the report as a page and as an archive, and reads them.
func checkReportFiles(t *testing.T, c *container, cause string) {
	t.Helper()
	c.exec("nile", "report", "--html", "/tmp/report.html")
	page := c.exec("cat", "/tmp/report.html")
	if !strings.HasPrefix(page, "<!DOCTYPE html>") || !strings.Contains(page, cause) {
		t.Errorf("the page is %.500s", page)
	}
	c.exec("nile", "report", "--tar", "/tmp/report.tar")
	archive, err := command("docker", "exec", c.id, "cat", "/tmp/report.tar").Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	files := tar.NewReader(bytes.NewReader(archive))
	for {
		file, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(file.Name))
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "not-for-everybody") {
			t.Errorf("%s has a secret in it", file.Name)
		}
	}
	for _, name := range []string{"report.json", "stdout.log", "stderr.log"} {
		if !strings.Contains(fmt.Sprint(names), name) {
			t.Errorf("no %s in the archive: %v", name, names)
		}
	}
	if strings.Contains(page, "not-for-everybody") {
		t.Error("the page has a secret in it")
	}
}

// TestPostmortemShell opens shells as a process that has crashed and whose user is another than that of `docker exec`, on
// a terminal, in an image with a shell and in one without.
func TestPostmortemShell(t *testing.T) {
	shows(t, "nile shell on a terminal as the crashed process, with and without a shell in the image")
	pod := filepath.Join(t.TempDir(), "pod.yaml")
	text := strings.Replace(aPod("", `    command: [/app/deaths-c, message]
    workingDir: /app
    env: [{name: WORD, value: from the manifest}]
    securityContext: {runAsUser: 65532, runAsGroup: 65531}
`), "onFailure: Hold", "onFailure: Hold, stateDir: /tmp/state", 1)
	if err := os.WriteFile(pod, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	options := []string{"--volume", buildDeaths(t) + ":/app:ro", "--volume", pod + ":/etc/nile/pod.yaml:ro"}
	scratch := newImage(t).file("nile", nile).directory("tmp", 0o1777).load("--change", `ENTRYPOINT ["/nile"]`)
	for _, test := range []struct {
		name, image, nile string
		options           []string
	}{
		{"the image's", machineImage(t), "nile", machineOptions()},
		{"nile's own", scratch, "/nile", []string{"--read-only"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, test.image, append(test.options, options...), "run")
			c.held()
			tty := onTerminal(t, "docker", "exec", "--interactive", "--tty", c.id, test.nile, "shell")
			tty.waitFor("app", 1) // the prompt
			for _, line := range []struct{ typed, shown string }{
				{"id", "uid=65532"}, {"id", "gid=65531"}, {"pwd", "/app\n"}, {"env", "WORD=from the manifest\n"}, {"ls", "deaths-c"},
			} {
				tty.types(line.typed + "\r")
				tty.waitFor(line.shown, 1)
			}
			tty.types("exit\r")
			if code := tty.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if code, _ := c.stop(30 * time.Second); code != 78 {
				t.Errorf("exit code %d, want the app's 78", code)
			}
		})
	}
}
