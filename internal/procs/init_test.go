package procs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestForeignInit(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	for _, test := range []struct {
		name                 string
		ownMounts, itsMounts string
		ownGroup, itsGroup   string
		foreign              bool
		container            string
	}{
		{"a shared pod in cgroup namespaces", "70 60 / /", "50 40 / /", "0::/\n", "0::/../" + b + "\n", true, b},
		{"a shared pod without them", "70 60 / /", "50 40 / /", "0::/kubepods/podx/" + a + "\n", "0::/kubepods/podx/" + b + "\n", true, b},
		{"hostPID in a cgroup namespace", "70 60 / /", "22 1 / /", "0::/\n", "0::/../../../init.scope\n", true, ""},
		{"hostPID without one", "70 60 / /", "22 1 / /", "0::/kubepods/podx/" + a + "\n", "0::/init.scope\n", true, ""},
		{"no cgroups", "70 60 / /", "50 40 / /", "", "", true, ""},
		{"an init of the same container", "70 60 / /", "70 60 / /", "0::/\n", "0::/\n", false, ""},
		{"below a cgroup of the same container", "70 60 / /", "70 60 / /", "0::/docker/" + a + "/app\n", "0::/docker/" + a + "\n", false, ""},
		{"a shell on a machine", "22 1 / /", "22 1 / /", "0::/user.slice/session-3.scope\n", "0::/init.scope\n", false, ""},
		{"a service with mounts of its own", "90 80 / /", "22 1 / /", "0::/system.slice/shop.service\n", "0::/init.scope\n", false, ""},
		{"a session whose cgroup looks like a container's", "22 1 / /", "22 1 / /", "4:memory:/session/" + a + "\n", "4:memory:/\n", false, ""},
		{"nothing may be read of it", "70 60 / /", "", "0::/\n", "", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := makeProc(t, made{pid: 7, name: "nile", cgroup: test.ownGroup}, made{pid: 1, name: "pause", cgroup: test.itsGroup})
			for name, text := range map[string]string{"7/mountinfo": test.ownMounts, "1/mountinfo": test.itsMounts, "1/comm": "pause\n"} {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			found, foreign := ForeignInit(root)
			if foreign != test.foreign || foreign && found != (Init{Name: "pause", Container: test.container}) {
				t.Errorf("%+v, foreign %v; want container %q, %v", found, foreign, test.container, test.foreign)
			}
		})
	}
	if _, foreign := ForeignInit(t.TempDir()); foreign {
		t.Error("PID 1 is foreign without a /proc")
	}
}
