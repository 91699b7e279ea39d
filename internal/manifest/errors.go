package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// maxProblems bounds how many errors one file is told about: beyond that they
// come from one mistake repeated, and nobody reads them.
const maxProblems = 500

// Error is one thing that is wrong in a manifest.
type Error struct {
	File       string `json:"file"`
	Line       int    `json:"line"`   // from 1; 0 if the file as a whole is meant
	Column     int    `json:"column"` // from 1, in characters; 0 as above
	Path       string `json:"path,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"` // what was probably meant
}

// Error renders the error on one line:
//
//	file:line:column: path: message (did you mean "suggestion"?)
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&text, ":%d:%d", e.Line, e.Column)
	}
	text.WriteString(": ")
	if e.Path != "" {
		text.WriteString(e.Path + ": ")
	}
	text.WriteString(e.Message)
	if e.Suggestion != "" {
		fmt.Fprintf(&text, " (did you mean %q?)", e.Suggestion)
	}
	return text.String()
}

// Errors takes the error of [Load] apart. An error from elsewhere comes back
// as one Error without a position.
func Errors(err error) []*Error {
	if err == nil {
		return nil
	}
	var several *multierror.Error
	if !errors.As(err, &several) {
		return []*Error{asError(err)}
	}
	list := make([]*Error, 0, len(several.Errors))
	for _, one := range several.Errors {
		list = append(list, asError(one))
	}
	return list
}

func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Message: err.Error()}
}

// joinErrors makes the one error that Load returns: sorted by position, what
// was said twice said once, one a line.
func joinErrors(problems []*Error) error {
	slices.SortStableFunc(problems, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	problems = slices.CompactFunc(problems, func(a, b *Error) bool { return *a == *b })
	joined := &multierror.Error{ErrorFormat: onePerLine}
	for i, problem := range problems {
		if i == maxProblems {
			joined.Errors = append(joined.Errors, &Error{
				File:    problem.File,
				Message: fmt.Sprintf("%d or more errors in all; fix the ones above first", len(problems)),
			})
			break
		}
		joined.Errors = append(joined.Errors, problem)
	}
	return joined.ErrorOrNil()
}

func onePerLine(list []error) string {
	lines := make([]string, len(list))
	for i, err := range list {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}
