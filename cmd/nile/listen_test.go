package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/nile-init/nile/internal/testkit"
)

// running is a nile in the background of a test.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	said *log
}

// background starts nile, as another user where uid is over 0.
func background(t *testing.T, uid uint32, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(filepath.Join(bin, "nile"), args...), said: &log{}}
	r.cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NILE_CONTROL="+filepath.Join(openDirectory(t), "socket"))
	r.cmd.Stdout, r.cmd.Stderr = &log{}, r.said
	if uid > 0 {
		r.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	return r
}

// end ends nile and all that it has started: a second SIGTERM cuts every grace.
func (r *running) end() {
	ended := make(chan struct{})
	go func() {
		_, _ = r.cmd.Process.Wait()
		close(ended)
	}()
	for range 100 {
		_ = r.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	_ = r.cmd.Process.Kill()
	<-ended
}

// ends waits for nile's end with a code.
func (r *running) ends(code int) {
	r.t.Helper()
	_ = r.cmd.Wait()
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		r.t.Errorf("nile ended with %d, want %d; it said\n%s", got, code, r.said)
	}
}

func (r *running) signal(sig syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		r.t.Fatal(err)
	}
}

// getPage gets a page; status 0 is no answer.
func getPage(url string) (status int, body string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

// waitPage gets a page until it has a status and a text.
func (r *running) waitPage(url string, status int, text string) {
	r.t.Helper()
	got, body := 0, ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got, body = getPage(url); got == status && strings.Contains(body, text) {
			return
		}
	}
	r.t.Fatalf("%s has status %d and the text\n%s\nwant %d and %q; nile said\n%s", url, got, body, status, text, r.said)
}

