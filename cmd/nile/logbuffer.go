package main

import (
	"sync"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/output"
)

// mostBuffered is how much output waits for one reader of it. What comes while so much
// waits is lost to this reader, who is told; nobody else is held up.
const mostBuffered = 256 << 10

// logBuffer is what a reader of a container's output has not been sent yet.
type logBuffer struct {
	ready  chan struct{} // has one element when there is something
	stream string        // the only one that is wanted; empty for both

	mu     sync.Mutex
	pieces []client.LogPiece
	bytes  int
	lost   int64 // since the last piece
}

func newLogBuffer(stream string) *logBuffer {
	return &logBuffer{ready: make(chan struct{}, 1), stream: stream}
}

// add takes output that has come. It does not block.
func (b *logBuffer) add(c output.Chunk) {
	name := streamName(c.Stream, c.Merged)
	if b.stream != "" && name != b.stream {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	room := mostBuffered - b.bytes
	if room < len(c.Data) {
		b.lost += int64(len(c.Data))
		return
	}
	b.bytes += len(c.Data)
	if last := len(b.pieces) - 1; last >= 0 && b.lost == 0 && b.pieces[last].Stream == name && b.pieces[last].Generation == c.Gen {
		b.pieces[last].Data = append(b.pieces[last].Data, c.Data...)
	} else {
		b.pieces = append(b.pieces, client.LogPiece{Stream: name, Generation: c.Gen, Lost: b.lost, Data: append([]byte(nil), c.Data...)})
		b.lost = 0
	}
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// flush sends all that waits.
func (b *logBuffer) flush(send func(client.LogPiece) error) error {
	b.mu.Lock()
	pieces := b.pieces
	if b.lost > 0 {
		pieces = append(pieces, client.LogPiece{Lost: b.lost})
	}
	b.pieces, b.bytes, b.lost = nil, 0, 0
	b.mu.Unlock()
	for _, p := range pieces {
		lost := p.Lost
		for data := range chunks(p.Data) {
			if err := send(client.LogPiece{Stream: p.Stream, Generation: p.Generation, Data: data, Lost: lost}); err != nil {
				return err
			}
			lost = 0
		}
		if lost > 0 {
			if err := send(client.LogPiece{Lost: lost}); err != nil {
				return err
			}
		}
	}
	return nil
}
