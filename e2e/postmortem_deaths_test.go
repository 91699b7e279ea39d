//go:build e2e

package e2e

import (
	"runtime"
	"strings"
)

// death is a way to die, and what the first line of the crash report has to say of it.
type death struct {
	name    string
	command []string          // run by `nile --hold -- COMMAND`
	pod     string            // or run by `nile run`, in place of it
	options []string          // of `docker run`, beside those of the container
	files   map[string]string // in the directory /app, in place of the programs
	cause   string            // a regular expression for what the first line of the report says behind the container's name
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
			cause: `^uncaught java\.lang\.IllegalStateException: cannot load the catalogue; root cause: java\.net\.ConnectException: Connection refused: db:5432$`},
		{name: "java System.exit", command: java("Deaths", "exit"), code: 3, cause: `^System\.exit\(3\) after .*s: no exception in its output$`},
		{name: "java heap", command: java("-Xmx24m", "Deaths", "heap"), code: 3, cause: `^java\.lang\.OutOfMemoryError: Java heap space .*heap dump \d+ MB collected`},
		{name: "java metaspace", command: java("-XX:MaxMetaspaceSize=12m", "Deaths", "metaspace"), code: 3, cause: `^java\.lang\.OutOfMemoryError: Metaspace .*heap dump \d+ MB collected`},
		{name: "java SIGSEGV", command: java("Deaths", "segv"), code: 134, cause: `^the JVM crashed: SIGSEGV in libjvm\.so \(Unsafe_Put.*hs_err_pid\d+\.log`},
		{name: "java deadlock", code: 143, cause: `^liveness probe tcp 127\.0\.0\.1:8080 failed 2 times.*thread dump collected: deadlock found; 2 of \d+ threads blocked`, pod: aPod("",
			`    command: [java, -cp, /app, Deaths, deadlock]
    livenessProbe: {tcpSocket: {port: 8080, host: 127.0.0.1}, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 2}
`)},
		{name: "java killed for its memory", command: java("-Xmx48m", "Deaths", "cgroup"), options: []string{"--memory", "192m", "--memory-swap", "192m"},
			code: 137, cause: `^killed by the cgroup's OOM killer \(limit 192Mi, oom_kill 0→[12]\)$`},
		{name: "java port in use", code: 1, cause: `^address already in use; listening here: :8080 \(pid \d+ python3\)$`, pod: aPod(portHolder,
			"    command: [java, -cp, /app, Deaths, port]\n")},
		{name: "java missing jar", command: []string{"java", "-jar", "/app/shop.jar"}, code: 1, cause: `^Unable to access jarfile /app/shop\.jar`},
		{name: "java class version", command: []string{"java", "-cp", "/app/future", "Deaths"}, code: 1, cause: `^UnsupportedClassVersionError: Deaths is compiled for Java 55; this is Java 17`},
		{name: "java class not found", command: java("Deaths", "class"), code: 1, cause: `^uncaught java\.lang\.ClassNotFoundException: com\.example\.shop\.Missing`},
		{name: "java stack overflow", command: java("Deaths", "stack"), code: 1, cause: `^uncaught java\.lang\.StackOverflowError`},
		{name: "java static initialiser", command: java("Deaths", "static"), code: 1, cause: `^uncaught java\.lang\.ExceptionInInitializerError; root cause: java\.lang\.NumberFormatException: For input string: "many"`},
		{name: "spring boot", command: java("Deaths", "spring"), code: 1, cause: `^Spring Boot: Failed to configure a DataSource: 'url' attribute is not specified`},
		{name: "tomcat port in use", code: 1, cause: `^address already in use :8080 \(held by pid \d+ python3\)$`, pod: aPod(portHolder+tomcatBase,
			`    command: [/usr/share/tomcat10/bin/catalina.sh, run]
    env:
    - {name: CATALINA_HOME, value: /usr/share/tomcat10}
    - {name: CATALINA_BASE, value: /tmp/tomcat}
    - {name: CATALINA_OPTS, value: "-Dorg.apache.catalina.startup.EXIT_ON_INIT_FAILURE=true"}
`)},
	}
}

// otherMachine is an architecture that this machine is not of, as Go names it.
var otherMachine = map[bool]string{true: "amd64", false: "arm64"}[runtime.GOARCH == "arm64"]

