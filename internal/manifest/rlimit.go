package manifest

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"golang.org/x/sys/unix"
)

// rlimitResource returns the resource of setrlimit(2) by the name that
// prlimit(1) and limits.conf(5) give it, or -1.
func rlimitResource(name string) int {
	switch name {
	case "as":
		return unix.RLIMIT_AS
	case "core":
		return unix.RLIMIT_CORE
	case "cpu":
		return unix.RLIMIT_CPU
	case "data":
		return unix.RLIMIT_DATA
	case "fsize":
		return unix.RLIMIT_FSIZE
	case "locks":
		return unix.RLIMIT_LOCKS
	case "memlock":
		return unix.RLIMIT_MEMLOCK
	case "msgqueue":
		return unix.RLIMIT_MSGQUEUE
	case "nice":
		return unix.RLIMIT_NICE
	case "nofile":
		return unix.RLIMIT_NOFILE
	case "nproc":
		return unix.RLIMIT_NPROC
	case "rss":
		return unix.RLIMIT_RSS
	case "rtprio":
		return unix.RLIMIT_RTPRIO
	case "rttime":
		return unix.RLIMIT_RTTIME
	case "sigpending":
		return unix.RLIMIT_SIGPENDING
	case "stack":
		return unix.RLIMIT_STACK
	}
	return -1
}

func rlimitNames() []string {
	return strings.Fields("as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack")
}

// rlimit is one limit: 1024 for both, "1024:4096" for soft and hard, or a
// mapping with soft and hard; the word unlimited for none.
type rlimit struct{ soft, hard uint64 }

const wantRlimit = `a limit such as 1024, "1024:4096", unlimited or {soft: 1024, hard: 4096}`

func (v *rlimit) decode(d *decoder, at place) {
	if at.node.Kind == yaml.MappingNode {
		v.decodeMapping(d, at)
	} else {
		text, ok := d.scalar(at, wantRlimit)
		if !ok {
			return
		}
		soft, hard, both := strings.Cut(text, ":")
		if !both {
			hard = soft
		}
		var softOK, hardOK bool
		v.soft, softOK = rlimitNumber(soft)
		v.hard, hardOK = rlimitNumber(hard)
		if !softOK || !hardOK {
			d.errorf(at, "want %s, got %q", wantRlimit, shorten(text, 40))
			return
		}
	}
	if v.soft > v.hard {
		d.errorf(at, "the soft limit %s is over the hard limit %s", rlimitText(v.soft), rlimitText(v.hard))
	}
}

func (v *rlimit) decodeMapping(d *decoder, at place) {
	self := object{place: at, pairs: d.pairs(at)}
	for _, p := range self.pairs {
		number, ok := rlimitNumber(target(p.value).Value)
		switch {
		case p.key.Value != "soft" && p.key.Value != "hard":
			d.errorf(place{p.key, at.path}, "unknown field %q; a limit has soft and hard", shorten(p.key.Value, 64))
		case !ok:
			d.errorf(place{p.value, join(at.path, p.key.Value)}, "want a number or unlimited, got %s", describe(p.value))
		case p.key.Value == "soft":
			v.soft = number
		default:
			v.hard = number
		}
	}
	for _, name := range []string{"soft", "hard"} {
		if !self.has(name) {
			d.errorf(at, "the field %q is missing", name)
			v.hard = math.MaxUint64 // so that nothing more is said about it
		}
	}
}

func rlimitNumber(text string) (uint64, bool) {
	if text == "unlimited" || text == "infinity" {
		return math.MaxUint64, true
	}
	number, err := strconv.ParseUint(text, 10, 64)
	return number, err == nil
}

func rlimitText(number uint64) string {
	if number == math.MaxUint64 {
		return "unlimited"
	}
	return strconv.FormatUint(number, 10)
}

func (*rlimit) schema() map[string]any {
	one := []any{
		map[string]any{"type": "integer", "minimum": 0},
		map[string]any{"type": "string", "pattern": "^([0-9]+|unlimited|infinity)$"},
	}
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "integer", "minimum": 0},
		map[string]any{"type": "string", "pattern": "^([0-9]+|unlimited|infinity)(:([0-9]+|unlimited|infinity))?$"},
		map[string]any{
			"type":                 "object",
			"additionalProperties": false,
			"required":             []string{"soft", "hard"},
			"properties": map[string]any{
				"soft": map[string]any{"description": "The limit that counts.", "oneOf": one},
				"hard": map[string]any{"description": "How far the process may raise the soft one.", "oneOf": one},
			},
		},
	}}
}
