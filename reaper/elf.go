package reaper

import "github.com/nile-init/nile/internal/ascii"

// elfMachines are the e_machine values of elf.h with Go's names for them. No map: that
// would be made before the first child is started.
var elfMachines = [...]struct {
	value uint16
	name  string
}{
	{3, "386"}, {8, "mips"}, {21, "ppc64le"}, {22, "s390x"}, {40, "arm"},
	{62, "amd64"}, {183, "arm64"}, {243, "riscv64"}, {258, "loong64"},
}

// elfHeader is what of an ELF header (elf(5)) is needed here.
type elfHeader struct {
	order    byteOrder
	is64     bool
	machine  uint16
	programs uint64 // offset of the program headers
	size     uint16 // of one of them
	count    uint16
}

func parseELF(head []byte) (header elfHeader, ok bool) {
	if len(head) < 64 || string(head[:4]) != "\x7fELF" {
		return header, false
	}
	header.is64 = head[4] == 2
	header.order = byteOrder{bigEndian: head[5] == 2}
	header.machine = header.order.Uint16(head[18:])
	if header.is64 {
		header.programs = header.order.Uint64(head[32:])
		header.size = header.order.Uint16(head[54:])
		header.count = header.order.Uint16(head[56:])
	} else {
		header.programs = uint64(header.order.Uint32(head[28:]))
		header.size = header.order.Uint16(head[42:])
		header.count = header.order.Uint16(head[44:])
	}
	return header, true
}

// elfLoader is the PT_INTERP of a program whose first bytes are head, or "".
// Linkers put both the table and the name into the first page.
func elfLoader(head []byte) string {
	header, ok := parseELF(head)
	if !ok {
		return ""
	}
	const ptInterp = 3
	for i := range uint64(header.count) {
		at := header.programs + i*uint64(header.size)
		if at > uint64(len(head)) || uint64(len(head))-at < 56 { // the sum may overflow
			return ""
		}
		entry := head[at:]
		if header.order.Uint32(entry) != ptInterp {
			continue
		}
		var start, size uint64
		if header.is64 {
			start, size = header.order.Uint64(entry[8:]), header.order.Uint64(entry[32:])
		} else {
			start, size = uint64(header.order.Uint32(entry[4:])), uint64(header.order.Uint32(entry[16:]))
		}
		if start > uint64(len(head)) || size > uint64(len(head))-start {
			return ""
		}
		return ascii.TrimRight(string(head[start:start+size]), "\x00")
	}
	return ""
}

// byteOrder reads numbers. Not that of encoding/binary: that imports reflect, and a
// wrapped command would wait for it (see internal/linux).
type byteOrder struct{ bigEndian bool }

func (o byteOrder) number(data []byte, size int) (value uint64) {
	for i := range size {
		at := size - 1 - i // the most significant byte first
		if o.bigEndian {
			at = i
		}
		value = value<<8 | uint64(data[at])
	}
	return value
}

func (o byteOrder) Uint16(data []byte) uint16 { return uint16(o.number(data, 2)) }
func (o byteOrder) Uint32(data []byte) uint32 { return uint32(o.number(data, 4)) }
func (o byteOrder) Uint64(data []byte) uint64 { return o.number(data, 8) }

// elfMachine is the architecture that an ELF file is for, by Go's name, or "".
func elfMachine(file string) string {
	head, err := readFile(file, make([]byte, 64))
	if err != nil {
		return ""
	}
	header, ok := parseELF(head)
	if !ok {
		return ""
	}
	for _, machine := range elfMachines {
		if machine.value == header.machine {
			return machine.name
		}
	}
	return ""
}
