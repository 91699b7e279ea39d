package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// bill is a document of SPDX 2.3 (spdx.github.io/spdx-spec/v2.3), with the fields that it
// requires and what is known besides.
type bill struct {
	SPDXVersion       string         `json:"spdxVersion"`
	DataLicense       string         `json:"dataLicense"`
	SPDXID            string         `json:"SPDXID"`
	Name              string         `json:"name"`
	DocumentNamespace string         `json:"documentNamespace"`
	CreationInfo      creation       `json:"creationInfo"`
	Packages          []spdxPackage  `json:"packages"`
	Relationships     []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	SPDXID           string      `json:"SPDXID"`
	Name             string      `json:"name"`
	VersionInfo      string      `json:"versionInfo"`
	PackageFileName  string      `json:"packageFileName,omitempty"`
	Supplier         string      `json:"supplier"`
	DownloadLocation string      `json:"downloadLocation"`
	FilesAnalyzed    bool        `json:"filesAnalyzed"`
	LicenseConcluded string      `json:"licenseConcluded"`
	LicenseDeclared  string      `json:"licenseDeclared"`
	CopyrightText    string      `json:"copyrightText"`
	Checksums        []checksum  `json:"checksums,omitempty"`
	ExternalRefs     []reference `json:"externalRefs,omitempty"`
	Purpose          string      `json:"primaryPackagePurpose"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type reference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

const (
	unknown    = "NOASSERTION"
	documentID = "SPDXRef-DOCUMENT"
	source     = "https://github.com/nile-init/nile"
)

// writeBill writes nile-VERSION.spdx.json: each program of each architecture, and the
// modules that the linker has put into it, as the program itself says (go version -m).
func (r *release) writeBill(built []binary) error {
	b := &bill{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: documentID, Name: "nile-" + r.version,
		DocumentNamespace: source + "/spdx/nile-" + r.version + "-" + r.revision,
		CreationInfo:      creation{Created: r.time.Format("2006-01-02T15:04:05Z"), Creators: []string{"Organization: nile-init", "Tool: nile-dist-" + r.version}},
	}
	for _, one := range built {
		if err := b.addBinary(r, one); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "nile-"+r.version+".spdx.json"), append(text, '\n'), 0o644)
}

func (b *bill) addBinary(r *release, one binary) error {
	info, err := buildinfo.ReadFile(one.path)
	if err != nil {
		return fmt.Errorf("cannot read what %s is built of: %w", one.path, err)
	}
	sum, err := sumOf(one.path)
	if err != nil {
		return err
	}
	program := spdxPackage{
		SPDXID: idOf(one.name, one.architecture.String()), Name: one.name + " (linux/" + one.architecture.String() + ")", VersionInfo: r.version, PackageFileName: one.name,
		Supplier: "Organization: nile-init", DownloadLocation: source + "/releases/tag/" + r.version,
		LicenseConcluded: "Apache-2.0", LicenseDeclared: "Apache-2.0", CopyrightText: unknown, Purpose: "APPLICATION",
		Checksums: []checksum{{"SHA256", sum}}, ExternalRefs: golang(info.Main.Path, r.version),
	}
	b.Packages = append(b.Packages, program)
	b.relate(documentID, "DESCRIBES", program.SPDXID)
	modules := append([]*debug.Module{{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")}}, info.Deps...)
	for _, m := range modules {
		if m.Replace != nil {
			m = m.Replace
		}
		b.relate(program.SPDXID, "STATIC_LINK", b.addModule(m))
	}
	return nil
}

// addModule adds a module that is not there yet, and returns its id.
func (b *bill) addModule(m *debug.Module) string {
	id := idOf("module", m.Path, m.Version)
	if slices.ContainsFunc(b.Packages, func(p spdxPackage) bool { return p.SPDXID == id }) {
		return id
	}
	location := "https://go.dev/dl/go" + m.Version + ".src.tar.gz"
	if m.Path != "stdlib" {
		location = "https://proxy.golang.org/" + m.Path + "/@v/" + m.Version + ".zip"
	}
	b.Packages = append(b.Packages, spdxPackage{
		SPDXID: id, Name: m.Path, VersionInfo: m.Version, Supplier: unknown, DownloadLocation: location,
		LicenseConcluded: unknown, LicenseDeclared: unknown, CopyrightText: unknown, Purpose: "LIBRARY",
		ExternalRefs: golang(m.Path, m.Version),
	})
	return id
}

func (b *bill) relate(from, kind, to string) {
	b.Relationships = append(b.Relationships, relationship{from, kind, to})
}

// golang is the package URL by which scanners know a module.
func golang(path, version string) []reference {
	return []reference{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + path + "@" + version}}
}

// idOf makes an SPDX identifier, which may have letters, digits, dots and dashes.
func idOf(parts ...string) string {
	return "SPDXRef-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, strings.Join(parts, "-"))
}
