package main

import (
	"strconv"
	"strings"
)

// emulator is a terminal of a size, as far as `nile top` needs one.
type emulator struct {
	columns, rows int
	main, other   [][]rune // what is shown, and the screen that is not
	alternate     bool
	x, y          int
	saved         [2]int // x and y before the alternate screen
	reversed      bool
	marked        map[int]bool // lines that have text in reversed colours
}

// emulate plays what a program has written on a terminal.
func emulate(text string, columns, rows int) *emulator {
	e := &emulator{columns: columns, rows: rows, main: blank(columns, rows), other: blank(columns, rows), marked: map[int]bool{}}
	for len(text) > 0 {
		if rest, ok := strings.CutPrefix(text, "\x1b["); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
			if end < 0 {
				break
			}
			e.sequence(rest[:end], rest[end])
			text = rest[end+1:]
			continue
		}
		for _, r := range text {
			e.put(r)
			text = text[len(string(r)):]
			break
		}
	}
	return e
}

func blank(columns, rows int) [][]rune {
	grid := make([][]rune, rows)
	for y := range grid {
		grid[y] = []rune(strings.Repeat(" ", columns))
	}
	return grid
}

func (e *emulator) put(r rune) {
	switch r {
	case '\n': // a terminal that turns it into CR LF
		e.x = 0
		if e.y++; e.y == e.rows {
			e.y--
			e.main = append(e.main[1:], []rune(strings.Repeat(" ", e.columns)))
		}
	case '\r':
		e.x = 0
	default:
		if e.x < e.columns {
			e.main[e.y][e.x] = r
			e.x++
		}
		if e.reversed {
			e.marked[e.y] = true
		}
	}
}

// sequence carries out a control sequence (ECMA-48, and xterm's private modes).
func (e *emulator) sequence(parameters string, final byte) {
	switch final {
	case 'H':
		e.x, e.y = 0, 0
		clear(e.marked)
	case 'K':
		e.erase(e.y, e.x)
	case 'J':
		first := e.y
		if parameters != "2" {
			e.erase(e.y, e.x)
			first++
		}
		for y := first; y < e.rows; y++ {
			e.erase(y, 0)
		}
	case 'm':
		e.reversed = parameters == "7"
	case 'h', 'l':
		if enters := final == 'h'; parameters == "?1049" && enters != e.alternate {
			e.alternate = enters
			e.main, e.other = e.other, e.main
			if enters {
				e.saved = [2]int{e.x, e.y}
			} else {
				e.x, e.y = e.saved[0], e.saved[1]
			}
		}
	}
}

func (e *emulator) erase(y, from int) {
	for x := min(from, e.columns); x < e.columns; x++ {
		e.main[y][x] = ' '
	}
}

// shown is what is on the screen, without blanks at the ends of lines.
func (e *emulator) shown() string {
	var b strings.Builder
	for _, line := range e.main {
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return b.String()
}

// selected is the line in reversed colours.
func (e *emulator) selected() string {
	for y := range e.rows {
		if e.marked[y] {
			return strings.TrimRight(string(e.main[y]), " ")
		}
	}
	return "no line of " + strconv.Itoa(e.rows)
}
