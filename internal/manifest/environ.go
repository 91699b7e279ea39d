package manifest

import "strings"

// environ is an environment in a fixed order.
type environ struct {
	names  []string
	values map[string]string
	list   []string // what all returns, once it has been asked for
}

// newEnviron reads NAME=VALUE texts. Of a name that stands there twice the
// first counts, as with getenv(3).
func newEnviron(list []string) environ {
	e := environ{values: make(map[string]string, len(list))}
	for _, entry := range list {
		name, value, found := strings.Cut(entry, "=")
		if _, twice := e.values[name]; found && name != "" && !twice {
			e.set(name, value)
		}
	}
	return e
}

func (e *environ) get(name string) (string, bool) {
	value, found := e.values[name]
	return value, found
}

// set puts a variable in place of the one of that name, or at the end.
func (e *environ) set(name, value string) {
	if e.values == nil {
		e.values = make(map[string]string)
	}
	if _, found := e.values[name]; !found {
		e.names = append(e.names, name)
	}
	e.values[name], e.list = value, nil
}

// all returns the environment as NAME=VALUE. It is the same list each time, without room
// to append to: in most pods most containers share it.
func (e *environ) all() []string {
	if e.list == nil {
		e.list = make([]string, len(e.names))
		for i, name := range e.names {
			e.list[i] = name + "=" + e.values[name]
		}
	}
	return e.list
}

// overlaid returns the environment with another one on top, as NAME=VALUE:
// first its own names in their order, then the new ones in theirs.
func (e *environ) overlaid(top *environ) []string {
	if len(top.names) == 0 {
		return e.all()
	}
	list := make([]string, 0, len(e.names)+len(top.names))
	for _, name := range e.names {
		value, found := top.values[name]
		if !found {
			value = e.values[name]
		}
		list = append(list, name+"="+value)
	}
	for _, name := range top.names {
		if _, found := e.values[name]; !found {
			list = append(list, name+"="+top.values[name])
		}
	}
	return list
}
