// Command nile-zk is a sidecar that keeps an ephemeral node in ZooKeeper in step with
// what nile says of an app: the node exists while the app is ready, and its data say
// where the app is. docs/reference/zookeeper.md has its flags and its nodes.
//
// # How it works
//
// One goroutine, the follower, reads nile's events from the control socket and asks for
// the status after each: it never polls. Another, the keeper, is told what nodes there
// should be, and makes ZooKeeper so: whenever the wish changes, a session begins, or a
// node of its own is changed by others. It decides by level: it looks at what is there
// and does what is missing, so that an answer that was lost with a connection needs no
// care of its own.
//
// # Nodes
//
// The live node is a child of the service's path, and means "ready" by its mere
// existence, since that is how consumers of ephemeral nodes read them. An app that is
// held or has crashed is therefore marked elsewhere: by a node of the same name below
// the path of marks. Neither is there while the app starts, fails its probes or ends.
//
// # Sessions
//
// The nodes of a session that has expired are gone, and the next session makes them
// anew. A node of a former session that has not expired yet, such as that of a nile-zk
// that was killed, is replaced where its data name the same instance and an earlier
// start; a node of somebody else is left alone, and waited for.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

// version is set by the linker.
var version = "unknown"

// The exit codes.
const (
	exitDone  = 0
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:], os.Getenv)) }

func run(arguments []string, getenv func(string) string) int {
	o, err := readOptions(arguments, getenv, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		say("%v", err)
		return exitUsage
	case o.showVersion:
		fmt.Println("nile-zk " + version)
		return exitDone
	}
	return serve(o)
}

// say writes a line to standard error.
func say(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "nile-zk: "+format+"\n", arguments...)
}
