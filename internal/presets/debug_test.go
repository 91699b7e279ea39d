package presets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/presets"
)

func TestDebuggersAreAskedForByTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		runtime presets.Runtime
		argv    string
		env     []string
		suspend bool
		want    string // or a part of the error
	}{
		{presets.Java, "java A", []string{"JAVA_TOOL_OPTIONS=-Xmx1g"}, false,
			"JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:99"},
		{presets.Java, "java A", nil, true, "JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:99"},
		{presets.Java, "java -agentlib:jdwp=server=y A", nil, false, "have one (jdwp) already"},
		{presets.Java, "java A", []string{"JAVA_TOOL_OPTIONS=-Xrunjdwp:server=y"}, false, "have one (jdwp) already"},
		{presets.Node, "node a.js", nil, false, "NODE_OPTIONS=--inspect=127.0.0.1:99"},
		{presets.Node, "node a.js", nil, true, "NODE_OPTIONS=--inspect-brk=127.0.0.1:99"},
		{presets.Node, "node --inspect a.js", nil, true, "have one (--inspect) already"},
		{presets.Python, "python3 app.py --x", nil, false, "nile retry -- python3 -m debugpy --listen 127.0.0.1:99 app.py --x"},
		{presets.Go, "/app/server -v", nil, false, "dlv exec --headless --accept-multiclient --listen 127.0.0.1:2345 /app/server -v"},
		{presets.Dotnet, "dotnet a.dll", nil, false, "vsdbg"},
		{presets.None, "sleep 9", nil, false, "give the container a preset"},
	} {
		got, err := presets.Debug(test.runtime, strings.Fields(test.argv), test.env, presets.Debugger{Port: 99, Suspend: test.suspend})
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", test.argv, got, test.want)
		}
	}
}

func TestADebuggerIsForOneRunAlone(t *testing.T) {
	env := []string{"A=1", `JAVA_TOOL_OPTIONS="-Da=b  c" -agentlib:jdwp=transport=dt_socket,server=y -Xmx1g`, "NODE_OPTIONS=--inspect-brk=127.0.0.1:1"}
	want := []string{"A=1", `JAVA_TOOL_OPTIONS="-Da=b  c" -Xmx1g`, "NODE_OPTIONS="}
	if got := presets.WithoutDebugger(env); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
