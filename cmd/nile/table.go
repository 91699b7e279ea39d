package main

import (
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/nile-init/nile/internal/display"
)

// narrowWidth is how wide a table is that does not go to a terminal.
const narrowWidth = 80

// Colours of cells, as parameters of the escape sequence SGR (ECMA-48).
const (
	green  = "32"
	yellow = "33"
	red    = "31"
	grey   = "90"
)

// table is rows of cells in aligned columns. What comes from outside is made
// harmless: no cell can move the cursor.
type table struct {
	titles []string
	rows   [][]string
	// colour, where not nil, is asked for the colour of a cell; empty is none.
	colour func(row, column int) string
}

func newTable(titles ...string) *table { return &table{titles: titles} }

// add adds a row. Cells are given as they are; an empty one is shown as "-".
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = printable(cell)
		if row[i] == "" {
			row[i] = "-"
		}
	}
	t.rows = append(t.rows, row)
}

// write prints the table. Unless it is to be wide it fits the terminal, or 80 columns:
// the last column is cut first, then the longest ones.
func (t *table) write(w io.Writer, wide bool) error {
	width := 0
	if !wide {
		width = terminalWidth(w)
	}
	_, err := io.WriteString(w, t.text(width, coloured(w)))
	return err
}

// text is the table, which fits so many columns; 0 is as many as it needs.
func (t *table) text(width int, colours bool) string {
	widths := t.widths()
	if width > 0 {
		fit(widths, width-2*(len(widths)-1))
	}
	colour := t.colour
	if !colours {
		colour = nil
	}
	var b strings.Builder
	line(&b, t.titles, widths, nil)
	for i, row := range t.rows {
		var paint func(int) string
		if colour != nil {
			paint = func(column int) string { return colour(i, column) }
		}
		line(&b, row, widths, paint)
	}
	return b.String()
}

func (t *table) widths() []int {
	widths := make([]int, len(t.titles))
	for _, row := range append([][]string{t.titles}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// fit makes widths smaller until they fit.
func fit(widths []int, room int) {
	const least = 8
	surplus := -room
	for _, width := range widths {
		surplus += width
	}
	for last := len(widths) - 1; surplus > 0; {
		widest := last
		if widths[last] <= least {
			for i, width := range widths {
				if width > widths[widest] {
					widest = i
				}
			}
			if widths[widest] <= least {
				return
			}
		}
		widths[widest]--
		surplus--
	}
}

// line prints one row.
func line(b *strings.Builder, cells []string, widths []int, paint func(int) string) {
	for i, cell := range cells {
		cell = shorten(cell, widths[i])
		padding := ""
		if i < len(cells)-1 {
			padding = strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		if paint != nil && paint(i) != "" {
			cell = "\x1b[" + paint(i) + "m" + cell + "\x1b[0m"
		}
		b.WriteString(cell + padding)
	}
	b.WriteByte('\n')
}

// shorten cuts a text to a number of characters.
func shorten(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(width-1, 0)]) + "…"
}

// printable makes a text harmless for a terminal.
func printable(text string) string { return display.Text(text) }

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// terminalWidth is how many columns there are to write to.
func terminalWidth(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width >= 40 {
			return width
		}
	}
	return narrowWidth
}

// coloured tells whether colours are wanted: on a terminal, and never with NO_COLOR
// (https://no-color.org).
func coloured(w io.Writer) bool { return mayColour() && isTerminal(w) }
