package control

import (
	"os"
	"strings"
	"testing"
)

func TestWhoMayTalkToNile(t *testing.T) {
	own := os.Getuid()
	for _, c := range []struct {
		what string
		peer Peer
		says string // empty where it may
	}{
		{"root", Peer{PID: 7}, ""},
		{"nile's own user", Peer{PID: 7, UID: own}, ""},
		{"another user", Peer{PID: 7, UID: own + 1}, "be root"},
		{"root of another PID namespace", Peer{PID: 0}, "another PID namespace"},
		{"a user that is not known here", Peer{PID: 7, UID: 1<<32 - 1}, "be root"},
	} {
		refusal := allowed(&c.peer)
		if (refusal == nil) != (c.says == "") || refusal != nil && !strings.Contains(refusal.Message, c.says) {
			t.Errorf("%s: %v, want %q", c.what, refusal, c.says)
		}
	}
}
