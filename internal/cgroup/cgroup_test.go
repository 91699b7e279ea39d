package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lines are those of real systems; DIR stands for the directory of the test.
var systems = []struct {
	name, cgroup, mountinfo string
	counter                 string // where the counter is, below DIR
	content                 string
	kills                   int
	err                     string
}{
	{
		name:    "a container with cgroup v2 and a cgroup namespace",
		cgroup:  "0::/\n",
		counter: "usual/memory.events", content: "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n", kills: 2,
	},
	{
		name:      "a service of a host with cgroup v2, mounted elsewhere",
		cgroup:    "0::/system.slice/app.service\n",
		mountinfo: "35 24 0:30 / DIR/with\\040blank rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		counter:   "with blank/system.slice/app.service/memory.events", content: "oom_kill 0\n",
	},
	{
		name:   "a container with cgroup v1, which sees its own cgroup as the mount",
		cgroup: "9:name=systemd:/docker/4f\n4:hugetlb,memory:/docker/4f\n0::/\n",
		mountinfo: "700 690 0:31 /docker/4f DIR/cpu ro - cgroup cgroup rw,cpu,cpuacct\n" +
			"701 690 0:32 /docker/4f DIR/memory ro,nosuid master:18 - cgroup cgroup rw,hugetlb,memory\n",
		counter: "memory/memory.oom_control", content: "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", kills: 7,
	},
	{
		name:      "a pod's cgroup v1 with a cgroup below the container's",
		cgroup:    "4:memory:/kubepods/pod1/c1/worker\n",
		mountinfo: "701 690 0:32 /kubepods/pod1/c1 DIR/memory ro - cgroup cgroup rw,memory\n",
		counter:   "memory/worker/memory.oom_control", content: "oom_kill 1\n", kills: 1,
	},
	{
		name:      "a cgroup v1 namespace, whose mount has a root above it",
		cgroup:    "4:memory:/\n",
		mountinfo: "701 690 0:32 /.. DIR/memory ro - cgroup cgroup rw,memory\n",
		counter:   "memory/memory.oom_control", content: "oom_kill 3\n", kills: 3,
	},
	{
		name:      "cgroup v1 whose memory controller is not mounted",
		cgroup:    "4:memory:/a\n0::/\n",
		mountinfo: "35 24 0:30 / DIR/unified rw - cgroup2 cgroup2 rw\n",
		err:       ErrNone.Error(),
	},
	{
		name:      "the root of a host, which has no events",
		cgroup:    "0::/\n",
		mountinfo: "35 24 0:30 / DIR/unified rw - cgroup2 cgroup2 rw\n",
		err:       ErrNone.Error(),
	},
	{name: "a kernel without cgroups", cgroup: "", err: ErrNone.Error()},
	{
		name: "a kernel that does not count", cgroup: "0::/\n", counter: "usual/memory.events", content: "oom 2\n",
		err: "does not count OOM kills",
	},
}

func TestOOMKillsAreFoundWhereverTheCgroupIsMounted(t *testing.T) {
	for _, system := range systems {
		t.Run(system.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "proc", "cgroup"), system.cgroup)
			write(t, filepath.Join(dir, "proc", "mountinfo"), strings.ReplaceAll(system.mountinfo, "DIR", dir))
			if system.counter != "" {
				write(t, filepath.Join(dir, system.counter), system.content)
			}
			memory, err := find(filepath.Join(dir, "proc"), filepath.Join(dir, "usual"))
			kills := 0
			if err == nil {
				kills, err = memory.OOMKills()
			}
			if system.err == "" && err != nil || system.err != "" && (err == nil || !strings.Contains(err.Error(), system.err)) {
				t.Fatalf("error %v, want %q", err, system.err)
			}
			if kills != system.kills {
				t.Errorf("%d kills, want %d", kills, system.kills)
			}
		})
	}
}

// On whatever machine this is, the real files are either understood or there are
// none.
func TestOwnCgroupIsUnderstood(t *testing.T) {
	memory, err := Own()
	if errors.Is(err, ErrNone) {
		t.Skipf("needs a memory cgroup: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if kills, err := memory.OOMKills(); err != nil || kills < 0 {
		t.Errorf("%s: %d kills, error %v", memory.file, kills, err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		name, events string
		files        map[string]string
		want         Usage
	}{
		{"v2 with a limit", "memory.events", map[string]string{"memory.max": "536870912\n", "memory.current": "1000\n", "memory.peak": "2000\n"}, Usage{2, 536870912, 1000, 2000}},
		{"v2 before Linux 5.19, unlimited", "memory.events", map[string]string{"memory.max": "max\n", "memory.current": "1000\n"}, Usage{2, -1, 1000, -1}},
		{
			"v1", "memory.oom_control",
			map[string]string{"memory.limit_in_bytes": "1048576\n", "memory.usage_in_bytes": "5\n", "memory.max_usage_in_bytes": "7\n"}, Usage{1, 1048576, 5, 7},
		},
		{"v1, unlimited", "memory.oom_control", map[string]string{"memory.limit_in_bytes": "9223372036854771712\n"}, Usage{1, -1, -1, -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			m := &Memory{file: filepath.Join(dir, test.events)}
			if got := m.Usage(); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}
