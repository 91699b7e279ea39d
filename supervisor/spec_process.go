package supervisor

// Process describes what is executed for a container, all variables resolved.
type Process struct {
	Argv []string // the command and its arguments, at least one
	Env  []string // the complete environment, NAME=VALUE
	Dir  string   // working directory; empty means nile's own

	User            *User         // nil means nile's own
	NoNewPrivileges bool          // allowPrivilegeEscalation: false
	Capabilities    *Capabilities // nil means nile's own
	Umask           *int          // nil means nile's own
	Rlimits         []Rlimit
	OOMScoreAdj     *int // nil means nile's own
}

// User is the identity that a process runs with. A nil field keeps nile's own.
type User struct {
	UID    *uint32
	GID    *uint32
	Groups []uint32 // supplemental groups; used where UID or GID is set, or the list is not nil
}

// Capabilities are the names, without CAP_, to add and to drop. ALL means
// every one.
type Capabilities struct {
	Add  []string
	Drop []string
}

// Rlimit is one resource limit as of setrlimit(2). The unlimited value is the
// largest uint64.
type Rlimit struct {
	Resource int
	Soft     uint64
	Hard     uint64
}
