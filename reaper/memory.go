package reaper

import "unsafe"

// memory is what the arguments of a child's system calls point to. It is reused from
// start to start, for as much as a usual command needs.
type memory struct {
	room, free   []byte  // what there is for texts, and what is left of it
	list, unused []*byte // the same for lists of them
	kept         []unsafe.Pointer

	bytes, pointers int // what this start has needed
}

const (
	maxBytes    = 64 << 10 // of room, that is kept
	maxPointers = 4 << 10
)

// begin makes all of it free. The room is what the start before would have needed.
func (m *memory) begin() {
	if m.bytes > len(m.room) && m.bytes <= maxBytes {
		m.room = make([]byte, m.bytes)
	}
	if m.pointers > len(m.list) && m.pointers <= maxPointers {
		m.list = make([]*byte, m.pointers)
	}
	clear(m.list)
	clear(m.kept)
	m.free, m.unused, m.kept, m.bytes, m.pointers = m.room, m.list, m.kept[:0], 0, 0
}

// keep keeps memory of somebody else's from being collected.
func (m *memory) keep(memory unsafe.Pointer) { m.kept = append(m.kept, memory) }

// take is room for a number of bytes, over zero, with anything in it.
func (m *memory) take(size int) []byte {
	m.bytes += size
	if size > len(m.free) {
		data := make([]byte, size)
		m.keep(unsafe.Pointer(&data[0]))
		return data
	}
	data := m.free[:size:size]
	m.free = m.free[size:]
	return data
}

// takePointers is room for a number of pointers, over zero, all nil.
func (m *memory) takePointers(size int) []*byte {
	m.pointers += size
	if size > len(m.unused) {
		list := make([]*byte, size)
		m.keep(unsafe.Pointer(&list[0]))
		return list
	}
	list := m.unused[:size:size]
	m.unused = m.unused[size:]
	return list
}
