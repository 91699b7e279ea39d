package procs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatIsReadOfAProcess(t *testing.T) {
	passwd := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(passwd, []byte("root:x:0:0::/:\n# a comment\nbroken\napp:x:1000:1000::/:\nalias:x:1000:1000::/:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	table := readMade(t, Options{Passwd: passwd},
		made{pid: 12, parent: 1, session: 12, name: "worker", uid: 1000, command: "worker\x00--all\x00a b\x00", user: 250, pages: 3, cgroup: "0::/\n"},
		made{pid: 1, name: "nile", command: "nile\x00run\x00", state: "R"})
	if len(table.Processes) != 2 || table.Processes[0].PID != 1 {
		t.Fatalf("read %+v, want processes 1 and 12 in that order", table.Processes)
	}
	p := table.Find(12)
	if p.Parent != 1 || p.Session != 12 || p.Name != "worker" || p.UID != 1000 || p.User != "app" || p.State.String() != "sleeping" {
		t.Errorf("read %+v", p)
	}
	if !slices.Equal(p.Args, []string{"worker", "--all", "a b"}) || p.CommandLine() != "worker --all a b" {
		t.Errorf("the command is %q", p.Args)
	}
	if p.CPU != 2500*time.Millisecond || p.Resident != uint64(3*os.Getpagesize()) {
		t.Errorf("CPU %v, memory %d", p.CPU, p.Resident)
	}
	if table.Find(1).User != "root" || table.Find(13) != nil {
		t.Errorf("process 1 is %+v, 13 is %+v", table.Find(1), table.Find(13))
	}
}

// TestHostileNames: a process names itself as it likes.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"a b", "a) S 1 2 (b", ")", "(", "a\nb", "\x1b[2Jx", "\xff\xfe", ""} {
		table := readMade(t, Options{}, made{pid: 7, parent: 1, name: name, command: name + "\x00\x1b]0;x\a\x00"})
		if len(table.Processes) != 1 {
			t.Errorf("a process named %q is not read", name)
			continue
		}
		p := table.Find(7)
		if p.Name != name || p.Parent != 1 || p.Args[0] != name {
			t.Errorf("a process named %q is read as %q, child of %d, command %q", name, p.Name, p.Parent, p.Args)
		}
	}
}

func TestCommandLines(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, test := range []struct {
		data      string
		want      []string
		truncated bool
	}{
		{"a\x00b\x00", []string{"a", "b"}, false},
		{"a\x00\x00", []string{"a", ""}, false},
		{"nginx: master process\x00\x00\x00\x00", []string{"nginx: master process"}, false},
		{"title without a nul", []string{"title without a nul"}, false},
		{"\x00\x00\x00", nil, false},
		{"", nil, false},
		{long + "\x00", []string{long[:4096]}, true},
		{long[:4095] + "\x00", []string{long[:4095]}, false},
	} {
		p := readMade(t, Options{}, made{pid: 7, name: "x", command: test.data}).Find(7)
		if !slices.Equal(p.Args, test.want) || p.Truncated != test.truncated {
			t.Errorf("%.20q… gives %.40q, truncated %v", test.data, p.Args, p.Truncated)
		}
	}
	p := readMade(t, Options{CommandLine: 3}, made{pid: 7, name: "x", command: "abcdef\x00"}).Find(7)
	if p.CommandLine() != "abc…" {
		t.Errorf("cut to three bytes it is %q", p.CommandLine())
	}
}

func TestKernelThreadsAndZombies(t *testing.T) {
	table := readMade(t, Options{},
		made{pid: 1, name: "nile", command: "nile\x00"},
		made{pid: 2, name: "kworker/0:1", flags: kernelFlag},
		made{pid: 5, parent: 1, name: "nginx", command: "nginx\x00"},
		made{pid: 6, parent: 5, name: "cgi", state: "Z"},
		made{pid: 7, parent: 5, name: "cgi", state: "Z"},
		made{pid: 8, parent: 1, name: "leaderless", state: "Z", threads: []made{{pid: 9, name: "t"}}},
		made{pid: 10, name: "entered", state: "Z"},
	)
	if p := table.Find(2); !p.Kernel || p.CommandLine() != "[kworker/0:1]" {
		t.Errorf("the kernel thread is %+v", p)
	}
	if !table.Find(6).Zombie || table.Find(8).Zombie {
		t.Error("6 is a zombie and 8, whose other thread runs, is none")
	}
	want := []Neglected{{0, "", 1}, {5, "nginx", 2}}
	if got := table.Neglecting(); !slices.Equal(got, want) {
		t.Errorf("parents of zombies: %+v, want %+v", got, want)
	}
}

