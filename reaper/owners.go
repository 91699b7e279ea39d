package reaper

// owners remembers whose commands were given a cookie.
type owners struct {
	names   map[string]struct{}
	sweepAt int // forget at so many
}

const fewOwners = 1024

func (o *owners) has(name string) bool {
	_, ok := o.names[name]
	return ok
}

// add takes in a name. Restarts make ever new ones, so that those of processes that are not
// remembered any more are forgotten from time to time: a process that has outlived all
// memory of who started it is nobody's.
func (o *owners) add(name string, r *Reaper) {
	if o.names == nil {
		o.names, o.sweepAt = map[string]struct{}{}, fewOwners
	}
	if len(o.names) >= o.sweepAt {
		clear(o.names)
		for _, table := range [2]map[int]*child{r.started, r.ended} {
			for _, c := range table {
				o.names[c.owner] = struct{}{}
			}
		}
		for _, seen := range r.seen {
			o.names[seen.owner] = struct{}{}
		}
		o.sweepAt = max(fewOwners, 2*len(o.names))
	}
	o.names[name] = struct{}{}
}
