// Command nile is the init process for pods: it runs one program or the
// processes of a Pod manifest, reaps zombies, passes signals on, restarts what
// fails and ends in order.
package main

import "os"

func main() {
	// Called tini, dumb-init or catatonit, it is that.
	if code, ok := impersonate(os.Args, os.Environ()); ok {
		os.Exit(code)
	}
	// `nile … -- CMD` is on its way to CMD before anything that only the verbs
	// need is set up.
	if w, ok := parseWrap(os.Args[1:], os.Environ()); ok {
		os.Exit(w.run())
	}
	// A probe runs `nile check` every few seconds.
	if c, ok := parseCheck(os.Args[1:]); ok {
		os.Exit(c.run())
	}
	os.Exit(execute(os.Args[1:]))
}
