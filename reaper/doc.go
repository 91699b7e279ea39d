// Package reaper starts processes, waits for them and signals them. It is the
// only place in nile that forks, waits or kills.
//
// # The model
//
// Every process that nile can ever meet is in one of four states:
//
//   - started: [Reaper.Start] made it and [Reaper.Drain] has not reported it
//     yet. It may be a zombie by now, but its process id cannot be given to
//     anybody else, because only a wait frees a process id and only Drain
//     waits. A signal to it is therefore always right.
//   - ended: Start made it and Drain has reported it. Its process id is free
//     for anybody, so [Reaper.Signal] refuses it. What stays in memory is whose
//     it was: processes that it left behind may still carry its id as their
//     process group or session.
//   - descendant: a child, grandchild, … of a started process.
//   - stray: a process whose parent ended, so that the kernel gave it to nile
//     as a child (nile is PID 1 or, elsewhere, a child subreaper, see
//     PR_SET_CHILD_SUBREAPER in prctl(2)), and every descendant of such a
//     process. Double forks, daemons and background jobs end here.
//
// The edges: Start makes a started process. Drain turns it into an ended one
// and forgets a stray for good. The death of a parent turns a descendant into
// a stray. An ended process is forgotten when no living process carries its
// number any more.
//
// A command may ask to be frozen (freeze.go): nile then traces the process, and Drain tells
// of its end while it still stands there with all that it has. Until [Frozen.Keep] or
// [Frozen.LetGo] it is a started process; a kept one is a stray of its owner's, until it
// is let go or a signal is sent to its owner's strays. Tracing belongs to one thread.
//
// # Whose stray is it?
//
// Each command has an owner, such as "tomcat#3". A stray is attributed by the
// first of these that answers: an earlier look at the process table in which
// it still had its parent; its process group or session, when a process that
// was started or has been reaped here led it; the cgroup of the command; the
// cookie NILE_COOKIE in its environment, when the command asked for one; and,
// where all commands ever started had the same owner, that owner. A process
// that forked twice, opened a session of its own and emptied its environment
// before anybody looked belongs to nobody (owner ""), but it is still a child
// of nile: [Reaper.SignalStrays] with owner "" reaches it.
//
// # Signals to what is found in /proc
//
// Between the look at /proc and the signal a process may end and its id may be
// reused. A child of nile cannot be (nobody else reaps it). Everything else is
// held by pidfd_open(2), compared with the start time that was seen, and then
// signalled through the pidfd; where the kernel or a seccomp filter refuses
// pidfds the start time is compared directly before kill(2). kill(-1) is never
// used: in a pod with a shared PID namespace it would hit other containers.
//
// A SIGKILL to a tree first stops what it finds and looks again until nothing
// new appears, so that a forking tree neither outruns it nor loses its shape,
// then kills all of it, and looks once more. Other signals are sent in one pass.
//
// # Starting
//
// A child is made by clone(2) as vfork(2) does it: it shares nile's memory, which
// costs the same however large that is, and nile's thread waits until it has
// executed the command or has ended. In between it runs no Go. What it has to do
// (its group, session and terminal, the signals, the directory, the descriptors,
// limits, capabilities, the user) is a table of system calls, made beforehand (plan.go,
// child.go, identity.go), which a few lines of assembly work through. Each leaves its
// result in the table, so that the step that failed is known, and comes back from
// Start as a [*StartError] that names it. On machines without that assembly the
// child is a copy of nile (vfork_other.go), which takes longer and does the same.
//
// The command gets what nile was started with, as package startstate knows it: the
// ignored and the blocked signals and the limit of open files.
//
// # Who may call
//
// A Reaper belongs to one goroutine, the event loop; it has no lock. That is
// what makes the process table true: fork and the entry into the table, wait
// and the removal from it, cannot be interleaved by anybody. For the same
// reason nothing else in the program may wait for children: os/exec loses exit
// codes beside a wait for "any child", and would lose them here.
//
// # Without /proc
//
// Starting, reaping and signals to a process or its group need no /proc. A
// tree shrinks to the process and its group, strays cannot be counted, orphans
// have no names. A /proc that shows another PID namespace is treated as absent,
// since its numbers mean other processes.
package reaper
