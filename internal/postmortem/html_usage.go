package postmortem

import (
	"fmt"
	"strings"
	"time"
)

// Series are the samples of a container.
type Series struct {
	Container string   `json:"container"`
	Samples   []Sample `json:"samples"`
}

// Sample is what a container's process tree used at one time.
type Sample struct {
	At     time.Time `json:"at"`
	CPU    float64   `json:"cpu"` // CPUs in use since the sample before
	Memory int64     `json:"memoryBytes"`
}

const (
	usageWidth  = 520
	usageHeight = 90
)

// usage draws memory and CPU over time, two small charts for each container.
func (h *html) usage(p *Page) {
	shown := 0
	for _, s := range p.Usage {
		if len(s.Samples) < 2 {
			continue
		}
		if shown++; shown == 1 {
			h.section("Memory and CPU", "", true)
		}
		h.raw(`<div class="usage"><h3>`)
		h.text(s.Container)
		h.raw("</h3>")
		h.series(s.Samples, "memory", func(s Sample) float64 { return float64(s.Memory) }, func(v float64) string { return bytesText(int64(v)) })
		h.series(s.Samples, "CPU", func(s Sample) float64 { return s.CPU }, func(v float64) string { return fmt.Sprintf("%.2f CPUs", v) })
		h.raw("</div>")
	}
	if shown > 0 {
		h.endSection()
	}
}

// series draws one value as an area over time, which is linear here.
func (h *html) series(samples []Sample, name string, value func(Sample) float64, words func(float64) string) {
	first, last := samples[0].At, samples[len(samples)-1].At
	most := 0.0
	for _, s := range samples {
		most = max(most, value(s))
	}
	x := func(s Sample) float64 {
		return float64(s.At.Sub(first)) / max(float64(last.Sub(first)), 1) * usageWidth
	}
	y := func(s Sample) float64 { return usageHeight - value(s)/max(most, 1e-9)*(usageHeight-6) }
	var line strings.Builder
	for _, s := range samples {
		fmt.Fprintf(&line, "%.1f,%.1f ", x(s), y(s))
	}
	now := value(samples[len(samples)-1])
	h.raw(fmt.Sprintf(`<figure><svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img"><title>`, usageWidth, usageHeight))
	h.text(fmt.Sprintf("%s: %s now, %s at most", name, words(now), words(most)))
	h.raw(fmt.Sprintf(`</title><polygon class="area" points="0,%d %s%d,%d"/><polyline class="curve" points="%s"/></svg><figcaption>`,
		usageHeight, line.String(), usageWidth, usageHeight, line.String()))
	h.text(fmt.Sprintf("%s %s, at most %s, over %s", name, words(now), words(most), spanText(last.Sub(first))))
	h.raw("</figcaption></figure>")
}
