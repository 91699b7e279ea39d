package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dialTime is how long one socket may take to answer; the kernel answers for a
// process that hangs.
const dialTime = 2 * time.Second

// A nile that has just been started starts its child first and opens its socket then, a few
// milliseconds later: a child that asks it at once has to be patient.
const (
	startTime  = 500 * time.Millisecond
	startPause = 10 * time.Millisecond
)

// Options say which nile to talk to. The zero value finds it.
type Options struct {
	// Path is its socket: a path, or @NAME for an abstract one. Where it is empty
	// the environment variable NILE_CONTROL names it; and where that is not set
	// either, all places are looked at in which a nile of root, of the own user or,
	// for root, of any user may be. Of several niles the one that is PID 1 of the
	// own PID namespace is taken, else the only one in the own mount namespace.
	Path string
}

// Peer is the nile at the other end.
type Peer struct {
	Path string // its socket
	PID  int    // in the own PID namespace
	UID  int
	// GID and Groups are its group and supplementary groups.
	GID    int
	Groups []int
}

// NotFoundError says that no nile answers. Where one is there that is not for this
// user, Denied names its sockets.
type NotFoundError struct {
	Tried  []string // the sockets that were tried
	Denied []string
	Reason string
}

func (e *NotFoundError) Error() string { return e.Reason }

// AmbiguousError says that several niles run here, and none of them is PID 1.
type AmbiguousError struct{ Choices []Peer }

func (e *AmbiguousError) Error() string {
	var choices []string
	for _, peer := range e.Choices {
		choices = append(choices, fmt.Sprintf("%s (process %d)", peer.Path, peer.PID))
	}
	return "cannot choose one of several niles: name its socket with --control or " + Variable + ": " + strings.Join(choices, ", ")
}

// Dial connects to a nile; one that is just starting is waited for, half a second at most.
// The error is a [*NotFoundError] where there is none that answers, an [*AmbiguousError]
// where there are several, and an [*Error] where it refuses this user.
func Dial(ctx context.Context, o Options) (*Client, error) {
	path := o.Path
	if path == "" {
		path = os.Getenv(Variable)
	}
	if path == Off {
		return nil, &NotFoundError{Reason: "the control socket is turned off by " + Variable + "=off"}
	}
	for patience := time.Now().Add(startTime); ; {
		c, err := dial(ctx, path)
		var missing *NotFoundError
		if !errors.As(err, &missing) || time.Now().After(patience) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(startPause):
		}
	}
}

// dial tries once; an empty path stands for all places.
func dial(ctx context.Context, path string) (*Client, error) {
	if path == "" {
		return find(ctx)
	}
	c, err := connect(ctx, path)
	if err != nil {
		return nil, explain(path, err)
	}
	return c, nil
}

// find looks at all places.
func find(ctx context.Context) (*Client, error) {
	var found []*Client
	missing := &NotFoundError{Reason: "no nile answers in this container"}
	var refusal error
	for _, path := range candidates(os.Getenv, os.Getuid()) {
		c, err := connect(ctx, path)
		switch {
		case err == nil && c.peer.PID == 1:
			closeAll(found)
			return c, nil
		case err == nil:
			found = append(found, c)
		default:
			missing.Tried = append(missing.Tried, path)
			refusal = firstError(refusal, denied(path, err))
		}
	}
	if len(found) > 1 {
		found = nearest(found)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		ambiguous := &AmbiguousError{}
		for _, c := range found {
			ambiguous.Choices = append(ambiguous.Choices, c.peer)
		}
		closeAll(found)
		return nil, ambiguous
	case refusal != nil:
		return nil, refusal
	}
	return nil, firstError(closedDirectories(), missing)
}

// nearest leaves the niles that are in the mount namespace of this process, where there
// is one: in a pod with a shared PID namespace that is the container.
func nearest(found []*Client) []*Client {
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return found
	}
	var near, far []*Client
	for _, c := range found {
		if theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", c.peer.PID)); err == nil && theirs == own {
			near = append(near, c)
		} else {
			far = append(far, c)
		}
	}
	if len(near) == 0 {
		return found
	}
	closeAll(far)
	return near
}

// connect connects to one socket and looks at who listens there.
func connect(ctx context.Context, path string) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	for errors.Is(err, unix.EAGAIN) && ctx.Err() == nil {
		// Many come at once: the kernel does not have a client wait that does not block.
		time.Sleep(5 * time.Millisecond)
		conn, err = dialer.DialContext(ctx, "unix", path)
	}
	if err != nil {
		return nil, err
	}
	peer, err := credentials(conn.(*net.UnixConn))
	if err == nil {
		err = trustworthy(peer, path)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return newClient(conn, Peer{Path: path, PID: int(peer.Pid), UID: int(peer.Uid), GID: int(peer.Gid), Groups: groups(conn.(*net.UnixConn))}), nil
}

func closeAll(list []*Client) {
	for _, c := range list {
		_ = c.Close()
	}
}
