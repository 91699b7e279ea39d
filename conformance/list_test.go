package conformance

import "regexp"

// pending are the pods, by the title in the table, that need a feature which isn't there yet. One that agrees is an error,
// so that this list gets empty.
var pending = map[string]string{}

// alsoInNamespaces are the pods that are run a second time with each container as PID 1 of a PID namespace.
var alsoInNamespaces = []string{"exitcodes", "stopsig", "http", "order", "prestop", "liveness", "probe-timeout"}

// settingsOf says what is special about a pod.
var settingsOf = map[string]settings{
	"env": {unordered: true}, // the order of the environment is chance
	"exitcodes": {exceptions: []exception{
		{"lines", "no-pid-namespace"}, {"exits", "no-pid-namespace"}, {"final", "no-pid-namespace"},
	}},
	"grace1":   {normalise: normalisations(`^\d+\.%$`, "tick"), often: patterns(`^tick$`)},
	"liveness": {probeKills: true},
	"http": {
		normalise: normalisations(`^127\.0\.0\.1:\d+: `, ""),
		often:     patterns(`^(url|response):`),
		// The kubelet's log of the first run breaks off two seconds before its end, where preStop comes.
		unseen:     patterns(`url:/bye$`),
		probeKills: true,
		exceptions: []exception{{"exits", "no-pid-namespace"}},
	},
	"oom": {unordered: true, works: true, memory: 64 << 20, exceptions: []exception{{"exits", "oom-first-process"}, {"final", "oom-first-process"}}},
	"order": {order: [][2]string{
		{"main1 > main1 leaves", "side2 > got TERM"},
		{"side2 > got TERM", "side1 > got TERM"},
	}},
	"poststart": {order: [][2]string{{"a > postStart done", "b > b up"}}},
	"prestop":   {order: [][2]string{{"main > preStop ends", "main > got TERM"}}},
	"probe-timeout": {
		// nile's first probe begins with the container, so that it runs into its timeout at the very moment in which the
		// container counts. A probe that is left alive makes two with the next one.
		normalise:  normalisations(`^probes alive: [01]$`, "probes alive: at most 1"),
		often:      patterns(`^probes alive: at most 1$`),
		probeKills: true,
	},
	"restartall":           {restartsAll: true, exceptions: []exception{{"exits", "restart-all-outcomes"}}},
	"sidecar-crash":        {exceptions: []exception{{"final", "never-unknown"}}},
	"sidecar-startup-fail": {probeKills: true},
	"startup-fail":         {probeKills: true},
	"stopsig":              {exceptions: []exception{{"end", "no-pid-namespace"}}},
	"termmsg":              {messages: true},

	"hook-any-status":      {normalise: normalisations(`^127\.0\.0\.1:\d+: `, "")},
	"message-each-its-own": {messages: true, oneMessage: true, exceptions: []exception{{"messages", "one-message-file"}}},
	"message-sources":      {messages: true},
	"message-fresh":        {messages: true},
	"readiness-to-the-end": {often: patterns(`after TERM$`)},
	"restart-all-loop": {restartsAll: true, exceptions: []exception{
		{"lines", "restart-all-back-off"}, {"exits", "restart-all-back-off"}, {"restarts", "restart-all-back-off"},
	}},
	"restart-all-stubborn": {restartsAll: true},
	"root-is-not-fresh":    {exceptions: []exception{{"lines", "one-file-system"}}},
}

func normalisations(pattern, by string) []normalisation {
	return []normalisation{{regexp.MustCompile(pattern), by}}
}

func patterns(list ...string) []*regexp.Regexp {
	compiled := make([]*regexp.Regexp, len(list))
	for i, p := range list {
		compiled[i] = regexp.MustCompile(p)
	}
	return compiled
}
