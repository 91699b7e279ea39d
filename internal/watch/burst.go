package watch

import "time"

// burst is a time in which a target stirs again and again. The zero value is quiet.
type burst struct{ first, last time.Time }

func (b *burst) stirring() bool { return !b.last.IsZero() }

// stir says that something has happened.
func (b *burst) stir(now time.Time) {
	if !b.stirring() {
		b.first = now
	}
	b.last = now
}

// due is when the target is to be compared: when it has been quiet for long enough, or has
// not become so for too long.
func (b *burst) due(debounce time.Duration) time.Time {
	quiet := b.last.Add(debounce)
	if limit := b.limit(debounce); limit.Before(quiet) {
		return limit
	}
	return quiet
}

// limit is when a target that does not get quiet is compared all the same.
func (b *burst) limit(debounce time.Duration) time.Time { return b.first.Add(Patience * debounce) }
