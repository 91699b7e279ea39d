package supervisor_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// parseContainer reads a container: its role, its name, and options:
//
//	policy=Never killmode=Group stopsignal=QUIT postStart preStop
//	startup=period:1s,failures:2,grace:5s liveness readiness=delay:3s
//	onFailure=Hold dump=QUIT:500ms notify=systemd,timeout:90s,watchdog:30s
//	argv=sleep,5 env=NAME=VALUE
//	depends=db:Ready depends=db:Started:Restart
//	rule=Restart:In:42,43 rule=RestartAllContainers:NotIn:0
//	watch=Restart watch=Signal:HUP watch=Exec:10s watch=None
//
// Of a probe, what is left out has Kubernetes' defaults.
func parseContainer(words []string) (c supervisor.Container, err error) {
	c = supervisor.Container{Name: words[1], Sidecar: words[0] == "sidecar"}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "argv":
			c.Process.Argv = strings.Split(value, ",")
		case "env":
			c.Process.Env = append(c.Process.Env, value)
		case "policy":
			c.RestartPolicy = supervisor.RestartPolicy(value)
		case "killmode":
			c.KillMode = supervisor.KillMode(value)
		case "stopsignal":
			num, ok := supervisor.ParseSignal(value)
			if !ok {
				return c, fmt.Errorf("no such signal: %q", value)
			}
			c.StopSignal = num
		case "onFailure":
			c.OnFailure = supervisor.OnFailure(value)
		case "every":
			c.Every, err = time.ParseDuration(value)
		case "notify":
			c.Notify, err = parseNotify(value)
		case "dump":
			c.Dump, err = parseDump(value)
		case "watch":
			var w supervisor.Watch
			w, err = parseWatch(value)
			c.Watch = append(c.Watch, w)
		case "postStart":
			c.PostStart = &supervisor.Handler{Exec: []string{"hook"}}
		case "preStop":
			c.PreStop = &supervisor.Handler{Exec: []string{"hook"}}
		case "startup":
			c.Startup, err = parseProbe(value)
		case "liveness":
			c.Liveness, err = parseProbe(value)
		case "readiness":
			c.Readiness, err = parseProbe(value)
		case "depends":
			parts := append(strings.Split(value, ":"), "", "")
			c.DependsOn = append(c.DependsOn, supervisor.Dependency{Name: parts[0],
				Condition: supervisor.DependencyCondition(parts[1]), OnRestart: supervisor.OnRestart(parts[2])})
		case "rule":
			var rule supervisor.RestartRule
			rule, err = parseRule(value)
			c.Rules = append(c.Rules, rule)
		default:
			err = fmt.Errorf("unknown option %q", key)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

func parseProbe(text string) (*supervisor.Probe, error) {
	p := &supervisor.Probe{
		Handler: supervisor.Handler{Exec: []string{"check"}},
		Period:  10 * time.Second, Timeout: time.Second, SuccessThreshold: 1, FailureThreshold: 3,
	}
	if text == "" {
		return p, nil
	}
	for _, pair := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(pair, ":")
		var err error
		switch key {
		case "delay":
			p.InitialDelay, err = time.ParseDuration(value)
		case "period":
			p.Period, err = time.ParseDuration(value)
		case "timeout":
			p.Timeout, err = time.ParseDuration(value)
		case "successes":
			p.SuccessThreshold, err = strconv.Atoi(value)
		case "failures":
			p.FailureThreshold, err = strconv.Atoi(value)
		case "grace":
			var grace time.Duration
			grace, err = time.ParseDuration(value)
			p.Grace = &grace
		default:
			err = fmt.Errorf("unknown option %q of a probe", key)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parseRule reads ACTION:In|NotIn:CODE,CODE…
func parseRule(text string) (rule supervisor.RestartRule, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return rule, fmt.Errorf("cannot read rule %q", text)
	}
	rule.Action, rule.NotIn = supervisor.RuleAction(parts[0]), parts[1] == "NotIn"
	for _, code := range strings.Split(parts[2], ",") {
		n, err := strconv.Atoi(code)
		if err != nil {
			return rule, err
		}
		rule.Codes = append(rule.Codes, n)
	}
	return rule, nil
}
