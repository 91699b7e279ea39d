package hooks

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/net/http2/hpack"
)

const (
	frameHeader   = 9
	maxFrame      = 16 << 10 // the least that either end must take, and all that is used
	initialWindow = 1<<16 - 1
	maxFrames     = 10_000 // that an answer may have; one of 10 KiB has a handful
	onlyStream    = 1      // the stream of the one request
)

// frames is a connection's one stream, as its frames. Both ends have the windows
// that HTTP/2 begins with, 64 KiB, and they stay so: no more is read of any
// answer, and no request is longer.
type frames struct {
	connection net.Conn
	reader     *bufio.Reader
	decoder    *hpack.Decoder
	fields     []hpack.HeaderField // of the block that is being read
	budget     int                 // what all header blocks may still have, in bytes
	count      int
	payload    []byte // of the frame that is being read
	rest       []byte // what of the last DATA frame has not been read
	begun      bool   // the other end has sent its settings
	ended      bool   // … and the end of the stream
	trailer    []hpack.HeaderField
}

func newFrames(c net.Conn) *frames {
	f := &frames{connection: c, reader: bufio.NewReaderSize(c, 1<<10), budget: maxHeader}
	f.decoder = hpack.NewDecoder(4096, func(field hpack.HeaderField) {
		if f.budget -= int(field.Size()); f.budget >= 0 {
			f.fields = append(f.fields, field)
		}
	})
	f.decoder.SetMaxStringLength(maxHeader)
	return f
}

// send sends the preface and a request: its header block, and its body if it has one.
func (f *frames) send(block, body []byte) error {
	if len(body) > initialWindow {
		return fmt.Errorf("the request has %d bytes, more than the %d that HTTP/2 lets it have at once", len(body), initialWindow)
	}
	// SETTINGS_ENABLE_PUSH (2) is 0: the server shall send nothing unasked.
	b := appendFrame([]byte(preface), frameSettings, 0, 0, []byte{0, 2, 0, 0, 0, 0})
	kind := byte(frameHeaders)
	for first := true; first || len(block) > 0; first = false {
		piece := block[:min(len(block), maxFrame)]
		block = block[len(piece):]
		var flags byte
		if len(block) == 0 {
			flags |= flagEndHeaders
		}
		if first && len(body) == 0 {
			flags |= flagEndStream
		}
		b = appendFrame(b, kind, flags, onlyStream, piece)
		kind = frameContinuation
	}
	for len(body) > 0 {
		piece := body[:min(len(body), maxFrame)]
		body = body[len(piece):]
		var flags byte
		if len(body) == 0 {
			flags = flagEndStream
		}
		b = appendFrame(b, frameData, flags, onlyStream, piece)
	}
	_, err := f.connection.Write(b)
	return err
}

// header reads until a header block of the stream is complete.
func (f *frames) header() ([]hpack.HeaderField, error) {
	for {
		next, err := f.next()
		if err != nil {
			return nil, err
		}
		switch next.kind {
		case frameHeaders:
			return f.block(next)
		case frameData:
			return nil, errors.New("the server sent a body before a header")
		}
	}
}

// data reads of the stream's DATA frames; its end is [io.EOF].
func (f *frames) data(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.ended {
			return 0, io.EOF
		}
		next, err := f.next()
		if err != nil {
			return 0, err
		}
		switch next.kind {
		case frameHeaders:
			if f.trailer, err = f.block(next); err != nil {
				return 0, err
			}
			if !f.ended {
				return 0, errHeader
			}
		case frameData:
			if f.rest, err = unpad(next, f.payload); err != nil {
				return 0, err
			}
			f.ended = next.flags&flagEndStream != 0
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// next reads frames until one is a HEADERS or DATA frame of the stream, and does
// what the others ask for.
func (f *frames) next() (frame, error) {
	for {
		next, err := f.read()
		if err != nil {
			return frame{}, err
		}
		switch next.kind {
		case frameHeaders, frameData:
			if next.stream != onlyStream {
				return frame{}, fmt.Errorf("the server answers on stream %d, where nothing was asked", next.stream)
			}
			return next, nil
		case framePush, frameContinuation:
			return frame{}, fmt.Errorf("the server sent a frame of type %d, which it may not now", next.kind)
		case frameReset:
			if next.stream == onlyStream {
				return frame{}, fmt.Errorf("the server ended the request with HTTP/2 error %d", f.number(0))
			}
		case frameGoAway:
			// It says up to which stream requests are answered: the one that was asked, or none.
			if f.number(0)&^(1<<31) < onlyStream {
				return frame{}, fmt.Errorf("the server ended the connection with HTTP/2 error %d", f.number(4))
			}
		case frameSettings, framePing:
			if err := f.acknowledge(next); err != nil {
				return frame{}, err
			}
		}
	}
}

// number is the number at a place of the payload, or 0 behind its end.
func (f *frames) number(at int) uint32 {
	if len(f.payload) < at+4 {
		return 0
	}
	return binary.BigEndian.Uint32(f.payload[at:])
}

// acknowledge says that settings hold, or answers a ping. No setting of a server
// matters here: the request has been sent.
func (f *frames) acknowledge(next frame) error {
	if next.flags&flagAck != 0 {
		return nil
	}
	payload := f.payload
	if next.kind == frameSettings {
		payload = nil
	}
	_, err := f.connection.Write(appendFrame(nil, next.kind, flagAck, 0, payload[:min(len(payload), 8)]))
	return err
}

// read reads a frame. The end of the connection is never a good end.
func (f *frames) read() (frame, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(f.reader, head[:]); err != nil {
		return frame{}, unexpected(err)
	}
	if !f.begun && bytes.HasPrefix(head[:], []byte("HTTP/")) {
		return frame{}, errors.New("the server speaks HTTP/1, not HTTP/2")
	}
	next := frame{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:]) &^ (1 << 31)}
	length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	switch {
	case length > maxFrame || !f.begun && next.kind != frameSettings:
		return frame{}, errors.New("the server doesn't speak HTTP/2")
	case f.count == maxFrames:
		return frame{}, fmt.Errorf("the answer has over %d frames", maxFrames)
	}
	f.begun = true
	f.count++
	if cap(f.payload) < length {
		f.payload = make([]byte, length)
	}
	f.payload = f.payload[:length]
	_, err := io.ReadFull(f.reader, f.payload)
	return next, unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// block decodes the header block that a HEADERS frame begins. Nothing else may
// come between the frames of a block (section 6.10).
func (f *frames) block(next frame) ([]hpack.HeaderField, error) {
	f.fields = nil
	f.ended = next.flags&flagEndStream != 0
	fragment, err := unpad(next, f.payload)
	if err == nil && next.flags&flagPriority != 0 {
		if len(fragment) < 5 {
			return nil, errHeader
		}
		fragment = fragment[5:]
	}
	for err == nil {
		if _, err = f.decoder.Write(fragment); err != nil {
			break
		}
		if f.budget < 0 {
			return nil, fmt.Errorf("the answer's header is over %d KiB", maxHeader>>10)
		}
		if next.flags&flagEndHeaders != 0 {
			return f.fields, f.decoder.Close()
		}
		if next, err = f.read(); err == nil && next.kind != frameContinuation {
			return nil, errHeader
		}
		fragment = f.payload
	}
	return nil, err
}
