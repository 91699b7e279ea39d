package corefile

import "testing"

func TestWhatIsDumpedOfAMapping(t *testing.T) {
	const smaps = `55a000000000-55a000002000 r-xp 00000000 08:01 42 /bin/program
Anonymous:             0 kB
VmFlags: rd ex mr mw me
55a000003000-55a000005000 r--p 00003000 08:01 42 /bin/program
Anonymous:             4 kB
55a000005000-55a000007000 rw-p 00004000 08:01 42 /bin/program
55b000000000-55b000021000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000100000 ---p 00000000 00:00 0
7f0000100000-7f0000102000 rw-s 00000000 00:05 7 /dev/zero (deleted)
7f0000200000-7f0000300000 rw-s 00000000 08:01 43 /var/data with blanks
7f0000300000-7f0000301000 rw-s 00000000 00:06 8 /dev/device
VmFlags: rd wr io pf
7f0000400000-7f0000402000 rw-p 00000000 00:00 0
Swap:                  0 kB
VmFlags: rd wr dd
7ffd00000000-7ffd00004000 r--p 00000000 00:00 0 [vvar]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
not a line of it
7f00-zz rw-p 0 0 0
`
	maps := parseMaps(smaps)
	want := []struct {
		path string
		size uint64
	}{
		{"/bin/program", page}, // its header
		{"/bin/program", 0x2000},
		{"/bin/program", 0x2000},
		{"[heap]", 0x21000},
		{"", 0},
		{"/dev/zero (deleted)", 0x2000},
		{"/var/data with blanks", 0},
		{"/dev/device", 0},
		{"", 0}, // MADV_DONTDUMP
		{"[vvar]", 0},
		{"[vsyscall]", 0},
	}
	if len(maps) != len(want) {
		t.Fatalf("%d mappings, want %d: %+v", len(maps), len(want), maps)
	}
	for i, m := range maps {
		if m.path != want[i].path || m.dumped() != want[i].size {
			t.Errorf("%#x %q: %#x bytes are dumped, want %q, %#x", m.start, m.path, m.dumped(), want[i].path, want[i].size)
		}
	}
}