// scrape reads the metrics as Prometheus does.
func (r *running) scrape(address string) map[string]*dto.MetricFamily {
	r.t.Helper()
	status, body := getPage("http://" + address + "/metrics")
	if status != http.StatusOK {
		r.t.Fatalf("status %d: %s", status, body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		r.t.Fatalf("%v\n%s", err, body)
	}
	return families
}

// value is that of one series: label, value, label, value…
func (r *running) value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	r.t.Helper()
	for _, m := range families[name].GetMetric() {
		found := 0
		for _, pair := range m.Label {
			for i := 0; i < len(labels); i += 2 {
				if pair.GetName() == labels[i] && pair.GetValue() == labels[i+1] {
					found++
				}
			}
		}
		if found == len(labels)/2 {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	r.t.Errorf("there is no %s of %q", name, labels)
	return -1
}

// openDirectory is a new directory for everybody: some tests run nile as another user.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; strings.Contains(d, "Test"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(openDirectory(t), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

const listenPod = `
apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  terminationGracePeriodSeconds: 30
  initContainers:
  - {name: prepare, command: [sleep, "0.1"]}
  containers:
  - name: app
    command: [sh, -c, "echo one; echo two >&2; trap 'sleep 2; exit 0' TERM; while :; do sleep 0.05; done"]
    readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}
    livenessProbe: {exec: {command: [sleep, "30"]}, timeoutSeconds: 1, periodSeconds: 1, failureThreshold: 1000}
  - name: loop
    command: [sh, -c, "sleep 1000 & exit 3"]
    lifecycle: {preStop: {sleep: {seconds: 0}}}
  nile: {listen: "%s", backoff: {initial: 10m, max: 10m}}
`

func TestPagesOfAPod(t *testing.T) {
	address := testkit.FreeAddress(t)
	r := background(t, ordinaryUser(), "run", writeFile(t, "pod.yaml", fmt.Sprintf(listenPod, address)))
	r.waitPage("http://"+address+"/readyz", 503, "loop is not ready: it is Backoff")
	r.waitPage("http://"+address+"/readyz?verbose", 503, "[+]prepare is ready\n[+]app is ready\n[-]loop is not ready")
	r.waitPage("http://"+address+"/livez", 200, "ok\n")
	r.waitPage("http://"+address+"/no/such", 404, "/metrics, /livez and /readyz")
	r.signal(syscall.SIGWINCH)
	r.waitPage("http://"+address+"/metrics", 200, `nile_probe_results_total{container="app",probe="liveness",result="timeout"} 1`)
	families := r.scrape(address)
	for _, c := range []struct {
		name     string
		labels   []string
		min, max float64
	}{
		{"nile_container_up", []string{"container", "app"}, 1, 1},
		{"nile_container_starts_total", []string{"container", "loop"}, 2, 2},
		{"nile_container_exits_total", []string{"container", "loop", "reason", "Error"}, 2, 2},
		{"nile_container_last_exit_code", []string{"container", "loop"}, 3, 3},
		{"nile_container_backoff_seconds", []string{"container", "loop"}, 600, 600},
		{"nile_init_duration_seconds", []string{"container", "prepare"}, 0.05, 10}, // nile may get the processor only a while after the start
		{"nile_probe_results_total", []string{"container", "app", "probe", "readiness", "result", "success"}, 1, 1000},
		{"nile_probe_duration_seconds", []string{"container", "app", "probe", "liveness"}, 1, 1000},
		{"nile_container_memory_resident_bytes", []string{"container", "app"}, 1, 1 << 30},
		{"nile_container_processes", []string{"container", "app"}, 1, 10},
		{"nile_output_bytes_total", []string{"container", "app", "stream", "stdout"}, 4, 4},
		{"nile_output_lines_total", []string{"container", "app", "stream", "stderr"}, 1, 1},
		{"nile_reaped_processes_total", []string{"kind", "child"}, 4, 1000},
		{"nile_reaped_processes_total", []string{"kind", "orphan"}, 1, 1000}, // loop's sleep
		{"nile_signals_received_total", []string{"signal", "SIGWINCH"}, 1, 1},
		{"nile_held", nil, 0, 0},
		{"process_resident_memory_bytes", nil, 1 << 20, 1 << 30},
	} {
		if got := r.value(families, c.name, c.labels...); got < c.min || got > c.max {
			t.Errorf("%s of %q is %v, want %v to %v", c.name, c.labels, got, c.min, c.max)
		}
	}
	r.signal(syscall.SIGTERM)
	r.waitPage("http://"+address+"/readyz", 503, "the pod is stopping")
	r.waitPage("http://"+address+"/livez", 200, "ok\n")
	r.ends(3)
}

// ordinaryUser is a user that is not root, where the test may choose.
func ordinaryUser() uint32 {
	if os.Getuid() == 0 {
		return 65532
	}
	return 0
}

// While something is held the pod is live, so that nobody ends the hold, and not ready.
func TestPagesWhileHeld(t *testing.T) {
	address := testkit.FreeAddress(t)
	r := background(t, 0, "--hold", "--listen="+address, "--", "sh", "-c", "exit 3")
	r.waitPage("http://"+address+"/readyz", 503, "the pod is held: sh exited with code 3")
	r.waitPage("http://"+address+"/livez?verbose", 200, "[+]sh is live\nthe pod is Held\nok\n")
	if got := r.value(r.scrape(address), "nile_held"); got != 1 {
		t.Errorf("nile_held is %v", got)
	}
	r.signal(syscall.SIGTERM)
	r.ends(3)
}

// A port that another program has is said, and everything else works.
func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r := background(t, 0, "--listen="+listener.Addr().String(), "--", "sh", "-c", "sleep 0.3; exit 7")
	r.ends(7)
	r.said.waitFor(t, "cannot listen on "+listener.Addr().String()+": address already in use: another program has the port", 1)
}

// The variable does what the flag does, and the flag goes before it and the manifest.
func TestWhereToListen(t *testing.T) {
	address, other := testkit.FreeAddress(t), testkit.FreeAddress(t)
	t.Setenv("NILE_LISTEN", address)
	pod := writeFile(t, "pod.yaml", fmt.Sprintf(listenPod, other))
	r := background(t, 0, "run", pod)
	r.waitPage("http://"+address+"/livez", 200, "ok")
	r = background(t, 0, "run", "--listen=off", pod)
	r.said.waitFor(t, `"container running"`, 3)
	if sockets := listening(t, r.cmd.Process.Pid); sockets > 0 {
		t.Errorf("nile listens on %d TCP sockets", sockets)
	}
	if status, body := getPage("http://" + other + "/livez"); status != 0 {
		t.Errorf("status %d: %s", status, body)
	}
	for _, bad := range []string{"9190", ":0", "localhost", "::1:9190", ":99999"} {
		r := background(t, 0, "--listen="+bad, "--", "true")
		r.ends(125)
		r.said.waitFor(t, "write an address such as :9190", 1)
	}
}

// listening counts the TCP sockets that a process listens on; 0A is LISTEN in
// proc_net_tcp(5).
func listening(t *testing.T, pid int) (count int) {
	t.Helper()
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != "0A" {
				continue
			}
			links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
			for _, link := range links {
				if to, _ := os.Readlink(link); to == "socket:["+fields[9]+"]" {
					count++
				}
			}
		}
	}
	return count
}
