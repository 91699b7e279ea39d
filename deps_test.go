package nile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nile-init/nile/"

// rule says what a package may import. What it doesn't name is forbidden, so a
// new import is a decision that shows in this file. Tests of a package are free.
type rule struct {
	own     []string // packages of this module; "*" is all
	modules []string // packages of other modules, each with what is below it
	std     []string // the only packages of the standard library; nil is all but os/exec
	never   []string // not even through others
}

const (
	unix     = "golang.org/x/sys"
	yaml     = "go.yaml.in/yaml/v4"
	multierr = "github.com/hashicorp/go-multierror"
	zap      = "go.uber.org/zap"
)

// The direction: cmd → internal/loop → reaper, hooks, internal/*; internal/manifest
// → supervisor; supervisor → what has no effects.
var rules = map[string]rule{
	// Pure: no clock, no I/O, no goroutine, no lock. time is there for its types.
	"supervisor": {own: []string{"internal/spelling"}, std: []string{
		"cmp", "errors", "fmt", "hash/fnv", "iter", "maps", "math", "math/bits",
		"slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
	}},
	// What stands before the first child's start.
	"internal/linux":      {never: late},
	"internal/ascii":      {never: late},
	"reaper":              {own: append([]string{"internal/procstat"}, beforeMain...), never: late},
	"internal/signals":    {own: beforeMain, never: late},
	"internal/startstate": {own: beforeMain, never: late},
	"internal/processors": {own: []string{"internal/startstate"}, std: []string{"runtime"}},
	"internal/procstat":   {own: []string{"internal/ascii"}, never: late},
	"internal/early":      {own: append([]string{"reaper", "internal/presets"}, beforeMain...), never: late},

	"hooks": {own: []string{"internal/http1"}, modules: []string{unix, "golang.org/x/net/http2/hpack"}, never: bulky},

	"internal/cgroup":     {own: []string{"internal/ascii"}, never: heavy},
	"internal/regular":    {own: []string{"internal/walk"}, modules: []string{unix}, never: heavy},
	"client":              {own: []string{"supervisor", "internal/jsonvalue"}, modules: []string{unix}},
	"internal/corefile":   {never: []string{"net", "os/exec", "debug/elf"}},
	"internal/inspect":    {own: []string{"internal/postmortem", "internal/secrets"}, never: []string{"os/exec"}},
	"internal/control":    {own: []string{"client", "internal/jsonvalue", "internal/walk"}, modules: []string{unix}},
	"internal/eventhooks": {own: []string{"supervisor", "internal/events", "internal/jsonvalue"}},
	"internal/events":     {own: []string{"supervisor"}},
	"internal/display":    {std: []string{"fmt", "strings", "unicode", "unicode/utf8"}},
	"internal/spelling":   {std: []string{"strings"}},
	"internal/http1":      {never: bulky},
	"internal/copytree":   {modules: []string{unix}, never: []string{"net", "os/exec", "os/user"}},
	"internal/jsontext":   {std: []string{"math/bits", "unicode/utf8"}},
	"internal/jsonvalue":  {own: []string{"internal/jsontext"}, never: []string{"net"}},
	"internal/logging":    {own: []string{"supervisor", "internal/display", "internal/jsontext"}, modules: []string{unix, zap}},
	"internal/loop":       {own: belowLoop, modules: []string{unix}},
	"internal/manifest":   {own: []string{"supervisor", "internal/regular", "internal/spelling"}, modules: []string{unix, yaml, multierr}, never: []string{"net", "os/exec"}},
	"internal/notify":     {own: []string{"supervisor", "internal/linux", "internal/procstat", "internal/walk"}, never: []string{"net", "os/exec"}},
	"internal/metrics":    {own: []string{"supervisor"}, never: []string{"net"}},
	"internal/output":     {own: []string{"internal/jsontext", "internal/regular", "internal/walk"}, modules: []string{unix}},
	"internal/postmortem": {own: []string{"supervisor", "internal/cgroup", "internal/jsonvalue", "internal/secrets", "internal/walk"}, modules: []string{unix}},
	"internal/presets":    {own: []string{"internal/linux", "internal/statedir", "internal/ascii", "internal/walk"}, never: late}, // a wrapped command is started with one before main
	"internal/poddir":     {own: []string{"internal/jsonvalue", "internal/regular", "internal/walk", "supervisor"}, modules: []string{unix}, never: []string{"net", "os/exec"}},
	"internal/procs":      {own: []string{"internal/procstat", "internal/regular"}, modules: []string{unix}, never: []string{"net", "regexp", "os/user"}},
	"internal/secrets":    {std: []string{"slices", "sort", "strings"}},
	"internal/statedir":   {own: []string{"internal/linux", "internal/ascii", "internal/walk"}, never: late},
	"internal/walk":       {own: []string{"internal/linux", "internal/ascii"}, never: late},
	"internal/terminal":   {modules: []string{unix}},
	"internal/toolbox":    {own: []string{"internal/ascii", "internal/display", "internal/procs"}, modules: []string{unix, "golang.org/x/term"}},
	"internal/standin":    {own: []string{"internal/http1", "internal/web"}},
	"internal/web":        {own: []string{"internal/http1"}, modules: []string{unix}, never: bulky},
	"internal/testkit":    {std: anyStd}, // for tests alone
	"internal/watch":      {own: []string{"internal/regular"}, modules: []string{unix, "github.com/fsnotify/fsnotify"}, never: []string{"net", "os/exec"}},

	"cmd/nile":       {own: []string{"*"}, modules: []string{unix, "golang.org/x/term", "github.com/spf13/cobra", "github.com/spf13/pflag"}, never: []string{"net/http"}},
	"cmd/nile-pause": {own: []string{"reaper"}},
	"cmd/nile-zk":    {own: []string{"client", "supervisor"}, modules: []string{"github.com/go-zookeeper/zk"}},

	// Not part of the product; nothing imports them.
	"internal/testprogram":          {modules: []string{unix}, std: anyStd},
	"internal/testprogram/seccomp":  {modules: []string{unix}, std: anyStd},
	"internal/testprogram/confined": {}, // the tests link it in
	"dist":                          {std: anyStd},
	"bench/...":                     {own: []string{"*"}, modules: []string{unix}, std: anyStd},
	"e2e/...":                       {own: []string{"*"}, modules: []string{unix}, std: anyStd},
}

