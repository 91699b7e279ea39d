package client

import (
	"context"
	"encoding/json"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// LogOptions say which output of a container to read.
type LogOptions struct {
	// Name is the container; empty where the pod has one main container.
	Name string `json:"name,omitempty"`
	// Follow goes on with what is printed from now on, over restarts, until the
	// container has ended for good.
	Follow bool `json:"follow,omitempty"`
	// Previous is the run before the present or latest one.
	Previous bool `json:"previous,omitempty"`
	// Tail, where not nil, is how many of the last lines that are kept to begin with.
	Tail *int `json:"tail,omitempty"`
	// Stream is "stdout" or "stderr"; empty for both.
	Stream string `json:"stream,omitempty"`
}

// LogPiece is output of a container, as it came: it may begin and end within a line.
type LogPiece struct {
	// Stream is "stdout" or "stderr"; empty where the container's two streams
	// share a pipe, so that nobody can tell.
	Stream     string `json:"stream,omitempty"`
	Generation int    `json:"generation"`     // of the run
	Data       []byte `json:"data,omitempty"` // base64 in JSON
	// Lost is how many bytes came before this while the reader was too slow for
	// them.
	Lost int64 `json:"lost,omitempty"`
}

// Logs reads the output of a container and hands it to each, piece by piece. With
// Follow it returns when the container has ended for good, or with [ErrEnded] when nile
// has ended; see [Client.Stream] for the rest.
func (c *Client) Logs(ctx context.Context, o LogOptions, each func(LogPiece) error) error {
	return c.Stream(ctx, "logs", o, func(item json.RawMessage) error {
		var piece LogPiece
		if err := jsonvalue.Unmarshal(item, &piece); err != nil {
			return err
		}
		return each(piece)
	})
}
