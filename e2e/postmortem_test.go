//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// death is a way to die, and what the first line of the crash report has to say of it.
type death struct {
	name    string
	command []string          // run by `nile --hold -- COMMAND`
	pod     string            // or run by `nile run`, in place of it
	options []string          // of `docker run`, beside those of a confined container
	files   map[string]string // in the directory /app, beside the programs
	cause   string            // a regular expression for the first line of the report
	code    int               // how nile ends when the hold does
}

// aPod is a manifest whose main container is called app and whose sidecar, if there is one, comes first.
func aPod(sidecar, main string) string {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\nspec:\n  terminationGracePeriodSeconds: 5\n  nile: {onFailure: Hold}\n"
	if sidecar != "" {
		pod += "  initContainers:\n  - name: proxy\n    restartPolicy: Always\n" + sidecar
	}
	return pod + "  containers:\n  - name: app\n" + main
}

// portHolder is a sidecar that holds port 8080, and is ready once it does.
const portHolder = `    command: [/usr/bin/python3, -m, http.server, "8080", --bind, 127.0.0.1]
    startupProbe: {tcpSocket: {port: 8080, host: 127.0.0.1}, periodSeconds: 1, failureThreshold: 60}
`

// tomcatBase is an init step that makes a directory for a Tomcat.
const tomcatBase = `  - name: base
    command: [sh, -c, "mkdir -p /tmp/tomcat/conf /tmp/tomcat/webapps /tmp/tomcat/temp /tmp/tomcat/logs &&
      cp /usr/share/tomcat10/etc/server.xml /usr/share/tomcat10/etc/web.xml /tmp/tomcat/conf/"]
`

func javaDeaths() []death {
	java := func(arguments ...string) []string {
		return append([]string{"java", "-XX:TieredStopAtLevel=1", "-cp", "/app"}, arguments...)
	}
	return []death{
		{name: "java uncaught exception", command: java("Deaths", "exception"), code: 1,
			cause: `java\.net\.ConnectException: Connection refused: db:5432`},
		{name: "java System.exit", command: java("Deaths", "exit"), code: 3, cause: `exited with code 3|exited 3`},
		{name: "java heap", command: java("-Xmx24m", "Deaths", "heap"), code: 3, cause: `java\.lang\.OutOfMemoryError: Java heap space`},
		{name: "java metaspace", command: java("-XX:MaxMetaspaceSize=12m", "Deaths", "metaspace"), code: 3, cause: `java\.lang\.OutOfMemoryError: Metaspace`},
		{name: "java SIGSEGV", command: java("Deaths", "segv"), code: 134, cause: `SIGSEGV.*hs_err`},
		{name: "java deadlock", code: 143, cause: `liveness.*failed 2 times.*(deadlock|blocked)`, pod: aPod("",
			`    command: [java, -cp, /app, Deaths, deadlock]
    livenessProbe: {tcpSocket: {port: 8080, host: 127.0.0.1}, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 2}
`)},
		{name: "java killed for its memory", command: java("-Xmx48m", "Deaths", "cgroup"), options: []string{"--memory", "192m", "--memory-swap", "192m"},
			code: 137, cause: `OOM killer.*192`},
		{name: "java port in use", code: 1, cause: `address already in use.*8080.*held by pid \d+ python3`, pod: aPod(portHolder,
			"    command: [java, -cp, /app, Deaths, port]\n")},
		{name: "java missing jar", command: []string{"java", "-jar", "/app/shop.jar"}, code: 1, cause: `Unable to access jarfile /app/shop\.jar`},
		{name: "java class version", command: []string{"java", "-cp", "/app/future", "Deaths"}, code: 1, cause: `UnsupportedClassVersionError|class file version`},
		{name: "java class not found", command: java("Deaths", "class"), code: 1, cause: `ClassNotFoundException: com\.example\.shop\.Missing`},
		{name: "java stack overflow", command: java("Deaths", "stack"), code: 1, cause: `StackOverflowError`},
		{name: "java static initialiser", command: java("Deaths", "static"), code: 1, cause: `NumberFormatException: For input string: "many"`},
		{name: "spring boot", command: java("Deaths", "spring"), code: 1, cause: `Failed to configure a DataSource: 'url' attribute is not specified`},
		{name: "tomcat port in use", code: 1, cause: `address already in use.*8080.*held by pid \d+ python3`, pod: aPod(portHolder+tomcatBase,
			`    command: [/usr/share/tomcat10/bin/catalina.sh, run]
    env:
    - {name: CATALINA_HOME, value: /usr/share/tomcat10}
    - {name: CATALINA_BASE, value: /tmp/tomcat}
    - {name: CATALINA_OPTS, value: "-Dorg.apache.catalina.startup.EXIT_ON_INIT_FAILURE=true"}
`)},
	}
}

