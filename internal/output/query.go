package output

import "slices"

// Tail is the last output of a run.
type Tail struct {
	Gen            int
	Stdout, Stderr []byte
	// Merged says that the two streams shared a pipe, since their destination
	// is the same: Stdout then has both, in the exact order of printing.
	Merged bool
	// Pieces are the two in the order of arrival, line by line; the beginning of a
	// long tail may have lost its order.
	Pieces []Piece
}

// Tail returns the last output of a container's current or latest run, or of the
// run before. It reports false if there is none that was read.
func (m *Manager) Tail(name string, previous bool) (tail Tail, ok bool) {
	m.ask(func() {
		c := m.containers[name]
		if c == nil {
			return
		}
		r := c.current
		if previous {
			r = c.previous
		}
		if r != nil {
			tail, ok = r.lastOutput(), true
		}
	})
	return tail, ok
}

// LogTail returns the end of what the current or latest run of a container has
// printed on both streams, in the order of arrival: 80 lines and 2048 bytes at
// most, as the kubelet takes it for FallbackToLogsOnError.
func (m *Manager) LogTail(name string) (text []byte) {
	m.ask(func() {
		if c := m.containers[name]; c != nil && c.current != nil {
			text = c.current.message()
		}
	})
	return text
}

// Chunk is output as it was read, which may begin and end within a line.
type Chunk struct {
	Gen    int
	Stream Stream
	Merged bool   // the two streams share a pipe: Stream says nothing
	Data   []byte // valid during the call only
}

type follower struct{ each func(Chunk) }

// Follow calls each for all that is read from a container from now on, over its
// restarts, in a goroutine of the manager: each must not block. The tail is what
// came before, with nothing between. stop ends it; no call is under way or made
// after stop has returned, so each must not call stop. A container that has not
// been opened yet can be followed too.
func (m *Manager) Follow(name string, each func(Chunk)) (tail Tail, stop func()) {
	f := &follower{each: each}
	_ = m.ensureStarted() // where that fails, it fails again, and is told, in Open
	m.ask(func() {
		c := m.container(name)
		c.followers = append(c.followers, f)
		if c.current != nil {
			tail = c.current.lastOutput()
		}
	})
	return tail, func() {
		m.ask(func() {
			c := m.container(name)
			c.followers = slices.DeleteFunc(c.followers, func(other *follower) bool { return other == f })
		})
	}
}

// Count is how much came from a stream.
type Count struct{ Bytes, Lines uint64 }

// Counts are those of a container over all its runs, [Stdout] and [Stderr].
type Counts [2]Count

// Counts returns how much was read from each container that was not inherited.
func (m *Manager) Counts() (counts map[string]Counts) {
	m.ask(func() {
		counts = make(map[string]Counts, len(m.containers))
		for name, c := range m.containers {
			counts[name] = c.counts
		}
	})
	return counts
}
