package reaper

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// settings is what the trampoline does before it executes the command, in the
// form in which it travels: one argument of "key=value" words.
type settings struct {
	report int    // descriptor of the pipe on which a failure is reported
	closed uint64 // bit i: descriptor i (0 to 2) is to be closed
	cgroup int    // descriptor of the cgroup.procs to enter, or 0
	start  Command
	keep   uint64 // with start.Capabilities: the set to keep
}

func (s *settings) encode() string {
	var words []string
	word := func(key string, values ...uint64) {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = strconv.FormatUint(value, 10)
		}
		words = append(words, key+"="+strings.Join(texts, ","))
	}
	word("report", uint64(s.report))
	word("closed", s.closed)
	if s.cgroup != 0 {
		word("cgroup", uint64(s.cgroup))
	}
	if credential := s.start.Credential; credential != nil {
		word("user", uint64(credential.UID), uint64(credential.GID))
		if credential.SetGroups {
			groups := make([]uint64, len(credential.Groups))
			for i, group := range credential.Groups {
				groups[i] = uint64(group)
			}
			word("groups", groups...)
		}
	}
	if s.start.Capabilities != nil {
		word("keep", s.keep)
	}
	if s.start.NoNewPrivileges {
		word("nnp", 1)
	}
	if s.start.Umask != nil {
		word("umask", uint64(*s.start.Umask))
	}
	if s.start.OOMScoreAdj != nil {
		word("oom", uint64(*s.start.OOMScoreAdj)) // two's complement, see decode
	}
	for _, limit := range s.start.Rlimits {
		word("rlimit", uint64(limit.Resource), limit.Soft, limit.Hard)
	}
	return strings.Join(words, " ")
}

// decodeSettings is the reverse of encode. It is given text by the same build
// of the same program; what it cannot read is an error all the same.
func decodeSettings(text string) (*settings, *StartError) {
	s := new(settings)
	for _, word := range strings.Fields(text) {
		key, list, _ := strings.Cut(word, "=")
		var values []uint64
		if list != "" {
			for item := range strings.SplitSeq(list, ",") {
				value, err := strconv.ParseUint(item, 10, 64)
				if err != nil {
					return nil, badSettings(word)
				}
				values = append(values, value)
			}
		}
		if !s.set(key, values) {
			return nil, badSettings(word)
		}
	}
	return s, nil
}

func badSettings(word string) *StartError {
	return &StartError{Op: opCheck, Err: unix.EINVAL,
		Detail: "unknown setting " + strconv.Quote(word) + " for " + trampolineName}
}

// set applies one decoded word and reports whether it is a known one with the
// right number of values.
func (s *settings) set(key string, values []uint64) bool {
	c := &s.start
	if key == "groups" {
		if c.Credential == nil {
			return false
		}
		c.Credential.SetGroups = true
		for _, value := range values {
			c.Credential.Groups = append(c.Credential.Groups, uint32(value))
		}
		return true
	}
	wanted := map[string]int{"user": 2, "rlimit": 3}[key]
	if len(values) != max(wanted, 1) {
		return false
	}
	number := int(values[0])
	switch key {
	case "report":
		s.report = number
	case "closed":
		s.closed = values[0]
	case "cgroup":
		s.cgroup = number
	case "user":
		c.Credential = &Credential{UID: uint32(values[0]), GID: uint32(values[1])}
	case "keep":
		c.Capabilities, s.keep = &Capabilities{}, values[0]
	case "nnp":
		c.NoNewPrivileges = true
	case "umask":
		c.Umask = &number
	case "oom":
		c.OOMScoreAdj = &number
	case "rlimit":
		c.Rlimits = append(c.Rlimits, Rlimit{Resource: number, Soft: values[1], Hard: values[2]})
	default:
		return false
	}
	return true
}
