package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/supervisor"
)

// holdOptions are the flags of `nile -- CMD` and `nile run` that say how a pod is held
// when something in it fails. They go before the manifest.
type holdOptions struct {
	hold          switchValue
	length        durationValue
	afterRestarts countValue
	sidecars      sidecarsValue
	freeze        switchValue
	set           *pflag.FlagSet
}

func (o *holdOptions) flags(set *pflag.FlagSet) {
	o.set = set
	set.Var(&o.hold, "hold", "when a program fails, stay and keep it as it ended, for people to look at, until it is retried or released; --hold=false holds nothing, whatever the manifest says")
	set.Lookup("hold").NoOptDefVal = "true"
	set.Var(&o.length, "hold-for", "end a hold after this time; 0s for never")
	set.Var(&o.afterRestarts, "hold-after-restarts", "let the restart policy restart a program so many times in a row before its next failure is held; 0 for off")
	set.Var(&o.sidecars, "hold-sidecars", "what sidecars do during a hold: Continue or Stop")
	set.Var(&o.freeze, "freeze", "keep the process of what is held as it ended, stopped, with its memory and files, for nile inspect and nile core; nile traces it then")
	set.Lookup("freeze").NoOptDefVal = "true"
}

// given tells whether a flag, or its variable, has been set.
func (o *holdOptions) given(flag string) bool { return o.set != nil && o.set.Changed(flag) }

// apply lets the flags go before what the pod says itself.
func (o *holdOptions) apply(spec *supervisor.Spec) {
	if o.given("freeze") {
		for _, c := range spec.Containers() {
			c.Freeze = bool(o.freeze)
		}
	}
	if o.given("hold") && !bool(o.hold) {
		spec.Hold = supervisor.Hold{}
		for _, c := range spec.Containers() {
			c.OnFailure = supervisor.FailureExit
		}
		return
	}
	if o.hold {
		spec.Hold.OnFailure = supervisor.FailureHold
	}
	if o.given("hold-for") {
		spec.Hold.For = time.Duration(o.length)
	}
	if o.given("hold-after-restarts") {
		spec.Hold.AfterRestarts = int(o.afterRestarts)
	}
	if o.given("hold-sidecars") {
		spec.Hold.Sidecars = supervisor.HoldSidecars(o.sidecars)
	}
}

// frozenInVain says that a process is to be kept as it ended where nothing is held when it
// fails; empty where that is not so.
func frozenInVain(spec *supervisor.Spec) string {
	var names []string
	for _, c := range spec.Containers() {
		if _, held := heldWhen(spec, c); c.Freeze && !held {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("the process of %s is not kept when it fails: freeze needs a hold too: --hold, or nile.onFailure: Hold", strings.Join(names, ", "))
}

// inVain says which flags about holds have been given where nothing is held: who writes
// --hold-for 2h may take that for the wish to hold. Variables are not meant: an image may
// have them for the day when NILE_HOLD is set. Empty where all is well.
func (o *holdOptions) inVain(spec *supervisor.Spec) string {
	for _, c := range spec.Containers() {
		if _, held := heldWhen(spec, c); held {
			return ""
		}
	}
	if o.given("hold") { // and it is off
		return ""
	}
	var flags []string
	for _, name := range []string{"hold-for", "hold-after-restarts", "hold-sidecars"} {
		if o.given(name) && os.Getenv(variable(name)) == "" {
			flags = append(flags, "--"+name)
		}
	}
	if len(flags) == 0 {
		return ""
	}
	return fmt.Sprintf("nothing is held when it fails, in spite of %s: that takes --hold (NILE_HOLD=1), or nile.onFailure: Hold", strings.Join(flags, ", "))
}

// countValue is a number of times.
type countValue int

// maxCount is more than anybody waits for; the manifest has the same bound.
const maxCount = 1_000_000

func (c *countValue) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxCount {
		return fmt.Errorf("cannot read %q as a number of times: use a number from 0 to %d", text, maxCount)
	}
	*c = countValue(n)
	return nil
}

func (c *countValue) String() string { return strconv.Itoa(int(*c)) }
func (*countValue) Type() string     { return "number" }

// sidecarsValue is what sidecars do during a hold.
type sidecarsValue supervisor.HoldSidecars

func (s *sidecarsValue) Set(text string) error {
	switch value := supervisor.HoldSidecars(text); value {
	case supervisor.SidecarsContinue, supervisor.SidecarsStop:
		*s = sidecarsValue(value)
		return nil
	}
	return fmt.Errorf("unknown value %q: use Continue or Stop", text)
}

func (s *sidecarsValue) String() string { return string(*s) }
func (*sidecarsValue) Type() string     { return "mode" }
