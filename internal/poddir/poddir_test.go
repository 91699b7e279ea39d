package poddir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/supervisor"
)

var here = Life{Boot: "boot", Pod: "pod", Sandbox: "cookie 1"}

func state(containers ...Container) *State {
	return &State{Life: here, Run: "1", State: "Running", Started: true, Ready: true, Containers: containers}
}

func published(t *testing.T, dir, name string, s *State) *Publisher {
	t.Helper()
	p := NewPublisher(dir, name)
	if err := p.Publish(s); err != nil {
		t.Fatal(err)
	}
	return p
}

// What a nile tells is seen while it lives, and its lock is gone with it: as the kernel does
// for a process that is killed.
func TestLivingAndDead(t *testing.T) {
	dir := t.TempDir()
	p := published(t, dir, "db", state(Container{Name: "postgres", State: "Running", Started: true, Ready: true}))
	seen := Look(dir, "db", here)
	defer seen.Close()
	if !seen.Lives || seen.Peer("postgres") != (supervisor.Peer{Started: true, Ready: true, Run: "1.0"}) {
		t.Fatalf("seen is %+v, peer %+v", seen, seen.Peer("postgres"))
	}
	if ended, _ := seen.Ended(); ended {
		t.Error("it lives and has ended")
	}
	p.held.Close()
	seen = Look(dir, "db", here)
	if ended, success := seen.Ended(); seen.Lives || !ended || success {
		t.Errorf("the dead one lives: %v, has ended: %v, in success: %v", seen.Lives, ended, success)
	}
	if peer := seen.Peer("postgres"); peer != (supervisor.Peer{Trouble: "is gone: its nile was killed"}) {
		t.Errorf("a container of the dead one is %+v", peer)
	}
}

