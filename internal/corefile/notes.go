package corefile

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// The types of notes, elf.h.
const (
	notePRStatus = 1
	noteFP       = 2
	notePSInfo   = 3
	noteAuxv     = 6
	noteXState   = 0x202
	noteSigInfo  = 0x53494749
	noteFile     = 0x46494c45
)

var order = binary.LittleEndian // of both machines

// note appends a note: sizes, type, name and contents, each padded to four bytes.
func note(b *bytes.Buffer, owner string, kind uint32, data []byte) {
	if len(data) == 0 {
		return
	}
	for _, number := range [3]uint32{uint32(len(owner) + 1), uint32(len(data)), kind} {
		b.Write(order.AppendUint32(nil, number))
	}
	for _, part := range [2]string{owner + "\x00", string(data)} {
		b.WriteString(part)
		b.Write(make([]byte, -len(part)&3))
	}
}

// notes are all that a debugger is told beside the memory. The first thread's come
// first, and those of the process between them, as the kernel writes them.
func (p *process) notes(end *End, maps []mapping) []byte {
	var b bytes.Buffer
	fields := p.statFields()
	for i := range end.Threads {
		t := &end.Threads[i]
		note(&b, "CORE", notePRStatus, prStatus(end.Signal, t, fields))
		if i == 0 {
			note(&b, "CORE", notePSInfo, p.psInfo(fields))
			note(&b, "CORE", noteSigInfo, end.SignalInfo)
			note(&b, "CORE", noteAuxv, p.auxv)
			note(&b, "CORE", noteFile, files(maps))
		}
		note(&b, "CORE", noteFP, t.FloatingPoint)
		note(&b, "LINUX", noteXState, t.Extended)
	}
	return b.Bytes()
}

// statFields are those of /proc/PID/stat behind the name: the state, the parent, the
// group, the session, …
func (p *process) statFields() (numbers [8]uint32) {
	_, rest, _ := strings.Cut(string(p.stat), ") ")
	pid, _, _ := strings.Cut(string(p.stat), " ")
	n, _ := strconv.ParseUint(pid, 10, 32)
	numbers[0] = uint32(n)
	for i, field := range strings.Fields(rest) {
		if i > 0 && i < len(numbers) {
			n, _ := strconv.ParseUint(field, 10, 32)
			numbers[i] = uint32(n)
		}
	}
	return numbers
}

// prStatus is a struct elf_prstatus: siginfo, the signal, process ids, times and
// registers.
func prStatus(signal int, t *Thread, ids [8]uint32) []byte {
	b := make([]byte, 112+len(t.Registers)+8)
	order.PutUint32(b, uint32(signal))
	order.PutUint16(b[12:], uint16(signal))
	for i := range 4 {
		order.PutUint32(b[32+4*i:], ids[i])
	}
	order.PutUint32(b[32:], uint32(t.TID))
	copy(b[112:], t.Registers)
	if len(t.FloatingPoint) > 0 {
		b[112+len(t.Registers)] = 1
	}
	return b
}

// psInfo is a struct elf_prpsinfo.
func (p *process) psInfo(ids [8]uint32) []byte {
	b := make([]byte, 136)
	b[1] = 't'
	for i := range 4 {
		order.PutUint32(b[24+4*i:], ids[i])
	}
	_, name, _ := strings.Cut(string(p.stat), "(")
	if end := strings.LastIndex(name, ")"); end >= 0 {
		copy(b[40:55], name[:end])
	}
	copy(b[56:135], bytes.ReplaceAll(p.arguments, []byte{0}, []byte{' '}))
	return b
}

// files lists the mapped files: how many, the size of a page, each one's place, in pages
// within its file, and their names.
func files(maps []mapping) []byte {
	var places, names []byte
	count := uint64(0)
	for i := range maps {
		m := &maps[i]
		if !m.isFile {
			continue
		}
		count++
		for _, number := range [3]uint64{m.start, m.end, m.offset / page} {
			places = order.AppendUint64(places, number)
		}
		names = append(append(names, strings.TrimSuffix(m.path, " (deleted)")...), 0)
	}
	head := order.AppendUint64(order.AppendUint64(nil, count), page)
	return append(append(head, places...), names...)
}