var belowLoop = []string{
	"hooks", "reaper", "supervisor", "internal/control", "internal/early", "internal/logging", "internal/metrics", "internal/notify", "internal/output",
	"internal/postmortem", "internal/presets", "internal/processors", "internal/procs", "internal/regular", "internal/secrets", "internal/signals", "internal/startstate", "internal/statedir", "internal/watch",
}

// beforeMain are the packages that take over what Go's runtime would change.
var beforeMain = []string{"internal/linux", "internal/signals", "internal/startstate", "internal/ascii"}

// heavy are packages whose initialisation every container would pay for before
// its program starts.
var heavy = []string{"fmt", "regexp", "encoding/json", "log", "net", "net/http", "os/exec", "text/template"}

// bulky are packages that would make a good part of the program for the little of them
// that is needed: docs/explanation/size.md.
var bulky = []string{"net/http", "html/template", "text/template/parse", "go.uber.org/zap"}

// late are the packages that a wrapped command would wait for, see internal/linux: each of
// them needs package unicode, whose turn comes after all that begins with a to t.
var late = append([]string{"unicode", "bytes", "strings", "reflect", "encoding/binary", "golang.org/x/sys/unix"}, heavy...)

// anyStd allows os/exec too, which starts processes behind the reaper's back.
var anyStd = []string{"*"}

// listed is what the go command tells about a package.
type listed struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
	Deps       []string // all that it needs, through others too
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	for _, architecture := range []string{"amd64", "arm64"} {
		t.Run(architecture, func(t *testing.T) {
			for _, about := range listPackages(t, architecture) {
				for _, violation := range violations(about) {
					t.Error(violation)
				}
			}
		})
	}
}

func listPackages(t *testing.T, architecture string) []listed {
	t.Helper()
	// -e: a package that doesn't compile at the moment has imports all the same.
	command := exec.Command("go", "list", "-e", "-json=ImportPath,GoFiles,Imports,Deps", "./...")
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+architecture)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("cannot list the packages: %v", err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var about listed
		err := decoder.Decode(&about)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("cannot read what go list says: %v", err)
		}
		packages = append(packages, about)
	}
	if len(packages) == 0 {
		t.Fatal("go list found no package")
	}
	return packages
}

