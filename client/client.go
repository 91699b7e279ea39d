package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// Client is a connection to a nile. It carries out one call at a time; calls of other
// goroutines wait for their turn.
type Client struct {
	conn   net.Conn
	peer   Peer
	mu     sync.Mutex
	lines  *bufio.Reader
	last   uint64
	broken error // why the connection is of no use any more
}

func newClient(conn net.Conn, peer Peer) *Client {
	return &Client{conn: conn, peer: peer, lines: bufio.NewReader(conn)}
}

// Peer is the nile at the other end.
func (c *Client) Peer() Peer { return c.peer }

// Close ends the connection, and a call that is under way.
func (c *Client) Close() error { return c.conn.Close() }

// Call calls a verb that answers once. arguments, where not nil, becomes its JSON
// object; the answer is decoded into result, where that is not nil. The error is an
// [*Error] where nile has answered with one. When ctx is done while nile has not
// answered, the connection is closed.
func (c *Client) Call(ctx context.Context, verb string, arguments, result any) error {
	answer, err := c.ask(ctx, verb, arguments, func(json.RawMessage) error { return nil })
	if err != nil || result == nil {
		return err
	}
	if err := jsonvalue.Unmarshal(answer, result); err != nil {
		return fmt.Errorf("cannot read nile's answer to %s: %w", verb, err)
	}
	return nil
}

// CallItems is [Client.Call] for a verb that tells of its progress, item by item, before
// it answers.
func (c *Client) CallItems(ctx context.Context, verb string, arguments any, each func(item json.RawMessage) error, result any) error {
	answer, err := c.ask(ctx, verb, arguments, each)
	if err != nil {
		return err
	}
	if err := jsonvalue.Unmarshal(answer, result); err != nil {
		return fmt.Errorf("cannot read nile's answer to %s: %w", verb, err)
	}
	return nil
}

// Stream calls a verb and hands every item of its answer to each. It returns when
// nile has told all or has ended; when each returns an error, which it then returns;
// or when ctx is done. In the last two cases the connection is closed.
func (c *Client) Stream(ctx context.Context, verb string, arguments any, each func(item json.RawMessage) error) error {
	_, err := c.ask(ctx, verb, arguments, each)
	return err
}

// ask sends a request and reads its answers.
func (c *Client) ask(ctx context.Context, verb string, arguments any, each func(json.RawMessage) error) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return nil, c.broken
	}
	// The deadline of the past wakes whatever waits for the connection.
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	result, err := c.exchange(verb, arguments, each)
	if !stop() {
		err = ctx.Err()
	}
	var refusal *Error
	if err != nil && !errors.As(err, &refusal) {
		c.broken = fmt.Errorf("the connection to nile is closed: %w", err)
		_ = c.conn.Close()
	}
	return result, err
}

func (c *Client) exchange(verb string, arguments any, each func(json.RawMessage) error) (json.RawMessage, error) {
	c.last++
	request := Request{Version: Version, ID: c.last, Verb: verb}
	if arguments != nil {
		text, err := jsonvalue.Marshal(arguments)
		if err != nil {
			return nil, fmt.Errorf("cannot encode the arguments of %s: %w", verb, err)
		}
		request.Arguments = text
	}
	line, err := jsonvalue.Marshal(request)
	if err != nil {
		return nil, err
	}
	// nile may have refused the connection and closed it: then its reason is there to
	// be read, although writing fails.
	_, failed := c.conn.Write(append(line, '\n'))
	for {
		answer, err := c.read()
		switch {
		case err != nil && failed != nil && !hungUp(failed):
			return nil, fmt.Errorf("cannot ask nile: %w", failed)
		case err != nil:
			return nil, err
		case answer.Error != nil:
			return nil, answer.Error
		case answer.ID != c.last:
			return nil, fmt.Errorf("nile has answered request %d, not %d", answer.ID, c.last)
		case answer.Item == nil:
			return answer.Result, nil
		}
		if err := each(answer.Item); err != nil {
			return nil, err
		}
	}
}

// ErrEnded says that nile has ended, or closed the connection, before it had answered.
var ErrEnded = errors.New("nile has ended before it had answered")

// hungUp tells whether the other end has closed the connection: at a bad time for a
// request that was under way that is no mere end of the file.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// read reads one answer.
func (c *Client) read() (*Answer, error) {
	var line []byte
	for {
		part, err := c.lines.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxAnswer {
			return nil, fmt.Errorf("cannot read nile's answer: it is longer than %d bytes", MaxAnswer)
		}
		if err == nil {
			break
		}
		if hungUp(err) {
			return nil, ErrEnded
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("cannot read nile's answer: %w", err)
		}
	}
	var answer Answer
	if err := jsonvalue.Unmarshal(line, &answer); err != nil {
		return nil, fmt.Errorf("cannot read nile's answer: %w", err)
	}
	return &answer, nil
}
