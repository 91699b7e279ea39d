package notify

import (
	"testing"
	"testing/synctest"
	"time"
)

// A process that talks without a pause is heard, but not at once each time: nile has others
// to look after.
func TestWhoSaysTooMuchHasToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Source{}
		const times = 10 * wakesASecond
		start := time.Now()
		for i := range times {
			s.rest()
			if i == wakesASecond-1 && time.Since(start) > 0 {
				t.Errorf("it waits %v with nothing too much", time.Since(start))
			}
		}
		if took := time.Since(start); took < (times/(2*wakesASecond)-1)*time.Second {
			t.Errorf("%d times take %v", times, took)
		}
	})
}
