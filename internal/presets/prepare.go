package presets

import (
	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/statedir"
)

// Request is a run whose environment is to be prepared.
type Request struct {
	Name     string // of the container
	Argv     []string
	Env      []string
	Options  *Options // the user's own; nil for none
	StateDir string   // as configured; empty for the default
	UID, GID int      // of the process; -1 means nile's own
	DryRun   bool     // make no directory
}

// Prepare is [Apply] with a directory for evidence, which it makes where the preset needs
// one. That none can be had is one of the notes.
func Prepare(runtime Runtime, r Request) Applied {
	directory := ""
	var problem error
	if LeavesFiles(runtime) {
		directory, problem = r.evidence()
	}
	applied := Apply(runtime, r.Argv, r.Env, directory, r.Options)
	if problem != nil {
		applied.Notes = append(applied.Notes, ascii.ReplaceAll(problem.Error(), "\n", "; "))
	}
	return applied
}

func (r *Request) evidence() (string, error) {
	if r.DryRun {
		state, err := statedir.Choose(r.StateDir)
		if err != nil {
			return "", err
		}
		return EvidencePath(state, r.Name), nil
	}
	return EvidenceDirectory(r.StateDir, r.Name, r.UID, r.GID)
}
