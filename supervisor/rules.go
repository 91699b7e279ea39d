package supervisor

import "slices"

// rule is the action of the first restart rule that fits how the container's last
// run ended; empty where none does. Rules look at exit codes only, and not at all
// where a probe ended the run.
func (c *container) rule() RuleAction {
	if c.cause == causeProbe {
		return ""
	}
	code := c.last.exitCode()
	for _, r := range c.spec.Rules {
		if slices.Contains(r.Codes, code) != r.NotIn {
			return r.Action
		}
	}
	return ""
}