func otherDeaths() []death {
	run := func(arguments ...string) []string { return arguments }
	return []death{
		{name: "go panic", command: run("/app/deaths-go", "panic"), code: 2, cause: `panic: cannot parse the price "ten"`},
		{name: "go nil pointer", command: run("/app/deaths-go", "nil"), code: 2, cause: `invalid memory address or nil pointer dereference`},
		{name: "go deadlock", command: run("/app/deaths-go", "deadlock"), code: 2, cause: `all goroutines are asleep - deadlock!`},
		{name: "go log.Fatal", command: run("/app/deaths-go", "fatal"), code: 1, cause: `cannot open the database: connection refused`},
		{name: "go map", command: run("/app/deaths-go", "map"), code: 2, cause: `concurrent map writes`},
		{name: "go killed for its memory", command: run("/app/deaths-go", "memory"), options: []string{"--memory", "64m", "--memory-swap", "64m"},
			code: 137, cause: `OOM killer.*64`},
		{name: "go port in use", code: 1, cause: `address already in use.*8080.*held by pid \d+ python3`, pod: aPod(portHolder,
			"    command: [/app/deaths-go, port]\n")},
		{name: "node exception", command: run("node", "/app/deaths.js", "exception"), code: 1, cause: `TypeError: the order has no customer`},
		{name: "node rejection", command: run("node", "/app/deaths.js", "rejection"), code: 1, cause: `cannot reach the queue`},
		{name: "node module", command: run("node", "/app/deaths.js", "module"), code: 1, cause: `Cannot find module 'express'`},
		{name: "node heap", command: run("node", "--max-old-space-size=20", "/app/deaths.js", "heap"), code: 134, cause: `heap out of memory`},
		{name: "node port in use", code: 1, cause: `address already in use.*8080.*held by pid \d+ python3`, pod: aPod(portHolder,
			"    command: [node, /app/deaths.js, port]\n")},
		{name: "python exception", command: run("/usr/bin/python3", "/app/deaths.py", "exception"), code: 1, cause: `KeyError: 'price'`},
		{name: "python module", command: run("/usr/bin/python3", "/app/deaths.py", "module"), code: 1, cause: `No module named 'flask_of_no_such_name'`},
		{name: "python message", command: run("/usr/bin/python3", "/app/deaths.py", "message"), code: 1, cause: `cannot read settings: no section \[database\]`},
		{name: "python SIGSEGV", command: run("/usr/bin/python3", "/app/deaths.py", "segv"), code: 139, cause: `SIGSEGV|Segmentation fault`},
		{name: "c SIGSEGV", command: run("/app/deaths-c", "segv"), code: 139, cause: `SIGSEGV`},
		{name: "c assert", command: run("/app/deaths-c", "assert"), code: 134, cause: `Assertion .*the order has a customer.* failed`},
		{name: "c double free", command: run("/app/deaths-c", "free"), code: 134, cause: `double free`},
		{name: "c division", command: run("/app/deaths-c", "divide"), code: 136, cause: `SIGFPE`},
		{name: "c message", command: run("/app/deaths-c", "message"), code: 78, cause: `exited (with code )?78.*cannot open /etc/shop\.conf`},
		{name: "c abort", command: run("/app/deaths-c", "abort"), code: 134, cause: `SIGABRT`},
		{name: "no such file", command: run("/app/missing"), code: 127, cause: `/app/missing.*(no such file|not found)`},
		{name: "missing interpreter", command: run("/app/run.sh"), files: map[string]string{"run.sh": "#!/opt/bash/bin/bash\necho\n"}, code: 127,
			cause: `/app/run\.sh.*interpreter.*/opt/bash/bin/bash`},
		{name: "not executable", command: run("/app/deaths.js"), code: 126, cause: `/app/deaths\.js.*(permission|executable)`},
		{name: "not a program", command: run("/app/garbage"), files: map[string]string{"garbage": "\x7fELFnothing"}, code: 126,
			cause: `/app/garbage.*(format|architecture)`},
		{name: "init step", code: 5, cause: `exited (with code )?5.*no connection to the database`, pod: strings.Replace(aPod("", "    command: [sleep, \"600\"]\n"),
			"  containers:", "  initContainers:\n  - {name: migrate, command: [sh, -c, \"echo no connection to the database >&2; exit 5\"]}\n  containers:", 1)},
	}
}

