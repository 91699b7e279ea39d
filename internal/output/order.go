package output

// order is how the lines of a run's two streams followed each other, so that they can
// be shown as they came although each stream is kept by itself. It takes memory with
// the changes from one stream to the other.
type order struct {
	segments []segment // the oldest first
}

// segment is text of one stream that nothing of the other came between.
type segment struct {
	stream Stream
	bytes  int
}

// mostSegments is how many changes are remembered. What is older has lost its order.
const mostSegments = 1024

func (o *order) add(stream Stream, bytes int) {
	if last := len(o.segments) - 1; last >= 0 && o.segments[last].stream == stream {
		o.segments[last].bytes += bytes
		return
	}
	if len(o.segments) == mostSegments {
		o.segments = o.segments[:copy(o.segments, o.segments[mostSegments/2:])]
	}
	o.segments = append(o.segments, segment{stream, bytes})
}

// Piece is output of one stream.
type Piece struct {
	Stream Stream
	Data   []byte
}

// pieces puts what is kept of two streams into the order of arrival. The last
// unfinished bytes of each have not been added yet; they come last.
func (o *order) pieces(kept [2][]byte, unfinished [2]int) []Piece {
	var backwards []Piece
	take := func(stream Stream, bytes int) {
		text := kept[stream]
		if bytes = min(bytes, len(text)); bytes > 0 {
			backwards = append(backwards, Piece{stream, text[len(text)-bytes:]})
			kept[stream] = text[:len(text)-bytes]
		}
	}
	take(Stderr, unfinished[Stderr])
	take(Stdout, unfinished[Stdout])
	for i := len(o.segments) - 1; i >= 0; i-- {
		take(o.segments[i].stream, o.segments[i].bytes)
	}
	take(Stderr, len(kept[Stderr]))
	take(Stdout, len(kept[Stdout]))
	all := make([]Piece, 0, len(backwards))
	for i := len(backwards) - 1; i >= 0; i-- {
		all = append(all, backwards[i])
	}
	return all
}
