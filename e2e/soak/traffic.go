package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// operator is the one who never stops asking and meddling.
type operator struct {
	plan    *plan
	dir     string
	socket  string
	pid     int // of nile
	random  *rand.Rand
	asked   int // what only reads
	ordered int // what changes something
	refused int // orders that were refused, as one that something has ended is
	reloads int
	troubles
}

// patience is how long an answer may take on a busy machine.
const patience = 30 * time.Second

// run works until ctx ends.
func (o *operator) run(ctx context.Context) {
	reloaded := time.Now()
	for turn := 1; ctx.Err() == nil; {
		o.ask(ctx)
		if o.random.IntN(5) == 0 {
			o.order(ctx)
		}
		if o.plan.reload > 0 && time.Since(reloaded) > o.plan.reload {
			reloaded = time.Now()
			o.reload(ctx, turn)
			turn++
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(50+o.random.IntN(300)) * time.Millisecond):
		}
	}
}

func (o *operator) any() container {
	list := o.plan.list()
	return list[o.random.IntN(len(list))]
}

// ask asks something that has an answer whatever happens.
func (o *operator) ask(ctx context.Context) {
	name := o.any().name
	questions := [][]string{
		{"status", "-o", "json"}, {"status"}, {"ps"}, {"tree"}, {"logs", name}, {"events"}, {"events", name},
		{"check", "live"}, {"report", name, "-o", "json"}, {"ps", "-o", "json"},
	}
	question := questions[o.random.IntN(len(questions))]
	o.asked++
	code, text := o.nile(ctx, question...)
	mayHaveNone := question[0] == "report" // of what has not crashed yet
	if ctx.Err() == nil && code != 0 && !mayHaveNone {
		o.add("nile %s: exit code %d: %s", strings.Join(question, " "), code, text)
	}
}

// order has something done. It may be refused, but must be answered.
func (o *operator) order(ctx context.Context) {
	name := o.any().name
	orders := [][]string{
		{"restart", "--no-wait", name}, {"stop", "--no-wait", name}, {"start", "--no-wait", name}, {"start", "--no-wait", name},
		{"signal", name, "USR1"}, {"signal", name, "KILL"},
	}
	order := orders[o.random.IntN(len(orders))]
	o.ordered++
	code, text := o.nile(ctx, order...)
	switch {
	case ctx.Err() != nil || code == 0:
	case code == 1 || code == 3:
		o.refused++
	default:
		o.add("nile %s: exit code %d: %s", strings.Join(order, " "), code, text)
	}
}

// reload has another manifest taken on: with other values, and more or fewer containers.
func (o *operator) reload(ctx context.Context, turn int) {
	file, err := o.plan.manifest(o.dir, turn, turn%4)
	if err != nil {
		o.add("cannot write the manifest: %v", err)
		return
	}
	o.reloads++
	if code, text := o.nile(ctx, "reload", "--no-wait", file); ctx.Err() == nil && code != 0 {
		o.add("nile reload: exit code %d: %s", code, text)
	}
}

// command is one of nile's verbs, in the PID namespace of the nile that it is for.
func (o *operator) command(ctx context.Context, args ...string) *exec.Cmd {
	argv := append([]string{o.plan.nile}, args...)
	if os.Geteuid() == 0 {
		argv = append([]string{"nsenter", "--target", strconv.Itoa(o.pid), "--pid", "--mount"}, argv...)
	}
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	command.Env = append(os.Environ(), "NILE_CONTROL="+o.socket)
	return command
}

// nile runs a verb, and returns its exit code and what it said on standard error.
func (o *operator) nile(ctx context.Context, args ...string) (int, string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := o.command(ctx, args...)
	var said bytes.Buffer
	command.Stderr = &said
	err := command.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0, ""
	case errors.As(err, &ended):
		return ended.ExitCode(), strings.TrimSpace(said.String())
	}
	return -1, fmt.Sprint(err)
}
