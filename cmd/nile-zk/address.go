package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// defaultPort is ZooKeeper's clientPort as its manual has it.
const defaultPort = "2181"

// port is one of the service's ports, as in a Kubernetes EndpointPort.
type port struct {
	Name string `json:"name,omitempty"`
	Port int    `json:"port"`
}

// parseServers reads a connect string as ZooKeeper's own clients take it:
// HOST[:PORT],HOST[:PORT]/CHROOT.
func parseServers(text string) (servers []string, chroot string, err error) {
	if text == "" {
		return nil, "", fmt.Errorf("cannot connect to ZooKeeper: no server is named: give --servers or NILE_ZK_SERVERS, as in zk-0:2181,zk-1:2181")
	}
	if slash := strings.IndexByte(text, '/'); slash >= 0 {
		text, chroot = text[:slash], strings.TrimSuffix(text[slash:], "/")
		if chroot != "" {
			if err := checkPath("the chroot of --servers", chroot); err != nil {
				return nil, "", err
			}
		}
	}
	for _, server := range strings.Split(text, ",") {
		host, number, err := net.SplitHostPort(server)
		if err != nil { // no port
			host, number = strings.Trim(server, "[]"), defaultPort
		}
		if n, err := strconv.ParseUint(number, 10, 16); err != nil || n == 0 || host == "" || strings.ContainsAny(host, " \t") {
			return nil, "", fmt.Errorf("cannot use the server %q of --servers: it must be HOST or HOST:PORT", server)
		}
		servers = append(servers, net.JoinHostPort(host, number))
	}
	return servers, chroot, nil
}

// marksBelow is where the marks are unless --marks says otherwise: not below the
// service's path nor beside it, where consumers look for instances and services.
const marksBelow = "/nile"

func (o *options) checkPaths(t *texts) error {
	if t.path == "" {
		return fmt.Errorf("cannot keep a node: no path is named: give --path or NILE_ZK_PATH, as in /services/shop")
	}
	if err := checkPath("--path", t.path); err != nil {
		return err
	}
	o.path = t.path
	switch t.marks {
	case "off":
	case "":
		o.marks = marksBelow + o.path
	default:
		if err := checkPath("--marks", t.marks); err != nil {
			return err
		}
		o.marks = t.marks
	}
	if o.marks == o.path || strings.HasPrefix(o.marks, o.path+"/") {
		return fmt.Errorf("cannot put marks into %s: whoever lists %s would take them for live instances: name another path in --marks", o.marks, o.path)
	}
	if strings.ContainsRune(o.name, '/') {
		return fmt.Errorf("cannot use the name %q of the node: it has a slash", o.name)
	}
	return checkPath("--name", "/"+o.name)
}

// checkPath holds a path against the rules of ZooKeeper's data model
// (ZooKeeper Programmer's Guide, "The ZooKeeper Data Model").
func checkPath(which, path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("cannot use %s %q: it must begin with a slash", which, path)
	}
	for i, part := range strings.Split(path[1:], "/") {
		if part == "" || part == "." || part == ".." || part == "zookeeper" && i == 0 {
			return fmt.Errorf("cannot use %s %q: ZooKeeper allows no part %q", which, path, part)
		}
	}
	for _, r := range path {
		if r <= 0x1f || r >= 0x7f && r <= 0x9f || r >= 0xd800 && r <= 0xf8ff || r >= 0xfff0 {
			return fmt.Errorf("cannot use %s %q: ZooKeeper does not allow the character %U", which, path, r)
		}
	}
	return nil
}

func parsePorts(texts []string) ([]port, error) {
	ports := []port{} // an empty list in JSON, not null
	for _, text := range texts {
		name, number, named := strings.Cut(text, "=")
		if !named {
			name, number = "", text
		}
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n == 0 || named && name == "" {
			return nil, fmt.Errorf("cannot use --port %q: it must be PORT or NAME=PORT, with a port from 1 to 65535", text)
		}
		ports = append(ports, port{Name: name, Port: int(n)})
	}
	return ports, nil
}

// maxData keeps the node's data well below what ZooKeeper takes, 1 MiB (jute.maxbuffer).
const maxData = 64 << 10

func parseData(texts []string) (map[string]string, error) {
	data, size := map[string]string{}, 0
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("cannot use --data %q: it must be KEY=VALUE", text)
		}
		data[key] = value
		size += len(text)
	}
	if size > maxData {
		return nil, fmt.Errorf("cannot use --data: its %d keys have %d bytes, more than %d", len(data), size, maxData)
	}
	return data, nil
}
