package output

import (
	"fmt"
	"path/filepath"
)

// Mode is how the lines of a container look at their destination.
type Mode string

// The modes. The empty one is Inherit.
const (
	Inherit Mode = "inherit" // as they are
	Prefix  Mode = "prefix"  // with the container's name before each
	JSON    Mode = "json"    // an object for each
)

// The defaults of a [Config]; those of a file are the kubelet's, containerLogMaxSize
// and containerLogMaxFiles of its KubeletConfiguration.
const (
	DefaultTail     = 64 << 10
	DefaultMaxSize  = 10 << 20
	DefaultMaxFiles = 5
)

// Config is what is to happen to the output of a container. The zero value leaves
// it alone: the container then has nile's own standard output and error, and nile
// sees nothing of it.
type Config struct {
	Mode Mode
	// File, an absolute path, is where the output goes instead of nile's own
	// standard output and error. Containers may share one.
	File string
	// MaxSize is the size in bytes at which the file is set aside, as FILE.1,
	// for a new one; MaxFiles how many there are at most, the current included.
	// 0 is the default. The first container that opens a file decides.
	MaxSize  int64
	MaxFiles int
	// Tail is how many of the last bytes of each stream are kept: 0 is the
	// default, and less than 0 keeps none.
	Tail int
	// Keep has the output read and its end kept although the mode is Inherit: it
	// is passed on as it is.
	Keep bool
}

// IsInherited reports whether nothing is between the container and nile's own
// descriptors.
func (c *Config) IsInherited() bool {
	return c.File == "" && !c.Keep && (c.Mode == Inherit || c.Mode == "")
}

func (c *Config) check() error {
	switch c.Mode {
	case Inherit, Prefix, JSON, "":
	default:
		return fmt.Errorf("unknown output mode %q: use inherit, prefix or json", c.Mode)
	}
	if c.File != "" && !filepath.IsAbs(c.File) {
		return fmt.Errorf("cannot write output to %s: it is no absolute path", c.File)
	}
	return nil
}

// TailLimit is how many of the last bytes of each stream are kept.
func (c *Config) TailLimit() int {
	if c.Tail == 0 {
		return DefaultTail
	}
	return max(c.Tail, 0)
}

// Threads is how many goroutines may be in the kernel at once for what containers with
// these configurations print: the one that reads it, one for each file, up to a limit, and
// one for each of nile's own descriptors that is no pipe. A writer takes a thread for as long
// as a disk or a terminal hangs.
func (m *Manager) Threads(configs []Config) (most int) {
	files := map[string]bool{}
	own := false
	for i := range configs {
		if file := configs[i].File; file != "" {
			files[file] = true
		} else {
			own = own || !configs[i].IsInherited()
		}
	}
	most = min(len(files), diskWriters)
	if own || most > 0 {
		most++
	}
	if !own {
		return most
	}
	if mayHang(m.options.Stdout) {
		most++
	}
	if mayHang(m.options.Stderr) && !isSameFile(m.options.Stdout, m.options.Stderr) {
		most++
	}
	return most
}
