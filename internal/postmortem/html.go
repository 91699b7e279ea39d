package postmortem

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// Page is what [WriteHTML] shows: a crash, and the pod around it; or the pod alone, where
// nothing has failed. Secrets are to be masked in it.
type Page struct {
	Report     *Report     `json:"report,omitempty"`
	Made       time.Time   `json:"made"`
	Nile       string      `json:"nile,omitempty"`
	Host       string      `json:"host,omitempty"`
	Pod        string      `json:"pod,omitempty"`
	State      string      `json:"state,omitempty"` // of the pod; empty where no nile runs
	Containers []Condition `json:"containers,omitempty"`
	Reports    []Summary   `json:"reports,omitempty"`
	Timeline   []Event     `json:"timeline,omitempty"`  // empty for that of the report
	Processes  []Process   `json:"processes,omitempty"` // of now
	Usage      []Series    `json:"usage,omitempty"`     // memory and CPU over time
	Manifest   string      `json:"manifest,omitempty"`  // as resolved
}

// Condition is how a container is.
type Condition struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	State    string `json:"state"`
	Ready    bool   `json:"ready"`
	Restarts int    `json:"restarts"`
	PID      int    `json:"pid,omitempty"`
	Since    string `json:"since,omitempty"` // how long it has been running
	Last     string `json:"last,omitempty"`  // how its last run ended
}

// WriteHTML writes one page that needs nothing else: no network, no script. Whatever
// stands in any field is shown as text. The error is that of w.
func WriteHTML(w io.Writer, p *Page) error {
	h := &html{bufio.NewWriter(w)}
	h.raw(pageHead)
	h.element("title", p.title())
	h.raw("<style>" + pageStyle + "</style></head><body>")
	h.header(p)
	h.raw("<main>")
	if r := p.Report; r != nil {
		h.summary(r)
	}
	h.containers(p)
	h.timeline(p)
	h.usage(p)
	if r := p.Report; r != nil {
		h.output(r)
		h.artefacts(r)
		h.looks(r)
		h.processes("Processes when it ended", r.Scene, r.SceneMore)
		h.command(r)
	}
	h.processes("Processes now", p.Processes, 0)
	h.events(p)
	h.reports(p)
	h.manifest(p)
	h.raw("</main>")
	h.footer(p)
	h.raw("</body></html>\n")
	return h.w.Flush()
}

// The policy of the page forbids what it doesn't need: an escape that were forgotten
// could load nothing and run nothing.
const pageHead = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>` +
	`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>` +
	`<meta name="viewport" content="width=device-width,initial-scale=1"/><meta name="color-scheme" content="light dark"/>` +
	`<meta name="referrer" content="no-referrer"/>`

func (p *Page) title() string {
	if p.Report != nil {
		return p.Report.Container + ": " + p.Report.Cause.Line
	}
	return "pod " + p.Pod + ": " + p.State
}

// html writes markup. Only raw takes markup, and only constants of this package are given
// to it; all that comes from elsewhere goes through text. (Package html/template would
// cost 1 MB.)
type html struct{ w *bufio.Writer }

func (h *html) raw(markup string) { _, _ = h.w.WriteString(markup) }

// text writes a text so that it is one wherever it stands: between tags and in quoted
// attributes. Escape sequences and control characters are left out.
func (h *html) text(s string) {
	for _, r := range Plain(s) {
		switch r {
		case '&':
			h.raw("&amp;")
		case '<':
			h.raw("&lt;")
		case '>':
			h.raw("&gt;")
		case '"':
			h.raw("&#34;")
		case '\'':
			h.raw("&#39;")
		case '`':
			h.raw("&#96;")
		default:
			_, _ = h.w.WriteRune(r)
		}
	}
}

func (h *html) number(n int) { h.raw(strconv.Itoa(n)) }

// element writes a text in an element of a name of this package's.
func (h *html) element(name, text string) { h.classed(name, "", text) }

func (h *html) classed(name, class, text string) {
	h.raw("<" + name)
	if class != "" {
		h.raw(` class="` + class + `"`)
	}
	h.raw(">")
	h.text(text)
	h.raw("</" + name + ">")
}

// section begins a section with a heading, folded up where there is much in it that few
// want to see.
func (h *html) section(title, count string, open bool) {
	h.raw("<section><details")
	if open {
		h.raw(" open")
	}
	h.raw("><summary><h2>")
	h.text(title)
	h.raw("</h2>")
	if count != "" {
		h.classed("span", "count", count)
	}
	h.raw("</summary>")
}

func (h *html) endSection() { h.raw("</details></section>") }

// facts writes pairs of a name and a text; those without a text are left out.
func (h *html) facts(pairs ...[2]string) {
	h.raw("<dl>")
	for _, pair := range pairs {
		if pair[1] == "" {
			continue
		}
		h.element("dt", pair[0])
		h.element("dd", pair[1])
	}
	h.raw("</dl>")
}

// table begins a table with its headings.
func (h *html) table(headings ...string) {
	h.raw(`<div class="scroll"><table><thead><tr>`)
	for _, heading := range headings {
		h.element("th", heading)
	}
	h.raw("</tr></thead><tbody>")
}

func (h *html) row(cells ...string) {
	h.raw("<tr>")
	for _, cell := range cells {
		h.element("td", cell)
	}
	h.raw("</tr>")
}

func (h *html) endTable() { h.raw("</tbody></table></div>") }

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

func clockOf(at time.Time) string { return at.UTC().Format("15:04:05.000") }

// joined is a list as a text.
func joined(list []string) string { return strings.Join(list, "\n") }
