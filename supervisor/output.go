package supervisor

// OutputMode is how what a container prints looks where it arrives.
type OutputMode string

// The modes. The zero value means "not set": the host chooses.
const (
	OutputInherit OutputMode = "inherit" // as it is, with nothing in between
	OutputPrefix  OutputMode = "prefix"  // with the container's name before each line
	OutputJSON    OutputMode = "json"    // an object for each line
)

// Output says what becomes of what a container prints. The machine never looks at
// it; it is here so that one value describes a container whole.
type Output struct {
	Mode OutputMode

	// File, an absolute path, is where it goes instead of nile's own standard
	// output and error; empty means there. MaxSize is the size in bytes at which
	// the file is set aside for a new one, MaxFiles how many are kept; 0 means the
	// kubelet's 10 MiB and 5.
	File     string
	MaxSize  int64
	MaxFiles int

	// Tail is how many bytes are kept of the end of each stream: 0 means 64 KiB,
	// and less than 0 none.
	Tail int

	// Keep has the end kept though Mode is inherit or not set: the output then goes
	// through nile, as it is.
	Keep bool
}