// violations says what a package imports that it may not.
func violations(about listed) []string {
	name := strings.TrimPrefix(about.ImportPath, module)
	if len(about.GoFiles) == 0 { // tests alone, or another platform's
		return nil
	}
	r, known := ruleFor(name)
	if !known {
		return []string{fmt.Sprintf("%s has no rule: say in deps_test.go what it may import", name)}
	}
	var found []string
	for _, imported := range about.Imports {
		if !r.allows(imported) {
			found = append(found, fmt.Sprintf("%s may not import %s", name, imported))
		}
	}
	for _, needed := range about.Deps {
		if slices.Contains(r.never, needed) {
			found = append(found, fmt.Sprintf("%s may not import %s, not even through another package (go list -deps ./%s)", name, needed, name))
		}
	}
	return found
}

func ruleFor(name string) (rule, bool) {
	if r, known := rules[name]; known {
		return r, true
	}
	top, _, _ := strings.Cut(name, "/")
	r, known := rules[top+"/..."]
	return r, known
}

func (r rule) allows(imported string) bool {
	if own, ok := strings.CutPrefix(imported, module); ok {
		return own != "internal/testprogram" && (slices.Contains(r.own, own) || slices.Contains(r.own, "*"))
	}
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") { // a domain: another module
		return slices.ContainsFunc(r.modules, func(allowed string) bool {
			return imported == allowed || strings.HasPrefix(imported, allowed+"/")
		})
	}
	if r.std == nil {
		return imported != "os/exec"
	}
	return slices.Contains(r.std, imported) || slices.Contains(r.std, "*")
}

// TestImageIsBuiltFromAllSources: what .dockerignore leaves out, the Dockerfile's
// build lacks.
func TestImageIsBuiltFromAllSources(t *testing.T) {
	text, err := os.ReadFile(".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	sent := strings.Split(string(text), "\n")
	needed := map[string]bool{"go.mod": true, "go.sum": true, "Makefile": true, "LICENSE": true}
	for _, about := range listPackages(t, "arm64") {
		if about.ImportPath != module+"cmd/nile" {
			continue
		}
		for _, path := range append(about.Deps, about.ImportPath) {
			if own, ok := strings.CutPrefix(path, module); ok {
				top, _, _ := strings.Cut(own, "/")
				needed[top] = true
			}
		}
	}
	for name := range needed {
		if !slices.Contains(sent, "!"+name) {
			t.Errorf(".dockerignore keeps %s from the build of the image: add !%s", name, name)
		}
	}
	if len(needed) < 8 {
		t.Errorf("only %d things are needed to build nile?", len(needed))
	}
}

// A test of forbidden things is worth what it finds.
func TestTheRulesFindViolations(t *testing.T) {
	forbidden := map[string][]string{
		"supervisor": {
			"os", "syscall", "net", "sync", "context", "io", "math/rand/v2", "log", zap, unix + "/unix", module + "reaper", module + "internal/loop",
		},
		"reaper":               {module + "supervisor", zap, "os/exec"},
		"hooks":                {"os/exec", module + "internal/loop", module + "supervisor"},
		"internal/manifest":    {module + "internal/loop", module + "reaper", zap, "go.yaml.in/yaml/v3"},
		"internal/loop":        {module + "internal/manifest", module + "cmd/nile", zap, "github.com/spf13/cobra", "os/exec"},
		"internal/output":      {module + "internal/loop", zap},
		"cmd/nile":             {"os/exec", zap, module + "internal/testprogram", "k8s.io/api/core/v1"},
		"cmd/nile-pause":       {module + "supervisor", "github.com/spf13/cobra"},
		"internal/testprogram": {module + "supervisor"},
		"internal/new":         {"fmt"},
	}
	for name, imports := range forbidden {
		for _, imported := range imports {
			about := listed{ImportPath: module + name, GoFiles: []string{"x.go"}, Imports: []string{imported}}
			if len(violations(about)) != 1 {
				t.Errorf("%s may import %s, says the rule", name, imported)
			}
		}
	}
	through := listed{ImportPath: module + "reaper", GoFiles: []string{"x.go"}, Imports: []string{"os"}, Deps: []string{"os", "fmt"}}
	if found := violations(through); len(found) != 1 || !strings.Contains(found[0], "fmt, not even through") {
		t.Errorf("an import through another package gave %q", found)
	}
}
