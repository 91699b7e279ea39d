package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/client"
)

// Exit codes of the verbs that talk to a running nile.
const (
	exitOtherState = 3 // the container is not in that state
	exitNobody     = 4 // no nile answers
)

// controlValue says where the control socket is: a path, @NAME, off; empty for the
// usual places.
type controlValue string

// flag adds the flag --control, for a nile that opens the socket.
func (c *controlValue) flag(set *pflag.FlagSet) {
	set.Var(c, "control", "the control socket: a path, @NAME for an abstract one, or off; empty for the first usable place")
}

// target adds the flag --control, for a verb that looks for a nile.
func (c *controlValue) target(set *pflag.FlagSet) {
	set.Var(c, "control", "the control socket of the nile that is meant: a path, or @NAME for an abstract one; empty to look for it")
}

func (c *controlValue) Set(text string) error {
	if text != "" && text != client.Off && !strings.HasPrefix(text, "/") && (!strings.HasPrefix(text, "@") || text == "@") {
		return fmt.Errorf("cannot use %q as the control socket: write a path that begins with /, @NAME for an abstract socket, or off", text)
	}
	*c = controlValue(text)
	return nil
}

func (c *controlValue) String() string { return string(*c) }
func (*controlValue) Type() string     { return "SOCKET" }

// dial connects to the nile that is meant. Its error decides nile's exit code.
func (c *controlValue) dial(ctx context.Context) (*client.Client, error) {
	nile, err := client.Dial(ctx, client.Options{Path: string(*c)})
	if err != nil {
		return nil, asVerbError(err)
	}
	return nile, nil
}

// call connects, calls a verb and hangs up.
func (c *controlValue) call(ctx context.Context, verb string, arguments, result any) error {
	nile, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer nile.Close()
	return asVerbError(nile.Call(ctx, verb, arguments, result))
}

// asVerbError gives an error of the control socket its exit code; nil stays nil.
func asVerbError(err error) error {
	if err == nil {
		return nil
	}
	return verbError(err)
}

func verbError(err error) *exitError {
	code := exitFailed
	var refusal *client.Error
	var missing *client.NotFoundError
	var ambiguous *client.AmbiguousError
	switch {
	case errors.As(err, &refusal):
		// What nile says may have parts that come from elsewhere, such as a message of
		// a container.
		err = errors.New(printable(refusal.Message))
		switch refusal.Code {
		case client.CodeInvalid:
			code = exitUsage
		case client.CodeState, client.CodeEnding:
			code = exitOtherState
		case client.CodeUnknown, client.CodeRefused, client.CodeInternal:
		}
	case errors.As(err, &ambiguous):
		code = exitUsage
	case errors.As(err, &missing):
		code = exitNobody
		err = fmt.Errorf("%w%s", err, whatToCheck(missing))
	case errors.Is(err, client.ErrEnded):
		code = exitNobody
	}
	return &exitError{code: code, err: err}
}

// whatToCheck is what may help somebody whom no nile answers.
func whatToCheck(missing *client.NotFoundError) string {
	text := "\n  - is nile this container's program? (its command is to be nile -- CMD, or nile run FILE)" +
		"\n  - was it started with --control=off or NILE_CONTROL, and is that variable the same here?" +
		"\n  - is this the right container, and its PID namespace?"
	if len(missing.Tried) > 0 {
		text += "\n  tried: " + strings.Join(missing.Tried, ", ")
	}
	return text
}
