package presets_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nile-init/nile/internal/presets"
)

func TestPresetsAreMergedWithWhatTheUserHasSet(t *testing.T) {
	const all = "-XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/e -XX:ErrorFile=/e/hs_err_pid%p.log -XX:+ExitOnOutOfMemoryError"
	for name, test := range map[string]struct {
		runtime   presets.Runtime
		argv      []string
		env       []string
		directory string
		want      []string
	}{
		"nothing set": {presets.Java, []string{"java", "A"}, nil, "/e", []string{"JAVA_TOOL_OPTIONS=" + all}},
		"before what the variable has": {presets.Java, []string{"java", "A"}, []string{"JAVA_TOOL_OPTIONS=-Xmx1g"}, "/e",
			[]string{"JAVA_TOOL_OPTIONS=" + all + " -Xmx1g"}},
		"switched off in the variable": {presets.Java, []string{"java", "A"}, []string{"JAVA_TOOL_OPTIONS=-XX:-ExitOnOutOfMemoryError '-XX:HeapDumpPath=/a b'"}, "/e",
			[]string{"JAVA_TOOL_OPTIONS=-XX:+HeapDumpOnOutOfMemoryError -XX:ErrorFile=/e/hs_err_pid%p.log -XX:-ExitOnOutOfMemoryError '-XX:HeapDumpPath=/a b'"}},
		"on the command line": {presets.Java, []string{"sh", "-c", "exec java -XX:ErrorFile=/x -XX:-HeapDumpOnOutOfMemoryError A"}, nil, "/e",
			[]string{"JAVA_TOOL_OPTIONS=-XX:HeapDumpPath=/e -XX:+ExitOnOutOfMemoryError"}},
		"in a start script's variable": {presets.Java, []string{"catalina.sh", "run"}, []string{"CATALINA_OPTS=-XX:HeapDumpPath=/x"}, "/e",
			[]string{"JAVA_TOOL_OPTIONS=-XX:+HeapDumpOnOutOfMemoryError -XX:ErrorFile=/e/hs_err_pid%p.log -XX:+ExitOnOutOfMemoryError"}},
		"no directory": {presets.Java, []string{"java", "A"}, nil, "", []string{"JAVA_TOOL_OPTIONS=-XX:+HeapDumpOnOutOfMemoryError -XX:+ExitOnOutOfMemoryError"}},
		"a directory with a blank": {presets.Java, []string{"java", "-XX:HeapDumpPath=/x", "-XX:-HeapDumpOnOutOfMemoryError", "-XX:-ExitOnOutOfMemoryError"}, nil, "/a b",
			[]string{`JAVA_TOOL_OPTIONS="-XX:ErrorFile=/a b/hs_err_pid%p.log"`}},
		"all set by the user": {presets.Node, []string{"node"},
			[]string{"NODE_OPTIONS=--report_on_fatalerror --no-report-uncaught-exception --report-directory=/r"}, "/e", nil},
		"node":                {presets.Node, []string{"node"}, []string{"NODE_OPTIONS=--title=x"}, "/e", []string{"NODE_OPTIONS=--report-on-fatalerror --report-uncaught-exception --report-directory=/e --title=x"}},
		"go":                  {presets.Go, []string{"x"}, nil, "/e", []string{"GOTRACEBACK=all"}},
		"go, set":             {presets.Go, []string{"x"}, []string{"GOTRACEBACK=crash"}, "/e", nil},
		"python, set to none": {presets.Python, []string{"python3"}, []string{"PYTHONFAULTHANDLER="}, "/e", []string{"PYTHONUNBUFFERED=1"}},
		"dotnet, old prefix": {presets.Dotnet, []string{"dotnet"}, []string{"COMPlus_DbgMiniDumpType=4"}, "/e",
			[]string{"DOTNET_DbgEnableMiniDump=1", "DOTNET_DbgMiniDumpName=/e/dotnet_%p.dmp", "DOTNET_EnableCrashReport=1"}},
		"none": {presets.None, []string{"java"}, nil, "/e", nil},
	} {
		t.Run(name, func(t *testing.T) {
			env := append([]string{"A=1"}, test.env...)
			before := slices.Clone(env)
			got := presets.Apply(test.runtime, test.argv, env, test.directory, nil)
			if diff := cmp.Diff(test.want, got.Set); diff != "" {
				t.Errorf("differs from what is wanted (-) in:\n%s", diff)
			}
			if !slices.Equal(env, before) {
				t.Error("the environment that was given has changed")
			}
			for _, entry := range got.Set {
				name, _, _ := strings.Cut(entry, "=")
				if !slices.Contains(got.Env, entry) || strings.Count("\n"+strings.Join(got.Env, "\n"), "\n"+name+"=") != 1 {
					t.Errorf("%s does not stand in the environment, once: %q", entry, got.Env)
				}
			}
			if len(got.Set) == 0 && !slices.Equal(got.Env, env) {
				t.Errorf("nothing is set, and the environment is another one: %q", got.Env)
			}
			if homeless := len(got.Notes) > 0; homeless != (test.directory == "") {
				t.Errorf("the notes are %q", got.Notes)
			}
		})
	}
}

