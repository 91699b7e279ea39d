package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// NilePod is `nile run` with a pod of n containers.
func NilePod(path string, n int) Program { return nilePod(path, n, "") }

// NilePodAtOnce is NilePod that starts again at once whatever ends.
func NilePodAtOnce(path string, n int) Program {
	return nilePod(path, n, "  nile: {backoff: {initial: 1ns, max: 1ns}}\n")
}

// nilePod has more lines of the pod's spec.
func nilePod(path string, n int, spec string) Program {
	return Program{
		Name: "nile run, " + counted(n, "container", "containers"), Path: path, Children: n, Stop: syscall.SIGTERM,
		configure: func(dir string, child Child) error {
			words := make([]string, len(child.Argv))
			for i, word := range child.Argv {
				words[i] = strconv.Quote(word)
			}
			return os.WriteFile(podFile(dir), []byte(
				"apiVersion: v1\nkind: Pod\nmetadata:\n  name: bench\nspec:\n  terminationGracePeriodSeconds: 2\n"+spec+"  containers:\n"+
					each(n, func(i int) string {
						return fmt.Sprintf("  - name: child%d\n    command: [%s]\n", i, strings.Join(words, ", "))
					})), 0o644)
		},
		arguments: func(dir string, _ Child) []string { return []string{"run", podFile(dir)} },
	}
}

func podFile(dir string) string { return filepath.Join(dir, "pod.yaml") }

// S6 is s6-svscan over n service directories, each with its s6-supervise. They
// are used again from run to run, which spares s6 the making of its FIFOs.
func S6(n int) Program {
	return Program{
		Name: "s6-svscan, " + counted(n, "service", "services"), Path: "/usr/bin/s6-svscan", Children: n, Stop: syscall.SIGTERM,
		configure: func(dir string, child Child) error {
			for i := range n {
				service := filepath.Join(dir, "scan", fmt.Sprintf("child%d", i+1))
				if err := os.MkdirAll(service, 0o755); err != nil {
					return err
				}
				if err := writeRun(filepath.Join(service, "run"), child); err != nil {
					return err
				}
			}
			return nil
		},
		// It takes 500 services if nothing is said.
		arguments: func(dir string, _ Child) []string {
			return []string{"-c", strconv.Itoa(max(n, 500)), filepath.Join(dir, "scan")}
		},
	}
}

func writeRun(file string, child Child) error {
	if child.Run != "" {
		return os.Symlink(child.Run, file)
	}
	script := "#!/bin/sh\nexec " + strings.Join(child.Argv, " ") + "\n"
	return os.WriteFile(file, []byte(script), 0o755)
}

// Supervisord is supervisord with n programs.
func Supervisord(n int) Program {
	return Program{
		Name: "supervisord, " + counted(n, "program", "programs"), Path: "/usr/bin/supervisord", Children: n, Slow: true,
		// Its orderly end takes seconds; the benchmark sweeps up after it.
		Stop: syscall.SIGKILL,
		configure: func(dir string, child Child) error {
			config := fmt.Sprintf("[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=%s\n",
				filepath.Join(dir, "supervisord.pid"))
			if os.Geteuid() == 0 {
				config += "user=root\n" // or it warns
			}
			return os.WriteFile(supervisordFile(dir), []byte(config+each(n, func(i int) string {
				return fmt.Sprintf("[program:child%d]\ncommand=%s\nstdout_logfile=NONE\nstderr_logfile=NONE\n", i, strings.Join(child.Argv, " "))
			})), 0o644)
		},
		arguments: func(dir string, _ Child) []string { return []string{"-c", supervisordFile(dir)} },
	}
}

func supervisordFile(dir string) string { return filepath.Join(dir, "supervisord.conf") }

// Runit is runsvdir over n service directories, each with its runsv. SIGHUP ends all.
func Runit(n int) Program {
	return Program{
		Name: "runsvdir, " + counted(n, "service", "services"), Path: "/usr/bin/runsvdir", Children: n, Stop: syscall.SIGHUP,
		configure: func(dir string, child Child) error {
			for i := range n {
				service := filepath.Join(dir, "service", fmt.Sprintf("child%d", i+1))
				if err := os.MkdirAll(service, 0o755); err != nil {
					return err
				}
				if err := writeRun(filepath.Join(service, "run"), child); err != nil {
					return err
				}
			}
			return nil
		},
		arguments: func(dir string, _ Child) []string { return []string{"-P", filepath.Join(dir, "service")} },
	}
}

// Pebble is `pebble run` with a layer of n services. It is built by bench/setup.sh where its
// module can be had.
func Pebble(path string, n int) Program {
	return Program{
		Name: "pebble, " + counted(n, "service", "services"), Path: path, Children: n, Slow: true, Stop: syscall.SIGKILL,
		configure: func(dir string, child Child) error {
			layers := filepath.Join(dir, "layers")
			if err := os.MkdirAll(layers, 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(layers, "001-bench.yaml"), []byte("services:\n"+each(n, func(i int) string {
				return fmt.Sprintf("  child%d:\n    override: replace\n    startup: enabled\n    command: %s\n", i, strings.Join(child.Argv, " "))
			})), 0o644)
		},
		// It takes its directory from a variable only.
		wrap: func(dir string, argv []string) []string {
			return append([]string{"/usr/bin/env", "PEBBLE=" + dir}, argv...)
		},
		arguments: func(string, Child) []string { return []string{"run"} },
	}
}
