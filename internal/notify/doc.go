// Package notify hears what the process of a container says of itself: that it is ready, as
// s6 has it (a newline on a descriptor) and as systemd does (datagrams to the socket that
// NOTIFY_SOCKET names, sd_notify(3)), and what else that protocol knows.
//
// A [Source] is made before the process is started, which inherits its descriptor or the name
// of its socket. It listens in a goroutine of its own, which costs nothing while nobody
// speaks, and gathers what is said until the event loop takes it: many messages become few
// events. A process that talks without end is listened to so many times a second, and waits
// in between, as the kernel's queue is full.
//
// Anybody can send to a socket whose name he knows. The kernel says who did (SO_PASSCRED,
// unix(7)), and only the container's own process counts, or, if asked for, the tree of
// processes below it.
package notify
