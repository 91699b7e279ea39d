package table

import (
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	table := New("program", "median µs>", "goal")
	table.Row("tini", "1085")
	table.Row("nile -- CMD", "939.5", "≤ 2.2 × tini")
	table.Row("a|b", "7", "")
	var out strings.Builder
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(`
| program     | median µs | goal         |
|-------------|----------:|--------------|
| tini        |      1085 |              |
| nile -- CMD |     939.5 | ≤ 2.2 × tini |
| a\|b        |         7 |              |
`, "\n")
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestRowWithTooManyCells(t *testing.T) {
	defer func() {
		if cause := recover(); cause != "table: 2 cells under 1 titles" {
			t.Errorf("recovered %v", cause)
		}
	}()
	New("only").Row("one", "two")
	t.Error("a row with too many cells was taken")
}