func TestTheSignalForADumpIsOneThatTheProcessSurvives(t *testing.T) {
	for _, test := range []struct {
		runtime presets.Runtime
		argv    string
		env     []string
		want    syscall.Signal
	}{
		{presets.Java, "java A", nil, syscall.SIGQUIT},
		{presets.Java, "catalina.sh run", nil, syscall.SIGQUIT},
		{presets.Java, "java -Xrs A", nil, 0},
		{presets.Java, "java A", []string{"JAVA_TOOL_OPTIONS=-Xmx1g -Xrs"}, 0},
		{presets.Java, "tini -- java A", nil, 0},
		{presets.Go, "app", nil, 0},
		{presets.Node, "node a", nil, 0},
		{presets.Python, "python a", nil, 0},
		{presets.Dotnet, "dotnet a", nil, 0},
		{presets.None, "sleep 9", nil, 0},
	} {
		if got := presets.DumpSignal(test.runtime, strings.Fields(test.argv), test.env); got != test.want {
			t.Errorf("%s %q: %v, want %v", test.argv, test.env, got, test.want)
		}
	}
}

func TestArtefactsLieWhereTheOptionsPutThem(t *testing.T) {
	directory := t.TempDir()
	for _, test := range []struct {
		runtime presets.Runtime
		argv    string
		env     []string
		want    string
	}{
		{presets.Java, "java A", nil, "/w/java_pid*.hprof /w/hs_err_pid*.log /tmp/hs_err_pid*.log"},
		{presets.Java, "java -XX:HeapDumpPath=/x.hprof A", []string{"JAVA_TOOL_OPTIONS=-XX:HeapDumpPath=/never -XX:ErrorFile=/e/err%p"}, "/x.hprof* /e/err*"},
		{presets.Java, "java A", []string{"JAVA_TOOL_OPTIONS=-XX:HeapDumpPath=" + directory}, directory + "/java_pid*.hprof /w/hs_err_pid*.log /tmp/hs_err_pid*.log"},
		{presets.Node, "node a", nil, "/w/report.*.json"},
		{presets.Node, "node --report-filename=r[1].json a", []string{"NODE_OPTIONS=--report-directory=/r"}, `/r/r\[1].json`},
		{presets.Dotnet, "dotnet a", nil, "/tmp/coredump.* /tmp/coredump.*.crashreport.json"},
		{presets.Dotnet, "dotnet a", []string{"DOTNET_DbgMiniDumpName=/e/d_%p.dmp"}, "/e/d_*.dmp /e/d_*.dmp.crashreport.json"},
		{presets.Go, "a", nil, ""},
		{presets.Python, "python a", nil, ""},
	} {
		got := presets.Artefacts(test.runtime, strings.Fields(test.argv), test.env, "/w")
		if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" && len(got)+len(test.want) > 0 {
			t.Errorf("%s %q: differs from what is wanted (-) in:\n%s", test.argv, test.env, diff)
		}
	}
}
