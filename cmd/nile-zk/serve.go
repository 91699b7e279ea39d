package main

import (
	"context"
	"os/signal"
	"syscall"
	"time"
)

// serve keeps the nodes until SIGTERM or SIGINT, and then removes them.
func serve(o *options) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if len(o.credentials) == 0 && len(o.acl) == 1 && o.acl[0].Scheme == "world" {
		say("warning: everybody may change the nodes: set --auth-file and --acl where others use this ZooKeeper")
	}
	k := newKeeper(o)
	k.open()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		k.run(ctx)
	}()
	go follow(ctx, o, k.told)
	<-ctx.Done()
	stop() // a second signal ends it at once
	select {
	case <-kept:
	case <-time.After(o.stopTimeout):
		say("cannot remove the nodes within %s: ZooKeeper does not answer: they end with the session, %s after its last sign of life at the latest", o.stopTimeout, o.sessionTimeout)
	}
	return exitDone
}
