// Package inspect reads what /proc tells of one process: threads, memory, open files,
// sockets, limits and environment, bounded, and with secrets masked.
package inspect

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/secrets"
)

// Process is what was seen. What could not be read is empty, and Note says why.
type Process struct {
	PID         int                 `json:"pid"`
	State       string              `json:"state"` // as of ps(1)
	Program     string              `json:"program"`
	Arguments   []string            `json:"arguments,omitempty"`
	Directory   string              `json:"directory"`
	Threads     []Thread            `json:"threads"` // 1024 at most
	Memory      Memory              `json:"memory"`
	Files       []postmortem.File   `json:"files,omitempty"`
	Sockets     []postmortem.Socket `json:"sockets,omitempty"`
	MoreFiles   int                 `json:"moreFiles,omitempty"` // that are not listed
	Limits      []Limit             `json:"limits,omitempty"`
	Environment []string            `json:"environment,omitempty"` // masked
	Note        string              `json:"note,omitempty"`
}

// Thread is a thread.
type Thread struct {
	TID   int    `json:"tid"`
	Name  string `json:"name"`
	State string `json:"state"` // as of ps(1)
}

// Memory is a summary of the mappings.
type Memory struct {
	Resident  int64     `json:"residentBytes"`
	Size      int64     `json:"sizeBytes"` // of the address space
	Mappings  int       `json:"mappings"`
	Largest   []Mapping `json:"largest,omitempty"`   // ten, by resident memory
	Libraries []string  `json:"libraries,omitempty"` // files that are mapped to be executed
}

// Mapping is what is mapped of one file, or a kind of other memory.
type Mapping struct {
	Name     string `json:"name"`
	Size     int64  `json:"sizeBytes"`
	Resident int64  `json:"residentBytes"`
}

// Limit is a resource limit as of /proc/PID/limits.
type Limit struct {
	Name string `json:"name"`
	Soft string `json:"soft"`
	Hard string `json:"hard"`
	Unit string `json:"unit,omitempty"`
}

const (
	maxThreads = 1024
	maxRead    = 16 << 20
	largest    = 10
	maxEntry   = 4096 // bytes of an argument or a variable that are shown
)

// Take looks at a process. masks are further names of secrets. A process that may not be
// looked at gives what can be seen together with an error that is [fs.ErrPermission].
func Take(pid int, masks []string) (*Process, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := read(dir + "/stat")
	if err != nil {
		return nil, err
	}
	p := &Process{PID: pid, State: stateOf(stat)}
	p.threads(dir)
	var denied error
	note := func(what string, err error) {
		if err != nil && denied == nil {
			denied, p.Note = err, what+" cannot be read: "+reason(err)
		}
	}
	p.Program, err = os.Readlink(dir + "/exe")
	note("its program", err)
	p.Directory, _ = os.Readlink(dir + "/cwd")
	masker := secrets.New(masks...)
	environment, err := read(dir + "/environ")
	note("its environment", err)
	arguments, _ := read(dir + "/cmdline")
	env, argv := split(environment), split(arguments)
	masker.Learn(env, argv)
	p.Environment, p.Arguments = masker.Environment(env), masker.Arguments(argv)
	maps, err := read(dir + "/smaps")
	note("its memory", err)
	p.memory(maps)
	limits, _ := read(dir + "/limits")
	p.limits(limits)
	look := postmortem.TakeLook(pid, "inspect")
	p.Files, p.Sockets, p.MoreFiles = look.Files, look.Sockets, look.More
	// Not by package slices: each type that it sorts is 7 KB of nile.
	sort.SliceStable(p.Files, func(i, j int) bool { return p.Files[i].FD < p.Files[j].FD })
	sort.SliceStable(p.Sockets, func(i, j int) bool { return p.Sockets[i].FD < p.Sockets[j].FD })
	if errors.Is(denied, fs.ErrPermission) {
		return p, denied
	}
	return p, nil
}

func reason(err error) string {
	if path := new(fs.PathError); errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func read(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRead))
	return string(text), err
}

// split reads strings that each end with a NUL.
func split(text string) (list []string) {
	for entry := range bytes.SplitSeq([]byte(strings.TrimSuffix(text, "\x00")), []byte{0}) {
		if len(entry) > 0 {
			list = append(list, strings.ToValidUTF8(string(entry[:min(len(entry), maxEntry)]), "\ufffd"))
		}
	}
	return list
}

func stateOf(stat string) string {
	letter := ""
	if at := strings.LastIndex(stat, ") "); at >= 0 && len(stat) > at+2 {
		letter = stat[at+2 : at+3]
	}
	switch letter {
	case "R":
		return "running"
	case "S":
		return "sleeping"
	case "D":
		return "disk"
	case "T":
		return "stopped"
	case "t":
		return "traced"
	case "Z", "X":
		return "ended"
	}
	return letter
}

func (p *Process) threads(dir string) {
	tasks, err := os.ReadDir(dir + "/task")
	if err != nil {
		return
	}
	for _, task := range tasks[:min(len(tasks), maxThreads)] {
		stat, err := read(dir + "/task/" + task.Name() + "/stat")
		_, name, _ := strings.Cut(stat, "(")
		end := strings.LastIndex(name, ")")
		if err != nil || end < 0 {
			continue
		}
		tid, _ := strconv.Atoi(task.Name())
		p.Threads = append(p.Threads, Thread{TID: tid, Name: strings.ToValidUTF8(name[:end], "\ufffd"), State: stateOf(stat)})
	}
}

// memory sums the mappings up by what is mapped.
func (p *Process) memory(smaps string) {
	byName := map[string]*Mapping{}
	var now *Mapping
	for line := range strings.Lines(smaps) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			p.Memory.Mappings++
			name := "anonymous"
			if len(fields) > 5 {
				name = strings.ToValidUTF8(strings.Join(fields[5:], " "), "\ufffd")
			}
			if now = byName[name]; now == nil {
				now = &Mapping{Name: name}
				byName[name] = now
			}
			if strings.Contains(fields[1], "x") && strings.HasPrefix(name, "/") && !slices.Contains(p.Memory.Libraries, name) {
				p.Memory.Libraries = append(p.Memory.Libraries, name)
			}
		case len(fields) == 3 && now != nil && fields[2] == "kB":
			size, _ := strconv.ParseInt(fields[1], 10, 64)
			switch fields[0] {
			case "Size:":
				now.Size += size << 10
				p.Memory.Size += size << 10
			case "Rss:":
				now.Resident += size << 10
				p.Memory.Resident += size << 10
			}
		}
	}
	for _, m := range byName {
		p.Memory.Largest = append(p.Memory.Largest, *m)
	}
	all := p.Memory.Largest
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].Resident != all[j].Resident {
			return all[i].Resident > all[j].Resident
		}
		return all[i].Name < all[j].Name
	})
	p.Memory.Largest = p.Memory.Largest[:min(len(p.Memory.Largest), largest)]
}

// limits reads a table with columns of fixed width, proc_pid_limits(5).
func (p *Process) limits(table string) {
	for line := range strings.Lines(table) {
		if len(line) < 47 || !strings.HasPrefix(line, "Max ") {
			continue
		}
		fields := strings.Fields(line[26:])
		if len(fields) < 2 {
			continue
		}
		p.Limits = append(p.Limits, Limit{
			Name: strings.TrimPrefix(strings.TrimSpace(line[:26]), "Max "), Soft: fields[0], Hard: fields[1], Unit: strings.Join(fields[2:], " "),
		})
	}
}
