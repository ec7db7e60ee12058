package books

import (
	"encoding/json"
	"fmt"
	"time"

	"galla/internal/day"
)

// cutKey is the settings' key of the hours at which business days began, as they were set.
const cutKey = "books/cuts"

// cutFrom is a setting of the hour at which a business day begins, and the moment of the start that found it.
type cutFrom struct {
	From time.Time     `json:"from"` // zero of the first
	Cut  time.Duration `json:"cut"`  // after midnight IST, in ns
}

// cuts are all the settings there were, oldest first. A fact keeps the business day under which it was written,
// whatever is set later; the day under way at a change goes on, by its new end, and no day comes back.
type cuts []cutFrom

// loadCuts reads the settings, and notes the present one where it is another. Dying before it is in the settings leaves
// the change to the next start; so does a disk that takes nothing now, but no Z is made before it is there.
func (b *Books) loadCuts() error {
	raw, found, err := b.o.Settings.Get(cutKey)
	if err == nil && found {
		err = json.Unmarshal(raw, &b.cuts)
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", cutKey, err)
	}

	now := cutFrom{Cut: b.o.Cut}
	if n := len(b.cuts); n > 0 {
		if b.cuts[n-1].Cut == b.o.Cut {
			return nil
		}
		now.From = b.o.Now().UTC()
		if now.From.Before(b.cuts[n-1].From) { // a clock that was set back: the last setting counts from its moment on
			now.From = b.cuts[n-1].From
		}
	}
	b.cuts, b.cutsNew = append(b.cuts, now), true
	b.saveCuts() // or with the next Z
	return nil
}

// saveCuts writes the settings down where they are not yet.
func (b *Books) saveCuts() error {
	if !b.cutsNew {
		return nil
	}
	raw, err := json.Marshal(b.cuts)
	if err == nil {
		err = b.o.Settings.Put(cutKey, raw)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", cutKey, err)
	}
	b.cutsNew = false
	return nil
}

// business is the business day of a moment, by the setting of that moment.
func (c cuts) business(at time.Time) string {
	i := len(c) - 1
	for i > 0 && at.Before(c[i].From) {
		i--
	}
	d := day.Business(at, c[i].Cut)
	if i > 0 {
		d = max(d, c[:i].business(c[i].From))
	}
	return d
}

// bounds is when a business day begins and ends. Its error quotes a day that is none.
func (c cuts) bounds(business string) (from, to time.Time, err error) {
	if from, to, err = dayBounds(business, c[len(c)-1].Cut); err != nil {
		return from, to, err
	}
	first := true
	for i, s := range c {
		lo, hi, _ := dayBounds(business, s.Cut)
		if i > 0 {
			switch under := c[:i].business(s.From); {
			case under > business:
				continue
			case under == business || lo.Before(s.From):
				lo = s.From
			}
		}
		if i+1 < len(c) && hi.After(c[i+1].From) {
			hi = c[i+1].From
		}
		if !lo.Before(hi) {
			continue
		}
		if first {
			from, first = lo, false
		}
		to = hi
	}
	return from, to, nil
}
