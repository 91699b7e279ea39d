package main

import (
	"testing"
	"time"
)

func TestSamples(t *testing.T) {
	var s samples
	if got := s.take([]string{"a"}); len(got) != 0 {
		t.Errorf("without samples there are %v", got)
	}
	at := time.Unix(1000, 0)
	s.add("a", 7, 10*time.Second, 100, at)
	s.add("a", 7, 12*time.Second, 200, at.Add(4*time.Second))
	s.add("a", 8, time.Second, 300, at.Add(8*time.Second)) // another run
	s.add("b", 9, 0, 400, at)
	got := s.take([]string{"b", "a", "c"})
	if len(got) != 2 || got[0].Container != "b" || len(got[1].Samples) != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []float64{0, 0.5, 0} {
		if cpu := got[1].Samples[i].CPU; cpu != want {
			t.Errorf("sample %d has %v CPUs, want %v", i, cpu, want)
		}
	}
	for i := range 2 * maxSamples {
		s.add("a", 8, time.Second, int64(i), at.Add(time.Duration(i)*time.Minute))
	}
	if list := s.take([]string{"a"})[0].Samples; len(list) != maxSamples || list[maxSamples-1].Memory != 2*maxSamples-1 {
		t.Errorf("%d are kept, the last is %+v", len(list), list[len(list)-1])
	}
}
