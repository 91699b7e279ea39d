package procs

import (
	"io"
	"os"
	"strings"

	"github.com/nile-init/nile/internal/procstat"
	"github.com/nile-init/nile/internal/regular"
)

// maxPasswd bounds how much of /etc/passwd is read.
const maxPasswd = 1 << 20

// users knows the names in a file of the form of passwd(5). It reads the file when a
// name is first asked for; without one nobody has a name.
type users struct {
	file  string
	names map[uint32]string
}

func (u *users) name(uid uint32) string {
	if u.names == nil {
		u.names = map[uint32]string{}
		u.read()
	}
	return u.names[uid]
}

func (u *users) read() {
	name := u.file
	if name == "" {
		name = "/etc/passwd"
	}
	file, err := regular.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, maxPasswd))
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(line, ":", 4)
		if len(fields) < 4 || fields[0] == "" || fields[2] != "0" && procstat.Number([]byte(fields[2])) == 0 {
			continue
		}
		uid := uint32(procstat.Number([]byte(fields[2])))
		if _, taken := u.names[uid]; !taken { // the first one counts, as for getpwuid(3)
			u.names[uid] = fields[0]
		}
	}
}
