package pg_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"galla/internal/office/alerts"
	"galla/internal/office/pg/pgtest"
	"galla/internal/office/watch"
)

// TestAlerts: each way is told each beginning and end once, the oldest first, from when it was switched on; what a
// message did not reach is told again; while one office tells, another does not.
func TestAlerts(t *testing.T) {
	s := pgtest.Open(t)
	at := time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)
	_, id := newChain(t, s, seeded(1).Public().(ed25519.PublicKey), at)
	store := s.Alerts()
	change := func(minute int, begin, end string) {
		t.Helper()
		var b, e []watch.Condition
		if begin != "" {
			b = []watch.Condition{{Terminal: id, Kind: begin, Values: map[string]string{"minute": fmt.Sprint(minute)}}}
		}
		if end != "" {
			e = []watch.Condition{{Terminal: id, Kind: end}}
		}
		if err := s.Watch().Change(t.Context(), b, e, at.Add(time.Duration(minute)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	tells := func(way string, keep time.Duration, want ...string) {
		t.Helper()
		now := at.Add(time.Hour)
		var got []string
		n, err := store.Tell(t.Context(), way, now.Add(-keep), now, func(_ context.Context, all []alerts.Alert) error {
			for _, a := range all {
				over := a.What == alerts.Ended
				if a.Shop != "Goa" || a.Counter != "Till 1" || a.ID == "" || over == a.Ended.IsZero() {
					t.Errorf("%+v", a)
				}
				got = append(got, fmt.Sprintf("%s %s %s", a.What, a.Kind, a.Values["minute"]))
			}
			return nil
		})
		if err != nil || n != len(want) || !slices.Equal(got, want) {
			t.Fatalf("%s is told %q, want %q: %v", way, got, want, err)
		}
	}

	change(0, "printer", "")
	for range 2 { // the second changes nothing
		if err := store.Begin(t.Context(), "mail", at.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	tells("mail", time.Hour)
	tells("webhook", time.Hour) // which is not switched on
	change(5, "silent", "printer")
	change(6, "clock", "silent")
	lost := errors.New("the line was cut")
	for range 2 {
		n, err := store.Tell(t.Context(), "mail", at, at, func(ctx context.Context, all []alerts.Alert) error {
			if n, err := store.Tell(ctx, "mail", at, at, func(context.Context, []alerts.Alert) error {
				t.Error("two tell one way at once")
				return nil
			}); n != 0 || err != nil {
				t.Errorf("%d %v", n, err)
			}
			return lost
		})
		if n != 0 || !errors.Is(err, lost) {
			t.Fatalf("%d %v", n, err)
		}
	}
	tells("mail", time.Hour, "began silent 5", "ended silent 5", "began clock 6")
	tells("mail", time.Hour)
	change(7, "clock", "") // it goes on, with other values
	tells("mail", time.Hour)
	change(20, "silent", "clock")
	if err := store.Begin(t.Context(), "webhook", at); err != nil {
		t.Fatal(err)
	}
	tells("mail", time.Hour, "ended clock 7", "began silent 20")
	tells("webhook", 45*time.Minute, "ended clock 7", "began silent 20") // the rest is too old
	for n := range 40 {
		change(21+n, "disk", "gateway")
		change(21+n, "gateway", "disk")
	}
	total := 0
	for range 5 {
		now := at.Add(24 * time.Hour)
		n, err := store.Tell(t.Context(), "mail", at, now, func(_ context.Context, all []alerts.Alert) error {
			if !slices.IsSortedFunc(all, func(a, b alerts.Alert) int { return a.At().Compare(b.At()) }) {
				t.Error("not in the order of time")
			}
			return nil
		})
		if err != nil || n > alerts.Most {
			t.Fatalf("%d %v", n, err)
		}
		total += n
	}
	if total != 40+40+40+39 {
		t.Errorf("%d were told", total)
	}

	// The commit behind a message fails: with nothing written down it is told again, with all of it not.
	for _, applied := range []bool{false, true} {
		change(100, "stopped", "")
		once := true
		s.Fail(func() (bool, error) {
			defer func() { once = false }()
			if once {
				return applied, lost
			}
			return false, nil
		})
		_, err := store.Tell(t.Context(), "mail", at, at, taken)
		s.Fail(nil)
		if err == nil {
			t.Fatal("the commit did not fail")
		}
		// The server may hold the way's row for a moment, until it sees that the connection is gone: who finds it
		// locked leaves it.
		again, want := 0, map[bool]int{false: 1, true: 0}[applied]
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			_, err := store.Tell(t.Context(), "mail", at, at, func(_ context.Context, all []alerts.Alert) error {
				again = len(all)
				return nil
			})
			if err != nil || again == want || time.Now().After(end) {
				break
			}
		}
		if again != want {
			t.Errorf("applied %v: %d are told again", applied, again)
		}
		change(101, "", "stopped")
		if _, err := store.Tell(t.Context(), "mail", at, at, taken); err != nil {
			t.Fatal(err)
		}
	}
}

func taken(context.Context, []alerts.Alert) error { return nil }
