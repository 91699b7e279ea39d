package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-zookeeper/zk"
)

// credential is what a client proves itself with. It is never printed.
type credential struct {
	scheme string
	secret []byte
}

// String keeps the secret out of whatever is printed.
func (c credential) String() string { return c.scheme + ":******" }

// maxAuthFile bounds what is read from --auth-file.
const maxAuthFile = 64 << 10

// readCredentials reads a file of credentials, and one more from a variable. Errors name
// lines, and never what stands in them.
func readCredentials(file, text string) ([]credential, error) {
	var all []credential
	if text != "" {
		c, err := parseCredential(text)
		if err != nil {
			return nil, fmt.Errorf("cannot use %s: %w", authVariable, err)
		}
		all = append(all, c)
	}
	if file == "" {
		return all, nil
	}
	contents, err := os.ReadFile(file)
	if err == nil && len(contents) > maxAuthFile {
		err = fmt.Errorf("it is larger than %d bytes", maxAuthFile)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read credentials from %s: %w", file, pathless(err))
	}
	for i, line := range strings.Split(string(contents), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := parseCredential(line)
		if err != nil {
			return nil, fmt.Errorf("cannot use %s:%d: %w", file, i+1, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("cannot read credentials from %s: it has none: write a line such as digest:USER:PASSWORD", file)
	}
	return all, nil
}

// pathless is the reason alone: the file is named already.
func pathless(err error) error {
	var failed *os.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func parseCredential(text string) (credential, error) {
	scheme, secret, _ := strings.Cut(text, ":")
	user, _, complete := strings.Cut(secret, ":")
	if scheme != "digest" {
		return credential{}, errors.New("it does not begin with digest: of ZooKeeper's schemes only digest needs credentials that nile-zk can give")
	}
	if user == "" || !complete {
		return credential{}, errors.New("it must be digest:USER:PASSWORD")
	}
	return credential{scheme: scheme, secret: []byte(secret)}, nil
}

// permissions are the letters of zkCli's setAcl.
var permissions = map[rune]int32{'r': zk.PermRead, 'w': zk.PermWrite, 'c': zk.PermCreate, 'd': zk.PermDelete, 'a': zk.PermAdmin}

// parseACL reads an ACL as zkCli's setAcl takes it. Without one, whoever gives
// credentials keeps the nodes for himself and lets all others read.
func parseACL(text string, authenticated bool) ([]zk.ACL, error) {
	switch {
	case text != "":
	case authenticated:
		text = "auth::cdrwa,world:anyone:r"
	default:
		text = "world:anyone:cdrwa"
	}
	var acl []zk.ACL
	for _, entry := range strings.Split(text, ",") {
		scheme, rest, _ := strings.Cut(entry, ":")
		colon := strings.LastIndexByte(rest, ':') // an id may have colons
		if scheme == "" || colon < 0 {
			return nil, fmt.Errorf("cannot use %q of --acl: it must be SCHEME:ID:PERMISSIONS, as world:anyone:r", entry)
		}
		one := zk.ACL{Scheme: scheme, ID: rest[:colon]}
		for _, letter := range rest[colon+1:] {
			bit, known := permissions[letter]
			if !known {
				return nil, fmt.Errorf("cannot use %q of --acl: permissions are of the letters cdrwa, and %q is none", entry, letter)
			}
			one.Perms |= bit
		}
		if one.Perms == 0 {
			return nil, fmt.Errorf("cannot use %q of --acl: it gives no permission", entry)
		}
		if scheme == "auth" && !authenticated {
			return nil, fmt.Errorf("cannot use %q of --acl without credentials: give --auth-file or %s", entry, authVariable)
		}
		acl = append(acl, one)
	}
	return acl, nil
}
