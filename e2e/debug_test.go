//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// TestDebugContainer does by Docker what `kubectl debug --target` does: a second container, of nile's image, in the PID
// namespace of the first and in the network that a pod's containers share.
func TestDebugContainer(t *testing.T) {
	shows(t, "a container in another one's PID namespace: tree, files, status by both kinds of socket")
	image := machineImage(t)
	scratch := newImage(t).file("nile", nile).load("--change", `ENTRYPOINT ["/nile"]`)
	app := start(t, image, machineOptions("--tmpfs", "/run"), "--", "sleep", "7031")
	eventually(t, 20*time.Second, func() string { return app.stderr() }, func() bool {
		return command("docker", "exec", app.id, "nile", "check", "ready").Run() == nil
	})
	debug := func(target *container, args ...string) result {
		t.Helper()
		return runToEnd(t, scratch, []string{"--pid", "container:" + target.id, "--network", "container:" + target.id, "--cap-add", "SYS_PTRACE"}, args...)
	}
	checkMatches(t, debug(app, "tree").stdout, `container `+app.id[:12]+`: \d+ processes`, `sleep 7031`)
	checkMatches(t, debug(app, "toolbox", "ls", "-l", "/proc/1/root/").stdout, ` opt\n`, ` tmp\n`)
	checkMatches(t, debug(app, "status", "--control", "/proc/1/root/run/nile/control.sock").stdout, `pod nile: Running`, `sleep +main +Running`)

	abstract := start(t, image, machineOptions("--env", "NILE_CONTROL=@nile"), "--", "sleep", "7032")
	eventually(t, 20*time.Second, func() string { return abstract.stderr() }, func() bool {
		return command("docker", "exec", abstract.id, "nile", "check", "ready").Run() == nil
	})
	checkMatches(t, debug(abstract, "status", "--control", "@nile").stdout, `pod nile: Running`, `sleep +main +Running`)

	// Only the network is shared: whose PID namespace it is nile cannot know, and does not answer.
	stranger := runToEnd(t, scratch, []string{"--network", "container:" + abstract.id}, "status", "--control", "@nile")
	if stranger.code == 0 {
		t.Errorf("nile answers another PID namespace:\n%s", stranger.stdout)
	}
}

// TestDebugContainerOfAPod has a container in the PID namespace of another one, as the kubelet makes it for `kubectl
// debug --target`.
func TestDebugContainerOfAPod(t *testing.T) {
	shows(t, "the same by the CRI, as the kubelet makes it for kubectl debug --target")
	pod := startPod(t, namespaceOfContainer)
	app := pod.start("app", "--", "sleep", "7033") // with no directory to write to, its socket is abstract
	debug := pod.create("debug", map[string]any{"network": namespaceOfNode, "pid": namespaceOfTarget, "target_id": app.id},
		map[string]any{"command": []string{"sleep", "7034"}})
	checkMatches(t, debug.exec("nile", "status"), `pod nile: Running`, `sleep +main +Running +yes`)
	checkMatches(t, debug.exec("nile", "tree"), `container `+app.id[:12]+`, with nile: \d+ processes`, `sleep 7033`, `sleep 7034`)
	checkMatches(t, debug.exec("nile", "toolbox", "ls", "/proc/1/root/"), `usr`)
}
