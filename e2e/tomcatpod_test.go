//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTomcatPod runs testdata/pods/war-tomcat-images.yaml as the pod of three containers that it is, and follows requests
// from Tomcat to the collector, and the order of the end.
func TestTomcatPod(t *testing.T) {
	shows(t, "Tomcat, its WAR from an image FROM scratch by nile cp, a shipper: three containers, ordered end")
	needCRI(t)
	needPorts(t, "18081", "18514")
	newImage(t).file("nile", nile).file("war/sample.war", sampleWAR).importAs("nile.test/sample-war:e2e", imageConfig{Entrypoint: []string{"/nile"}})
	directory, collected := t.TempDir(), t.TempDir()
	preparePod(t, directory)
	spawn(t, collectorEnvironment(collected), collectorCommand(podConfig+"/collector.conf")...)

	machine := podImage{name: criImageName, mounts: machineMounts(mount("/etc/java-17-openjdk", "/etc/java-17-openjdk", true))}
	k := &kubelet{t: t, images: map[string]podImage{
		"registry.example/sample-war": {name: "nile.test/sample-war:e2e"}, "registry.example/rsyslog": machine, "registry.example/tomcat": machine,
	}, volumes: map[string]string{
		"config": filepath.Join(directory, "config"), "tomcat-conf": filepath.Join(directory, "tomcat/conf"),
		"tomcat": filepath.Join(directory, "tomcat"), "webapps": filepath.Join(directory, "webapps"),
		"logs": filepath.Join(directory, "logs"), "rsyslog": filepath.Join(directory, "rsyslog"),
	}}
	m := readManifest(t, read(t, "../testdata/pods/war-tomcat-images.yaml"))
	pod := k.run(m.Metadata.Name, m.Metadata.Labels, &m.Spec)
	war, logs, tomcat := pod.containers[0], pod.containers[1], pod.containers[2]
	served := &runningPod{directory: directory, collected: collected, client: client(0), site: "http://127.0.0.1:18081/sample/",
		stderr: func() string { return read(t, tomcat.log()) }}

	if !t.Run("the sample answers", func(t *testing.T) { checkSample(t, served) }) {
		t.FailNow()
	}
	t.Run("the WAR was copied as it is", func(t *testing.T) {
		if code, ended := war.exitCode(); !ended || code != 0 {
			t.Errorf("the init container has ended: %v, with code %d", ended, code)
		}
		if read(t, directory+"/webapps/sample.war") != read(t, sampleWAR) {
			t.Error("webapps/sample.war differs from the original")
		}
	})
	t.Run("nile is PID 1 of each", func(t *testing.T) {
		for _, want := range []struct {
			container *criContainer
			name      string
			user      int
		}{{logs, "rsyslogd", 10002}, {tomcat, "java", 10001}} {
			all := processes(want.container.proc())
			if first := processOf(all, "nile"); first == nil || first.pid != 1 {
				t.Errorf("%s: nile is not PID 1: %v", want.container.name, all)
			}
			main := processOf(all, want.name)
			if main == nil || main.parent != 1 || userOf(want.container.proc(), main.pid) != want.user {
				t.Errorf("%s: %v is not user %d's child of nile: %v", want.container.name, main, want.user, all)
			}
		}
	})
	t.Run("a request is a line at the collector", func(t *testing.T) { requestIsCollected(t, served, "while-serving") })
	t.Run("the end in order", func(t *testing.T) { checkPodEnd(t, served, tomcat, logs) })
	t.Run("removal ends all", func(t *testing.T) {
		pod.remove()
		for _, p := range processes("/proc") {
			if user := userOf("/proc", p.pid); user == 10001 || user == 10002 {
				t.Errorf("still there, of user %d: %v", user, p)
			}
		}
	})
}

// checkPodEnd ends the containers as a kubelet does, the main one first, and wants each to end by itself and nothing of the
// end to be lost.
func checkPodEnd(t *testing.T, served *runningPod, tomcat, logs *criContainer) {
	t.Helper()
	const last = "just-before-the-end"
	if status, page := get(t, served.client, served.site+"hello?marker="+last); status != http.StatusOK {
		t.Errorf("the last request: status %d: %s", status, page)
	}
	asked := time.Now()
	if code := tomcat.stop(grace); code != 143 {
		t.Errorf("Tomcat's container ended with code %d, want 143", code)
	}
	if _, alive := logs.alivePID(); !alive {
		t.Error("the sidecar has ended before Tomcat")
	}
	if code := logs.stop(grace); code != 0 {
		t.Errorf("the sidecar ended with code %d, want rsyslogd's own 0", code)
	}
	if took := time.Since(asked); took > grace {
		t.Errorf("the end took %s, longer than the grace of %s", took, grace)
	}
	for _, line := range []string{"Pausing ProtocolHandler", "Stopping service [Catalina]"} {
		isCollected(t, served, "catalina.log", line)
	}
	isCollected(t, served, "access.log", "marker="+last)
}

// checkSample wants the servlet's page, and one that Tomcat compiles: its work directory is written to.
func checkSample(t *testing.T, served *runningPod) {
	t.Helper()
	var status int
	var page string
	eventually(t, time.Minute, func() string { return fmt.Sprintf("status %d: %s\n%s", status, page, served.stderr()) }, func() bool {
		status, page = get(t, served.client, served.site+"hello")
		return status == http.StatusOK
	})
	if want := "Sample Application Servlet"; !strings.Contains(page, want) {
		t.Errorf("the servlet's page has no %q:\n%s", want, page)
	}
	if status, page := get(t, served.client, served.site+"hello.jsp"); status != http.StatusOK || !strings.Contains(page, "Hello!") {
		t.Errorf("the JSP page: status %d:\n%s", status, page)
	}
}
