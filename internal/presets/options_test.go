package presets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nile-init/nile/internal/presets"
)

func TestOptionsFilesFillTheRuntimesVariables(t *testing.T) {
	for name, test := range map[string]struct {
		runtime presets.Runtime
		text    string
		env     []string
		want    []string
	}{
		"java": {presets.Java, "# heap\n\n  -Xmx512m\r\n-Dgreeting=\"good day\"\n-Dmark=#1\n'-Dquote=\"'\n--add-opens java.base/java.lang=ALL-UNNAMED\n-p mods\n",
			nil, []string{`JAVA_TOOL_OPTIONS=-Xmx512m "-Dgreeting=good day" -Dmark=#1 '-Dquote="' --add-opens=java.base/java.lang=ALL-UNNAMED --module-path=mods`}},
		"after what the variable has": {presets.Java, "-Xmx2g", []string{"JAVA_TOOL_OPTIONS=-Xmx1g"}, []string{"JAVA_TOOL_OPTIONS=-Xmx1g -Xmx2g"}},
		"for the launcher alone": {presets.Java, "-cp /a.jar:/b.jar\n@/etc/more.args\n-Xss1m", nil,
			[]string{"JDK_JAVA_OPTIONS=-cp /a.jar:/b.jar @/etc/more.args", "JAVA_TOOL_OPTIONS=-Xss1m"}},
		"node": {presets.Node, "--require \"./my hooks.js\"\n--max-old-space-size=512\nNODE_ENV=production\nUV_THREADPOOL_SIZE=8", []string{"NODE_OPTIONS=--title=x"},
			[]string{`NODE_OPTIONS=--title=x --require "./my hooks.js" --max-old-space-size=512`, "NODE_ENV=production", "UV_THREADPOOL_SIZE=8"}},
		"python": {presets.Python, "-X dev\n-Xutf8=0\n-W error\n-W ignore::UserWarning\n-OO\nPYTHONHASHSEED=0", []string{"PYTHONWARNINGS=default"},
			[]string{"PYTHONDEVMODE=1", "PYTHONUTF8=0", "PYTHONWARNINGS=default,error,ignore::UserWarning", "PYTHONOPTIMIZE=2", "PYTHONHASHSEED=0"}},
		"go":          {presets.Go, "GOGC=50\ngctrace=1\nmadvdontneed=0\nGODEBUG=http2debug=1", nil, []string{"GOGC=50", "GODEBUG=gctrace=1,madvdontneed=0,http2debug=1"}},
		"dotnet":      {presets.Dotnet, "DOTNET_gcServer=1", []string{"DOTNET_gcServer=0"}, []string{"DOTNET_gcServer=1"}},
		"references":  {presets.Java, "-Dhome=$(HOME) '-Dtwo=$(TWO)'", nil, []string{`JAVA_TOOL_OPTIONS=-Dhome=/root "-Dtwo=a b"`}},
		"byte order":  {presets.Java, "\ufeff-Xmx1g", nil, []string{"JAVA_TOOL_OPTIONS=-Xmx1g"}},
		"nothing":     {presets.Java, "# nothing\n", []string{"JAVA_TOOL_OPTIONS=-Xmx1g"}, nil},
		"both quotes": {presets.Java, `-Da="it's"'"'`, nil, []string{`JAVA_TOOL_OPTIONS='-Da=it'"'"'s"'`}},
	} {
		t.Run(name, func(t *testing.T) {
			expand := strings.NewReplacer("$(HOME)", "/root", "$(TWO)", "a b").Replace
			options, err := presets.ParseOptions(test.runtime, "f", test.text, expand)
			if err != nil {
				t.Fatal(err)
			}
			got := presets.Apply(presets.None, nil, test.env, "", options)
			slices.Sort(got.Set)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got.Set); diff != "" {
				t.Errorf("differs from what is wanted (-) in:\n%s", diff)
			}
		})
	}
}

func TestWrongLinesOfAnOptionsFileAreAllNamed(t *testing.T) {
	for _, test := range []struct {
		runtime presets.Runtime
		text    string
		want    []string
	}{
		{presets.Java, "-Xmx1g\n-Dname=\"open\n\n-Dother='too", []string{"o:2: a quote is left open", "o:4: a quote is left open"}},
		{presets.Java, "-jar app.jar", []string{"o:1: java takes -jar only from its command: put it there"}},
		{presets.Java, "Main", []string{`o:1: want an option of java, got "Main"`}},
		{presets.Java, "-Da=good day", []string{`o:1: want an option of java, got "day": options begin with -; quote`}},
		{presets.Java, "-cp", []string{"o:1: -cp wants a value in the same line"}},
		{presets.Java, "-Da=\x00", []string{"o:1: a NUL byte"}},
		{presets.Node, "server.js", []string{`o:1: want an option of node`}},
		{presets.Python, "-c x\n-X foo\n-W", []string{`o:1: python has no variable for "-c"`, "o:2: python has no variable for -X foo", "o:3: -W wants a value"}},
		{presets.Go, "-v", []string{`o:1: want a variable of Go`}},
		{presets.Dotnet, "gcServer=1", []string{`o:1: want a variable of .NET`}},
		{presets.None, "-x", []string{"cannot apply the options in o: the command is none of a known runtime"}},
		{presets.Java, strings.Repeat("-Xmx1g\n", 10000), []string{"larger than 64 KiB"}},
	} {
		_, err := presets.ParseOptions(test.runtime, "o", test.text, nil)
		if err == nil {
			t.Errorf("%s: %.40q is taken", test.runtime, test.text)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for i, want := range test.want {
			if len(lines) != len(test.want) || !strings.Contains(lines[i], want) {
				t.Errorf("%s: %.40q gives %q, want %q", test.runtime, test.text, lines, test.want)
				break
			}
		}
	}
}

// What the file says of a setting goes before the preset's.
func TestAnOptionsFileReplacesThePresets(t *testing.T) {
	options, err := presets.ParseOptions(presets.Java, "f", "-XX:-ExitOnOutOfMemoryError\n-XX:HeapDumpPath=/mine", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := presets.Apply(presets.Java, []string{"java"}, nil, "/e", options)
	want := []string{"JAVA_TOOL_OPTIONS=-XX:+HeapDumpOnOutOfMemoryError -XX:ErrorFile=/e/hs_err_pid%p.log -XX:-ExitOnOutOfMemoryError -XX:HeapDumpPath=/mine"}
	if diff := cmp.Diff(want, got.Set); diff != "" {
		t.Errorf("differs from what is wanted (-) in:\n%s", diff)
	}
	options, err = presets.ParseOptions(presets.Python, "f", "PYTHONUNBUFFERED=", nil)
	if err != nil {
		t.Fatal(err)
	}
	got = presets.Apply(presets.Python, []string{"python"}, nil, "/e", options)
	if want := []string{"PYTHONFAULTHANDLER=1", "PYTHONUNBUFFERED="}; !slices.Equal(got.Set, want) {
		t.Errorf("got %q, want %q", got.Set, want)
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add("java", "-Xmx1g\n# x\n-Da='b c'\n")
	f.Add("node", "--require \"a b\"")
	f.Fuzz(func(t *testing.T, runtime, text string) {
		options, err := presets.ParseOptions(presets.Runtime(runtime), "f", text, nil)
		if err == nil {
			_ = presets.Apply(presets.Runtime(runtime), nil, nil, "/e", options)
		}
	})
}
