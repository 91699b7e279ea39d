package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// container is one of the pod.
type container struct{ name, role string }

func (p *plan) list() []container {
	list := make([]container, p.containers)
	for i := range list {
		role := roles[i%len(roles)]
		list[i] = container{fmt.Sprintf("%s-%02d", role, i), role}
	}
	return list
}

func (c container) ledger(dir string) string { return filepath.Join(dir, "ledger", c.name) }

// manifest writes the pod. The hanging containers have a liveness probe that nothing
// answers. extra containers are added at the end, and every tenth container has the value
// of turn in its environment, so that two manifests differ in what a reload has to do.
func (p *plan) manifest(dir string, turn, extra int) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: v1
kind: Pod
metadata: {name: soak}
spec:
  restartPolicy: Always
  terminationGracePeriodSeconds: 2
  nile:
    backoff: {initial: 200ms, max: 3s, resetAfter: 1m}
    listen: 127.0.0.1:%d
    stateDir: %s
  containers:
`, p.port(), filepath.Join(dir, "state"))
	for i, c := range p.list() {
		write(&b, self, dir, c, i%10 == 0, turn)
		if c.role == roleHang {
			b.WriteString("    livenessProbe: {tcpSocket: {host: 127.0.0.1, port: 1}, initialDelaySeconds: 2, periodSeconds: 2, failureThreshold: 2, terminationGracePeriodSeconds: 1}\n")
		}
	}
	for i := range extra {
		write(&b, self, dir, container{fmt.Sprintf("extra-%02d", i), roleSteady}, false, turn)
	}
	file := filepath.Join(dir, "pod.yaml")
	// In one step, as a manifest that is watched is to be changed.
	if err := os.WriteFile(file+".new", []byte(b.String()), 0o600); err != nil {
		return "", err
	}
	return file, os.Rename(file+".new", file)
}

func write(b *strings.Builder, self, dir string, c container, changes bool, turn int) {
	fmt.Fprintf(b, "  - name: %s\n    command: [%s, %s, %s, %s, %s]\n", c.name, self, partChild, c.role, c.name, c.ledger(dir))
	if changes {
		fmt.Fprintf(b, "    env: [{name: TURN, value: \"%d\"}]\n", turn)
	}
}

// port is that of the metrics.
func (p *plan) port() int { return 20000 + os.Getpid()%10000 }
