//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tomcatSite is the page of the WAR on Tomcat's own port.
const tomcatSite = "http://127.0.0.1:18081/sample/version.txt"

// TestNewWAR runs the pods of docs/how-to/new-war.md in Docker: the WAR of the volume becomes another one while Tomcat
// serves it, and requests after it get the new one, by a restart of the JVM or without.
func TestNewWAR(t *testing.T) {
	page := read(t, "../docs/how-to/new-war.md")
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d manifests, want 2", len(blocks))
	}
	machine := machineImage(t)
	for i, how := range []string{"by_a_restart", "by_a_redeployment"} {
		t.Run(how, func(t *testing.T) {
			shows(t, "a new WAR in the volume, request before and after, "+strings.ReplaceAll(how, "_", " "))
			directory := t.TempDir()
			war := filepath.Join(directory, "webapps", "sample.war")
			if how == "by_a_redeployment" {
				war = filepath.Join(directory, "volume", "sample.war")
			}
			prepareTomcat(t, directory, how == "by_a_redeployment")
			putWAR(t, war, "version 1")
			manifest := filepath.Join(directory, "pod.yaml")
			if err := os.WriteFile(manifest, []byte(blocks[i][1]), 0o644); err != nil {
				t.Fatal(err)
			}
			c := start(t, machine, machineOptions("--volume", manifest+":/etc/nile/pod.yaml:ro",
				"--volume", directory+":/srv/tomcat", "--volume", filepath.Join(directory, "volume")+":/volume"), "run")
			web := client(c.pid())
			answers(t, web, "version 1")
			before := c.exec("nile", "ps", "-o", "json")
			putWAR(t, war, "version 2")
			answers(t, web, "version 2")
			if same := jvm(t, before) == jvm(t, c.exec("nile", "ps", "-o", "json")); same != (how == "by_a_redeployment") {
				t.Errorf("the JVM is the same one: %v\n%s", same, c.exec("nile", "events"))
			}
			if !strings.Contains(c.exec("nile", "events"), "sample.war has changed") {
				t.Errorf("no event tells of it:\n%s", c.exec("nile", "events"))
			}
			if code, took := c.stop(time.Minute); code != 143 || took > 30*time.Second {
				t.Errorf("exit code %d after %s, want 143", code, took)
			}
		})
	}
}

// prepareTomcat makes what the volumes of the page's pods hold: Tomcat's own directories, and its configuration, in which it
// looks for a new WAR every second, or never.
func prepareTomcat(t *testing.T, directory string, redeploys bool) {
	t.Helper()
	for _, name := range []string{"conf", "webapps", "logs", "volume"} {
		if err := os.MkdirAll(filepath.Join(directory, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"server.xml", "web.xml", "logging.properties"} {
		text := read(t, filepath.Join(podConfig, name))
		if name == "server.xml" && redeploys {
			text = strings.Replace(text, "<Engine ", `<Engine backgroundProcessorDelay="1" `, 1)
			text = strings.ReplaceAll(text, `autoDeploy="false"`, `autoDeploy="true"`)
		}
		if err := os.WriteFile(filepath.Join(directory, "conf", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// putWAR puts the sample's WAR, with a file that tells its version, into place as a person copies it: bit by bit.
func putWAR(t *testing.T, path, version string) {
	t.Helper()
	sample, err := zip.OpenReader(sampleWAR)
	if err != nil {
		t.Fatal(err)
	}
	defer sample.Close()
	var text bytes.Buffer
	to := zip.NewWriter(&text)
	for _, file := range sample.File {
		if err := to.Copy(file); err != nil {
			t.Fatal(err)
		}
	}
	member, err := to.Create("version.txt")
	if err == nil {
		_, err = io.WriteString(member, version)
	}
	if err == nil {
		err = to.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for rest := text.Bytes(); len(rest) > 0; rest = rest[min(1024, len(rest)):] {
		if _, err := file.Write(rest[:min(1024, len(rest))]); err != nil {
			t.Fatal(err)
		}
	}
}

// answers waits until Tomcat answers with a version.
func answers(t *testing.T, web *http.Client, version string) {
	t.Helper()
	var got string
	eventually(t, 2*time.Minute, func() string { return "the answer is " + version + ", and not " + got }, func() bool {
		answer, err := web.Get(tomcatSite)
		if err != nil {
			got = err.Error()
			return false
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		got = string(body)
		return answer.StatusCode == http.StatusOK && got == version
	})
}

// jvm finds the process id of Java in what nile ps -o json says.
func jvm(t *testing.T, text string) string {
	t.Helper()
	for _, process := range strings.Split(text, "{") {
		if strings.Contains(process, `"java"`) {
			return regexp.MustCompile(`"pid": ?(\d+)`).FindString(process)
		}
	}
	t.Fatalf("there is no java in %s", text)
	return ""
}
