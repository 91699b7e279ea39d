package control

import (
	"bytes"
	"errors"
	"os"
	"time"

	"github.com/nile-init/nile/client"
)

// read hands over the client's lines one by one, and sees it go away while one of them
// is being answered.
func (c *connection) read(messages chan<- message) {
	defer close(messages)
	defer c.cancel()
	buffer := make([]byte, 0, 512)
	var begun time.Time // when the request at the head of the buffer began
	for {
		for {
			line, rest, whole := bytes.Cut(buffer, []byte{'\n'})
			if !whole {
				break
			}
			c.busy.Store(true)
			messages <- message{line: bytes.Clone(line)}
			buffer = append(buffer[:0], rest...)
			begun = time.Now()
		}
		if len(buffer) >= client.MaxRequest {
			messages <- message{problem: problem("the request is longer than 1 MiB")}
			return
		}
		wait := time.Now().Add(c.server.patience.idle)
		if len(buffer) > 0 {
			wait = begun.Add(c.server.patience.half)
		}
		_ = c.file.SetReadDeadline(wait)
		if len(buffer) == cap(buffer) {
			buffer = append(make([]byte, 0, min(4*cap(buffer), client.MaxRequest)), buffer...)
		}
		n, err := c.file.Read(buffer[len(buffer):cap(buffer)])
		if n > 0 && len(buffer) == 0 {
			begun = time.Now()
		}
		buffer = buffer[:len(buffer)+n]
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return
		case len(buffer) > 0:
			messages <- message{problem: problem("only half a request has come, and no more of it in time")}
			return
		case !c.busy.Load():
			return
		}
	}
}

func problem(text string) *client.Error {
	return &client.Error{Code: client.CodeInvalid, Message: "cannot read the request: " + text}
}
