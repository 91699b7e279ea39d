package client

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// explain makes the error for a socket that the caller has named.
func explain(path string, err error) error {
	if refusal := denied(path, err); refusal != nil {
		return refusal
	}
	reason := err.Error()
	switch {
	case errors.Is(err, unix.ENOENT):
		reason = "there is no such socket: is nile running, and is this its container"
	case errors.Is(err, unix.ECONNREFUSED):
		reason = "nobody listens there any more: the nile that made it has ended"
	case errors.Is(err, unix.ENOTSOCK), errors.Is(err, unix.EPROTOTYPE):
		reason = "it is no socket of nile's"
	}
	return &NotFoundError{Tried: []string{path}, Reason: fmt.Sprintf("no nile answers at %s: %s", path, reason)}
}

// denied makes the error for a socket that is there but not for this user; nil where
// that is not the reason.
func denied(path string, err error) error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	if !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) {
		return nil
	}
	who := "root or its owner"
	for place := path; len(place) > 1; place = filepath.Dir(place) {
		var info unix.Stat_t
		if unix.Lstat(place, &info) == nil {
			if who = "root"; info.Uid != 0 {
				who = fmt.Sprintf("root or user %d", info.Uid)
			}
			break
		}
	}
	return &Error{Code: CodeRefused, Message: fmt.Sprintf(
		"cannot connect to %s as user %d: permission denied: be %s", path, os.Getuid(), who)}
}

// closedDirectories makes the error for niles of other users, whose directories may
// be seen but not looked into; nil where there are none.
func closedDirectories() error {
	found, _ := filepath.Glob("/tmp/nile-[0-9]*") // the pattern is good
	for _, directory := range found {
		var info unix.Stat_t
		user := strings.TrimPrefix(directory, "/tmp/nile-")
		if unix.Lstat(directory, &info) != nil || fmt.Sprint(info.Uid) != user || unix.Access(directory, unix.X_OK) == nil {
			continue
		}
		return &Error{Code: CodeRefused, Message: fmt.Sprintf(
			"no nile answers user %d; one of user %s may run here: be root or user %s", os.Getuid(), user, user)}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
