package main

import (
	"testing"

	"github.com/nile-init/nile/client"
)

func TestANileOfAnotherUserGivesNoMoreThanItHas(t *testing.T) {
	process := func(uid, gid uint32, groups ...uint32) *client.Process {
		return &client.Process{UID: uid, GID: gid, Groups: groups}
	}
	user := client.Peer{UID: 1000, GID: 1000, Groups: []int{1000, 2000}}
	for _, c := range []struct {
		what    string
		nile    client.Peer
		process *client.Process
		allowed bool
	}{
		{"a user's nile names itself", user, process(1000, 1000, 2000), true},
		{"a user's nile names root", user, process(0, 1000), false},
		{"a user's nile names root's group", user, process(1000, 0), false},
		{"a user's nile names a group that it has not", user, process(1000, 1000, 2000, 42), false},
	} {
		if err := withinUser(c.nile, c.process); (err == nil) != c.allowed {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
