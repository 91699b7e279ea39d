package testkit

import (
	"fmt"
	"os"
	"os/exec"
)

// Build builds programs as they are shipped, without cgo. The arguments are those of go
// build; the error has what that says.
func Build(arguments ...string) error {
	build := exec.Command("go", append([]string{"build"}, arguments...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build with %q: %w\n%s", build.Args, err, said)
	}
	return nil
}
