package books

import (
	"errors"
	"testing"
	"time"
)

// TestZKeyIsItsOwners: the key of a closing belongs to its caller, to the day it named, and is a new key a day later.
// Software that counts its keys anew closes its day, and is not shown the Z of another day instead.
func TestZKeyIsItsOwners(t *testing.T) {
	b := newBench(t)
	close := func(owner, key, business string) (number int, replayed bool, err error) {
		t.Helper()
		all, err := b.Close(t.Context(), owner, key, "m", business)
		if err != nil {
			return 0, false, err
		}
		z := all[len(all)-1]
		return z.Report.Number, z.Replayed, nil
	}
	want := func(owner, key, business string, number int, replayed bool) {
		t.Helper()
		if n, again, err := close(owner, key, business); err != nil || n != number || again != replayed {
			t.Errorf("%s %s %q: Z%d, replayed %t, %v, want Z%d, %t",
				owner, key, business, n, again, err, number, replayed)
		}
	}

	b.at("2026-11-26 18:00:00")
	b.till.Pay(open(t, b.till, 100), 0)
	want("uid:1000", "z-1", "", 1, false)
	want("uid:1000", "z-1", "", 1, true)
	b.restart(t, b.till)
	want("uid:1000", "z-1", "", 1, true)

	var closed *ClosedError
	if n, _, err := close("device:d1", "z-1", ""); !errors.As(err, &closed) {
		t.Errorf("another caller's key of the same text: Z%d, %v", n, err)
	}
	if n, _, err := close("uid:1000", "z-1", "2026-11-25"); !errors.Is(err, ErrKeyReused) {
		t.Errorf("the key with another day: Z%d, %v", n, err)
	}

	b.at("2026-11-27 17:59:00")
	b.till.Pay(open(t, b.till, 200), 0)
	want("uid:1000", "z-1", "", 1, true)
	b.at("2026-11-27 18:01:00")
	want("uid:1000", "z-1", "", 2, false)
	want("uid:1000", "z-1", "", 2, true)
}

// TestZKeyBeforeOwners: a Z of before keys had owners answers every caller's repeat for a day.
func TestZKeyBeforeOwners(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-26 18:00:00")
	b.till.Pay(open(t, b.till, 100), 0)
	b.z(t, "new", "")
	b.zs[0].Key = hashed([]byte("old"))

	all, err := b.Close(t.Context(), "uid:1000", "old", "m", "2026-11-26")
	if err != nil || len(all) != 1 || !all[0].Replayed {
		t.Errorf("%d Z reports, %v", len(all), err)
	}

	now := b.clock().Add(keysLive)
	b.clock = func() time.Time { return now }
	b.till.Now = b.clock
	b.till.Pay(open(t, b.till, 200), 0)
	if all, err := b.Close(t.Context(), "uid:1000", "old", "m", ""); err != nil || len(all) != 1 || all[0].Replayed {
		t.Errorf("a day later: %d Z reports, %v", len(all), err)
	}
}