func otherDeaths() []death {
	run := func(arguments ...string) []string { return arguments }
	return []death{
		{name: "go panic", command: run("/app/deaths-go", "panic"), code: 2, cause: `^Go panic: cannot parse the price "ten"`},
		{name: "go nil pointer", command: run("/app/deaths-go", "nil"), code: 2, cause: `^Go panic: .*invalid memory address or nil pointer dereference at .*main\.go:\d+`},
		{name: "go deadlock", command: run("/app/deaths-go", "deadlock"), code: 2, cause: `^Go fatal error: all goroutines are asleep - deadlock!`},
		{name: "go log.Fatal", command: run("/app/deaths-go", "fatal"), code: 1, cause: `^exited 1 after .*: cannot open the database: connection refused$|^exited 1 after .* cannot open the database: connection refused$`},
		{name: "go map", command: run("/app/deaths-go", "map"), code: 2, cause: `^Go fatal error: concurrent map writes at `},
		{name: "go killed for its memory", command: run("/app/deaths-go", "memory"), options: []string{"--memory", "64m", "--memory-swap", "64m"},
			code: 137, cause: `^killed by the cgroup's OOM killer \(limit 64Mi, oom_kill 0→[12]\)$`},
		{name: "go port in use", code: 1, cause: `^address already in use :8080 \(held by pid \d+ python3\)$`, pod: aPod(portHolder,
			"    command: [/app/deaths-go, port]\n")},
		{name: "node exception", command: run("node", "/app/deaths.js", "exception"), code: 1, cause: `^uncaught TypeError: the order has no customer at .*deaths\.js:6`},
		{name: "node rejection", command: run("node", "/app/deaths.js", "rejection"), code: 1, cause: `^uncaught Error: cannot reach the queue at .*deaths\.js:8`},
		{name: "node module", command: run("node", "/app/deaths.js", "module"), code: 1, cause: `^Cannot find module 'express' \(required by /app/deaths\.js\)`},
		{name: "node heap", command: run("node", "--max-old-space-size=20", "/app/deaths.js", "heap"), code: 134, cause: `^JavaScript heap out of memory: .*report\..*\.json collected`},
		{name: "node port in use", code: 1, cause: `^address already in use :8080 \(held by pid \d+ python3\)$`, pod: aPod(portHolder,
			"    command: [node, /app/deaths.js, port]\n")},
		{name: "python exception", command: run("/usr/bin/python3", "/app/deaths.py", "exception"), code: 1, cause: `^KeyError: 'price' at /app/deaths\.py:9$`},
		{name: "python module", command: run("/usr/bin/python3", "/app/deaths.py", "module"), code: 1, cause: `^ModuleNotFoundError: No module named 'flask_of_no_such_name'`},
		{name: "python message", command: run("/usr/bin/python3", "/app/deaths.py", "message"), code: 1, cause: `^exited 1 after .*: cannot read settings: no section \[database\]$`},
		{name: "python SIGSEGV", command: run("/usr/bin/python3", "/app/deaths.py", "segv"), code: 139, cause: `^Fatal Python error: Segmentation fault at `},
		{name: "c SIGSEGV", command: run("/app/deaths-c", "segv"), code: 139, cause: `^SIGSEGV \(segmentation fault\) after `},
		{name: "c assert", command: run("/app/deaths-c", "assert"), code: 134, cause: `^SIGABRT: .*Assertion .*the order has a customer.* failed`},
		{name: "c double free", command: run("/app/deaths-c", "free"), code: 134, cause: `^SIGABRT: .*double free`},
		{name: "c division", command: run("/app/deaths-c", "divide"), code: 136, cause: `^SIGFPE \(arithmetic error, such as a division by zero\) after `},
		{name: "c message", command: run("/app/deaths-c", "message"), code: 78, cause: `^exited 78 after .*: deaths: cannot open /etc/shop\.conf: No such file or directory$`},
		{name: "c abort", command: run("/app/deaths-c", "abort"), code: 134, cause: `^ended by SIGABRT after `},
		{name: "no such file", command: run("/app/missing"), code: 127, cause: `^cannot start "/app/missing": no such file$`},
		{name: "missing interpreter", command: run("/app/run.sh"), files: map[string]string{"run.sh": "#!/opt/bash/bin/bash\necho\n"}, code: 127,
			cause: `^cannot start "/app/run\.sh": its interpreter /opt/bash/bin/bash is missing$`},
		{name: "not executable", command: run("/app/deaths.js"), code: 126, cause: `^cannot start "/app/deaths\.js": it is not executable \(mode 0644\): chmod \+x it$`},
		{name: "not a program", command: run("/app/garbage"), files: map[string]string{"garbage": "\x7fELFnothing"}, code: 126,
			cause: `^cannot start "/app/garbage": it is neither a program for this machine nor a script with a #! line$`},
		{name: "another machine's program", command: run("/app/deaths-other"), code: 126, cause: `^cannot start "/app/deaths-other": .*` + otherMachine},
		{name: "init step", code: 5, cause: `^exited 5 after .*: no connection to the database$`, pod: strings.Replace(aPod("", "    command: [sleep, \"600\"]\n"),
			"  containers:", "  initContainers:\n  - {name: migrate, command: [sh, -c, \"echo no connection to the database >&2; exit 5\"]}\n  containers:", 1)},
	}
}