const kernelFlag = 0x00200000

func TestThreads(t *testing.T) {
	process := made{pid: 5, name: "java", command: "java\x00", threads: []made{{pid: 9, name: "GC"}, {pid: 5, name: "java"}, {pid: 7, name: "main", user: 3}}}
	table := readMade(t, Options{Threads: true}, process, made{pid: 8, name: "other"})
	var got []int
	for _, p := range table.Processes {
		got = append(got, p.PID, p.Thread)
	}
	if !slices.Equal(got, []int{5, 0, 5, 7, 5, 9, 8, 0}) {
		t.Errorf("processes and threads: %v", got)
	}
	if p := table.Find(5); p.Thread != 0 || p.Threads != 4 {
		t.Errorf("5 is %+v", p)
	}
}

// TestIncompleteProcesses: what vanishes while it is read, or makes no sense, is left out.
func TestIncompleteProcesses(t *testing.T) {
	root := makeProc(t, made{pid: 1, name: "nile"}, made{pid: 2, name: "gone"}, made{pid: 3, name: "garbled"}, made{pid: 4, name: "empty"})
	for _, err := range []error{
		os.Remove(root + "/2/status"),
		os.WriteFile(root+"/3/stat", []byte("3 (garbled) S 1"), 0o644),
		os.WriteFile(root+"/4/stat", nil, 0o644),
		os.Mkdir(root+"/5", 0o755),
		os.WriteFile(root+"/6", nil, 0o644),
		os.Mkdir(root+"/07x", 0o755),
		os.Mkdir(root+"/99999999999999999999999", 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	table, err := Read(Options{Root: root})
	if err != nil || len(table.Processes) != 1 || table.Hidden {
		t.Errorf("read %+v, %v; want process 1 alone", table, err)
	}
}

func TestNoProc(t *testing.T) {
	_, err := Read(Options{Root: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no proc file system is mounted there: mount it") {
		t.Errorf("without /proc: %v", err)
	}
}

func TestHides(t *testing.T) {
	mount := func(options string) string {
		return "20 1 0:5 / / rw - overlay overlay rw\n21 20 0:6 / /proc rw,nosuid - proc proc " + options + "\n"
	}
	for _, test := range []struct {
		mounts       string
		capabilities uint64
		groups       []int
		want         bool
	}{
		{mount("rw"), 0, nil, false},
		{mount("rw,hidepid=2"), 0, []int{1000}, true},
		{mount("rw,hidepid=invisible"), 0, []int{1000}, true},
		{mount("rw,hidepid=noaccess"), 0, nil, false},
		{mount("rw,hidepid=invisible"), 1 << capPtrace, nil, false},
		{mount("rw,hidepid=invisible"), 0, []int{0}, false},
		{mount("rw,gid=44,hidepid=invisible"), 0, []int{44}, false},
		{mount("rw,gid=44,hidepid=invisible"), 0, []int{0, 1}, true},
		{mount("rw,hidepid=ptraceable"), 0, []int{0}, true},
		{mount("rw,hidepid=invisible") + mount("rw"), 0, []int{1}, false},
		{"garbage - \n\n", 0, nil, false},
	} {
		if got := hides(test.mounts, test.capabilities, test.groups); got != test.want {
			t.Errorf("%q, capabilities %x, groups %v: %v", test.mounts, test.capabilities, test.groups, got)
		}
	}
}

func TestContainerIDs(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for path, want := range map[string]string{
		"/": "", "": "", "/..": "", "/user.slice/user-1000.slice/session-3.scope": "",
		"/docker/" + id:                                                     id,
		"/system.slice/docker-" + id + ".scope":                             id,
		"/../cri-containerd-" + id + ".scope":                               id,
		"/../" + id + "/child":                                              id,
		"/ecs/" + id[:32] + "/" + id[:32] + "-123":                          id[:32],
		"/kubepods/burstable/pod0f2c6c1e-1f0c-4c0e-9a0e-2f0c6c1e1f0c/" + id: id,
		"/kubepods.slice/kubepods-pod0f2c6c1e_1f0c_4c0e_9a0e_2f0c6c1e1f0c.slice/crio-" + id + ".scope":  id,
		"/kubepods.slice/kubepods-pod0f2c6c1e_1f0c_4c0e_9a0e_2f0c6c1e1f0c.slice":                        "",
		"/machine.slice/libpod-" + id + ".scope/container":                                              id,
		"/a/" + strings.Repeat("b", 31) + "/" + strings.Repeat("c", 32) + "/" + strings.Repeat("d", 31): strings.Repeat("c", 32),
	} {
		if got := ContainerID(path); got != want {
			t.Errorf("ContainerID(%q) is %q, want %q", path, got, want)
		}
	}
	lines := "12:pids:/docker/" + id + "\n4:memory:/x:y\n0::/\n"
	if got := cgroupPath(lines); got != "/docker/"+id {
		t.Errorf("the path of %q is %q", lines, got)
	}
	if got := cgroupPath("4:memory:/x:y\nbroken\n0::/\n"); got != "/x:y" {
		t.Errorf("without a container it is %q", got)
	}
}

// TestOtherContainersUsers: the names of users are not those of this file system there.
func TestOtherContainersUsers(t *testing.T) {
	id := strings.Repeat("ab", 32)
	table := readMade(t, Options{}, made{pid: 1, name: "pause", cgroup: "0::/\n"}, made{pid: 2, name: "x", cgroup: "0::/../" + id + "\n"}, made{pid: 3, name: "y", cgroup: "0::/../other\n"})
	if table.Find(1).User != "root" || table.Find(2).User != "" || table.Find(3).User != "" || table.Find(2).Container != id {
		t.Errorf("read %+v", table.Processes)
	}
}

// TestZombiesCgroup: with cgroup v1 a zombie is in the root cgroup.
func TestZombiesCgroup(t *testing.T) {
	id := strings.Repeat("ab", 32)
	table := readMade(t, Options{}, made{pid: 9, name: "x", cgroup: "4:memory:/docker/" + id + "\n"}, made{pid: 3, parent: 9, state: "Z", cgroup: "4:memory:/\n"}, made{pid: 4, parent: 77, state: "Z", cgroup: "4:memory:/\n"})
	if z := table.Find(3); z.Container != id || z.User != "root" || table.Find(4).Container != "" {
		t.Errorf("read %+v", table.Processes)
	}
}

func TestTerminals(t *testing.T) {
	for device, want := range map[int]string{0: "", 136 << 8: "pts/0", 136<<8 | 5: "pts/5", 137<<8 | 1: "pts/1048577", 4<<8 | 1: "tty1", 4<<8 | 64: "ttyS0", 5<<8 | 1: "console", 229<<8 | 3: "229:3"} {
		if got := terminal(device); got != want {
			t.Errorf("device %#x is %q, want %q", device, got, want)
		}
	}
}

func TestJSONIsExact(t *testing.T) {
	table := readMade(t, Options{}, made{pid: 7, name: "a\nb", command: "a\nb\x00\x1b[2J\x00"})
	text, err := json.Marshal(table.Processes[0])
	if err != nil {
		t.Fatal(err)
	}
	var got Process
	got.State = 'S'
	var plain struct {
		Name    string
		Command []string
		State   string
	}
	if err := json.Unmarshal(text, &plain); err != nil || plain.Name != "a\nb" || !slices.Equal(plain.Command, []string{"a\nb", "\x1b[2J"}) || plain.State != "sleeping" {
		t.Errorf("%s is read as %+v, %v", text, plain, err)
	}
}
