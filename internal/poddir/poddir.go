// Package poddir is how the niles of one pod's containers know of each other: by files in
// a directory that they share, a volume of the pod. There is no server, and nobody needs
// another one's name, address or rights.
//
// # The file of a nile
//
// Each nile keeps DIR/NAME.json, with its own state and that of its containers as JSON
// ([State]). It is never written in place: each version is a new file, complete, locked and
// with mode 0644, that is renamed over the one before. Nothing is read or written through a
// symbolic link, and only regular files of a bounded size are read.
//
// # Who lives
//
// A nile holds a lock on its file as long as it lives, an open file description lock
// (fcntl(2), F_OFD_SETLK): the kernel takes it back however the nile ends, SIGKILL and the
// OOM killer among that, and it works between PID namespaces, where process ids mean
// nothing. Who wants to know waits for the lock (F_OFD_SETLKW), which costs nothing until
// it is gone. So a file with a lock tells what is, and one without what was: a nile that has
// ended in order leaves its exit code in it, a tombstone; one that was killed does not.
//
// # Which life
//
// A tombstone counts however long ago it was written, since a container may well be over
// before another one has started; but not one of an earlier life of the pod, where the
// volume outlives it. What tells lives apart is in the file ([Life]): the boot of the
// machine; the pod's UID, as NILE_POD_UID or POD_UID give it or as the kubelet's mounts have
// it in their paths; and, where that is known, the pod's network namespace, which is another
// one when the kubelet has started the pod's sandbox again. Its number is the kernel's
// cookie, which is never given twice in a boot (SO_NETNS_COOKIE); a pod in the network of
// its node has that of the node.
//
// A living nile needs no such proof, only that it is not of another pod.
package poddir

import "strings"

// MaxFile is how large a file may be that is read.
const MaxFile = 256 << 10

// version is the version of the format.
const version = 1

// State is what a nile tells of itself.
type State struct {
	Version    int         `json:"version"`
	Name       string      `json:"name"`
	Life       Life        `json:"life"`
	Run        string      `json:"run"`   // tells this nile from one that was there before it
	State      string      `json:"state"` // of its pod, as nile status has it
	Started    bool        `json:"started"`
	Ready      bool        `json:"ready"`
	ExitCode   *int        `json:"exitCode,omitempty"` // once it has ended
	Containers []Container `json:"containers"`
}

// Container is what it tells of one of its containers.
type Container struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	Started  bool   `json:"started"`
	Ready    bool   `json:"ready"`
	Restarts int    `json:"restarts"`
	ExitCode *int   `json:"exitCode,omitempty"` // of its last run
}

// IsName tells whether a nile or container can have the name in a pod directory: at most
// 63 letters, digits, "-", "_" and ".", with a letter or digit first.
func IsName(name string) bool {
	if name == "" || len(name) > 63 || strings.ContainsAny(name[:1], "-_.") {
		return false
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.') {
			return false
		}
	}
	return true
}

// Path is the file of a nile.
func Path(dir, name string) string { return dir + "/" + name + ".json" }
