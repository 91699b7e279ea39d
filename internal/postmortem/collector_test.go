package postmortem

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReportOfACrash(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	put(t, filepath.Join(dir, "hs_err_pid4711.log"), "#\n#  SIGSEGV (0xb) at pc=0x1, pid=4711, tid=1\n#\n# Problematic frame:\n# C  [libfoo.so+0x1]  parse+0x1\n#\n")
	c, r := collect(t, Options{Dir: state, Version: "1.2.3", Host: "pod-1"}, crash(dir, "app", 2))
	if r.Cause.Line != "the JVM crashed: SIGSEGV in libfoo.so (parse+0x1) (hs_err_pid4711.log)" {
		t.Errorf("the cause is %q", r.Cause.Line)
	}
	if len(r.Artefacts) != 1 || r.Artefacts[0].State != artefactMoved || r.Artefacts[0].Kind != "JVM error file" || r.Incomplete {
		t.Errorf("the artefacts are %+v", r.Artefacts)
	}
	if r.Restarts != 2 || r.End.Code != 3 || !r.Held || r.Command.Directory != dir || r.Host != "pod-1" || len(r.Command.Limits) < 5 || len(r.Scene) == 0 {
		t.Errorf("the report is %+v", r)
	}
	want := strings.ReplaceAll("reports/ID/artefacts/hs_err_pid4711.log\nreports/ID/report.json\nreports/ID/stderr.log\nreports/ID/stdout.log", "ID", r.ID)
	if got := tree(t, state); got != want {
		t.Errorf("the state directory has:\n%s", got)
	}
	if got := tree(t, dir); got != "" {
		t.Errorf("what has been moved is still there: %s", got)
	}
	// The secret is in memory only.
	err := filepath.Walk(state, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "hunter2222") {
			t.Errorf("%s has the secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	bare, ok := c.Unmasked(r.ID)
	if !ok || bare.Command.Environment[1] != "DB_PASSWORD=hunter2222" || bare.Artefacts[0].State != artefactMoved {
		t.Errorf("unmasked it is %+v", bare)
	}
	if _, ok := c.Unmasked("other"); ok {
		t.Error("another report is unmasked")
	}
}

func TestArtefactsThatAreNotCollected(t *testing.T) {
	dir, elsewhere, state := t.TempDir(), t.TempDir(), t.TempDir()
	// A heap dump of 40 GB, sparse.
	huge := put(t, filepath.Join(dir, "java_pid1.hprof"), "JAVA PROFILE")
	if err := os.Truncate(huge, 40<<30); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	old := put(t, filepath.Join(dir, "hs_err_pid2.log"), "of a run before")
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(elsewhere, "secret"), "secret")
	for name, target := range map[string]string{"hs_err_pid3.log": filepath.Join(elsewhere, "secret"), "linked": elsewhere} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "core"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "logs", "gc.log"), "gc")
	f := crash(dir, "app", 0)
	f.Collect = []string{"logs/*.log", "linked/*", "/proc/self/*", "/proc/*/environ", "/*/self/environ", "/dev/*", "/sys/*/*", "/nowhere/*", "[", "**/*.log", ""}
	_, r := collect(t, Options{Dir: state}, f)
	got := map[string]string{}
	for _, a := range r.Artefacts {
		got[strings.TrimPrefix(a.From, dir+"/")] = a.State + " " + a.Note
	}
	want := map[string]string{
		"java_pid1.hprof": "left larger than 256 MB, of which 4.0 KB are on disk", "logs/gc.log": got["logs/gc.log"],
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the artefacts are %q", got)
	}
	if !strings.HasPrefix(got["logs/gc.log"], artefactLinked) && !strings.HasPrefix(got["logs/gc.log"], artefactCopied) {
		t.Errorf("what the user has named is %q", got["logs/gc.log"])
	}
	if info, err := os.Stat(huge); err != nil || info.Size() != 40<<30 {
		t.Errorf("the heap dump is %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "logs", "gc.log")); err != nil {
		t.Errorf("what the user has named does not stay: %v", err)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "it is the kernel's") {
		t.Errorf("nothing is said of /proc: %s", notes)
	}
}

