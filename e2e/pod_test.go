//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What testdata/pods/war-tomcat.yaml fixes.
const (
	podFile      = "../testdata/pods/war-tomcat.yaml"
	podConfig    = "../testdata/pods/war-tomcat"
	podDirectory = "/srv/war-tomcat"
	podGroup     = 10001
	site         = "http://127.0.0.1:18080/sample/"
	sampleWAR    = "/usr/share/tomcat10-docs/docs/appdev/sample/sample.war"
	grace        = 30 * time.Second
)

// preparePod fills a directory with what the pod's volumes and images hold in a cluster: the WAR, the configuration, and
// the empty directories that belong to the pod's group.
func preparePod(t *testing.T, directory string) {
	t.Helper()
	for _, file := range []struct{ source, target string }{
		{sampleWAR, "war/sample.war"},
		{podConfig + "/nginx.conf", "config/nginx.conf"},
		{podConfig + "/shipper.conf", "config/shipper.conf"},
		{podConfig + "/server.xml", "tomcat/conf/server.xml"},
		{podConfig + "/web.xml", "tomcat/conf/web.xml"},
		{podConfig + "/logging.properties", "tomcat/conf/logging.properties"},
	} {
		target := filepath.Join(directory, file.target)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(read(t, file.source)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"tomcat", "webapps", "logs", "nginx", "rsyslog"} {
		shared := filepath.Join(directory, name)
		if err := os.MkdirAll(shared, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(shared, 0, podGroup); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(shared, 0o775|os.ModeSetgid); err != nil {
			t.Fatal(err)
		}
	}
}

// collectorCommand is the collector: a real rsyslogd with a configuration that takes its place and port from the environment.
func collectorCommand(config string) []string {
	return []string{"rsyslogd", "-n", "-iNONE", "-f", config}
}

// collectorEnvironment tells the collector where to write. The port is the one in the manifest.
func collectorEnvironment(directory string) []string {
	return []string{"COLLECTOR_DIR=" + directory, "COLLECTOR_PORT=18514"}
}
