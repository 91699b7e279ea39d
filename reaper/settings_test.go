package reaper

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// line is the value of a "Name:\tvalue" line of /proc/PID/status, or of a line of
// /proc/PID/limits, with single spaces.
func line(text, name string) string {
	for one := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(one, name); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "no line " + name
}

// whatTheChildSees starts the command as a program that prints its own status.
func whatTheChildSees(f *fixture, c Command) string {
	c.Argv = []string{"cat", "/proc/self/status", "/proc/self/limits", "/proc/self/oom_score_adj"}
	return f.output(&c)
}

// TestSettingsReachTheChild looks from inside the child.
func TestSettingsReachTheChild(t *testing.T) {
	umask, adjustment := 0o027, 321
	for _, test := range []struct {
		name    string
		root    bool
		command Command
		want    map[string]string
	}{
		{"umask", false, Command{Umask: &umask}, map[string]string{"Umask:": "0027"}},
		{"no_new_privs", false, Command{NoNewPrivileges: true}, map[string]string{"NoNewPrivs:": "1"}},
		{"nothing", false, Command{}, map[string]string{"NoNewPrivs:": "0"}},
		{"limits", false, Command{Rlimits: []Rlimit{
			{unix.RLIMIT_CORE, 0, 0}, {unix.RLIMIT_NOFILE, 123, 234}, {unix.RLIMIT_FSIZE, 1 << 20, unix.RLIM_INFINITY},
		}}, map[string]string{
			"Max core file size": "0 0 bytes", "Max open files": "123 234 files", "Max file size": "1048576 unlimited bytes",
		}},
		{"little memory", false, Command{Rlimits: []Rlimit{{unix.RLIMIT_AS, 64 << 20, 64 << 20}, {unix.RLIMIT_DATA, 8 << 20, 8 << 20}}},
			map[string]string{"Max address space": "67108864 67108864 bytes", "Max data size": "8388608 8388608 bytes"}},
		{"oom_score_adj", false, Command{OOMScoreAdj: &adjustment}, map[string]string{"321": ""}},
		{"user", true, Command{Credential: &Credential{UID: 1234, GID: 2345, Groups: []uint32{7, 3456}, SetGroups: true}},
			map[string]string{"Uid:": "1234 1234 1234 1234", "Gid:": "2345 2345 2345 2345", "Groups:": "7 3456", "CapEff:": zeroCaps, "CapPrm:": zeroCaps}},
		{"user with a umask", true, Command{Umask: &umask, Credential: &Credential{UID: 1234, GID: 2345, Groups: []uint32{7, 3456}, SetGroups: true}},
			map[string]string{"Uid:": "1234 1234 1234 1234", "Gid:": "2345 2345 2345 2345", "Groups:": "7 3456", "CapEff:": zeroCaps, "CapPrm:": zeroCaps}},
		{"no groups", true, Command{Umask: &umask, Credential: &Credential{UID: 1234, GID: 2345, SetGroups: true}},
			map[string]string{"Groups:": ""}},
		{"drop ALL", true, Command{Capabilities: &Capabilities{Drop: []string{"ALL"}}},
			map[string]string{"CapEff:": zeroCaps, "CapPrm:": zeroCaps, "CapBnd:": zeroCaps, "CapInh:": zeroCaps}},
		{"drop ALL, add two", true, Command{Capabilities: &Capabilities{Add: []string{"NET_BIND_SERVICE", "CAP_CHOWN"}, Drop: []string{"all"}}},
			map[string]string{"CapEff:": "0000000000000401", "CapPrm:": "0000000000000401", "CapBnd:": "0000000000000401"}},
		{"drop ALL as another user", true, Command{
			Capabilities: &Capabilities{Drop: []string{"ALL"}}, NoNewPrivileges: true,
			Credential: &Credential{UID: 1234, GID: 1234, SetGroups: true},
		}, map[string]string{"Uid:": "1234 1234 1234 1234", "CapBnd:": zeroCaps, "CapPrm:": zeroCaps, "NoNewPrivs:": "1"}},
		{"add as another user", true, Command{
			Capabilities: &Capabilities{Add: []string{"NET_BIND_SERVICE"}, Drop: []string{"ALL"}},
			Credential:   &Credential{UID: 1234, GID: 1234, SetGroups: true},
		}, map[string]string{"CapBnd:": "0000000000000400", "CapPrm:": zeroCaps, "CapEff:": zeroCaps}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.root {
				needRoot(t, test.name)
			}
			f := newFixture(t)
			got := whatTheChildSees(f, test.command)
			for name, want := range test.want {
				if value := line(got, name); value != want {
					t.Errorf("%s %q, want %q", name, value, want)
				}
			}
		})
	}
}

const zeroCaps = "0000000000000000"

