package toolbox_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/toolbox"
)

var update = flag.Bool("update", false, "write the list of tools in the document again")

func TestTheDocumentListsTheTools(t *testing.T) {
	const document = "../../docs/reference/toolbox.md"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "go test ./internal/toolbox -update. -->\n", "<!-- End of what is made"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the document has no place for the list")
	}
	list := "\n| tool | |\n|---|---|\n"
	for _, line := range toolbox.Summaries() {
		usage, summary, _ := strings.Cut(line, "\t")
		list += "| `" + strings.ReplaceAll(usage, "|", "\\|") + "` | " + summary + " |\n"
	}
	want := before + begin + list + "\n" + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s differs from the program: go test ./internal/toolbox -update", document)
	}
}
