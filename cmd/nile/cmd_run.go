package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/supervisor"
)

// defaultManifest is what `nile run` runs when it is given no file.
const defaultManifest = "/etc/nile/pod.yaml"

func newRunCommand() *cobra.Command {
	var log logOptions
	var dryRun bool
	var output outputValue
	var hold holdOptions
	var crash crashOptions
	var end report
	var control controlValue
	var listen listenValue
	var answers answersValue
	var podDir podDirOptions
	cmd := &cobra.Command{
		Use:   "run [FILE]",
		Short: "Run the processes of a Pod manifest",
		Long: `Runs the init containers of a Pod manifest in order, then its sidecars and
containers, restarts them by the manifest's policies as the kubelet would, and
ends them in order on SIGTERM. Without FILE it runs ` + defaultManifest + `;
"-" reads the manifest from standard input.

The exit code is 0 when every container has ended in success; else that of the
init container that failed for good, or of the first container, in the order of
the manifest, that ended in failure. 125 means that the manifest is bad and
nothing was run.`,
		Example: `  nile run pod.yaml
  nile run --dry-run pod.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() >= 0 && len(args) > 1 {
				return fmt.Errorf("nile run runs a manifest; to run a command write: nile -- %s", strings.Join(args, " "))
			}
			return oneAtMost(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := defaultManifest
			if len(args) == 1 {
				file = args[0]
			}
			relay := takeRelay()
			pod, err := loadPod(file)
			if err != nil {
				return asOwnFault(withRemedy(file, err))
			}
			hold.apply(&pod.Spec)
			crash.apply(pod)
			if err := podDir.apply(&pod.Spec, pod, pod.Name); err != nil {
				return &exitError{code: exitOwnFault, err: err}
			}
			if dryRun {
				if err := writePlan(cmd.OutOrStdout(), pod, crash); err != nil {
					return asOwnFault(err)
				}
				return nil
			}
			logger, err := log.logger()
			if err != nil {
				return &exitError{code: exitOwnFault, err: err}
			}
			tellFields(pod, logger.Note)
			for _, text := range append(misspeltVariables(cmd.Flags(), os.Environ()), hold.inVain(&pod.Spec)) {
				if text != "" {
					logger.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: text})
				}
			}
			run := podRun{spec: &pod.Spec, logger: logger, pod: pod, control: control, listen: listen, answers: answers, relay: relay, file: again(file), podDir: podDir}
			run.chosen = settleOutput(&pod.Spec, output)
			run.prepare, run.output = func(pod *manifest.Pod) { hold.apply(&pod.Spec) }, output
			run.runtimes = runtimesOf(pod)
			run.runtimes.stateDir = string(crash.stateDir)
			run.crashes = newCrashes(crash, logger.Structured() || logger.Silent(), end.terminationLog)
			result := runSpec(run)
			if err := end.write(result, run.crashes); err != nil {
				logger.Note(supervisor.Note{Level: supervisor.LevelError, Why: err.Error()})
				logger.Flush()
			}
			if result.Code != 0 {
				return &exitError{code: result.Code}
			}
			return nil
		},
	}
	log.flags(cmd.Flags(), "info")
	control.flag(cmd.Flags())
	hold.flags(cmd.Flags())
	crash.flags(cmd.Flags())
	listen.flag(cmd.Flags())
	answers.flag(cmd.Flags())
	podDir.flags(cmd.Flags(), "metadata.name of the manifest")
	cmd.Flags().Var(&output, "output", "what becomes of the output of containers that don't say so themselves: inherit (if there is one container), prefix (if there are several) or json")
	cmd.Flags().StringVar(&end.terminationLog, "termination-log", defaultTerminationLog, "a file that gets a summary of how the pod ended, if it is there; empty for none")
	cmd.Flags().StringVar(&end.statusFile, "status-file", "", "a file that gets the pod's last status as JSON, in the words of the Pod API")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print order, waits and resolved commands, and run nothing")
	return cmd
}

// tellFields tells of the fields of a manifest about which there is something to say.
func tellFields(pod *manifest.Pod, note func(supervisor.Note)) {
	for _, field := range pod.Warnings {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: field.Position() + ": " + field.Text()})
	}
	if text := frozenInVain(&pod.Spec); text != "" {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: text})
	}
	for _, field := range pod.NotCarriedOut {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: fmt.Sprintf("%s: %s is not carried out by this version of nile", field.Position(), field.Path)})
	}
}

// again is the path from which a manifest can be read again; empty where it came from
// standard input.
func again(file string) string {
	path, err := filepath.Abs(file)
	if file == "-" || err != nil {
		return ""
	}
	return path
}

// processOf reads, before each start, the variables that a container takes from
// files.
func processOf(pod *manifest.Pod) func(string) (*supervisor.Process, error) {
	return func(name string) (*supervisor.Process, error) {
		if !pod.ReadsFiles(name) {
			return nil, nil
		}
		process, err := pod.Process(name)
		return &process, err
	}
}

// loadPod reads the manifest. It may come from a pipe that nobody writes to, so that
// a signal ends the waiting.
func loadPod(file string) (*manifest.Pod, error) {
	if data, ok := readAtOnce(file); ok {
		return manifest.Load(file, data, manifest.Options{Environ: os.Environ()})
	}
	type text struct {
		data []byte
		err  error
	}
	queue := mustOpenSignals()
	read := make(chan text, 1)
	go func() {
		data, err := manifest.Read(file, os.Stdin)
		read <- text{data, err}
		queue.Wake()
	}()
	for {
		signal, event := queue.Next(time.Time{})
		if event == signals.Arrived && (signal.Num == syscall.SIGTERM || signal.Num == syscall.SIGINT) {
			return nil, &exitError{code: 128 + int(signal.Num), err: fmt.Errorf("%s received while reading %s",
				supervisor.SignalName(int(signal.Num)), file)}
		}
		select {
		case got := <-read:
			if got.err != nil {
				return nil, got.err
			}
			return manifest.Load(file, got.data, manifest.Options{Environ: os.Environ()})
		default:
		}
	}
}

// readAtOnce reads a manifest that is a regular file, as nearly all are, in place: to wait
// for another goroutine takes the first child's time. ok is false where it is something
// else, or cannot be read.
func readAtOnce(file string) (data []byte, ok bool) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil || file == "-" {
		return nil, false
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if unix.Fstat(fd, &info) != nil || info.Mode&unix.S_IFMT != unix.S_IFREG || info.Size > manifest.MaxSize {
		return nil, false
	}
	data = make([]byte, info.Size+1) // and one more, to see its end
	n, err := unix.Read(fd, data)
	return data[:max(n, 0)], err == nil && int64(n) == info.Size
}

// withRemedy says what else may be run where a manifest is not there.
func withRemedy(file string, err error) error {
	if _, missing := os.Lstat(file); file == "-" || !errors.Is(missing, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: name the manifest (nile run FILE), or run a command (nile -- CMD)", err)
}

// asOwnFault makes an error nile's own fault, unless it knows better.
func asOwnFault(err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return &exitError{code: exitOwnFault, err: err}
}
