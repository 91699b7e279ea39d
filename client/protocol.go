package client

import "encoding/json"

// Version is the version of the protocol. It changes only when an old client or
// server would misunderstand the other; new verbs and new fields do not change it.
const Version = 1

// MaxRequest is how many bytes a request may have, its newline included. MaxAnswer is
// the same for an answer.
const (
	MaxRequest = 1 << 20
	MaxAnswer  = 16 << 20
)

// Request is a line that a client sends. One request is answered before the next one
// of the same connection is read.
type Request struct {
	Version   int             `json:"version"`
	ID        uint64          `json:"id"` // of the client's choice; comes back with the answers
	Verb      string          `json:"verb"`
	Arguments json.RawMessage `json:"arguments,omitempty"` // an object
}

// Answer is a line that nile sends: any number with an Item, then one with either a
// Result or an Error.
type Answer struct {
	ID     uint64          `json:"id"`
	Item   json.RawMessage `json:"item,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}

// Code says of what kind an [Error] is.
type Code string

// The codes.
const (
	CodeInvalid  Code = "invalid"  // the request makes no sense: no such verb, wrong arguments
	CodeUnknown  Code = "unknown"  // there is no container of that name
	CodeState    Code = "state"    // the container is in no state for it
	CodeEnding   Code = "ending"   // the pod is ending
	CodeRefused  Code = "refused"  // not for this user, or not now
	CodeInternal Code = "internal" // nile's own fault
)

// Error is nile's answer to a request that it did not carry out.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // for people: says what would help
}

func (e *Error) Error() string { return e.Message }
