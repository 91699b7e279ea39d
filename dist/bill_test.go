package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// required are the fields that the JSON schema of SPDX 2.3 requires
// (spdx-spec v2.3, schemas/spdx-schema.json), and that its text does for packages.
var required = map[string][]string{
	"":              {"SPDXID", "creationInfo", "dataLicense", "documentNamespace", "name", "spdxVersion"},
	"creationInfo":  {"created", "creators"},
	"packages":      {"SPDXID", "downloadLocation", "name", "filesAnalyzed"},
	"relationships": {"relatedSpdxElement", "relationshipType", "spdxElementId"},
}

func TestBillOfMaterials(t *testing.T) {
	fromRoot(t)
	r := testRelease(t)
	path := filepath.Join(t.TempDir(), "nile-zk")
	if err := testkit.Build("-trimpath", "-o", path, "./cmd/nile-zk"); err != nil {
		t.Fatal(err)
	}
	twice := []binary{{"nile-zk", all[0], path}, {"nile-zk", all[2], path}}
	if err := r.writeBill(twice); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(r.out, "nile-v1.2.3.spdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	var b bill
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	checkRequired(t, "", fields)
	checkRequired(t, "creationInfo", fields["creationInfo"])
	for _, list := range []string{"packages", "relationships"} {
		for _, one := range fields[list].([]any) {
			checkRequired(t, list, one)
		}
	}
	if b.SPDXVersion != "SPDX-2.3" || b.DataLicense != "CC0-1.0" || b.SPDXID != "SPDXRef-DOCUMENT" {
		t.Errorf("the document is %s, %s, %s", b.SPDXVersion, b.DataLicense, b.SPDXID)
	}
	if _, err := time.Parse(time.RFC3339, b.CreationInfo.Created); err != nil || !strings.HasSuffix(b.CreationInfo.Created, "Z") {
		t.Errorf("it was created %q: %v", b.CreationInfo.Created, err)
	}
	checkGraph(t, b)
}

func checkRequired(t *testing.T, what string, value any) {
	t.Helper()
	for _, name := range required[what] {
		if field := value.(map[string]any)[name]; field == nil || field == "" {
			t.Errorf("%s has no %s: %v", what, name, value)
		}
	}
}

// checkGraph: identifiers are good and unique, whatever is related is there, and the
// programs have their modules.
func checkGraph(t *testing.T, b bill) {
	t.Helper()
	good := regexp.MustCompile(`^SPDXRef-[a-zA-Z0-9.-]+$`)
	ids := []string{b.SPDXID}
	links := 0
	for _, p := range b.Packages {
		if !good.MatchString(p.SPDXID) || slices.Contains(ids, p.SPDXID) {
			t.Errorf("the identifier %s is wrong, or there twice", p.SPDXID)
		}
		ids = append(ids, p.SPDXID)
		if len(p.ExternalRefs) != 1 || p.Purpose == "LIBRARY" && p.ExternalRefs[0].Locator != "pkg:golang/"+p.Name+"@"+p.VersionInfo {
			t.Errorf("%s has the references %v", p.Name, p.ExternalRefs)
		}
	}
	for _, r := range b.Relationships {
		if !slices.Contains(ids, r.From) || !slices.Contains(ids, r.To) {
			t.Errorf("%v relates what is not there", r)
		}
		if r.Type == "STATIC_LINK" && strings.Contains(r.To, "go-zookeeper-zk") {
			links++
		}
	}
	if links != 2 {
		t.Errorf("the module zk is linked into %d programs, want 2", links)
	}
}

// TestGoreleaserHasTheFlagsOfTheMakefile: what is built by either is the same.
func TestGoreleaserHasTheFlagsOfTheMakefile(t *testing.T) {
	fromRoot(t)
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(".goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?s)(?:BUILD|PLAIN)_FLAGS = .*?-ldflags "(.*?)"`).FindAllSubmatch(makefile, -1)
	if len(flags) != 2 {
		t.Fatalf("the Makefile has %d sets of flags", len(flags))
	}
	for _, f := range flags {
		want := strings.NewReplacer("$(VERSION)", "{{.Tag}}", "$(REVISION)", "{{.FullCommit}}").Replace(string(f[1]))
		if !strings.Contains(string(config), `ldflags: ["`+want+`"]`) {
			t.Errorf(".goreleaser.yaml has no %q", want)
		}
	}
	if !strings.Contains(string(makefile), "-gcflags=all=-l") || !strings.Contains(string(config), `"-gcflags=all=-l"`) {
		t.Error("the compiler's flags differ")
	}
	for _, a := range all {
		if !strings.Contains(string(config), a.name) {
			t.Errorf(".goreleaser.yaml does not build for %s", a)
		}
	}
}
