package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/jsonvalue"
)

// Request is what a client asks for.
type Request struct {
	Verb      string
	Arguments json.RawMessage
	Peer      Peer
}

// Decode reads the arguments into a struct. What the struct does not have is an error,
// so that a misspelt argument is not taken for none.
func (r *Request) Decode(arguments any) error {
	if len(r.Arguments) == 0 {
		return nil
	}
	if err := jsonvalue.UnmarshalStrict(r.Arguments, arguments); err != nil {
		return &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot read the arguments of %s: %v", r.Verb, err)}
	}
	return nil
}

// connection is one client.
type connection struct {
	server *Server
	file   *os.File
	peer   Peer
	busy   atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
}

func newConnection(s *Server, file *os.File, peer Peer) *connection {
	c := &connection{server: s, file: file, peer: peer}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// hangUp ends the connection; what is under way finds out.
func (c *connection) hangUp() {
	c.cancel()
	_ = c.file.Close()
}

// message is a line of a client, or why there will be none.
type message struct {
	line    []byte
	problem *client.Error
}

// serve answers requests until the client has gone.
func (c *connection) serve() {
	defer c.server.leave(c)
	defer c.hangUp()
	messages := make(chan message)
	go c.read(messages)
	for m := range messages {
		if !c.server.begin() {
			break
		}
		c.busy.Store(true)
		done := c.respond(m)
		c.server.end()
		c.busy.Store(false)
		if done {
			break
		}
	}
	c.hangUp()
	for range messages { //nolint:revive // the reader may be about to hand over one more
	}
}

// respond answers one message. done says that it was the last.
func (c *connection) respond(m message) (done bool) {
	if m.problem != nil {
		_ = c.write(client.Answer{Error: m.problem}, resultTime)
		return true
	}
	request, problem := decode(m.line)
	if problem != nil {
		return c.write(client.Answer{ID: request.ID, Error: problem}, resultTime) != nil
	}
	send := func(item any) error {
		text, err := jsonvalue.Marshal(item)
		if err != nil {
			return err
		}
		return c.write(client.Answer{ID: request.ID, Item: text}, 0)
	}
	result, err := c.answer(&Request{Verb: request.Verb, Arguments: request.Arguments, Peer: c.peer}, send)
	answer := client.Answer{ID: request.ID}
	if err == nil {
		answer.Result, err = jsonvalue.Marshal(result)
	}
	if err != nil {
		answer.Error = c.asError(err)
	}
	return c.write(answer, resultTime) != nil
}

// answer has a verb's handler answer. A handler that panics takes nobody with it.
func (c *connection) answer(r *Request, send func(any) error) (result any, err error) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if c.server.options.Panicked != nil {
			c.server.options.Panicked(r.Verb, fmt.Sprintf("%v\n%s", cause, debug.Stack()))
		}
		err = fmt.Errorf("cannot answer %s: internal error: %v", r.Verb, cause)
	}()
	handler := c.server.handlers[r.Verb]
	if handler == nil {
		return nil, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf(
			"unknown verb %.64q: this nile may be older than its client", r.Verb)}
	}
	return handler(c.ctx, r, send)
}

func (c *connection) asError(err error) *client.Error {
	var known *client.Error
	if errors.As(err, &known) {
		return known
	}
	if explain := c.server.options.Explain; explain != nil {
		if known = explain(err); known != nil {
			return known
		}
	}
	return &client.Error{Code: client.CodeInternal, Message: err.Error()}
}

// decode reads a request.
func decode(line []byte) (request client.Request, problem *client.Error) {
	if err := jsonvalue.Unmarshal(line, &request); err != nil {
		return client.Request{}, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot read the request: %v", err)}
	}
	if request.Version != client.Version {
		return request, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf(
			"cannot answer version %d of the protocol: this nile speaks version %d", request.Version, client.Version)}
	}
	return request, nil
}

// write sends an answer. limit is how long the client may take to accept it; 0 is as
// long as it likes.
func (c *connection) write(answer client.Answer, limit time.Duration) error {
	line, err := jsonvalue.Marshal(answer)
	if err != nil {
		return err
	}
	var deadline time.Time
	if limit > 0 {
		deadline = time.Now().Add(limit)
	}
	if err := c.file.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err = c.file.Write(append(line, '\n'))
	return err
}
