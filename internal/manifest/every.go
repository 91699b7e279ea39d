package manifest

import "time"

// shortestEvery is how often a job may run: more often than that, something that lasts is
// what is wanted.
const shortestEvery = time.Second

// checkEvery checks what makes a container a job, and that it has nothing else that only
// means something to one that lasts.
func (c *checker) checkEvery(container *container) {
	if !container.Nile.has("every") {
		return
	}
	at := container.Nile.at("every")
	if c.isInit(container) {
		c.errorf(at, "an init container cannot have this: it is for one of the containers beside the others")
		return
	}
	// A wrong notation leaves 0 too, and has been reported.
	if length, err := parseDuration(target(at.node).Value); err == nil && time.Duration(length) < shortestEvery {
		c.errorf(at, "want %v or more", shortestEvery)
	}
	for _, name := range []string{"restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe"} {
		if container.has(name) {
			c.errorf(container.at(name), "a container with nile.every cannot have this: it ends, and runs again when its time comes")
		}
	}
	if container.Nile.has("notify") {
		c.errorf(container.Nile.at("notify"), "a container with every cannot have this: it ends, and runs again when its time comes")
	}
	if container != &c.spec.Containers[0] {
		return // has been reported, where it is true
	}
	for i := range c.spec.Containers {
		if !isJob(&c.spec.Containers[i]) {
			return
		}
	}
	c.errorf(at, "no other container of the pod lasts: give one of them no every, such as sleep infinity")
}

func isJob(c *container) bool { return c.Nile != nil && c.Nile.has("every") }

func (c *checker) isInit(container *container) bool {
	for i := range c.spec.InitContainers {
		if &c.spec.InitContainers[i] == container {
			return true
		}
	}
	return false
}
