package books

import (
	"errors"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/day"
	"galla/internal/money"
)

// TestCutIsChanged: the hour at which days begin is changed while days are open. A fact keeps the day under which it
// was written, no Z takes in what another has, and the day under way goes on.
func TestCutIsChanged(t *testing.T) {
	for name, c := range map[string]struct {
		was, is time.Duration
		steps   []string // "AT pay AMOUNT", "AT set", "AT z WHAT"
	}{
		"later, at noon": {was: 0, is: 4 * time.Hour, steps: []string{
			"2026-11-28 01:00:00 pay 100", "2026-11-28 12:00:00 set", "2026-11-29 01:00:00 pay 20",
			"2026-11-29 05:00:00 pay 3", "2026-11-29 21:00:00 z Z1 28 120, Z2 29 3"}},
		"later, in the night": {was: 0, is: 4 * time.Hour, steps: []string{
			"2026-11-28 21:00:00 pay 100", "2026-11-29 01:00:00 pay 20", "2026-11-29 02:00:00 set",
			"2026-11-29 03:00:00 pay 3", "2026-11-29 21:00:00 z Z1 28 100, Z2 29 23"}},
		"earlier, in the night": {was: 4 * time.Hour, is: 0, steps: []string{
			"2026-11-28 21:00:00 pay 100", "2026-11-29 01:00:00 pay 20", "2026-11-29 02:00:00 set",
			"2026-11-29 03:00:00 pay 3", "2026-11-29 21:00:00 z Z1 28 120, Z2 29 3"}},
		"after a Z of the day": {was: 0, is: 4 * time.Hour, steps: []string{
			"2026-11-28 20:00:00 pay 100", "2026-11-28 21:00:00 z Z1 28 100", "2026-11-28 22:00:00 set",
			"2026-11-28 23:00:00 pay 5", "2026-11-29 01:00:00 pay 20",
			"2026-11-29 05:00:00 pay 3", "2026-11-29 21:00:00 z Z2 29 3 of 28 25"}},
	} {
		for _, restarts := range []bool{false, true} {
			b := newBench(t)
			b.cut = c.was
			b.restart(t, b.till)
			for i, step := range c.steps {
				at, rest := step[:19], step[20:]
				b.at(at)
				switch {
				case rest == "set":
					b.cut = c.is
					b.restart(t, b.till)
				case rest[:2] == "z ":
					if got := b.z(t, at, ""); got != rest[2:] {
						t.Errorf("%s, restarts %v, step %d: %s, want %s", name, restarts, i, got, rest[2:])
					}
				default:
					amount := 0
					for _, r := range rest[len("pay "):] {
						amount = amount*10 + int(r-'0')
					}
					b.till.Pay(open(t, b.till, money.Paise(amount)), 0)
				}
				if restarts {
					b.restart(t, b.till)
				}
			}
		}
	}
}

// fullSettings takes nothing while it is full.
type fullSettings struct {
	Settings
	full bool
}

func (v *fullSettings) Put(key string, value []byte) error {
	if v.full {
		return errors.New("no space left")
	}
	return v.Settings.Put(key, value)
}

// TestCutOnAFullDisk: the books open on a disk that takes nothing, and no Z is made before the setting is on it.
func TestCutOnAFullDisk(t *testing.T) {
	b := newBench(t)
	b.till.Pay(open(t, b.till, 500), 0)
	v := &fullSettings{Settings: countertest.NewSettings(), full: true}
	o := b.Books.o
	o.Settings, o.Cut = v, 4*time.Hour
	var err error
	if b.Books, err = New(o); err != nil {
		t.Fatal(err)
	}
	if r := b.x(t); r.UPI.Paise != 500 {
		t.Errorf("%+v", r)
	}
	if _, err := b.Close(t.Context(), "", "k", "m", ""); err == nil {
		t.Error("a Z was made")
	}
	v.full = false
	if _, err := b.Close(t.Context(), "", "k", "m", ""); err != nil {
		t.Error(err)
	}
	if _, found, err := v.Get(cutKey); err != nil || !found {
		t.Errorf("the setting is not kept: %v", err)
	}
}

// TestCuts: a day has one stretch of time, and each moment of it says that day; no day comes back.
func TestCuts(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation(time.DateTime, text, day.IST)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, c := range []cuts{
		{{Cut: 0}},
		{{Cut: 0}, {at("2026-11-28 12:00:00"), 4 * time.Hour}},
		{{Cut: 0}, {at("2026-11-28 02:00:00"), 4 * time.Hour}},
		{{Cut: 4 * time.Hour}, {at("2026-11-28 02:00:00"), 0}},
		{{Cut: 0}, {at("2026-11-28 02:00:00"), 4 * time.Hour}, {at("2026-11-28 03:00:00"), 0},
			{at("2026-11-29 02:00:00"), 6 * time.Hour}},
		{{Cut: 4 * time.Hour}, {at("2026-11-28 02:00:00"), 0}, {at("2026-11-28 02:00:00"), 5 * time.Hour}},
	} {
		last := ""
		for moment := at("2026-11-26 12:00:00"); moment.Before(at("2026-12-01 12:00:00")); moment = moment.Add(
			10 * time.Minute,
		) {
			d := c.business(moment)
			if d < last {
				t.Fatalf("%v: after %s comes %s", c, last, d)
			}
			last = d
			if from, to, err := c.bounds(d); err != nil || moment.Before(from) || !moment.Before(to) {
				t.Fatalf("%v: %v is of %s, which goes from %v to %v, %v", c, moment, d, from, to, err)
			}
		}
	}
	if _, _, err := (cuts{{}}).bounds("2026-02-30"); err == nil {
		t.Error("30 February is a day")
	}
}
