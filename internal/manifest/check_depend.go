package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// checkDependencies looks at what one container depends on.
func (c *checker) checkDependencies(container *container) {
	var names []string
	for _, other := range c.all() {
		names = append(names, other.Name)
	}
	var seen []string
	for i := range container.Nile.DependsOn {
		dependency := &container.Nile.DependsOn[i]
		at := dependency.at("name")
		where := slices.Index(names, dependency.Name)
		switch {
		case dependency.Name == "":
		case strings.Contains(dependency.Name, "/"):
			for part := range strings.SplitSeq(dependency.Name, "/") {
				c.checkPeerName(at, part)
			}
			if strings.Count(dependency.Name, "/") > 1 {
				c.errorf(at, "want the name of a nile and of its container, as in db/postgres, got %q", shorten(dependency.Name, 64))
			}
			if slices.Contains(seen, dependency.Name) {
				c.errorf(at, "the container %q stands here a second time", dependency.Name)
			}
		case dependency.Name == container.Name:
			c.errorf(at, "a container cannot wait for itself")
		case where < 0:
			c.errorf(at, "the pod has no container %q", shorten(dependency.Name, 64)).Suggestion = suggest(dependency.Name, names)
		case slices.Contains(seen, dependency.Name):
			c.errorf(at, "the container %q stands here a second time", dependency.Name)
		case isJob(c.all()[where]):
			c.errorf(at, "%s runs every so often (nile.every), so nothing can wait for it", dependency.Name)
		case dependency.Condition == "Completed":
			c.checkCompletes(dependency, c.all()[where], where < len(c.spec.InitContainers))
		}
		seen = append(seen, dependency.Name)
	}
}

// checkPeerName wants a name that a nile, or a container of another nile, can have.
func (c *checker) checkPeerName(at place, name string) {
	good := name != "" && len(name) <= 63
	for i := range len(name) {
		b := name[i]
		alphanumeric := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		good = good && (alphanumeric || i > 0 && (b == '-' || b == '_' || b == '.'))
	}
	if !good {
		c.errorf(at, "the name %q is none of a nile: want at most 63 letters, digits, -, _ and ., with a letter or digit first", shorten(name, 64))
	}
}

// checkCompletes wants a container that is waited for to be Completed to be one that ends
// for good: a sidecar never does, and a main container not under the policy Always.
func (c *checker) checkCompletes(dependency *dependency, on *container, isInit bool) {
	at := dependency.at("condition")
	switch {
	case isInit && on.RestartPolicy == "Always":
		c.errorf(at, "%s is a sidecar, which is restarted whenever it ends, so it is never Completed; want Started or Ready", on.Name)
	case isInit:
	case firstOf(firstOf(on.RestartPolicy, c.spec.RestartPolicy), "Always") == "Always":
		c.errorf(at, "%s is restarted whenever it ends, so it is never Completed; give it the restartPolicy OnFailure or Never", on.Name)
	}
}

// arrow leads from a container to one that it waits for.
type arrow struct {
	to         int
	dependency *dependency // nil for the order of declaration
}

// arrows are what each container waits for, by its place in the order of start: its
// dependencies and, for the order of declaration, the init container before it, or of a
// main container the last one.
func (c *checker) arrows(all []*container) [][]arrow {
	index := make(map[string]int, len(all))
	for i, container := range all {
		if _, twice := index[container.Name]; !twice {
			index[container.Name] = i
		}
	}
	arrows := make([][]arrow, len(all))
	for i, container := range all {
		if container.Nile != nil {
			for k := range container.Nile.DependsOn {
				dependency := &container.Nile.DependsOn[k]
				if to, known := index[dependency.Name]; known && to != i {
					arrows[i] = append(arrows[i], arrow{to, dependency})
				}
			}
		}
		if before := min(i, len(c.spec.InitContainers)) - 1; before >= 0 {
			arrows[i] = append(arrows[i], arrow{to: before})
		}
	}
	return arrows
}

// checkCycles reports containers that wait for each other, so that none of them could ever
// start, the order of declaration included.
func (c *checker) checkCycles() {
	all := c.all()
	if !slices.ContainsFunc(all, func(container *container) bool { return container.Nile != nil && len(container.Nile.DependsOn) > 0 }) {
		return
	}
	const (
		unseen = iota
		onPath
		done
	)
	state := make([]int, len(all))
	arrows := c.arrows(all)
	var path []arrow // how the container that is looked at was reached
	var visit func(i int)
	visit = func(i int) {
		state[i] = onPath
		for _, next := range arrows[i] {
			path = append(path, next)
			switch state[next.to] {
			case unseen:
				visit(next.to)
			case onPath:
				c.reportCycle(all, path)
			}
			path = path[:len(path)-1]
		}
		state[i] = done
	}
	for i := range all {
		if state[i] == unseen {
			path = append(path[:0], arrow{to: i})
			visit(i)
		}
	}
}

// reportCycle reports the cycle at the end of a path, whose last arrow leads back to one
// that it has passed, at the last dependency in it.
func (c *checker) reportCycle(all []*container, path []arrow) {
	last := len(path) - 1
	first := last - 1
	for path[first].to != path[last].to {
		first--
	}
	cycle := path[first+1:] // the arrows, each one's tail the head of the one before
	from := 0
	for i, arrow := range cycle {
		if arrow.dependency != nil {
			from = i
		}
	}
	// From the container that has this dependency on, round to itself.
	tail := cycle[(from+len(cycle)-1)%len(cycle)].to
	names := []string{all[tail].Name}
	ordered := ""
	for k := range cycle {
		step := cycle[(from+k)%len(cycle)]
		next := cycle[(from+k+1)%len(cycle)]
		if step.dependency == nil && next.dependency == nil && k+1 < len(cycle) {
			continue // the order of declaration leads there directly
		}
		if step.dependency == nil && ordered == "" {
			ordered = fmt.Sprintf("; %s comes after %s anyway, as init containers come first and one by one", names[len(names)-1], all[step.to].Name)
		}
		names = append(names, all[step.to].Name)
	}
	text := strings.Join(names, " → ")
	if len(names) > 20 {
		text = strings.Join(names[:10], " → ") + " → … → " + strings.Join(names[len(names)-5:], " → ")
	}
	c.errorf(cycle[from].dependency.at("name"), "%s: they would wait for each other for ever%s", text, ordered)
}
