package postmortem

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var keep = flag.String("keep", "", "a directory in which the pages and their screenshots are kept, to be looked at")

// shop is a page as an operator would see it: an init step, a database beside it, and an
// application that has crashed twice.
func shop() *Page {
	at := func(seconds float64) time.Time {
		return time.Date(2026, 11, 27, 4, 10, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
	}
	event := func(seconds float64, container, from, to, level, why string) Event {
		return Event{At: at(seconds), Container: container, From: from, To: to, Level: level, Why: why}
	}
	timeline := []Event{
		event(0, "", "New", "Initializing", "info", "2 init containers, 1 sidecar, 2 containers"),
		event(0.01, "unpack", "Waiting", "Starting", "debug", "its turn has come"), event(0.02, "unpack", "Starting", "Running", "info", "started"),
		event(1.4, "unpack", "Running", "Completed", "info", "exited with code 0 after 1.4s"),
		event(1.41, "database", "Waiting", "Starting", "debug", "its turn has come"), event(1.42, "database", "Starting", "Running", "info", "started"),
		event(3, "", "Initializing", "Running", "info", "all init containers are done"),
		event(3.01, "tomcat", "Waiting", "Starting", "debug", ""), event(3.02, "tomcat", "Starting", "Running", "info", "started"),
		event(3.02, "worker", "Waiting", "Starting", "debug", ""), event(3.03, "worker", "Starting", "Running", "info", "started"),
		event(15, "tomcat", "Running", "Running", "debug", "liveness probe failed (1 of 3): connection refused"),
		event(21, "tomcat", "Running", "Backoff", "warn", "exited with code 1 after 18s; restarted in 10s"),
		{At: at(25), Level: "info", Why: "passed on to the containers", Signal: "SIGHUP"},
		event(31, "tomcat", "Backoff", "Starting", "debug", ""), event(31.02, "tomcat", "Starting", "Running", "info", "started"),
		event(300, "worker", "Running", "Completed", "info", "exited with code 0"),
		event(3912, "tomcat", "Running", "Held", "warn", "exited with code 1 after 1h4m41s; held"),
		event(3912.1, "", "Running", "Held", "info", "held because tomcat exited with code 1"),
	}
	var memory Series
	for i := range 120 {
		memory.Samples = append(memory.Samples, Sample{At: at(float64(31 + 32*i)), CPU: float64(i%9) / 10, Memory: int64(40+i*i/30) << 20})
	}
	memory.Container = "tomcat"
	limit, peak, kills := int64(512<<20), int64(508<<20), 0
	return &Page{
		Made: at(3950), Nile: "0.5.0", Host: "shop-7d9c5bf6b4-x2x7p", Pod: "shop", State: "Held",
		Containers: []Condition{
			{Name: "unpack", Role: "init", State: "Completed", Last: "exited with code 0"},
			{Name: "database", Role: "sidecar", State: "Running", Ready: true, PID: 12, Since: "1h5m48s"},
			{Name: "tomcat", Role: "main", State: "Held", Restarts: 1, Last: "exited with code 1"},
			{Name: "worker", Role: "main", State: "Completed", Last: "exited with code 0"},
		},
		Reports: []Summary{
			{ID: "b", Container: "tomcat", Finished: "2026-11-27T05:15:12Z", Cause: "java.lang.OutOfMemoryError: Java heap space", Artefacts: 2},
			{ID: "a", Container: "tomcat", Finished: "2026-11-27T04:10:21Z", Cause: "exited 1 after 18 s", Artefacts: 0},
		},
		Timeline: timeline, Usage: []Series{memory},
		Report: &Report{
			Version: 1, ID: "20261127T051512.000Z-tomcat-1", Container: "tomcat", Role: "main", Runtime: "java", Restarts: 1, Held: true, Pod: "shop",
			Cause: Cause{
				Line: "java.lang.OutOfMemoryError: Java heap space (from stderr; heap dump 34 MB collected)", Evidence: "stderr, java_pid31.hprof", Sure: true,
				Details: []string{"at com.example.cart.CartCache.put(CartCache.java:88)", "at com.example.cart.CartService.add(CartService.java:41)"},
				Try:     "raise -Xmx or -XX:MaxRAMPercentage, or look into the heap dump for what fills the heap",
			},
			End:     End{How: "exited with code 1", Trigger: "exit", Code: 1, Started: at(31.02), Finished: at(3912), Seconds: 3880.98},
			Command: Command{PID: 31, Arguments: []string{"java", "-Xmx384m", "-jar", "/app/shop.jar"}, Environment: []string{"DB_PASSWORD=***", "JAVA_HOME=/usr/lib/jvm/17", "PATH=/usr/bin:/bin"}, Directory: "/app", User: User{UID: 65532, GID: 65532}, Limits: []Limit{{"NOFILE", 1048576, 1048576}, {"CORE", 0, -1}}},
			Output: Printed{Seen: true, Stdout: "Started ShopApplication in 2.314 seconds\nGET /cart 200\nGET /cart 200\n",
				Stderr: "WARN  cart cache holds 1204331 entries\nException in thread \"http-8\" java.lang.OutOfMemoryError: Java heap space\n\tat com.example.cart.CartCache.put(CartCache.java:88)\n\tat com.example.cart.CartService.add(CartService.java:41)\n"},
			Usage: Usage{User: 412.2, System: 18.4, MaxRSS: 497 << 20}, Memory: &Memory{Cgroup: "v2", Limit: &limit, Peak: &peak, OOMKills: &kills, OOMKillsOld: &kills},
			Artefacts: []Artefact{
				{Name: "java_pid31.hprof", From: "/run/nile/evidence/tomcat/java_pid31.hprof", Kind: "heap dump", Size: 34 << 20, State: artefactMoved},
				{From: "/app/full.hprof", Kind: "heap dump", Size: 40 << 30, State: artefactLeft, Note: "larger than 256 MB"},
			},
			Probes: []ProbeResult{{Kind: "liveness", Handler: "GET :8080/healthz", Result: "failure", Failures: 2, Message: "connection refused"}},
			Scene: []Process{
				{PID: 1, Name: "nile", Command: "nile run /etc/nile/pod.yaml", State: "S", Memory: 6 << 20, Threads: 8},
				{PID: 12, Parent: 1, Name: "postgres", Command: "postgres -D /data", State: "S", UID: 999, Memory: 41 << 20, Threads: 1},
				{PID: 17, Parent: 12, Name: "postgres", Command: "postgres: checkpointer", State: "S", UID: 999, Memory: 9 << 20, Threads: 1},
				{PID: 40, Parent: 1, Name: "ffmpeg", Command: "ffmpeg -i /tmp/upload.mov", State: "R", UID: 65532, Memory: 88 << 20, Threads: 4, Orphan: true},
			},
		},
		Manifest: "1. unpack (init)\n   command: tar -xf /app.tar\n",
	}
}

// No markup comes from any field of a page.
func TestNothingInAFieldIsMarkup(t *testing.T) {
	const evil = `</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"'` + "`&amp;\x00\x1b[2J\xff<!--"
	p := &Page{}
	fill(reflect.ValueOf(p).Elem(), evil)
	for i := range p.Timeline {
		p.Timeline[i].At = time.Unix(int64(i), 0)
	}
	text := pageOf(t, p)
	for _, forbidden := range []string{"<script", "<img", "onerror=alert(1)>", "</title></style>", "\x00", "\x1b", "<!--"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	if !strings.Contains(text, "&lt;script&gt;alert(1)") || !strings.Contains(text, "&#34;&#39;&#96;&amp;amp;") {
		t.Error("the text itself is not shown")
	}
	if !strings.Contains(text, `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>`) {
		t.Error("a markup that were let through might load and run something")
	}
	checkMarkup(t, text)
}

// fill puts a text into every string of a value, and two elements into every slice.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Struct:
		if _, isTime := v.Interface().(time.Time); isTime {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

func pageOf(t *testing.T, p *Page) string {
	t.Helper()
	var b strings.Builder
	if err := WriteHTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkMarkup reads the page as XML: every element is closed, and none has an attribute that
// loads or runs something.
func checkMarkup(t *testing.T, text string) {
	t.Helper()
	text = strings.ReplaceAll(strings.ReplaceAll(text, "<details open>", "<details>"), "<!DOCTYPE html>", "")
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "src" {
				t.Errorf("<%s> has the attribute %s=%q", start.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func TestPages(t *testing.T) {
	whole := shop()
	alone := &Page{Made: whole.Made, Report: whole.Report}
	alone.Report.Timeline = whole.Timeline
	quiet := shop()
	quiet.Report, quiet.Reports, quiet.State = nil, nil, "Running"
	loop := shop()
	loop.Report.Scene = []Process{{PID: 1, Parent: 2}, {PID: 2, Parent: 1}, {PID: 3, Parent: 3}, {PID: 3, Parent: 1}} // nobody's tree
	for name, page := range map[string]*Page{"crash": whole, "offline": alone, "running": quiet, "loop": loop, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			text := pageOf(t, page)
			checkMarkup(t, text)
			if strings.Contains(text, "http:") || strings.Contains(text, "https:") {
				t.Error("the page points to somewhere else")
			}
			if page.Report != nil && !strings.Contains(text, "<h1>java.lang.OutOfMemoryError: Java heap space") {
				t.Error("the cause is no heading")
			}
			inBrowser(t, name, text)
		})
	}
}

// inBrowser opens a page in Chromium, in light and dark, and finds what a person looks
// for in what it has made of it. No script runs and nothing is loaded.
func inBrowser(t *testing.T, name, text string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Log("chromium is not installed: the page is not opened in a browser")
		return
	}
	if testing.Short() {
		return
	}
	dir := t.TempDir()
	if *keep != "" {
		dir = *keep
	}
	file := put(t, filepath.Join(dir, name+".html"), text)
	for _, scheme := range []string{"light", "dark"} {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		arguments := []string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
			"--user-data-dir=" + filepath.Join(t.TempDir(), "profile"), "--window-size=1280,1700",
		}
		if scheme == "dark" {
			arguments = append(arguments, "--blink-settings=preferredColorScheme=0")
		} else {
			arguments = append(arguments, "--blink-settings=preferredColorScheme=1")
		}
		shot := filepath.Join(dir, fmt.Sprintf("%s-%s.png", name, scheme))
		if out, err := exec.CommandContext(ctx, browser, append(arguments, "--screenshot="+shot, "file://"+file)...).CombinedOutput(); err != nil {
			t.Fatalf("chromium: %v\n%s", err, out)
		}
		if info, err := os.Stat(shot); err != nil || info.Size() < 10_000 {
			t.Errorf("the screenshot is %v, %v", info, err)
		}
		if *keep == "" && scheme == "light" {
			return // one look at each suffices
		}
	}
}
