package presets_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/supervisor"
)

var update = flag.Bool("update", false, "write the table in the document again")

const document = "../../docs/reference/presets.md"

// TestTheDocumentShowsTheTable compares the page that people read with the table.
func TestTheDocumentShowsTheTable(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "go test ./internal/presets -update. -->\n", "<!-- End of what is made"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the document has no place for the table")
	}
	want := before + begin + tables() + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s differs from the table: go test ./internal/presets -update", document)
	}
}

func tables() string {
	var b strings.Builder
	b.WriteString("\n| runtime | recognised by | is told | so that |\n|---|---|---|---|\n")
	for _, preset := range presets.Table() {
		first := fmt.Sprintf("%s | `%s`", preset.Runtime, strings.Join(presets.Programs(preset.Runtime), "`, `"))
		if len(presets.Programs(preset.Runtime)) == 0 {
			first = fmt.Sprintf("%s | its file", preset.Runtime)
		}
		for _, setting := range preset.Settings {
			told := strings.ReplaceAll(setting.Value, presets.Directory, "DIR")
			if setting.Variable != "" {
				told = setting.Variable + "=" + told
			} else if first != " |" {
				told = preset.Variable + "=" + told
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", first, told, setting.Why)
			first = " |"
		}
	}
	b.WriteString("\n| runtime | signal | |\n|---|---|---|\n")
	for _, preset := range presets.Table() {
		signal := "none"
		if preset.Dump != 0 {
			signal = supervisor.SignalName(int(preset.Dump))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", preset.Runtime, signal, preset.DumpWhy)
	}
	return b.String() + "\n"
}

func TestEachPresetIsFoundByItsName(t *testing.T) {
	for _, want := range presets.Table() {
		if got, ok := presets.Lookup(want.Runtime); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, %t", want.Runtime, got, ok)
		}
	}
	if got, ok := presets.Lookup(presets.None); ok {
		t.Errorf("none is %+v", got)
	}
}
