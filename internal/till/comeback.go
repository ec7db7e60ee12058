package till

import "time"

// backAfter is how long the screen shows how the newest sale ended before an older one that still waits comes back.
const backAfter = 3 * time.Second

// backAt is when that is; zero: no sale has just ended.
func (t *Till) backAt() time.Time {
	if t.screen.resultUntil.IsZero() {
		return time.Time{}
	}
	return t.screen.resultUntil.Add(backAfter - resultTime)
}

// comeBack puts the newest of the older sales that still wait on the screen, when the one there has ended, nobody
// opened another for backAfter, and nobody types: its customer may stand there with the phone in the hand. A sale that
// was never on the screen is somebody else's.
func (t *Till) comeBack(now time.Time) (came bool) {
	if t.screen.entry != "" || len(t.screen.notes) > 0 || now.Before(t.backAt()) {
		return false
	}
	if x := t.sales[t.screen.sale]; x != nil && !x.sale.Phase.Final() {
		return false
	}

	older := ""
	for id, x := range t.sales {
		s := &x.sale
		if !s.Phase.Final() && !s.ShownAt.IsZero() && s.Closing == nil && id > older {
			older = id
		}
	}
	if older == "" {
		return false
	}
	t.screen.sale, t.screen.resultUntil, t.screen.result = older, time.Time{}, nil
	return true
}