func TestArtefactsOfOtherUsersAreNotCollected(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "root.log"), "not the process's")
	uid := uint32(65532)
	mine := put(t, filepath.Join(dir, "mine.log"), "x")
	if err := os.Chown(mine, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	f := crash(dir, "app", 0)
	f.Process.User = userWith(uid)
	f.Collect = []string{"*.log"}
	_, r := collect(t, Options{Dir: t.TempDir()}, f)
	if len(r.Artefacts) != 1 || r.Artefacts[0].From != mine || !strings.Contains(strings.Join(r.Notes, "\n"), "root.log is not collected: it belongs to user 0") {
		t.Errorf("%+v, %q", r.Artefacts, r.Notes)
	}
}

func TestArtefactsAreBounded(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	for n := range 40 {
		put(t, filepath.Join(dir, "dumps", fmt.Sprintf("%d.log", n), "same.log"), "x")
	}
	f := crash(dir, "app", 0)
	f.Collect = []string{"dumps/*/*.log"}
	_, r := collect(t, Options{Dir: state}, f)
	names := map[string]bool{}
	for _, a := range r.Artefacts {
		names[a.Name] = true
	}
	if len(names) != maxArtefacts || !strings.Contains(strings.Join(r.Notes, "\n"), "8 more files were found") {
		t.Errorf("%d artefacts, %q", len(names), r.Notes)
	}
	if got := strings.Count(tree(t, state), "/artefacts/"); got != maxArtefacts {
		t.Errorf("%d files are there", got)
	}
}

// Between file systems files are copied, as a whole or not at all, and not into the last
// of the room.
func TestArtefactsFromAnotherFileSystem(t *testing.T) {
	dir := mount(t, "size=8m")
	put(t, filepath.Join(dir, "java_pid7.hprof"), strings.Repeat("JAVA PROFILE 1.0.2\x00", 50_000))
	_, r := collect(t, Options{Dir: t.TempDir()}, crash(dir, "app", 0))
	if len(r.Artefacts) != 1 || r.Artefacts[0].State != artefactMoved || r.Artefacts[0].Size != 950_000 {
		t.Errorf("%+v", r.Artefacts)
	}
	small := mount(t, "size=4m")
	from := t.TempDir()
	put(t, filepath.Join(from, "java_pid7.hprof"), strings.Repeat("x", 3<<20))
	_, r = collect(t, Options{Dir: small}, crash(from, "app", 0))
	if len(r.Artefacts) != 1 || r.Artefacts[0].State != artefactLeft || !strings.Contains(r.Artefacts[0].Note, "no space left") || tree(t, from) != "java_pid7.hprof" {
		t.Errorf("%+v", r.Artefacts)
	}
	if got := tree(t, small); strings.Contains(got, "hprof") {
		t.Errorf("half of it has been copied:\n%s", got)
	}
}

// What a process prints may be anything.
func TestOutputThatIsNoText(t *testing.T) {
	f := crash(t.TempDir(), "app", 0)
	raw := "\xff\xfe\x00\x1b[2J]\x1b]0;title\x07 \xc3\x28\r\n</script><b>\n"
	f.Output = func() (Output, bool) { return Output{Stdout: []byte(raw), Stderr: []byte(raw)}, true }
	state := t.TempDir()
	c, r := collect(t, Options{Dir: state}, f)
	if text, err := os.ReadFile(filepath.Join(state, reportsDir, r.ID, "stdout.log")); err != nil || string(text) != raw {
		t.Errorf("beside the report is %q, %v", text, err)
	}
	if text, err := json.Marshal(r); err != nil || !json.Valid(text) {
		t.Error("the report is no JSON")
	}
	var shown strings.Builder
	if err := WriteText(&shown, r, TextOptions{}); err != nil || strings.ContainsAny(shown.String(), "\x1b\x07\x00\r") {
		t.Errorf("shown is %q, %v", shown.String(), err)
	}
	if dir, _ := c.Store().Dir(); dir != state {
		t.Errorf("the state directory is %q", dir)
	}
}
