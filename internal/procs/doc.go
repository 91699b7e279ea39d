// Package procs reads the processes of a PID namespace from /proc: who runs, for
// whom, since when, what it costs, and who does not wait for its children.
//
// # What is read
//
// [Read] opens each /proc/PID once and reads stat, status, cmdline and cgroup below
// that descriptor, which stays with the process: what another one with the same
// number would tell cannot mix in. A process that ends meanwhile is left out. Names
// and command lines are kept byte by byte, as the processes have chosen them: who
// shows them on a terminal must make them harmless.
//
// [Sampler] reads stat alone. That file never waits for a lock that the process
// itself may hold (cmdline does, for the one on its memory), so it suits whoever
// must not be held up.
//
// # Why no library
//
// github.com/prometheus/procfs was measured: it compiles its regular expressions at
// the start of every program that contains it (0.14 ms and 96 KB of private memory
// for each nile, which has a budget of 1.5 MB), and adds 90 KB to the binary.
//
// Sources: proc(5) with proc_pid_stat(5), proc_pid_status(5), proc_pid_cmdline(5),
// proc_pid_cgroup(5); the kernel's Documentation/filesystems/proc.rst for hidepid.
package procs
