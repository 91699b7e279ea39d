package output

const (
	// messageLines and messageBytes are what the kubelet takes from the end of a
	// log as the termination message: MaxContainerTerminationMessageLogLines
	// and …LogLength of Kubernetes' pkg/kubelet/container.
	messageLines = 80
	messageBytes = 2048
)

// Stream is one of the two streams of a process.
type Stream int

// The streams.
const (
	Stdout Stream = iota
	Stderr
)

// String is the stream's name as in a CRI log.
func (s Stream) String() string {
	if s == Stderr {
		return "stderr"
	}
	return "stdout"
}

// run is the output of one run of a container. Everything here belongs to the
// poller's goroutine.
type run struct {
	name      string // of its container
	container *container
	gen       int
	ended     bool      // its process has been reaped
	merged    bool      // one pipe for both streams
	streams   []*stream // standard output, then, if not merged, standard error
	log       ring      // the end of both, line by line in the order of arrival
	order     order     // of the lines of both
}

// drain reads what the process has printed, which has ended.
func (r *run) drain() {
	r.ended = true
	for _, s := range r.streams {
		s.drain()
		s.tail.settle()
	}
}

// hasBeen reports whether the process was ever there.
func (r *run) hasBeen() bool {
	return r.ended || len(r.log.data) > 0
}

func (r *run) closeStreams() {
	for _, s := range r.streams {
		s.close()
	}
}

// lastOutput is a copy of what is kept of the streams.
func (r *run) lastOutput() Tail {
	t := Tail{Gen: r.gen, Merged: r.merged, Stdout: r.streams[0].tail.bytes()}
	unfinished := [2]int{Stdout: len(r.streams[0].unfinished)}
	if !r.merged {
		t.Stderr = r.streams[1].tail.bytes()
		unfinished[Stderr] = len(r.streams[1].unfinished)
	}
	t.Pieces = r.order.pieces([2][]byte{t.Stdout, t.Stderr}, unfinished)
	return t
}

// message is the end of the log of this run, as the kubelet cuts it.
func (r *run) message() []byte {
	text := r.log.bytes()
	start := len(text)
	if start > 0 && text[start-1] == '\n' {
		start--
	}
	for lines := 0; start > 0; start-- {
		if text[start-1] == '\n' {
			if lines++; lines == messageLines {
				break
			}
		}
	}
	return text[start:]
}
