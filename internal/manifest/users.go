package manifest

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nile-init/nile/internal/regular"
	"github.com/nile-init/nile/supervisor"
)

// user works out the identity of a container's process.
//
// fsGroup counts as one more supplemental group, as with the kubelet
// (k8s.io/kubernetes pkg/kubelet/kuberuntime/security_context.go); giving the
// volumes to it stays with Kubernetes.
func (b *builder) user(c *container) *supervisor.User {
	user := supervisor.User{
		UID: id(effectiveUser(b.spec, c)),
		GID: id(effectiveGroup(b.spec, c)),
	}
	if c.Nile != nil && c.Nile.User != "" {
		b.namedUser(&user, c.Nile.at("user"), string(c.Nile.User))
	}
	if s := b.spec.SecurityContext; s != nil {
		for _, group := range s.SupplementalGroups {
			user.Groups = addGroup(user.Groups, uint32(group))
		}
		if s.FSGroup != nil {
			user.Groups = addGroup(user.Groups, uint32(*s.FSGroup))
		}
	}
	b.checkRoot(c, &user)
	if user.UID == nil && user.GID == nil && user.Groups == nil {
		return nil
	}
	return &user
}

func id(number *int64) *uint32 {
	if number == nil {
		return nil
	}
	value := uint32(*number)
	return &value
}

func addGroup(groups []uint32, group uint32) []uint32 {
	if slices.Contains(groups, group) {
		return groups
	}
	return append(groups, group)
}

// checkRoot refuses to run as root what must not, where that shows only now:
// by a user's name or by nile's own user.
func (b *builder) checkRoot(c *container, user *supervisor.User) {
	nonRoot, at := effectiveNonRoot(b.spec, c)
	switch {
	case !nonRoot || b.opt.CheckOnly:
	case user.UID == nil && b.ownUID() == 0:
		b.errorf(at, "the container %q must not run as root, and nile itself does; set runAsUser", c.Name)
	case user.UID != nil && *user.UID == 0:
		b.errorf(at, "the container %q must not run as root, and its user is root", c.Name)
	}
}

func (b *builder) ownUID() uint32 {
	if b.opt.UID != nil {
		return *b.opt.UID
	}
	return uint32(os.Geteuid())
}

// namedUser puts in nile.user: a number or a name, with or without a group. A
// name brings its groups along, as a login does.
func (b *builder) namedUser(user *supervisor.User, at place, text string) {
	name, group, hasGroup := strings.Cut(text, ":")
	uid, err := strconv.ParseUint(name, 10, 31)
	numeric := err == nil
	if hasGroup {
		if gid, err := strconv.ParseUint(group, 10, 31); err == nil {
			user.GID = id(ptr(int64(gid)))
		} else if gid, ok := b.lookUpGroup(at, group); ok {
			user.GID = &gid
		}
	}
	if numeric {
		user.UID = id(ptr(int64(uid)))
		return
	}
	if b.opt.CheckOnly {
		return
	}
	entry, ok := b.lookUpUser(at, name)
	if !ok {
		return
	}
	user.UID = &entry.uid
	if !hasGroup {
		user.GID = &entry.gid
	}
	user.Groups = b.groupsOf(name)
}

func ptr(number int64) *int64 { return &number }

// userFile holds what was read of the passwd and group files.
type userFile struct {
	passwd, group [][]string
	passwdErr     error
	groupErr      error
	read          bool
}

type passwdEntry struct{ uid, gid uint32 }

func (b *builder) readUsers() *userFile {
	if !b.users.read {
		b.users.read = true
		b.users.passwd, b.users.passwdErr = readColons(b.passwdPath())
		b.users.group, b.users.groupErr = readColons(b.groupPath())
	}
	return &b.users
}

func (b *builder) passwdPath() string { return firstOf(b.opt.PasswdPath, "/etc/passwd") }
func (b *builder) groupPath() string  { return firstOf(b.opt.GroupPath, "/etc/group") }

// readColons reads the lines of passwd(5) or group(5).
func readColons(name string) ([][]string, error) {
	file, err := regular.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var lines [][]string
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20) // a group can have many members
	for scanner.Scan() {
		lines = append(lines, strings.Split(scanner.Text(), ":"))
	}
	return lines, scanner.Err()
}

func (b *builder) lookUpUser(at place, name string) (passwdEntry, bool) {
	users := b.readUsers()
	if users.passwdErr != nil {
		b.errorf(at, "cannot look up the user %q in %s: %v (write the number instead)", name, b.passwdPath(), cause(users.passwdErr))
		return passwdEntry{}, false
	}
	var names []string
	for _, line := range users.passwd {
		if len(line) < 4 {
			continue
		}
		uid, uidErr := strconv.ParseUint(line[2], 10, 32)
		gid, gidErr := strconv.ParseUint(line[3], 10, 32)
		if line[0] == name && uidErr == nil && gidErr == nil {
			return passwdEntry{uint32(uid), uint32(gid)}, true
		}
		if line[0] != name { // as in a line that has been damaged
			names = append(names, line[0])
		}
	}
	b.errorf(at, "%s has no user %q", b.passwdPath(), name).Suggestion = suggest(name, names)
	return passwdEntry{}, false
}

func (b *builder) lookUpGroup(at place, name string) (uint32, bool) {
	if b.opt.CheckOnly {
		return 0, false
	}
	users := b.readUsers()
	if users.groupErr != nil {
		b.errorf(at, "cannot look up the group %q in %s: %v (write the number instead)", name, b.groupPath(), cause(users.groupErr))
		return 0, false
	}
	var names []string
	for _, line := range users.group {
		if len(line) < 3 {
			continue
		}
		if gid, err := strconv.ParseUint(line[2], 10, 32); line[0] == name && err == nil {
			return uint32(gid), true
		}
		if line[0] != name {
			names = append(names, line[0])
		}
	}
	b.errorf(at, "%s has no group %q", b.groupPath(), name).Suggestion = suggest(name, names)
	return 0, false
}

// groupsOf returns the groups that have a user among their members. A missing
// group file means that there are none.
func (b *builder) groupsOf(name string) []uint32 {
	var groups []uint32
	for _, line := range b.readUsers().group {
		if len(line) < 4 || !slices.Contains(strings.Split(line[3], ","), name) {
			continue
		}
		if gid, err := strconv.ParseUint(line[2], 10, 32); err == nil {
			groups = addGroup(groups, uint32(gid))
		}
	}
	return groups
}
