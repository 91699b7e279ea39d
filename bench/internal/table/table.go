// Package table prints Markdown tables that read well on a terminal too.
package table

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table is a head and rows. A title that ends in ">" stands, without it, above a
// column that is set flush right.
type Table struct {
	titles []string
	right  []bool
	rows   [][]string
}

// New makes a table with these titles.
func New(titles ...string) *Table {
	t := &Table{}
	for _, title := range titles {
		text, right := strings.CutSuffix(title, ">")
		t.titles = append(t.titles, text)
		t.right = append(t.right, right)
	}
	return t
}

// Row adds a row. Cells that are not given are empty; more cells than titles are
// a mistake of the caller's, and Row panics.
func (t *Table) Row(cells ...string) {
	if len(cells) > len(t.titles) {
		panic(fmt.Sprintf("table: %d cells under %d titles", len(cells), len(t.titles)))
	}
	row := make([]string, len(t.titles))
	for i, cell := range cells {
		row[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	t.rows = append(t.rows, row)
}

// Print writes the table.
func (t *Table) Print(w io.Writer) error {
	widths := make([]int, len(t.titles))
	for _, row := range append([][]string{t.titles}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	t.line(&out, t.titles, widths)
	for i, width := range widths {
		if t.right[i] {
			out.WriteString("|" + strings.Repeat("-", width+1) + ":")
		} else {
			out.WriteString("|" + strings.Repeat("-", width+2))
		}
	}
	out.WriteString("|\n")
	for _, row := range t.rows {
		t.line(&out, row, widths)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (t *Table) line(out *strings.Builder, cells []string, widths []int) {
	for i, cell := range cells {
		padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.right[i] {
			cell = padding + cell
		} else {
			cell += padding
		}
		out.WriteString("| " + cell + " ")
	}
	out.WriteString("|\n")
}
