package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var metricName = regexp.MustCompile(`\b(?:nile|process)_[a-z_]+`)

// exported tells whether a name in an expression is one of the series of a family.
func exported(name string) bool {
	for _, f := range allFamilies() {
		if name == f.Name {
			return true
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if f.Kind == Histogram && name == f.Name+suffix {
				return true
			}
		}
	}
	return false
}

// TestDashboardShowsMetricsThatExist reads the dashboard for Grafana.
func TestDashboardShowsMetricsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana-dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.Title == "" || len(dashboard.Panels) < 10 {
		t.Errorf("the dashboard %q has %d panels", dashboard.Title, len(dashboard.Panels))
	}
	seen := map[int]bool{}
	for _, p := range dashboard.Panels {
		if seen[p.ID] || len(p.Targets) == 0 {
			t.Errorf("the panel %q has the number %d of another one, or shows nothing", p.Title, p.ID)
		}
		seen[p.ID] = true
		for _, target := range p.Targets {
			names := metricName.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%q shows none of nile's metrics: %s", p.Title, target.Expr)
			}
			for _, name := range names {
				if !exported(name) {
					t.Errorf("%q shows %s, which nile does not export", p.Title, name)
				}
			}
		}
	}
}

// TestHowToNamesMetricsThatExist, and so do the pages about them.
func TestHowToNamesMetricsThatExist(t *testing.T) {
	for _, page := range []string{"how-to/watch-with-prometheus.md", "reference/metrics.md", "reference/event-hooks.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range metricName.FindAllString(string(text), -1) {
			if !exported(strings.TrimSuffix(name, "_")) {
				t.Errorf("%s names %s, which nile does not export", page, name)
			}
		}
	}
}
