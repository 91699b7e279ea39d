package main

import (
	"fmt"
	"slices"

	"github.com/nile-init/nile/internal/spelling"
)

// exitError is an error that decides nile's exit code. One without an err ends
// nile silently: what there was to say has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageErrorf is a complaint about the command line of a verb.
func usageErrorf(format string, arguments ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, arguments...)}
}

// oneOf refuses a word that is none of the choices, and says which may have been meant.
func oneOf(cannot, word string, choices []string) error {
	if slices.Contains(choices, word) {
		return nil
	}
	near := spelling.Nearest(word, choices)
	if near != "" {
		near = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return usageErrorf("%s %q: use %s%s", cannot, word, orList(choices), near)
}

// failed marks an error as one of the work itself; nil stays nil.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: exitFailed, err: err}
}
