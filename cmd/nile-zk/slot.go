package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-zookeeper/zk"
)

// slot is a place for one ephemeral node: a name in a directory, or with sequential that
// name with a number after it. It is for one goroutine.
type slot struct {
	directory, name string
	sequential      bool
	acl             []zk.ACL
	who             registrar

	// What is known to be so, as long as the session lasts and nobody else has changed it.
	known   bool
	session int64
	path    string // of the node; empty where there is none
	data    []byte

	// left is the path of a node that was there and may be there still; empty for none.
	left string
}

// found is a node in the place.
type found struct {
	path    string
	data    []byte
	version int32
	owner   owner
}

// owner says whose a node is.
type owner int

const (
	present  owner = iota // of this session
	former                // of an earlier life of this nile-zk
	stranger              // of somebody else
)

// settle makes the place have a node with these data, or none where they are nil.
func (s *slot) settle(session *session, id int64, data []byte) error {
	if s.known && s.session == id && bytes.Equal(s.data, data) {
		return nil
	}
	before := s.path
	if s.session != id {
		before, s.left = "", "" // it has ended with its session
	}
	// Whatever happens from here on, only a node that is seen once more is known.
	s.known, s.path, s.data, s.session = false, "", nil, id
	nodes, err := s.find(session.conn, id)
	if err != nil {
		return err
	}
	if data == nil {
		if err := s.remove(session.conn, nodes); err != nil {
			return err
		}
		if before != "" {
			say("removed %s", before)
		}
		s.known, s.left = true, ""
		return nil
	}
	path, err := s.put(session, nodes, data)
	if err != nil {
		return err
	}
	stat, err := session.watch(path)
	switch {
	case err != nil:
		return explain("watch", path, err)
	case stat == nil || stat.EphemeralOwner != id:
		return fmt.Errorf("cannot keep %s: somebody else removes it", path)
	case before != path:
		say("made %s", path)
	}
	s.known, s.path, s.left, s.data = true, path, path, data
	return nil
}

// find looks at what is in the place.
func (s *slot) find(conn *zk.Conn, id int64) ([]found, error) {
	paths := []string{s.directory + "/" + s.name}
	if s.sequential {
		children, _, err := conn.Children(s.directory)
		if err != nil && !errors.Is(err, zk.ErrNoNode) {
			return nil, explain("list", s.directory, err)
		}
		paths = nil
		for _, child := range children {
			if isNumbered(child, s.name) {
				paths = append(paths, s.directory+"/"+child)
			}
		}
	}
	var nodes []found
	for _, path := range paths {
		data, stat, err := conn.Get(path)
		if errors.Is(err, zk.ErrNoAuth) { // whose it is may be asked all the same
			var exists bool
			if exists, stat, err = conn.Exists(path); err == nil && !exists {
				err = zk.ErrNoNode
			}
		}
		switch {
		case errors.Is(err, zk.ErrNoNode):
		case err != nil:
			return nil, explain("look at", path, err)
		default:
			nodes = append(nodes, found{path: path, data: data, version: stat.Version, owner: s.ownerOf(data, stat, id)})
		}
	}
	return nodes, nil
}

// isNumbered tells whether a child is a sequential node of the name: ZooKeeper adds a
// number of ten digits, which may be negative one day.
func isNumbered(child, name string) bool {
	number, ok := strings.CutPrefix(child, name+"-")
	return ok && len(number) >= 10 && strings.Trim(strings.TrimPrefix(number, "-"), "0123456789") == ""
}

// ownerOf tells whose a node is. One that outlives its session is nobody's ephemeral node,
// and is left alone.
func (s *slot) ownerOf(data []byte, stat *zk.Stat, id int64) owner {
	var r record
	switch {
	case stat.EphemeralOwner == id:
		return present
	case stat.EphemeralOwner != 0 && json.Unmarshal(data, &r) == nil && r.Registrar.precedes(s.who):
		return former
	}
	return stranger
}

// remove removes what is one's own, also what a former session has left: it would be
// taken for live until that session has expired.
func (s *slot) remove(conn *zk.Conn, nodes []found) error {
	for _, n := range nodes {
		if n.owner == stranger {
			continue
		}
		if err := conn.Delete(n.path, n.version); err != nil && !errors.Is(err, zk.ErrNoNode) {
			return explain("remove", n.path, err)
		}
	}
	return nil
}

// put makes the one node with its data, and returns its path. The node of a former
// session is replaced in one step, so that nobody sees the instance gone.
func (s *slot) put(session *session, nodes []found, data []byte) (string, error) {
	path := ""
	var others []found
	for _, n := range nodes {
		switch {
		case n.owner == present && path == "":
			path = n.path
			if bytes.Equal(n.data, data) {
				continue
			}
			if _, err := session.conn.Set(path, data, n.version); err != nil {
				return "", explain("write", path, err)
			}
		case n.owner == stranger && !s.sequential:
			if _, err := session.watch(n.path); err != nil { // told when it has gone
				return "", explain("watch", n.path, err)
			}
			return "", fmt.Errorf("cannot make %s: it is there already, and is not of instance %q or of a later start of it: waiting for its end: give each instance a --name of its own, or --sequential", n.path, s.who.Instance)
		case n.owner != stranger:
			others = append(others, n)
		}
	}
	if path != "" {
		return path, s.remove(session.conn, others)
	}
	return s.create(session.conn, others, data)
}

// create makes the node in place of others, and its parents where they are missing.
func (s *slot) create(conn *zk.Conn, others []found, data []byte) (string, error) {
	path, flags := s.directory+"/"+s.name, int32(zk.FlagEphemeral)
	if s.sequential {
		path, flags = path+"-", flags|zk.FlagSequence
	}
	var operations []any
	for _, n := range others {
		operations = append(operations, &zk.DeleteRequest{Path: n.path, Version: n.version})
	}
	operations = append(operations, &zk.CreateRequest{Path: path, Data: data, Acl: s.acl, Flags: flags})
	made, err := conn.Multi(operations...)
	if errors.Is(err, zk.ErrNoNode) {
		if err := s.makeParents(conn); err != nil {
			return "", err
		}
		// Had there been others, they were what is not there any more.
		made, err = conn.Multi(operations[len(others):]...)
	}
	if err != nil {
		return "", explain("make", path, err)
	}
	return made[len(made)-1].String, nil
}

// makeParents makes the directory. To make a node that is there already may be forbidden
// where it would be enough that it is there: that has to be asked.
func (s *slot) makeParents(conn *zk.Conn) error {
	for i := 1; i <= len(s.directory); i++ {
		if i < len(s.directory) && s.directory[i] != '/' {
			continue
		}
		path := s.directory[:i]
		exists, _, err := conn.Exists(path)
		if err == nil && !exists {
			_, err = conn.Create(path, nil, 0, s.acl)
		}
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return explain("make", path, err)
		}
	}
	return nil
}

// explain says what could not be done, and what would help.
func explain(what, path string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, zk.ErrNoAuth):
		remedy = ": the ACL there does not allow it (zkCli: getAcl): give credentials in --auth-file that it allows"
	case errors.Is(err, zk.ErrInvalidACL):
		remedy = ": the server does not take --acl: check the schemes and ids in it"
	case errors.Is(err, zk.ErrNoChildrenForEphemerals):
		remedy = ": its parent is an ephemeral node: name another path in --path"
	}
	return fmt.Errorf("cannot %s %s: %w%s", what, path, err, remedy)
}
