package main

import (
	"fmt"
	"slices"
	"syscall"
	"time"
)

// listener is a program that says which signals it gets, by number, each with the
// name that it was given, until USR2 ends it with code 7, or it has lost its parent.
// With a second word it forks first, so that there are two of them in the group; with
// a third one it stays. It is in Perl, which Debian always has: a Go program does not
// get to see every signal.
const listener = `
use strict; use Config;
sub say { syswrite STDOUT, "@_\n" }
my ($name, $fork, $stay) = @ARGV;
my @names = split ' ', $Config{sig_name};
for my $n (1 .. 31, 34 .. 64) {
	next if $n == 9 || $n == 17 || $n == 19;
	$SIG{$names[$n]} = $n == 12 ? sub { say("$name: goodbye"); exit 7 } : sub { say("$name: got $n") };
}
if ($fork && !fork) { $name = "child" }
say("$name: ready");
my $parent = getppid;
while ($stay || getppid == $parent) { select undef, undef, undef, 0.5 }
`

const (
	marker  = int(syscall.SIGUSR1)
	goodbye = int(syscall.SIGUSR2)
)

// listen is the command that runs the listener.
var listen = []string{"--", "perl", "listener.pl", "main"}

// sends plays one signal after the other on a listener. A marker follows each:
// when it has been heard, so has the signal, if it was passed on at all.
func sends(signals ...int) func(*performance) {
	return func(p *performance) {
		if !p.waitFor("main: ready", 1) {
			return
		}
		for i, num := range signals {
			p.toInit(num)
			time.Sleep(30 * time.Millisecond)
			if p.hasEnded() {
				p.note("the init ends on signal %d", num)
				return
			}
			p.toInit(marker)
			if !p.waitFor(fmt.Sprintf("got %d\n", marker), i+1) {
				return
			}
		}
		p.toInit(goodbye)
	}
}

// families plays signals on two listeners in one group; the second one hears of
// the marker too, if the group does.
func families(signals ...int) func(*performance) {
	return func(p *performance) {
		if !p.waitFor(": ready", 2) {
			return
		}
		for i, num := range append(signals, marker) {
			p.toInit(num)
			if !p.waitFor("main: got", i+1) {
				return
			}
			time.Sleep(50 * time.Millisecond) // for the other one
		}
		p.toInit(goodbye)
	}
}

// types plays keys on the terminal of a listener and waits for what it hears.
func types(keys string, hears string) func(*performance) {
	return func(p *performance) {
		if !p.waitFor("main: ready", 1) {
			return
		}
		p.screen.typed(p.t, keys)
		p.waitFor(hears, 1)
		time.Sleep(50 * time.Millisecond) // for it to come twice, which it must not
		p.toInit(goodbye)
	}
}

// eachHeard is what two listeners have heard but for their farewell, which the second
// one may say when the first has ended.
func eachHeard(text string) string { return sorted(without("goodbye")(text)) }

// numbers are from first to last, without those left out.
func numbers(first, last int, without ...int) []int {
	var list []int
	for n := first; n <= last; n++ {
		if !slices.Contains(without, n) {
			list = append(list, n)
		}
	}
	return list
}
