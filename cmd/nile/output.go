package main

import (
	"fmt"
	"os"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/supervisor"
)

// outputValue is the flag --output: the mode of containers that have none of their
// own. Empty where it is not given.
type outputValue supervisor.OutputMode

func (o *outputValue) Set(text string) error {
	switch mode := supervisor.OutputMode(text); mode {
	case supervisor.OutputInherit, supervisor.OutputPrefix, supervisor.OutputJSON:
		*o = outputValue(mode)
		return nil
	}
	return fmt.Errorf("unknown mode %q: use inherit, prefix or json", text)
}

func (o *outputValue) String() string { return string(*o) }
func (*outputValue) Type() string     { return "mode" }

// settleOutput says of each container whose manifest doesn't what becomes of its
// output: what the flag says, or else nothing where it is the only container, and its
// name before each line where several share nile's standard output. A file of a
// container's own has nothing to be told apart in. Of the only container of a pod that
// may be held the end of the output is kept, since people will ask for it. It returns the
// names of those for which it has chosen.
func settleOutput(spec *supervisor.Spec, flag outputValue) (chosen []string) {
	mode := supervisor.OutputMode(flag)
	if mode == "" {
		mode = supervisor.OutputInherit
		if len(spec.Init)+len(spec.Main) > 1 {
			mode = supervisor.OutputPrefix
		}
	}
	for _, c := range spec.Containers() {
		if o := &c.Output; o.Mode == "" && o.File == "" {
			chosen = append(chosen, c.Name)
			o.Mode = mode
			o.Keep = flag == "" && mode == supervisor.OutputInherit && mayHold(spec, c) && early.ArePiped()
		}
	}
	return chosen
}

// mayHold reports whether the pod may be held because of a container.
func mayHold(spec *supervisor.Spec, c *supervisor.Container) bool {
	return c.OnFailure == supervisor.FailureHold || spec.Hold.AfterRestarts > 0 ||
		c.OnFailure == "" && spec.Hold.OnFailure == supervisor.FailureHold
}

// mayColour reports whether nile may colour what it writes to a terminal: not where
// NO_COLOR says otherwise (https://no-color.org), nor where the terminal knows none.
func mayColour() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
