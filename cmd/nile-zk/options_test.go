package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-zookeeper/zk"
)

// read reads flags, with an environment of NAME=VALUE.
func read(flags []string, env ...string) (*options, error) {
	return readOptions(flags, func(name string) string {
		for _, one := range env {
			if value, ok := strings.CutPrefix(one, name+"="); ok {
				return value
			}
		}
		return ""
	}, &bytes.Buffer{})
}

var least = []string{"--servers", "zk", "--path", "/services/shop"}

func TestFlagsAndEnvironment(t *testing.T) {
	o, err := read([]string{"--servers=a,[2001:db8::1]:2182,b:1/the/root", "--path", "/s", "--port", "80,admin=81", "--session-timeout=1m"},
		"NILE_ZK_NAME=one", "NILE_ZK_PATH=/not/this", "NILE_ZK_SEQUENTIAL=true", "NILE_ZK_DATA=a=b,c=d=e", "NILE_ZK_STOP_TIMEOUT=2s", "NILE_ZK_HOST=shop.example")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(o.servers, o.chroot, o.path, o.marks, o.name, o.sequential, o.ports, o.data, o.sessionTimeout, o.connectTimeout, o.stopTimeout, o.host, o.acl)
	want := "[a:2181 [2001:db8::1]:2182 b:1] /the/root /s /nile/s one true [{ 80} {admin 81}] map[a:b c:d=e] 1m0s 3s 2s shop.example [{31 world anyone}]\n"
	if got != want {
		t.Errorf("the options are\n%s\nwant\n%s", got, want)
	}
	if o, err := read(append(least, "--marks=off")); err != nil || o.marks != "" {
		t.Errorf("without marks: %v, %v", o, err)
	}
	host, _ := os.Hostname()
	if o, _ := read(least); o.name != host || o.instance != host || o.marks != "/nile/services/shop" {
		t.Errorf("by default the name is %s, the instance %s, the marks %s", o.name, o.instance, o.marks)
	}
}

func TestWrongFlags(t *testing.T) {
	for flags, want := range map[string]string{
		"":                                                   "no server is named: give --servers or NILE_ZK_SERVERS",
		"--servers zk":                                       "no path is named: give --path or NILE_ZK_PATH",
		"--servers zk:x --path /s":                           `cannot use the server "zk:x"`,
		"--servers a,,b --path /s":                           `cannot use the server ""`,
		"--servers zk//x --path /s":                          `ZooKeeper allows no part ""`,
		"--servers zk --path s":                              "must begin with a slash",
		"--servers zk --path /a/../b":                        `no part ".."`,
		"--servers zk --path /zookeeper/x":                   `no part "zookeeper"`,
		"--servers zk --path /s --marks /s":                  "would take them for live instances",
		"--servers zk --path /s --marks /s/":                 `no part ""`,
		"--servers zk --path /s --name a/b":                  "it has a slash",
		"--servers zk --path /s --port http":                 "PORT or NAME=PORT",
		"--servers zk --path /s --port 70000":                "from 1 to 65535",
		"--servers zk --path /s --data x":                    "must be KEY=VALUE",
		"--servers zk --path /s --session-timeout 10":        "a time such as 10s",
		"--servers zk --path /s --acl world:anyone":          "SCHEME:ID:PERMISSIONS",
		"--servers zk --path /s --acl world:anyone:x":        "letters cdrwa",
		"--servers zk --path /s --acl auth::r":               "without credentials",
		"--servers zk --path /s --auth digest:me:secret":     "cannot take credentials from the command line",
		"--servers zk --path /s --auth=digest:me:secret":     "cannot take credentials from the command line",
		"--servers zk --path /s --auth-file /does/not/exist": "cannot read credentials from /does/not/exist: no such file",
		"--servers zk --path /s --colour":                    "flag provided but not defined: -colour",
		"--servers zk --path /s more":                        `cannot use the argument "more"`,
	} {
		_, err := read(strings.Fields(flags))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", flags, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
	if _, err := read(least, "NILE_ZK_SESSION_TIMEOUT=soon"); err == nil || !strings.Contains(err.Error(), `NILE_ZK_SESSION_TIMEOUT="soon"`) {
		t.Errorf("a wrong variable: error %v", err)
	}
}

func TestCredentialsAreReadAndNotTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	flags := append(least, "--auth-file", file)
	for text, want := range map[string]string{
		"":                          "it has none",
		"# nothing\n":               "it has none",
		"digest:me:secret\r\nother": file + ":2: it does not begin with digest",
		"digest:secret":             file + ":1: it must be digest:USER:PASSWORD",
		strings.Repeat("x", 70000):  "larger than",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(flags); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q: error %v, want %q", text, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("digest:me:a:b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := read(flags, authVariable+"=digest:you:secret")
	if err != nil || len(o.credentials) != 2 || string(o.credentials[1].secret) != "me:a:b" || string(o.credentials[0].secret) != "you:secret" {
		t.Fatalf("the credentials are %v, %v", o, err)
	}
	if text := fmt.Sprintf("%v %+v %s", o.credentials, o.credentials[0], o.credentials[1]); strings.Contains(text, "secret") || strings.Contains(text, "a:b") {
		t.Errorf("printed, they are %s", text)
	}
	if want := []zk.ACL{{Perms: zk.PermAll, Scheme: "auth"}, {Perms: zk.PermRead, Scheme: "world", ID: "anyone"}}; fmt.Sprint(o.acl) != fmt.Sprint(want) {
		t.Errorf("with credentials the ACL is %v, want %v", o.acl, want)
	}
	o, err = read(append(flags, "--acl", "digest:u:aGFzaA==:rw,ip:2001:db8::/32:r"))
	if want := []zk.ACL{{Perms: zk.PermRead | zk.PermWrite, Scheme: "digest", ID: "u:aGFzaA=="}, {Perms: zk.PermRead, Scheme: "ip", ID: "2001:db8::/32"}}; err != nil || fmt.Sprint(o.acl) != fmt.Sprint(want) {
		t.Errorf("the ACL is %v, %v; want %v", o.acl, err, want)
	}
}

// TestReferenceHasEveryFlag compares the flags with the page that tells of them.
func TestReferenceHasEveryFlag(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/zookeeper.md")
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	if _, err := readOptions([]string{"--help"}, func(string) string { return "" }, &help); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: error %v", err)
	}
	define(&options{}, &texts{}).VisitAll(func(f *flag.Flag) {
		if f.Name != "version" && !bytes.Contains(page, []byte("| `--"+f.Name+"` | `"+variable(f.Name)+"` |")) {
			t.Errorf("docs/reference/zookeeper.md has no row for --%s and %s", f.Name, variable(f.Name))
		}
		if !strings.Contains(help.String(), "--"+f.Name+" ") {
			t.Errorf("the help has no --%s", f.Name)
		}
	})
}
