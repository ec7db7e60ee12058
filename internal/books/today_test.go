package books

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/money"
	"galla/state"
)

// longTill is the history of a shop that never closed a day, on a slow machine: few events a time, and each time lasts.
type longTill struct{ Till }

func (l *longTill) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	if limit > 1 {
		time.Sleep(300 * time.Millisecond)
	}
	return l.Till.Events(ctx, since, min(limit, 5))
}

// TestBooks_1Behind: an X that is asked while the events since the last Z are still added up, as after an update,
// answers within five seconds with today, to the paisa, and says how far the days before are. When they are done it
// says them too.
func TestBooks_1Behind(t *testing.T) {
	b := newBench(t)
	for d := range 40 {
		b.at(time.Date(2026, 10, 1+d, 12, 0, 0, 0, time.UTC).Format(time.DateTime))
		for i := range 3 {
			b.till.Pay(open(t, b.till, money.Paise(100*d+i+1)), 0)
		}
	}
	today := func(t *testing.T, of *Books) Report {
		t.Helper()
		r, err := of.X(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		r.At, r.After, r.OpenDays, r.OtherDays, r.Summing = time.Time{}, 0, nil, nil, nil
		return r
	}
	events := func() *Books { // all of them, at once
		b.restart(t, b.till)
		return b.Books
	}
	if want := today(t, events()); want.Day != "2026-11-09" || want.Paid.Count != 3 || want.From.IsZero() {
		t.Fatalf("%+v", want)
	}

	synctest.Test(t, func(t *testing.T) {
		b.restart(t, &longTill{b.till})
		behind := b.Books
		warmed := make(chan struct{})
		go func() { behind.Warm(t.Context()); close(warmed) }()

		told := uint64(0)
		for i := range 3 {
			begin := time.Now()
			r, err := behind.X(t.Context(), "test")
			if took := time.Since(begin); err != nil || took >= 5*time.Second {
				t.Fatalf("X %d took %v: %v", i, took, err)
			}
			if r.Summing == nil || r.Summing.Upto <= told || r.Summing.Upto >= r.Summing.Seq ||
				len(r.OpenDays)+len(r.OtherDays) > 0 {
				t.Fatalf("X %d says %+v of the days before: %v, %v", i, r.Summing, r.OpenDays, r.OtherDays)
			}
			told = r.Summing.Upto
			if got, want := today(t, behind), today(t, events()); !reflect.DeepEqual(got, want) {
				t.Errorf("X %d says\n%+v\nwant\n%+v", i, got, want)
			}
			b.till.Pay(open(t, b.till, 7), 0) // trade goes on
		}

		<-warmed
		b.Books = behind
		if r := b.x(t); r.Summing != nil || len(r.OpenDays) != 39 || r.OpenDays[38].UPI != (Line{3, 11406}) ||
			r.Paid.Count != 6 {
			t.Errorf("%+v", r)
		}
	})
}
