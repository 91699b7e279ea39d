package output

// ring keeps the last bytes that were added to it. It takes no memory before
// the first byte and grows with what it has to keep, so that a quiet stream costs
// nothing and a short-lived one little. The zero value keeps nothing.
type ring struct {
	limit int    // how many bytes are kept at most
	data  []byte // all that is kept; in order until it is as long as limit
	next  int    // the oldest byte's index, which the next byte replaces
}

// smallestRing is the first piece of memory that a ring takes.
const smallestRing = 128

func (r *ring) add(p []byte) {
	if len(p) > r.limit {
		p = p[len(p)-r.limit:]
	}
	if room := r.limit - len(r.data); room > 0 {
		n := min(room, len(p))
		r.grow(n)
		r.data = append(r.data, p[:n]...)
		p = p[n:]
	}
	for len(p) > 0 {
		n := copy(r.data[r.next:], p)
		r.next = (r.next + n) % r.limit
		p = p[n:]
	}
}

// grow makes room for n more bytes, doubling as append does, but never beyond
// the limit.
func (r *ring) grow(n int) {
	need := len(r.data) + n
	if need <= cap(r.data) {
		return
	}
	room := max(smallestRing, 2*cap(r.data))
	for room < need {
		room *= 2
	}
	r.data = append(make([]byte, 0, min(room, r.limit)), r.data...)
}

// clear forgets all, but keeps the memory.
func (r *ring) clear() {
	r.data, r.next = r.data[:0], 0
}

// bytes is a copy of what is kept, the oldest byte first.
func (r *ring) bytes() []byte {
	all := make([]byte, 0, len(r.data))
	return append(append(all, r.data[r.next:]...), r.data[:r.next]...)
}
