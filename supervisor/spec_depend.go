package supervisor

// Dependency is a container that another one waits for before each of its starts,
// beyond the order of declaration. There must be no cycle of dependencies, that order
// among them; internal/manifest sees to it.
type Dependency struct {
	// Name is a container of the pod, or, with a slash in it, what another nile tells of
	// as NILE/CONTAINER; see [PeerChanged].
	Name string

	// Condition is what it must have reached. Zero means DependencyStarted.
	Condition DependencyCondition

	// OnRestart says what becomes of a dependant that runs when the dependency is
	// started again. Zero means OnRestartIgnore.
	OnRestart OnRestart
}

// DependencyCondition is what a dependency must have reached.
type DependencyCondition string

// The conditions. A container that has been started is one that runs, whose postStart
// hook is done and whose startup probe has succeeded, or one that has ended with success.
// A plain init container that has done its part is ready, as in a Pod's status.
const (
	DependencyStarted   DependencyCondition = "Started"
	DependencyReady     DependencyCondition = "Ready"     // started, and its readiness probe succeeds
	DependencyCompleted DependencyCondition = "Completed" // ended for good, with code 0
)

// OnRestart says what becomes of a dependant when its dependency is started again.
type OnRestart string

// The values of OnRestart.
const (
	OnRestartIgnore OnRestart = "Ignore" // nothing
	// OnRestartRestart takes it along: it is stopped, waits for the condition, and is
	// started again, which is no failure and waits for no back-off.
	OnRestartRestart OnRestart = "Restart"
)

// PeerChanged tells what is known of another nile, or of a container of it, that
// containers of this pod depend on.
type PeerChanged struct {
	Name string // as in [Dependency.Name]
	Peer Peer
}

// Peer is what another nile tells of a container, or of itself. The zero value is one of
// which nothing is known.
type Peer struct {
	Started, Ready, Completed bool

	// Run tells its present run from others; empty where it does not run, or is not there.
	Run string

	// Trouble says, for people, what keeps it from the conditions, as in "is not ready".
	Trouble string
}

// PeersEnded says that the niles have ended with which this one is to end.
type PeersEnded struct{ Why string }

func (PeerChanged) event() {}
func (PeersEnded) event()  {}
