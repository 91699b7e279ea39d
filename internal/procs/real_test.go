package procs

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// start starts a program that is ended with the test.
func start(t testing.TB, argv ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// until reads the processes again and again until something is seen.
func until(t *testing.T, options Options, what string, seen func(*Table) bool) *Table {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		table, err := Read(options)
		if err != nil {
			t.Fatal(err)
		}
		if seen(table) {
			return table
		}
	}
	t.Fatalf("not seen: %s", what)
	return nil
}

func TestRealProcess(t *testing.T) {
	child := start(t, "sleep", "60.0")
	table := until(t, Options{PSS: true, Threads: true}, "sleep", func(table *Table) bool {
		p := table.Find(child.Process.Pid)
		return p != nil && p.Name == "sleep" && p.State == 'S'
	})
	p := table.Find(child.Process.Pid)
	if p.Parent != os.Getpid() || p.UID != uint32(os.Geteuid()) || !slices.Equal(p.Args, []string{"sleep", "60.0"}) || p.Threads != 1 {
		t.Errorf("read %+v", p)
	}
	if p.Resident == 0 || p.PSS == nil || *p.PSS == 0 || *p.PSS > p.Resident {
		t.Errorf("memory %d, proportional %v", p.Resident, p.PSS)
	}
	if p.Age > time.Minute || time.Since(p.Started) > time.Minute || p.Started.After(time.Now().Add(time.Second)) {
		t.Errorf("age %v, started %v", p.Age, p.Started)
	}
	self := table.Find(os.Getpid())
	threads := 0
	for i := range table.Processes {
		if one := &table.Processes[i]; one.PID == os.Getpid() && one.Thread != 0 {
			threads++
		}
	}
	if self.Threads < 2 || threads == 0 {
		t.Errorf("this process has %d threads, %d of them were seen", self.Threads, threads)
	}
}

// TestRealZombies: a shell starts children and becomes a program that waits for none.
func TestRealZombies(t *testing.T) {
	parent := start(t, "sh", "-c", "true & true & true & exec sleep 60")
	pid := parent.Process.Pid
	table := until(t, Options{}, "three zombies", func(table *Table) bool {
		return slices.Contains(table.Neglecting(), Neglected{Parent: pid, Name: "sleep", Zombies: 3})
	})
	for i := range table.Processes {
		if p := &table.Processes[i]; p.Parent == pid && (p.State.String() != "zombie" || len(p.Args) != 0) {
			t.Errorf("a zombie is %+v", p)
		}
	}
	usage, err := new(Sampler).Trees([]int{pid, os.Getpid()})
	if err != nil || usage[0].Zombies != 3 || usage[0].Processes != 1 || usage[0].Resident == 0 || usage[1].Processes < 1 {
		t.Errorf("their tree: %+v, %v", usage, err)
	}
}

// TestRealTable compares all of /proc with what its parts say.
func TestRealTable(t *testing.T) {
	table, err := Read(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(table.Processes, func(a, b Process) int { return compare(a, &b) }) {
		t.Error("the processes are not in order")
	}
	if self := table.Find(os.Getpid()); self == nil || !strings.Contains(self.CommandLine(), "procs.test") {
		t.Errorf("this process is %+v", self)
	}
	if p := table.Find(1); p == nil || p.Parent != 0 {
		t.Errorf("process 1 is %+v", p)
	}
}

// TestRealHidepid mounts a /proc that hides the processes of others, and looks at it as nobody.
func TestRealHidepid(t *testing.T) {
	if os.Getenv("PROCS_TEST_HIDEPID") != "" {
		lookAtHidepid()
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to mount /proc")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("needs setpriv: apt-get install util-linux")
	}
	cmd := exec.Command("unshare", "--mount", "--pid", "--fork", "sh", "-c",
		`mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"`, "sh",
		"/proc/self/fd/3", "-test.run=TestRealHidepid$")
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd.ExtraFiles = []*os.File{self}
	cmd.Env = append(os.Environ(), "PROCS_TEST_HIDEPID=1")
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "unshare") {
		t.Skipf("needs namespaces: %s", out)
	}
	if !strings.Contains(string(out), "hidden true, process 1 seen: true") {
		t.Errorf("as nobody, below hidepid=2: %v\n%s", err, out)
	}
}

// lookAtHidepid is what nobody sees: process 1 is its own.
func lookAtHidepid() {
	table, err := Read(Options{})
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	println("hidden " + strconv.FormatBool(table.Hidden) + ", process 1 seen: " + strconv.FormatBool(table.Find(1) != nil))
	os.Exit(0)
}

// TestComingAndGoing reads while processes come and go.
func TestComingAndGoing(t *testing.T) {
	storm := start(t, "sh", "-c", "while :; do true & true & true & wait; done")
	for range 20 {
		table, err := Read(Options{Threads: true})
		if err != nil || table.Find(os.Getpid()) == nil {
			t.Fatalf("in the midst of it: %v", err)
		}
	}
	if err := unix.Kill(storm.Process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// manySleep starts sleeping processes, below one shell.
func manySleep(b *testing.B, n int) {
	b.Helper()
	cmd := exec.Command("sh", "-c", `i=0; while [ $i -lt $1 ]; do sleep 600 & i=$((i+1)); done; echo there; wait`, "sh", strconv.Itoa(n))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 16)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			manySleep(b, n)
			for b.Loop() {
				if _, err := Read(Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSampler(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			manySleep(b, n)
			var sampler Sampler
			for b.Loop() {
				if _, err := sampler.Trees([]int{1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
