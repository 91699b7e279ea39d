package hooks

import (
	"encoding/binary"
	"errors"
)

// preface begins an HTTP/2 connection (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// The types of frames (section 6) that mean something here.
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameReset        = 0x3
	frameSettings     = 0x4
	framePush         = 0x5
	framePing         = 0x6
	frameGoAway       = 0x7
	frameContinuation = 0x9
)

// The flags of frames. An acknowledgement and the end of a stream have the same bit.
const (
	flagAck        = 0x1
	flagEndStream  = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

// frame is a frame's header; its payload is in [frames] until the next one is read.
type frame struct {
	kind, flags byte
	stream      uint32
}

// appendFrame appends a frame.
func appendFrame(b []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload))<<8|uint32(kind))
	b = binary.BigEndian.AppendUint32(append(b, flags), stream)
	return append(b, payload...)
}

// unpad takes the padding off a payload (section 6.1).
func unpad(next frame, payload []byte) ([]byte, error) {
	if next.flags&flagPadded == 0 {
		return payload, nil
	}
	if len(payload) == 0 || int(payload[0]) > len(payload)-1 {
		return nil, errors.New("the server sent a frame with more padding than frame")
	}
	return payload[1 : len(payload)-int(payload[0])], nil
}
