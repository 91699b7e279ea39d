package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/supervisor"
)

func note(i int) supervisor.Note {
	return supervisor.Note{Level: supervisor.LevelInfo, Name: "tomcat", Why: fmt.Sprintf("event %d", i)}
}

func fill(l *Log, n int) {
	for i := range n {
		l.Note(note(i + 1))
	}
}

// expect checks that a list has the events from first to last.
func expect(t *testing.T, list []Event, first, last uint64) {
	t.Helper()
	if len(list) != int(last-first)+1 {
		t.Fatalf("%d events, want %d to %d", len(list), first, last)
	}
	for i, e := range list {
		number := first + uint64(i)
		if e.Number != number || e.Message != fmt.Sprintf("event %d", number) {
			t.Fatalf("event %d is %+v", number, e)
		}
	}
}

func TestTheNewestAreKept(t *testing.T) {
	var l Log
	if list, lost := l.Since(0); len(list) != 0 || lost != 0 || l.Last() != 0 {
		t.Errorf("an empty log has %v, %d lost", list, lost)
	}
	fill(&l, 10)
	list, lost := l.Since(7)
	expect(t, list, 8, 10)
	if list, _ := l.Since(10); len(list) != 0 || lost != 0 {
		t.Errorf("after the last there are %v, %d lost", list, lost)
	}
	list, _ = l.Since(99) // a number of an earlier nile
	expect(t, list, 1, 10)

	var many Log
	fill(&many, 3*maxEvents+5)
	list, lost = many.Since(100)
	expect(t, list, 2*maxEvents+6, 3*maxEvents+5)
	if want := uint64(2*maxEvents + 5 - 100); lost != want {
		t.Errorf("%d lost, want %d", lost, want)
	}
}

func TestTheBytesAreBounded(t *testing.T) {
	var l Log
	for i := range 10_000 {
		l.Note(supervisor.Note{Why: strings.Repeat("x", i%5000)})
		if l.bytes > maxBytes && l.count > 1 {
			t.Fatalf("%d bytes are kept", l.bytes)
		}
	}
	if list, _ := l.Since(0); list[len(list)-1].Number != 10_000 {
		t.Error("the newest is not kept")
	}
	l.Note(supervisor.Note{Why: strings.Repeat("x", 2*maxBytes)})
	l.Note(note(1))
	if list, _ := l.Since(0); len(list) != 1 {
		t.Errorf("%d events are kept after a huge one", len(list))
	}
}

func TestAFollowerGetsWhatComesAndTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Log
		fill(&l, 2)
		f := l.Follow(1)
		defer f.Close()
		var got []Event
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				list, lost, err := f.Next(context.Background())
				if err != nil {
					if !errors.Is(err, io.EOF) || lost != 0 {
						t.Errorf("error %v, %d lost", err, lost)
					}
					return
				}
				got = append(got, list...)
			}
		}()
		for i := 3; i < 6; i++ {
			time.Sleep(time.Second)
			l.Note(note(i))
		}
		l.Close()
		<-done
		expect(t, got, 2, 5)
		l.Note(note(6))
		if l.Last() != 5 {
			t.Error("a closed log has taken an event")
		}
	})
}

func TestASlowFollowerLosesAndIsTold(t *testing.T) {
	var l Log
	f := l.Follow(0)
	fill(&l, maxEvents+7)
	list, lost, err := f.Next(context.Background())
	if err != nil || lost != 7 {
		t.Errorf("%d lost, want 7; error %v", lost, err)
	}
	expect(t, list, 8, maxEvents+7)
	f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := f.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(l.followers) != 0 {
		t.Error("a closed follower is kept")
	}
}

func TestManyReadWhileOneWrites(t *testing.T) {
	var l Log
	var all sync.WaitGroup
	for range 8 {
		f := l.Follow(0)
		all.Go(func() {
			defer f.Close()
			var seen uint64
			for {
				list, lost, err := f.Next(context.Background())
				if err != nil {
					break
				}
				seen += lost
				for _, e := range list {
					if seen++; e.Number != seen {
						t.Errorf("event %d after %d", e.Number, seen-1)
						return
					}
				}
			}
			if seen != 5000 {
				t.Errorf("%d events were seen or told as lost, of 5000", seen)
			}
		})
	}
	fill(&l, 5000)
	l.Close()
	all.Wait()
}

func TestEventsAsJSON(t *testing.T) {
	var l Log
	l.Note(supervisor.Note{
		Level: supervisor.LevelWarn, Name: "tomcat", From: "Running", To: "Failed", Why: "was ended by SIGSEGV (core dumped)",
		PID: 7, Restart: 2, Status: &supervisor.Status{Signal: 11, Core: true},
	})
	l.Note(supervisor.Note{Level: supervisor.LevelInfo, From: "Running", To: "Stopping", Why: "SIGTERM received", Signal: 15})
	list, _ := l.Since(0)
	for i, want := range []string{
		`{"number":1,"time":"TIME","level":"warn","container":"tomcat","from":"Running","to":"Failed","message":"was ended by SIGSEGV (core dumped)","pid":7,"restarts":2,"exitCode":139,"signal":"SIGSEGV","core":true}`,
		`{"number":2,"time":"TIME","level":"info","from":"Running","to":"Stopping","message":"SIGTERM received","received":"SIGTERM"}`,
	} {
		text, err := json.Marshal(list[i])
		if err != nil {
			t.Fatal(err)
		}
		at, _ := json.Marshal(list[i].Time)
		if got := strings.Replace(string(text), string(at), `"TIME"`, 1); got != want {
			t.Errorf("event %s\nwant  %s", got, want)
		}
	}
	if !list[0].Changed() {
		t.Error("a change of state is none")
	}
}

func BenchmarkNote(b *testing.B) {
	var l Log
	n := note(1)
	b.ReportAllocs()
	for b.Loop() {
		l.Note(n)
	}
}
