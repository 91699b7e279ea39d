package postmortem

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func sample(n int) *Report {
	at := time.Date(2026, 11, 27, 4, 0, n, 0, time.UTC)
	return &Report{Version: Version, ID: at.Format("20060102T150405.000Z") + "-app-0", Container: "app", End: End{Finished: at}, Cause: Cause{Line: fmt.Sprint("cause ", n)}}
}

func TestStoreKeepsTheLastReports(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 15 {
		if err := s.Write(sample(n), Output{Stderr: []byte("x\xff\x00")}); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*Store{s, reopened(t, dir)} {
		list, err := s.List("")
		if err != nil || len(list) != DefaultKeep || list[0].Cause != "cause 14" || list[DefaultKeep-1].Cause != "cause 5" {
			t.Errorf("%v, %+v", err, list)
		}
		if list, _ := s.List("other"); len(list) != 0 {
			t.Errorf("of another container there are %d", len(list))
		}
		if r, err := s.Read(sample(14).ID); err != nil || r.Cause.Line != "cause 14" {
			t.Errorf("%v, %v", r, err)
		}
		for _, id := range []string{sample(1).ID, "", "..", "../../etc", "2/../../x"} {
			if _, err := s.Read(id); !errors.Is(err, ErrNoReport) {
				t.Errorf("reading %q: %v", id, err)
			}
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, reportsDir, sample(14).ID, "stderr.log")); err != nil || string(text) != "x\xff\x00" {
		t.Errorf("stderr.log: %q, %v", text, err)
	}
}

// Output, arguments and environment are nobody else's business.
func TestReportsAreForTheirOwnerAlone(t *testing.T) {
	old := unix.Umask(0)
	defer unix.Umask(old)
	dir := filepath.Join(t.TempDir(), "state")
	s, err := Open(dir)
	if err == nil {
		err = s.Write(sample(1), Output{Stdout: []byte("secret"), Stderr: []byte("secret")})
	}
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		count++
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil || count != 7 {
		t.Errorf("%d files and directories, %v", count, err)
	}
}

func reopened(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := OpenExisting(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Where the state directory cannot be used, reports are in memory, and the reason is told.
func TestStoreInMemory(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	file := put(t, filepath.Join(dir, "file"), "x")
	inner := filepath.Join(dir, "inner")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(inner, reportsDir)); err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{link: "symbolic link", file: "no directory", inner: "no directory", "/proc/self/nile": ""} {
		s, err := Open(path)
		if err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		for n := range 6 {
			if err := s.Write(sample(n), Output{}); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		list, err := s.List("")
		if err != nil || len(list) != maxInMemory || list[0].Cause != "cause 5" {
			t.Errorf("%s: %v, %+v", path, err, list)
		}
		if r, err := s.Read(sample(5).ID); err != nil || r.Cause.Line != "cause 5" {
			t.Errorf("%s: %v, %v", path, r, err)
		}
	}
	if got := tree(t, target); got != "" {
		t.Errorf("what the links lead to has %s", got)
	}
}

func TestDefaultDirectories(t *testing.T) {
	dir := t.TempDir()
	volume, run, tmp := filepath.Join(dir, "var"), filepath.Join(dir, "no", "run"), filepath.Join(dir, "tmp")
	use := func() string {
		s, err := openFirst("", []string{volume, run, tmp})
		if err != nil {
			t.Error(err)
		}
		used, _ := s.Dir()
		return used
	}
	if got := use(); got != run { // the first is not made
		t.Errorf("%s is used", got)
	}
	if err := os.Mkdir(volume, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := use(); got != volume {
		t.Errorf("%s is used, though %s is there", got, volume)
	}
	// Somebody else could put what he likes where others may write.
	if err := os.Chmod(volume, 0o777); err != nil {
		t.Fatal(err)
	}
	if got := use(); got != run {
		t.Errorf("%s is used, though others may write to %s", got, volume)
	}
	// But a volume that the user names is everybody's as a rule: an emptyDir.
	s, err := Open(volume)
	if err != nil {
		t.Error(err)
	}
	if got, _ := s.Dir(); got != volume {
		t.Errorf("%q is used", got)
	}
}

func TestDirectoriesOfOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	s, _ := openFirst("", []string{dir})
	if used, why := s.Dir(); used != "" || !strings.Contains(why, "belongs to user 65532") {
		t.Errorf("%q is used: %s", used, why)
	}
	if _, err := Open(dir); err != nil { // a volume of the pod's
		t.Error(err)
	}
	if err := os.Chown(filepath.Join(dir, reportsDir), 65532, 65532); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "belongs to user 65532") {
		t.Errorf("reports/ of another user: %v", err)
	}
}

// mount makes a small file system of its own.
func mount(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("nile-test", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestStoreOnAReadOnlyFileSystem(t *testing.T) {
	dir := mount(t, "size=1m")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	s, err := Open(dir)
	if !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
	if err := s.Write(sample(1), Output{}); err != nil {
		t.Error(err)
	}
}

// On a full disk a report is kept in memory, nothing half is left, and when there is room
// again reports go there again.
func TestStoreOnAFullDisk(t *testing.T) {
	dir := mount(t, "size=256k")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(sample(1), Output{}); err != nil {
		t.Fatal(err)
	}
	big := Output{Stdout: make([]byte, 512<<10)}
	if err := s.Write(sample(2), big); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "kept in memory") {
		t.Errorf("a full disk gives %v", err)
	}
	list, err := s.List("")
	if err != nil || len(list) != 2 || list[0].Cause != "cause 2" {
		t.Errorf("%v, %+v", err, list)
	}
	if got := tree(t, dir); strings.Contains(got, unfinished) || strings.Contains(got, sample(2).ID) {
		t.Errorf("the disk has:\n%s", got)
	}
	if err := s.Write(sample(3), Output{}); err != nil {
		t.Error(err)
	}
}

// A nile that ended amid a report leaves something unfinished: it is no report, and the
// next nile removes it.
func TestStoreAfterACrashOfNile(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(sample(1), Output{}); err != nil {
		t.Fatal(err)
	}
	reports := filepath.Join(dir, reportsDir)
	put(t, filepath.Join(reports, unfinished+sample(2).ID, reportFile), `{"vers`)
	put(t, filepath.Join(reports, sample(1).ID, artefactsDir, unfinished+"java_pid7.hprof"), "half")
	put(t, filepath.Join(reports, sample(1).ID, reportFile+".new"), `{"vers`)
	put(t, filepath.Join(reports, sample(3).ID, reportFile), `{"vers`) // a disk's fault
	if list, err := reopened(t, dir).List(""); err != nil || len(list) != 1 {
		t.Errorf("%v, %+v", err, list)
	}
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, dir), "reports/"+sample(1).ID+"/report.json\nreports/"+sample(3).ID+"/report.json"; got != want {
		t.Errorf("it has:\n%s\nwant:\n%s", got, want)
	}
}

// Whoever may write to the state directory cannot have nile's files go elsewhere.
func TestStoreIsNotLedElsewhere(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	reports := filepath.Join(dir, reportsDir)
	if err := os.Rename(reports, reports+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, reports); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(sample(1), Output{}); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, elsewhere); got != "" {
		t.Errorf("the link's end has %s", got)
	}
	// Nor have others' files read.
	secret := put(t, filepath.Join(elsewhere, "secret.json"), `{"version":1,"cause":{"line":"secret"}}`)
	put(t, filepath.Join(reports+".old", sample(2).ID, "x"), "")
	if err := os.Symlink(secret, filepath.Join(reports+".old", sample(2).ID, reportFile)); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Read(sample(2).ID); err == nil {
		t.Errorf("a link is read as a report: %+v", r)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"id":"x","cause":{"line":"y"},"end":{"finishedAt":"2026-11-27T04:00:00Z"}}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Decode(text)
		if err != nil {
			return
		}
		var shown strings.Builder
		if err := WriteText(&shown, r, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(shown.String(), "\x1b\x07\x00\u009b") {
			t.Fatalf("control characters come out: %q", shown.String())
		}
		if err := WriteHTML(&shown, &Page{Report: r}); err != nil {
			t.Fatal(err)
		}
	})
}
