//go:build conformance

package conformance

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// atOnce is how many pods run at the same time. They mostly sleep.
const atOnce = 8

func TestMain(m *testing.M) {
	help()
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
		panic(err)
	}
	code, err := func() (int, error) {
		dir, err := os.MkdirTemp("", "nile-conformance-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		shared = dir
		return m.Run(), nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		code = 1
	}
	os.Exit(code)
}

func TestConformance(t *testing.T) {
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	pods, err := loadPods()
	if err != nil {
		t.Fatal(err)
	}
	table := &table{}
	watch := startLag()
	t.Run("pod", func(t *testing.T) {
		for _, p := range pods {
			t.Run(p.title(), func(t *testing.T) {
				t.Parallel()
				table.add(p.test(t, watch))
			})
		}
	})
	table.print()
}

// test runs the pod and judges it.
func (p *pod) test(t *testing.T, watch *lag) row {
	began := time.Now()
	seen, err := run(p, t.TempDir())
	if err != nil {
		t.Error(err)
		return row{pod: p, result: "FAIL", failures: []string{"could not be run"}}
	}
	verdicts := p.judge(seen.trace, watch.since(began))
	r := row{pod: p, verdicts: verdicts}
	if dir := os.Getenv("CONFORMANCE_TRACES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, p.title()+".txt"), []byte(seen.trace.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
	r.judge()
	for _, text := range r.failures {
		t.Error(text)
	}
	if t.Failed() {
		t.Logf("nile's trace:\n%s%s", seen.trace, strings.Join(seen.rest, "\n"))
	}
	return r
}

// prepare makes what all pods share. What is missing for it is an error: who asks for conformance wants to know.
func prepare() error {
	if os.Getuid() != 0 {
		return errors.New("cannot make namespaces and mounts as an ordinary user: run it as root")
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return errors.New("cannot find busybox, of which the pods' commands are made: apt-get install busybox-static")
	}
	if out, err := exec.Command("unshare", "--pid", "--mount", "--net", "--ipc", "--fork", "true").CombinedOutput(); err != nil {
		return fmt.Errorf("cannot make namespaces here: %w\n%s", err, out)
	}
	if err := makeBin(busybox); err != nil {
		return err
	}
	return makeTools()
}

// makeBin makes a /bin of busybox and its names, as in the image that the kubelet ran.
func makeBin(busybox string) error {
	bin := filepath.Join(shared, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	if err := copyFile(busybox, filepath.Join(bin, "busybox")); err != nil {
		return err
	}
	names, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(names)) {
		if name == "busybox" {
			continue
		}
		if err := os.Symlink("busybox", filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return nil
}

// makeTools builds nile, or takes the one of NILE_BINARY, and puts the helpers beside it.
func makeTools() error {
	dir := filepath.Join(shared, "tools")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	nile := filepath.Join(dir, "nile")
	if given := os.Getenv("NILE_BINARY"); given != "" {
		if err := copyFile(given, nile); err != nil {
			return err
		}
	} else if err := testkit.Build("-trimpath", "-o", nile, "../cmd/nile"); err != nil {
		return err
	}
	if err := copyFile("/proc/self/exe", filepath.Join(dir, "helper")); err != nil {
		return err
	}
	for name := range helpers {
		if err := os.Symlink("helper", filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// lag measures by how much the machine is late: a loaded one must not look like a slow nile.
type lag struct {
	mutex sync.Mutex
	late  []lateness
}

type lateness struct {
	at time.Time
	by time.Duration
}

// heartbeat is how often the machine is asked.
const heartbeat = 50 * time.Millisecond

func startLag() *lag {
	l := &lag{}
	go func() {
		for {
			due := time.Now().Add(heartbeat)
			time.Sleep(heartbeat)
			l.mutex.Lock()
			l.late = append(l.late, lateness{due, time.Since(due)})
			l.mutex.Unlock()
		}
	}()
	return l
}

// since is the greatest lateness since a moment, in seconds.
func (l *lag) since(began time.Time) float64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var most time.Duration
	for _, late := range slices.Backward(l.late) {
		if late.at.Before(began) {
			break
		}
		most = max(most, late.by)
	}
	return most.Seconds()
}
