package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/nile-init/nile/internal/copytree"
)

const (
	progressAfter = time.Second            // a copy that is done sooner shows no progress
	progressEvery = 200 * time.Millisecond // between two states of the line
)

// progressLine is a line on a terminal that tells how far a copy is.
type progressLine struct {
	out     io.Writer
	started time.Time
	shown   time.Time // when it was last written; zero while it isn't on the screen
}

// update writes the line anew if it is due.
func (p *progressLine) update(now time.Time, result copytree.Result) {
	elapsed := now.Sub(p.started)
	if elapsed < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	perSecond := int64(float64(result.Bytes) / elapsed.Seconds())
	// Back to the left edge, the text, and away with what an older, longer one left.
	fmt.Fprintf(p.out, "\rnile: copied %s, %s/s\x1b[K", amount(result), bytesInWords(perSecond))
}

// clear takes the line away, so that something else can be printed.
func (p *progressLine) clear() {
	if !p.shown.IsZero() {
		p.shown = time.Time{}
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// amount is a result in words: "12 files, 34.1 MB".
func amount(result copytree.Result) string {
	files := result.Files + result.Links + result.Specials
	word := "files"
	if files == 1 {
		word = "file"
	}
	return fmt.Sprintf("%d %s, %s", files, word, bytesInWords(result.Bytes))
}

// bytesInWords is a size in decimal units, as disks and networks are sold.
func bytesInWords(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	size := float64(bytes)
	for _, unit := range []string{"kB", "MB", "GB"} {
		size /= 1000
		if size < 999.95 { // what would be printed as 1000.0 belongs to the next unit
			return fmt.Sprintf("%.1f %s", size, unit)
		}
	}
	return fmt.Sprintf("%.1f TB", size/1000)
}

// isTerminal reports whether a person may be looking at the stream.
func isTerminal(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
