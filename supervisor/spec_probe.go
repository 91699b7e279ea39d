package supervisor

import "time"

// Probe is a check of a container that runs (kubelet: prober/worker.go). Fields
// that the manifest leaves out have Kubernetes' defaults by the time they come
// here.
type Probe struct {
	Handler          Handler
	InitialDelay     time.Duration // from the start of the run to the first probe
	Period           time.Duration
	Timeout          time.Duration
	SuccessThreshold int // this many in a row make it a success
	FailureThreshold int // this many in a row make it a failure

	// Grace is the probe's own terminationGracePeriodSeconds. Nil means the pod's.
	Grace *time.Duration
}

// Handler is what a probe or a lifecycle hook does. Exactly one is set. The
// machine never looks inside.
type Handler struct {
	Exec      []string // a command, all variables resolved, run beside the container's process
	HTTPGet   *HTTPGet
	TCPSocket *TCPSocket
	GRPC      *GRPC
	Sleep     *time.Duration
}

// HTTPGet is a request to a server.
type HTTPGet struct {
	Scheme  string // HTTP or HTTPS
	Host    string // empty means this machine
	Port    int
	Path    string
	Headers []Header
}

// Header is one header of an HTTPGet.
type Header struct{ Name, Value string }

// TCPSocket is a connection to a port.
type TCPSocket struct {
	Host string // empty means this machine
	Port int
}

// GRPC is a call of grpc.health.v1.Health/Check.
type GRPC struct {
	Port    int
	Service string
}

// RestartRule decides over a container that has ended, by its exit code
// (restartPolicyRules of the Pod API).
type RestartRule struct {
	Action RuleAction
	NotIn  bool // the rule holds for all codes but these
	Codes  []int
}

// RuleAction is what a rule asks for.
type RuleAction string

// The actions of rules.
const (
	RuleRestart              RuleAction = "Restart"
	RuleRestartAllContainers RuleAction = "RestartAllContainers"
)

// MessagePolicy says where a container's termination message comes from.
type MessagePolicy string

// The policies. The zero value means MessageFile.
const (
	MessageFile           MessagePolicy = "File"
	MessageFallbackToLogs MessagePolicy = "FallbackToLogsOnError"
)