// Who waits for the lock hears of each new version, and of the end.
func TestWait(t *testing.T) {
	dir := t.TempDir()
	p := published(t, dir, "db", state())
	for _, step := range []func(){
		func() {
			s := state()
			s.Ready = false
			if err := p.Publish(s); err != nil {
				t.Error(err)
			}
		},
		func() { p.held.Close() },
	} {
		seen := Look(dir, "db", here)
		if !seen.Lives {
			t.Fatalf("it does not live: %+v", seen)
		}
		waited := make(chan error, 1)
		go func() { waited <- seen.Wait() }()
		select {
		case err := <-waited:
			t.Fatalf("the waiting is over before anything has happened: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		step()
		select {
		case err := <-waited:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the waiting is never over")
		}
	}
}

// What is told of containers, by their state and that of their nile.
func TestPeers(t *testing.T) {
	code := func(n int) *int { return &n }
	started := Container{Name: "c", State: "Running", Started: true, Restarts: 2}
	for _, test := range []struct {
		name string
		c    Container
		exit *int
		want supervisor.Peer
	}{
		{"unready", started, nil, supervisor.Peer{Started: true, Run: "1.2", Trouble: "is not ready"}},
		{"starting", Container{Name: "c", State: "Running"}, nil, supervisor.Peer{Run: "1.0", Trouble: "has not started"}},
		{"held", Container{Name: "c", State: "Held"}, nil, supervisor.Peer{Trouble: "is held"}},
		{"stopped", Container{Name: "c", State: "Stopped"}, nil, supervisor.Peer{Trouble: "is stopped"}},
		{"back-off", Container{Name: "c", State: "Backoff"}, nil, supervisor.Peer{Trouble: "does not run"}},
		{"failed", Container{Name: "c", State: "Failed", ExitCode: code(3)}, nil, supervisor.Peer{Trouble: "has ended with code 3"}},
		{"completed", Container{Name: "c", State: "Completed", ExitCode: code(0)}, nil, supervisor.Peer{Started: true, Completed: true, Trouble: "has ended"}},
		{"init", Container{Name: "c", State: "Completed", Ready: true}, nil, supervisor.Peer{Started: true, Ready: true, Completed: true, Trouble: "has ended"}},
		{"completed, and its nile", Container{Name: "c", State: "Completed"}, code(4), supervisor.Peer{Started: true, Completed: true, Trouble: "has ended"}},
		{"ended with its nile", started, code(4), supervisor.Peer{Trouble: "has ended"}},
		{"unknown", Container{Name: "other"}, nil, supervisor.Peer{Trouble: "is no container of that nile"}},
	} {
		s := state(test.c)
		s.ExitCode = test.exit
		seen := Seen{State: s, Lives: test.exit == nil}
		if got := seen.Peer("c"); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
	whole := state()
	whole.ExitCode = code(0)
	if got := (&Seen{State: whole}).Peer(""); got != (supervisor.Peer{Started: true, Completed: true, Trouble: "has ended with code 0"}) {
		t.Errorf("a nile that has ended is %+v", got)
	}
}

// A tombstone counts in its own life of the pod only; a nile that lives in its own pod.
func TestLives(t *testing.T) {
	dir := t.TempDir()
	zero := 0
	ended := state()
	ended.ExitCode = &zero
	published(t, dir, "job", ended).held.Close()
	defer published(t, dir, "db", state()).held.Close()
	for _, test := range []struct {
		life       Life
		job, lives bool
	}{
		{here, true, true},
		{Life{Boot: "another", Pod: "pod", Sandbox: "cookie 1"}, false, true},
		{Life{Boot: "boot", Pod: "pod", Sandbox: "cookie 2"}, false, true},
		{Life{Boot: "boot", Pod: "another", Sandbox: "cookie 1"}, false, false},
		{Life{Boot: "boot"}, false, true},
	} {
		job, db := Look(dir, "job", test.life), Look(dir, "db", test.life)
		db.Close()
		if ended, _ := job.Ended(); ended != test.job || db.Lives != test.lives {
			t.Errorf("in life %+v the job has ended: %v, db lives: %v, should be %v, %v", test.life, ended, db.Lives, test.job, test.lives)
		}
	}
	if life := Present(); life.Boot == "" {
		t.Errorf("this life has no boot: %+v", life)
	}
}

func TestPodOfMounts(t *testing.T) {
	const uid = "0b6c1f8e-53a4-4f0e-9c2d-6f1f4d2c9f10"
	for mountinfo, want := range map[string]string{
		"": "",
		"23 1 0:1 / / rw - overlay overlay rw\n" +
			"24 23 8:1 /var/lib/kubelet/pods/" + uid + "/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n": uid,
		"24 23 8:1 /k/pods/0123456789abcdef0123456789abcdef/volumes/kubernetes.io~empty-dir/x /x rw - ext4 /dev/sda1 rw\n": "0123456789abcdef0123456789abcdef",
		"24 23 8:1 /srv/pods/mine/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n":                                               "",
		"24 23 8:1\n": "",
	} {
		if got := podOfMounts(mountinfo); got != want {
			t.Errorf("%q has the pod %q, want %q", mountinfo, got, want)
		}
	}
}

// Whatever lies there in place of a nile's file is said, and neither followed nor waited for.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	text := `{"version":1,"name":"link","containers":[]}`
	if err := os.WriteFile(secret, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, Path(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(Path(dir, "fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(Path(dir, "directory"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"garbage": "\x00\xff{]", "empty": "", "version": `{"version":2,"name":"version"}`,
		"name": `{"version":1,"name":"another"}`, "list": `[]`, "run": `{"version":1,"name":"run","run":"` + strings.Repeat("x", 65) + `"}`,
		"large": `{"version":1,"name":"large","state":"` + strings.Repeat("x", 1_000_000) + `"}`,
		"deep":  strings.Repeat("[", 200_000),
	} {
		if err := os.WriteFile(Path(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"link": "symbolic link", "fifo": "no regular file", "directory": "no regular file", "garbage": "no state of a nile",
		"empty": "no state of a nile", "version": "version 2", "name": "not that of a nile named name", "list": "no state of a nile",
		"run": "not that of a nile", "large": "larger than", "deep": "no state of a nile", "missing": "is not there yet",
	} {
		seen := Look(dir, name, here)
		if seen.State != nil || seen.Lives || !strings.Contains(seen.Trouble, want) {
			t.Errorf("%s: %+v, want trouble with %q", name, seen, want)
		}
		if ended, _ := seen.Ended(); ended {
			t.Errorf("%s counts as one that has ended", name)
		}
	}
}

// The file can be read by all whatever the umask is; tricks in the way are not followed.
func TestPublishing(t *testing.T) {
	dir := t.TempDir()
	defer unix.Umask(unix.Umask(0o077))
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, ".db.json.new"), filepath.Join(dir, ".tmp")} {
		if err := os.Symlink(victim, path); err != nil {
			t.Fatal(err)
		}
	}
	p := published(t, dir, "db", state())
	info, err := os.Lstat(Path(dir, "db"))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("the mode is %v: %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile(victim); string(text) != "untouched" {
		t.Errorf("the link was followed: %q", text)
	}
	before, _ := os.Stat(Path(dir, "db"))
	if err := p.Publish(state()); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(Path(dir, "db")); !os.SameFile(before, after) {
		t.Error("the same state is written again")
	}
	if err := NewPublisher(dir, "db").Publish(state()); err == nil || !strings.Contains(err.Error(), "another nile that lives") {
		t.Errorf("a second nile of that name publishes: %v", err)
	}
	p.held.Close()
	published(t, dir, "db", state()).held.Close() // over the dead one's
	if err := os.Remove(Path(dir, "db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, Path(dir, "db")); err != nil {
		t.Fatal(err)
	}
	if err := NewPublisher(dir, "db").Publish(state()); err == nil {
		t.Error("a link is taken for a nile's file")
	}
	if err := NewPublisher(filepath.Join(dir, "missing"), "db").Publish(state()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// What cannot be told is taken back, and told again once there is room.
func TestFullAndReadOnly(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small file system")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount here: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	p := published(t, dir, "db", state())
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the file system is not full: %v", err)
	}
	changed := state()
	changed.Ready = false
	if err := p.Publish(changed); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	if seen := Look(dir, "db", here); seen.State != nil {
		t.Errorf("the old state is still told: %+v", seen.State)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(changed); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Logf("cannot make it read-only: %v", err) // files are open for writing
		return
	}
	if err := p.Publish(state()); !errors.Is(err, unix.EROFS) {
		t.Errorf("a read-only directory: %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"db": true, "a.b_c-D9": true, "": false, ".db": false, "-db": false, "a/b": false, "..": false, "ü": false, "a b": false,
		strings.Repeat("x", 63): true, strings.Repeat("x", 64): false,
	} {
		if IsName(name) != want {
			t.Errorf("%q is a name: %v", name, !want)
		}
	}
}
