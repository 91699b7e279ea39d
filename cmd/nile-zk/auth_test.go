package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/go-zookeeper/zk"
)

const secret = "shop:correct-horse"

func TestCredentialsAndACL(t *testing.T) {
	s := startServer(t)
	stranger, owner := s.client(), s.client(secret)
	// Only the owner may make services.
	if _, err := owner.Create("/services", nil, 0, zk.DigestACL(zk.PermAll, "shop", "correct-horse")); err != nil {
		t.Fatal(err)
	}
	dir, _ := startApp(t, true)
	refused := startZK(t, dir, s)
	refused.says("give credentials in --auth-file")
	refused.end()

	write(t, dir, "secret", "# of the shop\ndigest:"+secret+"\n")
	sidecar := startZK(t, dir, s, "--auth-file", dir+"/secret")
	_, stat := node(t, owner, liveNode, isState(stateReady))
	if _, _, err := stranger.Get(liveNode); err != nil {
		t.Errorf("others cannot read the node: %v", err)
	}
	if _, err := stranger.Set(liveNode, nil, -1); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("others may write the node: %v", err)
	}
	if err := stranger.Delete(liveNode, -1); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("others may remove the node: %v", err)
	}

	// The credentials are given again after a loss of the connection.
	s.kill()
	s.start()
	sidecar.says(fmt.Sprintf("session %#x goes on", stat.EphemeralOwner))
	owner = s.client(secret)
	crash(t, dir, syscall.SIGKILL)
	node(t, owner, markNode, isState(stateHeld))
	gone(t, owner, liveNode)

	commandLine, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", sidecar.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if said := sidecar.said.String() + string(commandLine); strings.Contains(said, "correct-horse") {
		t.Errorf("the password is shown: %s", said)
	}
}

func TestACLOfOneOwn(t *testing.T) {
	s := startServer(t)
	stranger, owner := s.client(), s.client(secret)
	dir, _ := startApp(t, true)
	start(t, dir, []string{
		"NILE_ZK_SERVERS=" + s.address, "NILE_ZK_PATH=/services/shop", "NILE_ZK_NAME=shop-0",
		"NILE_ZK_ACL=auth::cdrwa,ip:203.0.113.7:r", authVariable + "=digest:" + secret,
	}, "nile-zk")
	node(t, owner, liveNode, isState(stateReady))
	if _, _, err := stranger.Get(liveNode); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("a stranger may read the node: %v", err)
	}
	acl, _, err := owner.GetACL(liveNode)
	want := append(zk.DigestACL(zk.PermAll, "shop", "correct-horse"), zk.ACL{Perms: zk.PermRead, Scheme: "ip", ID: "203.0.113.7"})
	if err != nil || fmt.Sprint(acl) != fmt.Sprint(want) {
		t.Errorf("the ACL is %v, %v; want %v", acl, err, want)
	}
}
