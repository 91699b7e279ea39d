// Package supervisor decides what happens to the containers of one pod. It is
// a pure state machine: facts go in as events, decisions come out as actions.
// It reads no clock, does no I/O, starts no goroutine and takes no lock, so
// that a run can be replayed exactly and every rule can be tested in
// microseconds. The one who carries the actions out is internal/loop.
//
// # How a step works
//
// [Machine.Step] takes the time and one event. It first records the fact that
// the event tells (a process has started, has ended, a timer has run out), and
// then looks at the whole state once, in [Machine.advance], and starts or stops
// what may be started or stopped now. Facts come by edge, decisions are made by
// level: no decision hangs on having seen the event that made it possible.
//
// # The states of a container
//
//	Waiting    not its turn yet
//	Starting   Spawn has been asked for, the answer is not there yet
//	Retrying   the system had no room for a new process; tried again soon
//	Running    the process runs
//	Stopping   it is being stopped: its preStop hook runs, or it waits for its turn
//	           after that, or it has been sent its stop signal
//	Killing    it has been sent SIGKILL
//	Emptying   the process has ended; what it left behind is being ended
//	Backoff    it has ended and will be started again when its time comes
//	Held       it has failed and stays as it ended, with what it left behind, until
//	           somebody retries or releases it
//	Stopped    an operator, or a hold, has stopped it; it stays so until it is started
//	Completed  ended for good, in success
//	Failed     ended for good, in failure
//	Removed    a reload has taken it out of the pod, and nothing of it is left; it is
//	           forgotten in the same step
//
// and the edges between them:
//
//	Waiting  -> Starting             its turn has come
//	Starting -> Running              Spawned
//	Starting -> Retrying             Spawned with a temporary error (EAGAIN, ENOMEM …)
//	Retrying -> Starting             the retry timer fired
//	Starting -> (ended)              Spawned with a lasting error: counts as exit code
//	                                 128 StartError, as with the kubelet
//	Starting -> Waiting, or the end of its last run
//	                                 Spawned with a temporary error, and the pod is
//	                                 ending by now, or starting anew
//	Running  -> Stopping             the pod ends and it is this one's turn, or begins
//	                                 with its preStop hook; or all start anew; or its
//	                                 liveness or startup probe, or its postStart hook,
//	                                 has failed; or it has not said in time that it is
//	                                 ready, or alive; or files that it watches have
//	                                 changed; or what it depends on takes it along
//	Running  -> Killing              the pod ends in a hurry
//	Stopping -> Killing              the grace is over, or a second SIGTERM came
//	Running, Stopping, Killing
//	         -> Emptying             it has ended and left processes behind
//	Running, Stopping, Killing, Emptying
//	         -> (ended)              nothing of it is left
//	(ended)  -> Backoff              to be restarted, at once or later; an operator's
//	                                 restart is at once, and so is that of what was
//	                                 taken along, once its dependencies are met
//	(ended)  -> Held                 it has failed, and its pod or itself asks for that
//	(ended)  -> Stopped              stopped by hand, or because the pod is held
//	(ended)  -> Waiting              all start anew
//	(ended)  -> Completed, Failed    not to be restarted
//	Backoff  -> Starting             the back-off is over, or the operator starts it, or
//	                                 files that it watches have changed
//	Held     -> Starting             retried
//	Held     -> Emptying             retried or released, or the pod ends: first what it
//	                                 left behind is ended
//	Held     -> Completed, Failed    released, or the pod ends
//	Held     -> Backoff              a sidecar is released
//	Held     -> Waiting              released while all are being ended to start anew
//	Waiting, Starting, Retrying, Backoff
//	         -> Stopped              stopped by hand before it ran, or ran again
//	Backoff, Retrying
//	         -> Stopped              a sidecar of a pod that is held
//	Stopped  -> Starting             started by hand; or a sidecar, before a retry
//	Stopped  -> Completed, Failed, Waiting
//	                                 the pod ends; Waiting where it has never run
//	Completed, Failed
//	         -> Starting             started by hand, in a pod that goes on; or the time of a
//	                                 job has come
//	Backoff, Retrying
//	         -> Completed, Failed    the pod ends: nothing starts any more
//	Retrying -> Waiting              the same, where it has never run
//	Backoff, Retrying, Completed, Failed
//	         -> Waiting              all start anew
//	Running, Stopping, Killing, Emptying, Backoff, Retrying, Starting, Completed, Failed
//	         -> Waiting              a reload has changed it: it starts when its turn comes
//	Stopped  -> Waiting              the same, where a hold had stopped a sidecar that is
//	                                 something else now
//	(any)    -> Removed              a reload has removed it; what is held, when it is
//	                                 released
//	Emptying -> (ended)              what it left behind outlives even SIGKILL: the
//	                                 container goes on without it
//	Killing  -> Failed               it outlives SIGKILL and the pod is ending: it
//	                                 is given up, so that the end comes
//
// Of the pod: New, Initializing, Running, Stopping, and at the end Succeeded or Failed.
// From the first container that is held until there is none, and no retry is open, it is
// Held, whether it is initializing or running below that, and goes back to what it is below
// when the hold is over.
//
// # The order
//
// Init containers start one by one in the order of the manifest. A plain one
// lets the next one start when it has ended with success, a sidecar as soon as
// it has started: it runs, its postStart hook is done, and its startup probe has
// succeeded. The main containers start together, in order, when the last init
// container has let them. Nothing that has once let the next one start holds
// anything up later: a sidecar that crashes does not undo the initialisation.
// (KEP 753; kubelet: computeInitContainerActions.)
//
// A postStart hook holds up every start, first or again, of what comes later in the
// order, until it is done; or, where it fails, until its container is gone. A run is given
// 200 ms at least before a failed hook ends it, so that it can say how it takes its stop
// signal. (kubelet: startContainer.)
//
// # Dependencies
//
// A container waits besides, before each of its starts, first or again, until all that it
// depends on ([Dependency]) has reached its condition: by hand too, and when its back-off
// is over. What it waits for is told whenever that changes. Others go on meanwhile, but for
// those that come after an init container in the order.
//
// A dependency that is held, stopped or between two runs is waited for. One that has ended
// for good without meeting the condition never will, unless somebody starts it: then its
// dependant counts, for the end of the pod, as if it had ended too, and where no other code
// tells of a failure, the pod's is 125. What another nile tells ([PeerChanged]) is never
// given up in this way, since its container may be started again. With [ExitWhenAny] a main
// that others wait for to be Completed does not end the pod by that.
//
// A dependency that is to be started again takes along who asks for that
// ([OnRestartRestart]) while it runs: at once where it has ended by itself; or with a retry
// of it; or where it is stopped by hand, restarted by hand, or taken along itself, before
// it: then it is stopped when they are gone. Each has the pod's grace. What is taken along
// starts again when its dependencies are met. That is no failure, forgives nothing and
// waits for no back-off. Who is retried with KeepHeld is not taken along.
//
// At the end, the stop signal of what others depend on, however indirectly, waits for these
// to be gone, as that of a sidecar waits for its turn. When all start anew it does not.
//
// With [PeersEnded] the pod ends because other niles have. Its exit code is 0 then,
// whatever becomes of its processes.
//
// # Probes
//
// A container is probed from the end of its postStart hook on, or from its initial delay
// on where that is later, once every period and never twice at a time. Until its startup
// probe has succeeded there is no other, and afterwards that one is over. An answer that
// does not come in time is a failure; a probe that goes wrong itself is tried three times
// at once and then counts for nothing. So many successes or failures in a row change what
// holds. A liveness or startup probe that fails stops the container, with the grace that
// the probe names or else the pod's; a readiness probe only tells. When a container is
// being stopped, or the pod ends, liveness and startup probes are over; readiness goes on
// until the process is gone. Each run begins with nothing known. (kubelet:
// prober/worker.go.)
//
// # What a process says of itself
//
// A process may say itself that it is ready ([Notify]), by a newline on a descriptor, or to
// a socket. It has started only when it has, and its startup probe, where there is one, has
// succeeded too; so it lets the next one start, and is probed for liveness and readiness,
// only then. Where there is a time for it, a run that does not say so in time is stopped as
// by a failed startup probe. From the moment when it says that it is stopping, it is not
// ready, its liveness is of no interest, and it has the grace to end by itself before it is
// stopped. That it reloads is told and changes nothing. With a watchdog, which begins when
// the container has started, silence of that length is a failed liveness probe. A process
// may ask for more time for its start, or for its stop: the stop has an hour more at most,
// in a pod that is ending no more than ShutdownTimeout, and none where there is no such
// bound. All of this is over, as liveness probes are, when the container is being stopped or
// the pod ends. Each run begins with nothing said. (sd_notify(3), systemd.service(5).)
//
// # Restarts
//
// A sidecar is always restarted. For all others the first of the container's rules that
// fits the exit code decides; or else its own policy or else the pod's: Always, OnFailure,
// Never; a plain init container that has succeeded is done under each of them. After a
// probe has ended a run rules are not asked, and only Never keeps it down. The first
// restart is immediate, the next ones wait 10 s, 20 s and so on up to 300 s, counted from
// the end of the last run, or, where a probe has ended that, of the run before it; a run
// of over 600 s is forgiven everything. (kubelet: ShouldContainerBeRestarted, doBackOff.)
//
// A rule may ask for all containers to start anew. Then everything ends, mains first,
// with two seconds and no preStop hook, and the initialisation begins again; every
// container that has run counts a restart. The back-off of the container that asked for
// it holds this back where it goes on and on; the kubelet has none there.
//
// # Jobs
//
// A main container with an interval ([Container.Every]) is a job beside the others. Its time
// comes first one interval after its turn in the initialisation, and then at each multiple,
// whatever a run takes. It runs then, unless it still does: that time is skipped and counted.
// Between its runs it is Completed or Failed, as the last one was, and in either case runs
// again. A failure is counted and captured, and is nothing to the pod: it is neither restarted
// nor held, but where its own OnFailure says so. It keeps no pod alive; when the others have
// ended it is stopped as they would be, before the sidecars. Signals that are passed on are not
// for it. An operator may run it at any time, which leaves its times what they are; while it is
// stopped by hand, or held, its times pass by.
//
// # Holds
//
// A run has failed where it ended by itself with another code than 0, or by a signal that
// nobody had asked for; where it could not be executed; and where its startup or liveness
// probe, its silence or its postStart hook made nile end it, however it took that. It has
// not where its end was asked for: by the end of the pod, by a [Command], by a signal with which people
// end programs (SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM) that nile passed on or a Command
// sent, if it ended by that, and in forward mode after SIGTERM or SIGINT to nile however it
// ended, and by SIGINT, which a terminal sends past nile.
//
// Each failure is told by a [Capture] in the step of the end, right after its note, so that
// the evidence can be kept before anything covers it up. Where the spec asks for it ([Hold])
// the container is held besides: a main or a plain init container at its first failure, or
// after so many restarts in a row; a sidecar only by its own OnFailure. A restart rule that
// fits goes first. What is held is never started but by a retry. What its run left behind
// lives on, as a part of the scene, until the retry or the end, and is ended before either
// as ever. All else goes on: other containers run, are probed and restarted, and are held
// too when they fail. With [SidecarsStop] the sidecars are stopped once no main and no plain
// init container runs or is to be restarted, the last one first; before a retry they start
// again, each when the one before has started.
//
// A retry that succeeds (a plain init container ends with success, any other becomes ready,
// or ends with 0) is no longer held; one that fails is held again, whatever the rules and
// the restart policy say. A retry with KeepHeld leaves the pod held and not ready while the
// container runs, without startup and liveness probes, as if under a debugger; it lets
// nothing after it start, and however it ends it is held again. A pod that is held does not
// end by itself. The hold ends by SIGTERM or SIGINT to nile, by a release, or when its time
// is over, which counts from the latest failure: what is held has ended for good, but for a
// sidecar, which is restarted, and the pod goes on or ends by its rules. The exit code of a
// container that was held to the end goes before all others, and a release may give it
// another one.
package supervisor