// TestPostmortem runs every death in a container with nothing but its program: an ordinary user, no capabilities, and a
// read-only root.
func TestPostmortem(t *testing.T) {
	programs := buildDeaths(t)
	machine := machineImage(t)
	var table strings.Builder
	for _, d := range append(javaDeaths(), otherDeaths()...) {
		t.Run(d.name, func(t *testing.T) {
			cause := d.happen(t, machine, confined(), programs)
			fmt.Fprintf(&table, "| %s | %s |\n", d.name, cause)
		})
	}
	t.Logf("| death | cause line |\n|---|---|\n%s", table.String())
}

// TestPostmortemAsRootWithoutAShell takes an image that holds nothing but nile and the program.
func TestPostmortemAsRootWithoutAShell(t *testing.T) {
	programs := buildDeaths(t)
	scratch := newImage(t).file("nile", nile).load("--change", `ENTRYPOINT ["/nile"]`, "--change", "ENV PATH=/")
	for _, d := range otherDeaths() {
		if len(d.command) == 0 || !strings.HasPrefix(d.command[0], "/app/deaths-") {
			continue
		}
		t.Run(d.name, func(t *testing.T) { d.happen(t, scratch, []string{"--read-only"}, programs) })
	}
}

// happen has a death happen and returns the first line of its report.
func (d *death) happen(t *testing.T, image string, options []string, programs string) (cause string) {
	t.Helper()
	app := programs
	if len(d.files) > 0 {
		app = t.TempDir()
		if err := os.Chmod(app, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range d.files {
			if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	options = append(append(options, "--volume", app+":/app:ro"), d.options...)
	arguments := append([]string{"--hold", "--"}, d.command...)
	if d.pod != "" {
		file := filepath.Join(t.TempDir(), "pod.yaml")
		if err := os.WriteFile(file, []byte(d.pod), 0o644); err != nil {
			t.Fatal(err)
		}
		options = append(options, "--volume", file+":/etc/nile/pod.yaml:ro")
		arguments = []string{"run"}
	}
	c := start(t, image, options, arguments...)
	name := docker(t, "inspect", "--format", `{{index .Config.Entrypoint 0}}`, c.id)
	eventually(t, 2*time.Minute, c.stderr, func() bool {
		return command("docker", "exec", c.id, name, "wait", "--for=held", "--timeout=5s").Run() == nil
	})
	report := c.exec(name, "report")
	cause, _, _ = strings.Cut(report, "\n")
	if !regexp.MustCompile(d.cause).MatchString(cause) {
		t.Errorf("the first line is\n  %s\nwant %s; the report:\n%s", cause, d.cause, report)
	}
	if code, _ := c.stop(30 * time.Second); code != d.code {
		t.Errorf("exit code %d when the hold was over, want %d", code, d.code)
	}
	return cause
}

// buildDeaths builds the programs that die, in a directory that everybody may read.
func buildDeaths(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for at := directory; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, build := range [][]string{
		{"javac", "-nowarn", "-d", directory, "postmortem/java/Deaths.java"},
		{"gcc", "-O0", "-g", "-static", "-o", filepath.Join(directory, "deaths-c"), "postmortem/c/deaths.c"},
		{"env", "CGO_ENABLED=0", "go", "build", "-o", filepath.Join(directory, "deaths-go"), "./postmortem/go"},
		{"cp", "postmortem/deaths.js", "postmortem/deaths.py", directory},
		{"mkdir", filepath.Join(directory, "future")},
	} {
		if output, err := command(build[0], build[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, output)
		}
	}
	class := []byte(read(t, filepath.Join(directory, "Deaths.class")))
	class[6], class[7] = 0, 99 // the major version, JVMS 4.1
	if err := os.WriteFile(filepath.Join(directory, "future", "Deaths.class"), class, 0o644); err != nil {
		t.Fatal(err)
	}
	return directory
}