// TestDropOne: dropping a name takes just that one from what nile has.
func TestDropOne(t *testing.T) {
	needRoot(t, "capabilities")
	f := newFixture(t)
	before, _ := strconv.ParseUint(line(whatTheChildSees(f, Command{}), "CapBnd:"), 16, 64)
	got := whatTheChildSees(f, Command{Capabilities: &Capabilities{Drop: []string{"NET_RAW"}}})
	after, _ := strconv.ParseUint(line(got, "CapBnd:"), 16, 64)
	if before^after != 1<<13 {
		t.Errorf("bounding set %#x before, %#x after", before, after)
	}
}

// TestCapabilityErrors: what cannot be given or taken is said, with the remedy.
func TestCapabilityErrors(t *testing.T) {
	f := newFixture(t)
	_, err := f.Start(&Command{Argv: []string{"true"}, Capabilities: &Capabilities{Add: []string{"NET_BIND"}}})
	if err == nil || !strings.Contains(err.Error(), `unknown capability "NET_BIND", see capabilities(7)`) {
		t.Errorf("unknown name: %v", err)
	}
	_, permitted, _, err := threadCapabilities()
	if err != nil {
		t.Fatal(err)
	}
	held := permitted & boundingSet()
	for number, name := range capabilityNames {
		if held&(1<<number) != 0 {
			continue
		}
		_, err := f.Start(&Command{Argv: []string{"true"}, Capabilities: &Capabilities{Add: []string{name}}})
		var failure *StartError
		if !errors.As(err, &failure) || failure.Err != unix.EPERM || failure.ExitCode() != 125 ||
			!strings.Contains(err.Error(), "cannot add CAP_"+name+": nile does not hold it") {
			t.Errorf("a capability that nile lacks: %v", err)
		}
		break
	}
	if os.Getuid() == 0 || boundingSet() == 0 {
		return
	}
	// An ordinary user cannot take from the bounding set, and need not under
	// no_new_privs.
	drop := &Capabilities{Drop: []string{"ALL"}}
	_, err = f.Start(&Command{Argv: []string{"true"}, Capabilities: drop})
	if err == nil || !strings.Contains(err.Error(), "from the bounding set (nile lacks CAP_SETPCAP)") {
		t.Errorf("drop without CAP_SETPCAP: %v", err)
	}
	f.exit(f.start(&Command{Argv: []string{"true"}, Capabilities: drop, NoNewPrivileges: true}))
}

// TestCredentialErrors: another user needs root; the own one needs nothing.
func TestCredentialErrors(t *testing.T) {
	f := newFixture(t)
	uid, gid := uint32(os.Getuid()), uint32(os.Getgid())
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	own := &Credential{UID: uid, GID: gid, SetGroups: true}
	for _, group := range groups {
		own.Groups = append(own.Groups, uint32(group))
	}
	umask := 0o022
	for _, mask := range []*int{nil, &umask} {
		if code := f.exit(f.start(&Command{Argv: []string{"true"}, Credential: own, Umask: mask})).Status.ExitStatus(); code != 0 {
			t.Errorf("as oneself: exit code %d", code)
		}
	}
	if uid == 0 {
		return
	}
	for _, mask := range []*int{nil, &umask} {
		_, err := f.Start(&Command{Argv: []string{"true"}, Credential: &Credential{UID: uid + 1, GID: gid}, Umask: mask})
		want := "cannot become the user " + strconv.Itoa(int(uid)+1) + ": operation not permitted: nile runs as user " +
			strconv.Itoa(int(uid)) + " without CAP_SETUID"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("as another user: %v", err)
		}
	}
	low := -1000
	_, err = f.Start(&Command{Argv: []string{"true"}, OOMScoreAdj: &low})
	if err == nil || !strings.Contains(err.Error(), "cannot set oom_score_adj to -1000") {
		t.Errorf("oom_score_adj: %v", err)
	}
}

// TestDirOfRoot: as with runc a working directory that only root may enter serves
// a command of another user too; a command that only root may execute does not.
func TestDirOfRoot(t *testing.T) {
	needRoot(t, "another user")
	f := newFixture(t)
	dir, err := os.MkdirTemp("/tmp", "nile-reaper-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir) // mode 0700
	user := &Credential{UID: 1234, GID: 1234, SetGroups: true}
	if code := f.exit(f.start(&Command{Argv: []string{"true"}, Dir: dir, Credential: user})).Status.ExitStatus(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	tool := write(t, dir+"/tool", "#!/bin/sh\n", 0o755)
	_, err = f.Start(&Command{Argv: []string{tool}, Credential: user})
	var failure *StartError
	if !errors.As(err, &failure) || failure.Err != unix.EACCES || failure.ExitCode() != 126 {
		t.Errorf("a command in it: %v", err)
	}
}

// TestInheritedFileLimit: Go raises the soft limit of open files for itself; the
// child has the one that nile was started with.
func TestInheritedFileLimit(t *testing.T) {
	f := newFixture(t)
	got := f.output(&Command{
		Argv: helper("limits"), Env: os.Environ(),
		Rlimits: []Rlimit{{unix.RLIMIT_NOFILE, 300, 400}},
	})
	if n := strings.Count(got, "Max open files            300                  400"); n != 2 {
		t.Errorf("not twice 300 and 400:\n%s", got)
	}
}
