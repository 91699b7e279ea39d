package postmortem

import (
	"fmt"
	"strings"
	"syscall"
)

// memoryRules find the work of the kernel's OOM killer: SIGKILL that nile has not sent,
// and the counter oom_kill of the memory cgroup has risen since the run began. (Kernel:
// Documentation/admin-guide/cgroup-v2.rst, memory.events)
var memoryRules = []rule{
	{"oom-killed", func(e *evidence) (Cause, bool) {
		end := e.facts.Capture.End
		if !e.oomStruck() || end.Asked || end.Status.Signal != int(syscall.SIGKILL) {
			return Cause{}, false
		}
		return Cause{
			Line: "killed by the cgroup's OOM killer (" + e.oomNumbers() + ")", Evidence: e.oomFile(), Sure: true,
			Try: e.oomHint(), Details: e.heapDetails(),
		}, true
	}},
	{"oom-killed-child", func(e *evidence) (Cause, bool) {
		// 137 is what a shell makes of a child's SIGKILL.
		end := e.facts.Capture.End
		if !e.oomStruck() || end.Asked || end.Status.Signal != 0 || end.Status.Code != 128+int(syscall.SIGKILL) {
			return Cause{}, false
		}
		return Cause{
			Line:     fmt.Sprintf("a child of %s was killed by the cgroup's OOM killer (%s); then it exited with code 137", e.program(), e.oomNumbers()),
			Evidence: e.oomFile(), Sure: true, Try: e.oomHint(), Details: e.heapDetails(),
		}, true
	}},
}

func (e *evidence) oomStruck() bool {
	return e.facts.OOM.Known && e.facts.OOM.After > e.facts.OOM.Before
}

func (e *evidence) oomNumbers() string {
	kills := fmt.Sprintf("oom_kill %d→%d", e.facts.OOM.Before, e.facts.OOM.After)
	if e.memory != nil && e.memory.Limit != nil {
		return "limit " + limitText(*e.memory.Limit) + ", " + kills
	}
	return "limit of a cgroup above, " + kills
}

func (e *evidence) oomFile() string {
	if e.memory != nil && e.memory.Cgroup == "v1" {
		return "memory.oom_control"
	}
	return "memory.events"
}

func (e *evidence) oomHint() string {
	if e.facts.Runtime == "java" || e.runs("java") {
		return "raise the memory limit, or give the JVM less: -XX:MaxRAMPercentage=50 leaves room for threads, metaspace and buffers"
	}
	return "raise the memory limit (resources.limits.memory), or find what uses the memory"
}

// heapDetails tell how large the process itself was.
func (e *evidence) heapDetails() []string {
	if peak := e.facts.Usage.MaxRSS; peak > 0 {
		return []string{"the process had " + bytesText(peak) + " of memory at most"}
	}
	return nil
}

// outOfMemoryText tells whether a line is about memory that a runtime could not get.
func outOfMemoryText(line string) bool {
	return strings.Contains(line, "java.lang.OutOfMemoryError") || strings.Contains(line, "JavaScript heap out of memory") || line == "MemoryError"
}
