package main

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"github.com/nile-init/nile/bench/internal/report"
)

const (
	rowHeight  = 24
	labelWidth = 560
	unitWidth  = 180 // of a bar that uses its limit up
	mostShown  = 2.0 // of a limit
	plotWidth  = labelWidth + unitWidth*2 + 150
)

// plot draws, for each goal, how much of its limit was used: up to the line is met. Its
// colours are to be read on a light page and on a dark one.
func plot(goals []report.Goal) []byte {
	var b bytes.Buffer
	height := 40 + rowHeight*len(goals)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n",
		plotWidth, height, plotWidth, height)
	b.WriteString("<style>text{fill:#24292f}.met{fill:#2da44e}.missed{fill:#cf222e}.limit{stroke:#57606a;stroke-dasharray:4 3}" +
		"@media(prefers-color-scheme:dark){text{fill:#c9d1d9}.limit{stroke:#8b949e}}</style>\n")
	for i, g := range goals {
		row := 20 + i*rowHeight
		label(&b, labelWidth-10, row+16, "end", g.What)
		part, shown := used(g)
		if !shown {
			label(&b, labelWidth+5, row+16, "start", "not measured")
			continue
		}
		width := int(min(part, mostShown) * unitWidth)
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%d" height="16" rx="2"/>`+"\n", g.Verdict, labelWidth, row+3, max(width, 2))
		label(&b, labelWidth+max(width, unitWidth)+8, row+16, "start", fmt.Sprintf("%.3g of %s", g.Seen, g.Bound()))
	}
	fmt.Fprintf(&b, `<line class="limit" x1="%d" y1="14" x2="%d" y2="%d"/>`+"\n</svg>\n", labelWidth+unitWidth, labelWidth+unitWidth, height-14)
	return b.Bytes()
}

// used is what part of its limit a goal uses; of a lower limit what part it would have had
// to reach.
func used(g report.Goal) (part float64, ok bool) {
	switch {
	case g.Verdict == report.NotMeasured:
		return 0, false
	case g.Least && g.Seen > 0:
		return g.Limit / g.Seen, true
	case g.Limit > 0:
		return g.Seen / g.Limit, true
	case g.Seen == 0: // none is allowed, and there is none
		return 0, true
	}
	return mostShown, true
}

func label(b *bytes.Buffer, x, y int, anchor, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s">`, x, y, anchor)
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes all
	b.WriteString("</text>\n")
}
