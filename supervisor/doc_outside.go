// # Commands
//
// An operator's [Command] is answered by one [Reply] in the same step: accepted or refused,
// not done. A container that is stopped by hand has the pod's grace, keeps the pod alive, and
// stays down until it is started; plain init containers cannot be stopped or restarted, the
// others wait for them. What is started by hand starts at once, but for its turn in the
// initialisation and a postStart hook before it in the order. It is forgiven everything: an
// operator's start, restart or retry is no crash, waits for no back-off, and begins the
// counts of back-off and AfterRestarts anew; the restart count that people see grows with
// every run. Once the pod is ending only signals are sent; while all containers are being
// ended to start anew only a stop is obeyed.
//
// # Reloads
//
// A [Reload] makes the pod one of another spec with the least change, which [Plan] works
// out, and is answered by one [Reloaded] in the same step; with DryRun that is all. It is
// refused, whole, where nothing would be left to run but sidecars and jobs, in a pod that
// is ending, while all containers are being ended to start anew, and in forward mode. One
// that comes before an earlier one is done takes its place.
//
// What only the machine looks at is taken on in place: policies, rules, grace, back-off,
// hold, signals, hooks, probes. What is under way goes on as it began: a stop with the
// grace and the hooks that it has, a wait for a restart. A probe that has changed begins
// anew, and what held holds until it has found something else. What a process is started
// with takes a restart. Another name is another container, another place a restart.
//
// What is removed goes first, as at the end of the pod: mains, and when they are gone
// sidecars, the last one first; each with its preStop hook and its grace. Nothing waits for
// its turn, or is stopped because it has changed, before that is gone, so that what is new
// never meets what is to go. Then what has changed ends in the same order, and starts like
// what is new in the order of the manifest. That is one restart, no crash, and waits for no
// back-off. A plain init container that has done its part does not run again where it has
// changed; a new one runs once, and what has changed after it goes on until it is done.
//
// What somebody wants to stay as it is does: what is stopped by hand, or because of a hold,
// takes on what is new for its next start, and what is held, or runs with KeepHeld, for
// its retry; where that is removed it is kept until it is released. What has ended for good
// starts again where it has changed. A removed container takes no commands but signals, and
// has no say in the exit code. [Define] and [Forget] tell the host what a container is.
//
// # Files that change
//
// A container may watch files ([Watch]). That they have changed ([Changed]) is told by a note
// in every state. What it means for the container hangs on what that does; for one that
// watches with [WatchNone] nothing.
//
//	Running              Restart: it is stopped with its grace and starts again at once.
//	                     Signal, Exec: at once, or when it has started (postStart hook,
//	                     startup probe, its own word). Nothing if its process has started
//	                     after the change: it has seen it
//	Starting             the same, once it runs: nobody knows what it has seen
//	Backoff              whatever the action, it starts at once: what made it crash may be
//	                     mended
//	Stopping, Killing, Emptying
//	                     nothing of it changes what becomes of the container; but if that
//	                     is a back-off, see there
//	Held                 nothing: the scene stays as it is, and a retry sees the new files
//	Waiting, Retrying, Stopped
//	                     nothing: it sees them when it starts
//	Completed, Failed    nothing
//
// Nothing is done once the pod is ending, or while all are being ended to start anew, and a
// container that was retried with KeepHeld is not restarted. A restart because of files is no
// crash: as after one by hand, the counts of back-off and AfterRestarts begin anew. It gives
// way to what an operator asks for meanwhile. The command of an Exec runs beside the process,
// one at a time, and once more where files have changed meanwhile. It is given up when its
// time is over or its process has ended. How it fares is told and counted, and nothing else
// comes of it.
//
// # Evidence
//
// While a process can still be seen it is looked at ([Look]): before a startup or liveness
// probe has it stopped, and before SIGKILL at the end of a grace. Where it has a signal for
// it ([Dump]) it is asked for evidence: when its liveness probe has failed, and then the stop
// waits as long as that takes, unless the pod ends; and, so much before the end, in every
// grace that is long enough, which never gets longer by it.
//
// # The end
//
// The pod ends when its main containers have ended for good ([ExitWhen]), when a
// plain init container has failed for good, or when the operator sends SIGTERM
// or SIGINT. From then on nothing is started. All mains, and a plain init
// container that still runs, get their stop signals at once; sidecars follow
// when the mains are gone, the last one first, each when the later one is gone.
// All preStop hooks, those of sidecars too, begin at once, and a stop signal waits for
// its hook. One deadline lies over all of it: the grace, of which hooks and waiting take
// whole seconds. A sidecar whose turn comes late has what is left of it, at least two
// seconds; when the grace runs out while hooks run or sidecars wait for their turn, these
// all get their stop signal at that moment and two seconds each. What is being stopped
// already has no more than the grace either. A second SIGTERM or SIGINT of the operator
// ends every grace at once; the pod's own decision to end does not count as a first.
// (kubelet: killContainer, terminationOrdering.)
//
// The exit code is that of a container that was held; or else of the init container that
// failed for good; or else of
// the first main container, in the order of the manifest, that ended in
// failure; or else 0. Where nobody asked for the end, only the mains that had
// ended by themselves, or for their probes and hooks, count, not those that were stopped
// because of it. Where the operator stopped the pod before every main had run, and none
// has failed, it is 128 plus the signal.
//
// # Generations
//
// Each container has a generation number that grows at each start and at each
// end. Timers and answers carry it, and one that comes with a generation of the
// past is dropped, so that the grace timer of a dead process can never kill its
// successor. Probes have numbers of their own, which never come twice.
//
// # Forward mode
//
// With [Spec.Forward] the machine is the engine of `nile -- CMD`: one main, every
// signal passed on as it came, no grace and no restart. A signal that comes before
// main runs is kept for it; a SIGTERM or SIGINT while there is no room to start main
// ends nile. Only what main leaves behind is ended: SIGTERM, the grace, SIGKILL, which
// a second SIGTERM or SIGINT brings on. With [LeftoversWait] that waits until the
// operator asks for the end, if he has not yet done so when main ends. While main is held
// or stopped by hand, SIGTERM and SIGINT end nile, and other signals are dropped; a stop by
// hand is the one that has a grace.
package supervisor
