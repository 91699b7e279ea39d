package postmortem

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxSockets is how many lines of a table of sockets are read.
const maxSockets = 20_000

// tcpStates are the kernel's, include/net/tcp_states.h.
var tcpStates = [...]string{
	1: "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
}

// eachSocket reads the tables of sockets in a directory /proc/PID/net until each returns
// false.
func eachSocket(dir string, each func(inode uint64, s Socket) bool) {
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6", "unix"} {
		if !eachLine(dir+"/"+protocol, func(line string) bool {
			inode, s, ok := parseSocket(protocol, line)
			return !ok || each(inode, s)
		}) {
			return
		}
	}
}

// eachLine calls each for the lines of a table behind its heading.
func eachLine(name string, each func(string) bool) bool {
	file, err := os.Open(name)
	if err != nil {
		return true
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Scan()
	for n := 0; n < maxSockets && lines.Scan(); n++ {
		if !each(lines.Text()) {
			return false
		}
	}
	return true
}

// parseSocket reads a line of /proc/net/tcp and its likes, or of /proc/net/unix.
func parseSocket(protocol, line string) (inode uint64, s Socket, ok bool) {
	f := strings.Fields(line)
	s.Protocol = protocol
	if protocol == "unix" {
		if len(f) < 7 {
			return 0, s, false
		}
		inode, err := strconv.ParseUint(f[6], 10, 64)
		if len(f) > 7 {
			s.Local = strings.ToValidUTF8(cut(f[7], maxCommand), "\ufffd")
		}
		if flags, _ := strconv.ParseUint(f[3], 16, 32); flags&0x10000 != 0 { // __SO_ACCEPTCON
			s.State = "LISTEN"
		}
		return inode, s, err == nil
	}
	if len(f) < 10 {
		return 0, s, false
	}
	local, ok1 := parseAddress(f[1])
	remote, ok2 := parseAddress(f[2])
	state, err1 := strconv.ParseUint(f[3], 16, 8)
	inode, err2 := strconv.ParseUint(f[9], 10, 64)
	if !ok1 || !ok2 || err1 != nil || err2 != nil {
		return 0, s, false
	}
	s.Local = local.String()
	if remote.Port() != 0 {
		s.Remote = remote.String()
	}
	if strings.HasPrefix(protocol, "tcp") && int(state) < len(tcpStates) {
		s.State = tcpStates[state]
	}
	return inode, s, true
}

// parseAddress reads "0100007F:1F90": the address in words of the machine's byte order,
// which is little-endian wherever nile runs.
func parseAddress(s string) (netip.AddrPort, bool) {
	digits, port, ok := strings.Cut(s, ":")
	raw, err1 := hex.DecodeString(digits)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if !ok || err1 != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	address, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(address.Unmap(), uint16(number)), ok
}

// listenerOf names the process that listens on a TCP port: "pid 12 nginx". found is false
// where nobody does; where somebody does whose process cannot be seen, who is empty.
func listenerOf(port int) (who string, found bool) {
	inodes := map[uint64]bool{}
	for _, table := range []string{"tcp", "tcp6"} {
		eachLine("/proc/net/"+table, func(line string) bool {
			inode, s, ok := parseSocket(table, line)
			if ok && s.State == "LISTEN" && strings.HasSuffix(s.Local, ":"+strconv.Itoa(port)) {
				inodes[inode] = true
			}
			return true
		})
	}
	if len(inodes) == 0 {
		return "", false
	}
	for _, pid := range processIDs() {
		if holdsSocket(pid, inodes) {
			return fmt.Sprintf("pid %d %s", pid, readStatus(pid).name), true
		}
	}
	return "", true
}

// listeningPorts are the TCP ports on which anybody listens, in order.
func listeningPorts() []int {
	var ports []int
	for _, table := range []string{"tcp", "tcp6"} {
		eachLine("/proc/net/"+table, func(line string) bool {
			if _, s, ok := parseSocket(table, line); ok && s.State == "LISTEN" {
				ports = append(ports, number(s.Local[strings.LastIndexByte(s.Local, ':')+1:]))
			}
			return true
		})
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func holdsSocket(pid int, inodes map[uint64]bool) bool {
	fds, err := os.Open(procOf(pid) + "/fd")
	if err != nil {
		return false
	}
	defer fds.Close()
	names, _ := fds.Readdirnames(maxDirectory)
	for _, name := range names {
		target, _ := os.Readlink(procOf(pid) + "/fd/" + name)
		if inode, ok := socketInode(target); ok && inodes[inode] {
			return true
		}
	}
	return false
}
