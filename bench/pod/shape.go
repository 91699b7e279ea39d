package main

import (
	"fmt"
	"strings"
	"time"
)

// shape is what a pod consists of. Its containers are numbered in the order of the
// manifest.
type shape struct {
	name                   string
	inits, sidecars, mains int
	slow                   time.Duration // how long the last main takes to end; the others end at once
}

var shapes = []shape{
	{name: "80 init containers, 20 sidecars, 100 mains", inits: 80, sidecars: 20, mains: 100},
	{name: "500 mains", mains: 500},
	{name: "500 mains, one takes 300 ms to end", mains: 500, slow: 300 * time.Millisecond},
}

func (s shape) containers() int { return s.inits + s.sidecars + s.mains }

// manifest is the pod, its containers running pod.c.
func (s shape) manifest(child, cells string) string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: bench}\nspec:\n  terminationGracePeriodSeconds: 10\n")
	for i := range s.containers() {
		switch i {
		case s.inits + s.sidecars:
			text.WriteString("  containers:\n")
		case 0:
			text.WriteString("  initContainers:\n")
		}
		life, more := "0", ""
		switch {
		case i < s.inits:
			life = "exit"
		case i < s.inits+s.sidecars:
			more = ", restartPolicy: Always"
		case i == s.containers()-1:
			life = fmt.Sprint(s.slow.Milliseconds())
		}
		fmt.Fprintf(&text, "  - {name: child%d, command: [%q, %q, %q, %q]%s}\n", i, child, cells, fmt.Sprint(i), life, more)
	}
	return text.String()
}
