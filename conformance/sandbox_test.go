//go:build conformance

package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// shared holds what all pods use: bin, with busybox, and tools, with nile and the helpers.
var shared string

// observed is what was seen of a pod under nile.
type observed struct {
	trace *trace
	rest  []string // what nile said beside its log
}

// run runs a pod under nile until its time is over or nile has ended.
func run(p *pod, dir string) (*observed, error) {
	root := filepath.Join(dir, "root")
	output, err := newOutputs()
	if err != nil {
		return nil, err
	}
	cmd, err := p.command(root, output)
	if err != nil {
		output.finish()
		return nil, err
	}
	err = watch(cmd, p, output)
	output.finish()
	if group := cmd.Args[3]; group != "-" {
		err = errors.Join(err, os.Remove(group))
	}
	for _, l := range output.lines {
		if strings.HasPrefix(l.text, helperSays) {
			err = errors.Join(err, errors.New(l.text))
		}
	}
	entries, lines := parseLog(output.lines)
	lines, rest := p.attribute(lines)
	if len(entries) == 0 {
		err = errors.Join(err, errors.New("nile wrote no log"))
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, strings.Join(rest, "\n"))
	}
	seen := &observed{trace: traceOf(p.manifest, entries, lines), rest: rest}
	return seen, seen.readStatus(root + statusFile)
}

// readStatus reads the status that nile leaves at the end, if it came to that.
func (o *observed) readStatus(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && o.trace.code < 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var status podStatus
	if err := json.Unmarshal(data, &status); err != nil {
		return fmt.Errorf("cannot read nile's status file: %w", err)
	}
	return o.trace.merge(status)
}

// statusFile is where nile leaves the pod's last status on the pod's root.
const statusFile = inside + "/status.json"

// command makes a root for the pod and the command that runs nile on it.
func (p *pod) command(root string, output *outputs) (*exec.Cmd, error) {
	if err := p.makeRoot(root); err != nil {
		return nil, err
	}
	for _, c := range p.manifest.containers {
		if err := output.fifo(filepath.Join(root, inside, "output", c.name), c.name); err != nil {
			return nil, err
		}
	}
	group := "-"
	if p.memory > 0 {
		var err error
		if group, err = makeMemoryGroup(p.memory); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command("/proc/self/exe")
	// Their own output: who has written a line is known by its pipe.
	cmd.Args = []string{"sandbox", root, shared, group, tools + "/nile", "run", "--log-format=json", "--log-level=debug", "--output=inherit", "--status-file=" + statusFile, inside + "/pod.yaml"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
	}
	stdout, err := output.pipe(&source{container: ofNile})
	if err != nil {
		return nil, err
	}
	stderr, err := output.pipe(&source{container: ofNile})
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, nil
}

// makeRoot makes the directories and files of a pod's root.
func (p *pod) makeRoot(root string) error {
	for _, dir := range []string{"bin", "dev", "proc", "etc", "root", "sys/fs/cgroup", "tmp", tools, inside + "/output", inside + "/pids"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for _, dir := range []string{root, root + "/tmp", root + inside + "/pids"} {
		mode := os.FileMode(0o777)
		if dir == root {
			mode = 0o755
		}
		if err := os.Chmod(dir, mode); err != nil {
			return err
		}
	}
	if err := os.WriteFile(root+"/etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\n"), 0o644); err != nil {
		return err
	}
	if err := p.makeVolumes(root); err != nil {
		return err
	}
	if !p.oneMessage {
		p.manifest.separateMessages()
	}
	text, err := p.manifest.prepare(p.namespaces, func(command string) bool { return executable(root, command) })
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, inside, "pod.yaml"), text, 0o644)
}

// executable tells whether a command can be executed on a pod's root. Its /bin is not mounted yet.
func executable(root, command string) bool {
	path := filepath.Join(root, command)
	switch {
	case !strings.Contains(command, "/"):
		path = filepath.Join(shared, "bin", command)
	case strings.HasPrefix(command, "/bin/"):
		path = filepath.Join(shared, command)
	}
	about, err := os.Stat(path)
	return err == nil && about.Mode()&0o111 != 0
}

// makeVolumes makes an empty directory for each volume, where it is mounted.
func (p *pod) makeVolumes(root string) error {
	for _, paths := range p.manifest.volumes {
		for i, path := range paths {
			if err := os.MkdirAll(filepath.Dir(root+path), 0o755); err != nil {
				return err
			}
			if i > 0 {
				if err := os.Symlink(paths[0], root+path); err != nil {
					return err
				}
				continue
			}
			if err := os.Mkdir(root+path, 0o777); err != nil {
				return err
			}
			if err := os.Chmod(root+path, 0o777); err != nil {
				return err
			}
		}
	}
	return nil
}

// watch runs nile for as long as the pod is to be watched.
func watch(cmd *exec.Cmd, p *pod, output *outputs) error {
	if err := output.read(); err != nil {
		return err
	}
	err := cmd.Start()
	for _, end := range []any{cmd.Stdout, cmd.Stderr} {
		end.(*os.File).Close()
	}
	if err != nil {
		return fmt.Errorf("cannot start nile: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// Time begins with nile's first line: making namespaces may take a second on a busy machine.
	first, deletion, over := output.first, make(<-chan time.Time), time.After(time.Minute)
	for {
		select {
		case <-first:
			first, over = nil, time.After(seconds(p.runFor))
			if p.deleteAfter > 0 {
				deletion = time.After(seconds(p.deleteAfter))
			}
		case <-deletion:
			if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
				return fmt.Errorf("cannot send SIGTERM to nile: %w", err)
			}
		case <-over:
			_ = cmd.Process.Kill()
			<-ended
			return nil
		case err := <-ended:
			if exit := (*exec.ExitError)(nil); err == nil || errors.As(err, &exit) && exit.ExitCode() >= 0 && exit.ExitCode() != helperFailed {
				return nil
			}
			return fmt.Errorf("nile did not end in order: %w", err)
		}
	}
}

// makeMemoryGroup makes a memory cgroup with a limit and returns its directory.
func makeMemoryGroup(limit int64) (string, error) {
	top, file := cgroups+"/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(top); err != nil {
		top, file = cgroups, "memory.max"
	}
	group := filepath.Join(top, fmt.Sprintf("nile-conformance-%d", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(group, file), fmt.Append(nil, limit), 0); err != nil {
		return "", errors.Join(fmt.Errorf("cannot limit the memory of a cgroup: %w", err), os.Remove(group))
	}
	return group, nil
}

// cgroups is where the system has its cgroups.
const cgroups = "/sys/fs/cgroup"

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
