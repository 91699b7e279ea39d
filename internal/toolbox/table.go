package toolbox

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table prints rows in columns. A column of numbers, all but its title, stands to the
// right; the last one is not filled up.
func (c *call) table(title []string, rows [][]string) {
	widths := make([]int, 64)
	text := make([]bool, 64)
	measure := func(row []string) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	measure(title)
	for _, row := range rows {
		measure(row)
		for i, cell := range row {
			text[i] = text[i] || cell == "" || cell != "-" && (cell[0] < '0' || cell[0] > '9')
		}
	}
	if title != nil {
		rows = append([][]string{title}, rows...)
	}
	for _, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch {
			case i == len(row)-1:
				fmt.Fprintln(c.out, cell)
			case text[i]:
				fmt.Fprint(c.out, cell, pad, " ")
			default:
				fmt.Fprint(c.out, pad, cell, " ")
			}
		}
	}
}

// readable is a number of bytes with its unit: 1.5K, 34M.
func readable(bytes int64) string {
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10)
	}
	size := float64(bytes)
	for _, unit := range "KMGTPE" {
		size /= 1024
		if size < 9.95 {
			return fmt.Sprintf("%.1f%c", size, unit)
		}
		if size < 1023.5 {
			return fmt.Sprintf("%.0f%c", size, unit)
		}
	}
	return strconv.FormatInt(bytes, 10)
}
