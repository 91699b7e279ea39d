package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheVersionLineOfEachKindOfBuild(t *testing.T) {
	recorded := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-11-23T17:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	recorded.Main.Version = "(devel)"
	platform := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	tests := []struct {
		name                  string
		version, commit, date string // as -ldflags -X would set them
		recorded              *debug.BuildInfo
		want                  string
	}{
		{"go build in a checkout", "", "", "", recorded, "nile dev (commit 0123abcd with changes, 2026-11-23T17:00:00Z, "},
		{"go install of a release", "", "", "", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "nile v1.2.3 ("},
		{"a release build", "v1.2.3", "89ef", "2026-12-01T00:00:00Z", recorded, "nile v1.2.3 (commit 89ef, 2026-12-01T00:00:00Z, "},
		{"without any information", "", "", "", nil, "nile dev ("},
	}
	t.Cleanup(func() { version, commit, date = "", "", "" })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			version, commit, date = test.version, test.commit, test.date
			if got := newBuildInformation(test.recorded).String(); got != test.want+platform {
				t.Errorf("got  %s\nwant %s", got, test.want+platform)
			}
		})
	}
}
