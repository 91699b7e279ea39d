package client

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxCandidates bounds how many sockets are tried.
const maxCandidates = 64

// candidates are the sockets at which a nile may be, in the order in which nile looks
// for a place. A user other than root finds only what it may look into.
func candidates(getenv func(string) string, uid int) []string {
	var found []string
	add := func(paths ...string) {
		for _, path := range paths {
			if len(found) < maxCandidates && !slices.Contains(found, path) {
				found = append(found, path)
			}
		}
	}
	for _, directory := range Directories(getenv, uid, "") {
		add(socketsIn(directory.Path)...)
	}
	if uid == 0 { // those of other users
		for _, pattern := range []string{"/tmp/nile-*", "/run/user/*/nile"} {
			directories, _ := filepath.Glob(pattern) // the pattern is good
			for _, directory := range directories {
				add(socketsIn(directory)...)
			}
		}
	}
	add(abstractSockets()...)
	return found
}

// socketsIn are the sockets of niles in a directory: that of the first, then those
// of others.
func socketsIn(directory string) []string {
	entries, _ := os.ReadDir(directory) // not there, or closed to us
	var found []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.Type() == os.ModeSocket && strings.HasPrefix(name, "control") && strings.HasSuffix(name, ".sock") {
			found = append(found, filepath.Join(directory, name))
		}
	}
	first := filepath.Join(directory, Socket)
	if i := slices.Index(found, first); i > 0 {
		found = slices.Insert(slices.Delete(found, i, i+1), 0, first)
	}
	return found
}

// abstractSockets are the abstract sockets that niles of this PID namespace have.
// Without /proc only the usual names can be tried.
func abstractSockets() []string {
	name := Abstract()
	file, err := os.Open("/proc/net/unix")
	if err != nil {
		return []string{name, SocketOf(name, 1)}
	}
	defer file.Close()
	var found []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		// The address is the last field; "@" stands for the NUL of an abstract one.
		at := strings.LastIndexByte(lines.Text(), ' ')
		address := lines.Text()[at+1:]
		if (address == name || strings.HasPrefix(address, name+"-")) && !slices.Contains(found, address) {
			found = append(found, address)
		}
	}
	slices.Sort(found)
	return found
}
