package cgroup

import (
	"strconv"
	"strings"
)

// Usage is what a memory cgroup says of its memory, in bytes; -1 where it does not say.
type Usage struct {
	Version int   // of the cgroup interface: 1 or 2
	Limit   int64 // -1 where there is none too
	Current int64
	Peak    int64 // the most that there was since the cgroup was made
}

// unlimited is the least that cgroup v1 shows for "no limit": the largest number of
// pages, which depends on their size.
const unlimited = 1 << 62

// Usage reads what the cgroup uses and may use.
func (m *Memory) Usage() Usage {
	dir := m.file[:strings.LastIndexByte(m.file, '/')+1]
	if strings.HasSuffix(m.file, "/memory.oom_control") {
		u := Usage{
			Version: 1, Limit: readNumber(dir + "memory.limit_in_bytes"),
			Current: readNumber(dir + "memory.usage_in_bytes"), Peak: readNumber(dir + "memory.max_usage_in_bytes"),
		}
		if u.Limit >= unlimited {
			u.Limit = -1
		}
		return u
	}
	return Usage{
		Version: 2, Limit: readNumber(dir + "memory.max"), // "max" is no number
		Current: readNumber(dir + "memory.current"), Peak: readNumber(dir + "memory.peak"), // Linux 5.19
	}
}

func readNumber(file string) int64 {
	text, err := readFile(file)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
