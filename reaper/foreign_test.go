package reaper

import "testing"

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		name, other, own string
		want             bool
	}{
		{"the same", "0::/kubepods/a\n", "0::/kubepods/a\n", true},
		{"below", "0::/kubepods/a/sub\n", "0::/kubepods/a\n", true},
		{"beside", "0::/kubepods/b\n", "0::/kubepods/a\n", false},
		{"a name that begins alike", "0::/kubepods/ab\n", "0::/kubepods/a\n", false},
		{"in a cgroup namespace", "0::/\n", "0::/\n", true},
		{"below a cgroup namespace", "0::/sub\n", "0::/\n", true},
		{"outside of a cgroup namespace", "0::/../b\n", "0::/\n", false},
		{"one of several hierarchies", "2:cpu,cpuacct:/a\n1:memory:/b\n0::/\n", "2:cpu,cpuacct:/a\n1:memory:/a\n0::/\n", false},
		{"none in common", "1:memory:/b\n", "0::/\n", true},
		{"colons in the name", "0::/system.slice:docker:a/c\n", "0::/system.slice:docker:a\n", true},
		{"colons in another name", "0::/system.slice:docker:b\n", "0::/system.slice:docker:a\n", false},
		{"nothing is told", "", "0::/\n", true},
	} {
		if got := within(test.other, test.own); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
