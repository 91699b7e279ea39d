// Package seccomp compiles profiles in the format of OCI and Docker, as a container runtime does, so that the
// tests can run nile under the one that it is shipped with. It knows as much of the format as that needs.
package seccomp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Profile is a profile of the Open Container Initiative's runtime specification (config-linux.md, section Seccomp).
type Profile struct {
	DefaultAction   string   `json:"defaultAction"`
	DefaultErrnoRet int      `json:"defaultErrnoRet"`
	Architectures   []string `json:"architectures"`
	Syscalls        []Rule   `json:"syscalls"`
}

// Rule says what becomes of some system calls; where it has Args, only if all of them are so.
type Rule struct {
	Comment  string   `json:"comment"` // Docker's
	Names    []string `json:"names"`
	Action   string   `json:"action"`
	ErrnoRet int      `json:"errnoRet"`
	Args     []Arg    `json:"args"`
}

// Arg is a condition on one argument.
type Arg struct {
	Index    int    `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo"`
	Op       string `json:"op"`
}

// Parse reads a profile. Fields that it doesn't know are errors.
func Parse(text []byte) (*Profile, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	p := new(Profile)
	return p, decoder.Decode(p)
}

var constant = regexp.MustCompile(`(?m)^\s*SYS_([A-Z0-9_]+)\s+= (\d+)$`)

// Numbers reads the numbers of the system calls from the source of golang.org/x/sys, which has them as constants
// alone.
func Numbers(architecture string) (map[string]uint32, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		return nil, fmt.Errorf("cannot find the module golang.org/x/sys: %w", err)
	}
	text, err := os.ReadFile(strings.TrimSpace(string(module)) + "/unix/zsysnum_linux_" + architecture + ".go")
	if err != nil {
		return nil, err
	}
	numbers := map[string]uint32{}
	for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
		number, err := strconv.ParseUint(m[2], 10, 32)
		if err != nil {
			return nil, err
		}
		numbers[strings.ToLower(m[1])] = uint32(number)
	}
	return numbers, nil
}

// Offsets in struct seccomp_data, seccomp(2).
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16 // 8 bytes each
)

// Compile makes a filter of a profile for this machine. Names that numbers doesn't have are left out, as by
// container runtimes.
func (p *Profile) Compile(numbers map[string]uint32) ([]unix.SockFilter, error) {
	arch, known := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !known {
		return nil, fmt.Errorf("cannot compile a profile for %s", runtime.GOARCH)
	}
	filter := []unix.SockFilter{
		load(offArch), skip(arch, 1, 0), {Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS}, load(offNumber),
	}
	for _, rule := range p.Syscalls {
		result, err := action(rule.Action, rule.ErrnoRet)
		if err != nil {
			return nil, err
		}
		block, err := conditions(rule.Args)
		if err != nil {
			return nil, err
		}
		block = append(block, result)
		if len(rule.Args) > 0 {
			block = append(block, load(offNumber)) // the conditions have loaded arguments
		}
		for _, name := range rule.Names {
			if number, ok := numbers[name]; ok {
				filter = append(append(filter, skip(number, 0, uint8(len(block)))), block...)
			}
		}
	}
	end, err := action(p.DefaultAction, p.DefaultErrnoRet)
	return append(filter, end), err
}

// conditions are the instructions that go on behind the two that follow them where one isn't met.
func conditions(args []Arg) ([]unix.SockFilter, error) {
	var block []unix.SockFilter
	for _, arg := range args {
		mask, want := ^uint64(0), arg.Value
		switch arg.Op {
		case "SCMP_CMP_EQ":
		case "SCMP_CMP_MASKED_EQ":
			mask, want = arg.Value, arg.ValueTwo
		default:
			return nil, fmt.Errorf("cannot compile the operator %s", arg.Op)
		}
		for half := range 2 { // the low one first, on a little-endian machine
			shift := 32 * half
			block = append(block, load(uint32(offArgs+8*arg.Index+4*half)),
				unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: uint32(mask >> shift)},
				skip(uint32(want>>shift), 0, 0))
		}
	}
	for i := range block {
		if block[i].Code == unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K {
			block[i].Jf = uint8(len(block) - i) // over the result
		}
	}
	return block, nil
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// skip skips so many instructions where what was loaded is the value, and where it isn't.
func skip(value uint32, equal, other uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: equal, Jf: other, K: value}
}

func action(name string, errno int) (unix.SockFilter, error) {
	result := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
	switch name {
	case "SCMP_ACT_ALLOW":
		result.K = unix.SECCOMP_RET_ALLOW
	case "SCMP_ACT_ERRNO":
		result.K = unix.SECCOMP_RET_ERRNO | uint32(errno)
	default:
		return result, fmt.Errorf("cannot compile the action %s", name)
	}
	return result, nil
}

// Source writes a filter as a file of Go's, a variable filter of a package with a word for each instruction, in
// the order of bytes of the machines that Compile knows.
func Source(pkg string, filter []unix.SockFilter) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "package %s\n\nvar filter = [...]uint64{\n", pkg)
	for _, i := range filter {
		fmt.Fprintf(&out, "\t%#x,\n", uint64(i.Code)|uint64(i.Jt)<<16|uint64(i.Jf)<<24|uint64(i.K)<<32)
	}
	out.WriteString("}\n")
	return out.Bytes()
}
