package reaper

import "syscall"

// Isolation says how far a child is set apart from nile's own process group.
type Isolation int

const (
	// SameGroup leaves the child in nile's process group and session.
	SameGroup Isolation = iota
	// NewGroup makes the child the leader of its own process group, setpgid(2).
	NewGroup
	// NewSession makes the child the leader of its own session and group,
	// setsid(2); it has no controlling terminal then.
	NewSession
)

// Command describes a process to start. Argv is required; the zero value of
// everything else means: as nile itself has it, except for Env and Files,
// which are exactly what the child gets.
type Command struct {
	// Owner is whom the process and all that it leaves behind belong to, for
	// example "tomcat#3".
	Owner string

	// Argv is the command and its arguments. Argv[0] is looked up as execvp(3)
	// does it, in the PATH of Env (not nile's own) and from Dir.
	Argv []string
	Env  []string
	Dir  string

	// PIDVariable names a variable of Env whose value becomes the child's own
	// process id; without one, or where Env has none of that name, nothing does.
	PIDVariable string

	// Files are the child's descriptors: its descriptor i is nile's Files[i];
	// ^uintptr(0) leaves i closed. Everything that nile opened is closed.
	Files []uintptr

	// Extra, where ExtraAt is over 2, is one more of nile's descriptors: the child has it as
	// ExtraAt, whatever that was.
	Extra   uintptr
	ExtraAt int

	Isolation Isolation

	// Foreground makes the child's new group the foreground group of the
	// terminal TTY (a descriptor of nile), or, with NewSession, makes TTY the
	// controlling terminal of the new session; then TTY must be in Files too.
	Foreground bool
	TTY        int

	// Cookie adds NILE_COOKIE to the environment, by which processes that left
	// the session and the group of the child are recognised as its own.
	Cookie bool

	// Cgroup is the directory of a cgroup v2 that the child enters before it is
	// executed; a SIGKILL of its tree then uses the kernel's cgroup.kill too.
	Cgroup string

	Credential   *Credential
	Capabilities *Capabilities

	// NoNewPrivileges sets no_new_privs (prctl(2)), Kubernetes'
	// allowPrivilegeEscalation: false.
	NoNewPrivileges bool

	Umask       *int
	Rlimits     []Rlimit
	OOMScoreAdj *int // -1000 to 1000; lowering needs CAP_SYS_RESOURCE

	// Freeze has the process stopped at its end, with its memory, descriptors and
	// address still there: Drain then gives an Exit with Frozen. It makes nile the
	// tracer of the process (not of its other threads and its children), so that
	// nobody else can be, and is for one thread alone: Start, Drain and the methods of
	// Frozen must always be called by the same.
	Freeze bool
	// NotFrozen, where not nil, is told why Freeze cannot be had; the process is
	// started all the same.
	NotFrozen func(error)
}

// Credential is the identity of a child.
type Credential struct {
	UID, GID uint32
	// Groups are the supplementary groups, applied only with SetGroups;
	// without it the child keeps nile's.
	Groups    []uint32
	SetGroups bool
}

// Rlimit is one resource limit in the units of getrlimit(2); Resource is one of
// the RLIMIT constants of golang.org/x/sys/unix, RLIM_INFINITY is no limit.
type Rlimit struct {
	Resource   int
	Soft, Hard uint64
}

// isNile reports whether nile has this identity already, so that there is
// nothing to change: a manifest may name the user that the container runs as,
// and setgroups(2) would be refused to that user even where it changes nothing.
func (c *Credential) isNile() bool {
	uid, gid := int(c.UID), int(c.GID)
	if syscall.Getuid() != uid || syscall.Geteuid() != uid ||
		syscall.Getgid() != gid || syscall.Getegid() != gid {
		return false
	}
	if !c.SetGroups {
		return true
	}
	have, err := syscall.Getgroups()
	return err == nil && sameGroups(have, c.Groups)
}

// sameGroups compares two lists of groups regardless of order and repetition.
func sameGroups(have []int, want []uint32) bool {
	held := make(map[int]bool, len(have))
	for _, group := range have {
		held[group] = true
	}
	wanted := make(map[int]bool, len(want))
	for _, group := range want {
		if !held[int(group)] {
			return false
		}
		wanted[int(group)] = true
	}
	return len(wanted) == len(held)
}
