package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// run is a soak under way.
type run struct {
	plan     *plan
	dir      string
	pid      int // of nile
	command  *exec.Cmd
	follower *exec.Cmd
	readers  sync.WaitGroup
	lines    lines
	exits    exits
	operator operator
	samples  []vitals
	busy     int           // looks that nile was too busy for
	ending   time.Duration // from SIGTERM to the end
}

// start starts nile, as PID 1 of a PID namespace where that can be had, and whoever
// listens to it.
func start(p *plan, dir string) (*run, error) {
	r := &run{plan: p, dir: dir}
	r.lines.seen, r.exits.of, r.exits.process = map[key]int{}, map[string][]exit{}, map[string]uint64{}
	socket := filepath.Join(dir, "control.sock")
	r.operator = operator{plan: p, dir: dir, socket: socket, random: rand.New(rand.NewPCG(uint64(p.seed), 0))}
	for _, name := range []string{"ledger", "state"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	manifest, err := p.manifest(dir, 0, 0)
	if err != nil {
		return nil, err
	}
	argv := []string{p.nile, "run", "--output=prefix", manifest}
	if os.Geteuid() == 0 {
		argv = append([]string{"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"}, argv...)
	}
	r.command = exec.Command(argv[0], argv[1:]...)
	r.command.Env = append(os.Environ(), "NILE_CONTROL="+socket)
	r.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.listen(r.command.StdoutPipe, r.lines.read); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "nile.log"))
	if err != nil {
		return nil, err
	}
	take := func(from io.Reader) { r.lines.read(io.TeeReader(from, &ownWords{file: log})) }
	if err := r.listen(r.command.StderrPipe, take); err != nil {
		return nil, err
	}
	if err := r.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", strings.Join(argv, " "), err)
	}
	if r.pid, err = r.find(); err != nil {
		r.kill()
		return nil, err
	}
	return r, r.follow()
}

// ownWords keeps what nile says in JSON of its own, a little of it.
type ownWords struct {
	file *os.File
	kept int
}

func (w *ownWords) Write(b []byte) (int, error) {
	if w.kept < 8<<20 {
		n, _ := w.file.Write(b)
		w.kept += n
	}
	return len(b), nil
}

// listen has a stream of a program read until its end.
func (r *run) listen(pipe func() (io.ReadCloser, error), read func(io.Reader)) error {
	stream, err := pipe()
	if err != nil {
		return err
	}
	r.readers.Add(1)
	go func() {
		defer r.readers.Done()
		read(stream)
	}()
	return nil
}

// find finds nile, which is the child of unshare(1) where there is one.
func (r *run) find() (int, error) {
	started := r.command.Process.Pid
	if os.Geteuid() != 0 {
		return started, nil
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", started, started))
		if err != nil {
			return 0, fmt.Errorf("cannot find nile: %w", err)
		}
		fields := strings.Fields(string(b))
		if len(fields) == 0 {
			continue
		}
		if name, _ := os.Readlink(fmt.Sprintf("/proc/%s/exe", fields[0])); name == r.plan.nile {
			return strconv.Atoi(fields[0])
		}
	}
	return 0, errors.New("cannot find nile: unshare has not started it")
}

// follow has the events of nile taken down from the first one on.
func (r *run) follow() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(r.operator.socket); err == nil {
			break
		}
		if time.Now().After(deadline) {
			r.kill()
			return errors.New("nile has opened no control socket")
		}
	}
	r.operator.pid = r.pid
	r.follower = r.operator.command(context.Background(), "events", "--follow", "-o", "json")
	r.follower.Stderr = os.Stderr
	if err := r.listen(r.follower.StdoutPipe, r.exits.read); err != nil {
		return err
	}
	return r.follower.Start()
}

// watch lets the operator work and takes samples until the time is over.
func (r *run) watch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.plan.length)
	defer cancel()
	var working sync.WaitGroup
	working.Go(func() { r.operator.run(ctx) })
	defer working.Wait()
	every := max(time.Second, r.plan.length/300)
	for ticker := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil
			}
			return errors.New("interrupted")
		case <-ticker.C:
			v, err := look(r.pid, r.plan.port())
			if errors.Is(err, errBusy) {
				r.busy++
				continue
			}
			if err != nil {
				return fmt.Errorf("nile cannot be looked at any more: %w", err)
			}
			r.samples = append(r.samples, v)
		}
	}
}

// end ends the pod as an operator does, and waits until all that it said has been read.
func (r *run) end() error {
	begun := time.Now()
	if err := syscall.Kill(r.pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot send SIGTERM to nile: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		r.readers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		return errors.New("nile has not ended two minutes after SIGTERM")
	}
	r.ending = time.Since(begun)
	_ = r.follower.Wait()
	_ = r.command.Wait() // any code: that of the first container that had failed
	return nil
}

// kill ends what is left, if anything is.
func (r *run) kill() {
	for _, command := range []*exec.Cmd{r.command, r.follower} {
		if command != nil && command.Process != nil && command.ProcessState == nil {
			_ = command.Process.Kill()
		}
	}
}
