package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/notify"
	"github.com/nile-init/nile/supervisor"
)

// relay tells whoever has started nile, and waits for that, how the pod is: systemd with
// Type=notify, podman with --sdnotify=container, or another nile (sd_notify(3)). A nil relay
// tells nobody.
type relay struct {
	address  string
	watchdog time.Duration // how often nile has to say that it is alive; 0 for never
}

// takeRelay takes what was meant for nile out of the environment: nile's children are not
// to speak in its place. It is nil where nobody waits.
func takeRelay() *relay {
	r := &relay{address: os.Getenv(notify.SocketVariable)}
	usec, err := strconv.ParseInt(os.Getenv(notify.WatchdogVariable), 10, 64)
	if pid := os.Getenv(notify.WatchdogPIDVariable); err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		r.watchdog = time.Duration(min(usec, int64(24*time.Hour/time.Microsecond))) * time.Microsecond
	}
	for _, name := range []string{notify.SocketVariable, notify.WatchdogVariable, notify.WatchdogPIDVariable} {
		_ = os.Unsetenv(name)
	}
	if r.address == "" {
		return nil
	}
	return r
}

// send sends one datagram. It never waits; what cannot be sent is lost, and nobody who could
// do anything about it would hear of it.
func (r *relay) send(text string) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_ = unix.Sendto(fd, []byte(text), unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: r.address})
}

// note is told everything that happens, by the event loop: the end is told at once.
func (r *relay) note(n supervisor.Note) {
	if r != nil && n.Name == "" && n.To == string(supervisor.PodStopping) && n.From != n.To {
		r.send("STOPPING=1\nSTATUS=the pod is stopping")
	}
}

// start begins to tell that the pod is ready, and what it does, and that nile is alive: for
// that the event loop has to answer.
func (r *relay) start(s *service, handle *loop.Handle) {
	if r == nil {
		return
	}
	s.beside("the notifications of the pod's state", func() { r.follow(s, handle) })
	if r.watchdog > 0 {
		s.beside("the notifications of being alive", func() { r.live(handle) })
	}
}

func (r *relay) follow(s *service, handle *loop.Handle) {
	follower := s.events.Follow(0)
	defer follower.Close()
	for ready, told := false, ""; ; {
		if _, _, err := follower.Next(context.Background()); err != nil {
			return
		}
		snapshot, err := handle.Snapshot(context.Background())
		if err != nil || snapshot.State == supervisor.PodStopping {
			return
		}
		text := statusLine(&snapshot)
		if !ready && checkPod(&snapshot, "ready").OK {
			ready = true
			r.send("READY=1\n" + text)
		} else if text != told {
			r.send(text)
		}
		told = text
	}
}

// statusLine says in one line how a pod is.
func statusLine(snapshot *supervisor.Snapshot) string {
	ready, lasting := 0, len(snapshot.Containers)
	for i := range snapshot.Containers {
		if snapshot.Containers[i].Role == supervisor.RoleJob {
			lasting--
		} else if snapshot.Containers[i].Ready {
			ready++
		}
	}
	text := fmt.Sprintf("STATUS=pod %s: %s, %d of %d ready", printable(snapshot.Name), snapshot.State, ready, lasting)
	if snapshot.HeldBecause != "" {
		text += ": " + shorten(printable(snapshot.HeldBecause), 200)
	}
	return text
}

// live says twice in each length of the watchdog that the event loop answers.
func (r *relay) live(handle *loop.Handle) {
	for {
		if _, err := handle.Snapshot(context.Background()); err != nil {
			return
		}
		r.send("WATCHDOG=1")
		time.Sleep(r.watchdog / 2)
	}
}
