package pg_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"galla/internal/office"
	"galla/internal/office/joining"
	"galla/internal/office/joining/joiningtest"
	"galla/internal/office/pg/pgtest"
	"galla/internal/office/watch"
	"galla/internal/office/watch/watchtest"
	"galla/internal/segment"
	"galla/state/chain"
)

// TestJoining: who belongs to the office, as in memory.
func TestJoining(t *testing.T) {
	for seed := range uint64(2) {
		joiningtest.Contract(t, pgtest.Open(t).Joining(), seed)
	}
}

// office with one shop and two counters, and a terminal that is joined.
func newChain(t *testing.T, s *pgtest.Subject, key ed25519.PublicKey, at time.Time) (*joining.Joining, string) {
	t.Helper()
	j := joining.New(s.Joining(), rand.Reader, func() time.Time { return at })
	_, err := j.AddShop(t.Context(), joining.Shop{ID: "goa", Name: "Goa"})
	for _, label := range []string{"Till 1", "Till 2"} {
		if err == nil {
			_, err = j.AddCounter(t.Context(), "goa", label)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	id, err := join(t, j, key, segment.Place{})
	if err == nil {
		err = j.Confirm(t.Context(), id, "", "meena")
	}
	if err != nil {
		t.Fatal(err)
	}
	return j, id
}

func join(t *testing.T, j *joining.Joining, key ed25519.PublicKey, head segment.Place) (string, error) {
	code, _, err := j.NewCode(t.Context(), "goa/1", "meena")
	if err != nil {
		return "", err
	}
	is, _, err := j.Join(
		t.Context(),
		joining.Request{Code: code, Key: key, Head: head},
		netip.MustParseAddr("203.0.113.7"),
	)
	return is.ID, err
}

func seeded(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// TestHolds: a place of a chain is found by its hash, wherever in a segment it lies; a box that brings a past along is
// known by it. A terminal that waits or was revoked sends nothing.
func TestHolds(t *testing.T) {
	s := pgtest.Open(t)
	now := time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)
	key := seeded(1)
	j, id := newChain(t, s, key.Public().(ed25519.PublicKey), now)
	o := office.New(s, func() time.Time { return now })
	var places []chain.Place
	var prev []byte
	for n := range 10 {
		event := fmt.Appendf(nil, `{"seq":%d,"kind":"nothing","at":"2026-12-01T04:30:00Z"}`, n+1)
		h := chain.Hash(chain.Link(prev, event))
		places, prev = append(places, chain.Place{Hash: h, Event: event}), h[:]
	}
	sends := func(key ed25519.PrivateKey, after, last int) segment.Kind {
		t.Helper()
		st := chain.Stretch{After: uint64(after), Places: places[after:last], Root: after == 0}
		if after > 0 {
			st.Before = places[after-1].Hash
		}
		g, err := segment.New(key, st)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := o.Take(t.Context(), []office.Submission{{Terminal: g.Terminal, Raw: g.Bytes()}})
		if err != nil {
			t.Fatal(err)
		}
		return taken[0].Verdict
	}
	if a, b := sends(key, 0, 4), sends(key, 4, 10); a != segment.Append || b != segment.Append {
		t.Fatalf("%s %s", a, b)
	}

	err := s.Joining().View(t.Context(), func(tx joining.Tx) error {
		for seq := uint64(0); seq <= 11; seq++ {
			p := segment.Place{Seq: seq}
			if seq > 0 && seq <= 10 {
				p.Hash = places[seq-1].Hash
			}
			holds, err := tx.Holds(id, p)
			if err != nil || holds != (seq > 0 && seq <= 10) {
				t.Errorf("place %d is held: %v %v", seq, holds, err)
			}
			p.Hash[0]++
			if holds, err := tx.Holds(id, p); err != nil || holds {
				t.Errorf("another place %d is held: %v", seq, err)
			}
		}
		branch, head, found, err := tx.Newest(id)
		if branch != 0 || head != 10 || !found {
			t.Errorf("%d %d %v", branch, head, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	other := seeded(2)
	fresh, err := join(t, j, other.Public().(ed25519.PublicKey), segment.Place{Seq: 7, Hash: places[6].Hash})
	if err != nil {
		t.Fatal(err)
	}
	if v := sends(other, 0, 10); v != segment.Refused {
		t.Errorf("of one that waits: %s", v)
	}
	if err := j.Confirm(t.Context(), fresh, id, "meena"); err != nil {
		t.Fatal(err)
	}
	if a, b := sends(other, 0, 10), sends(key, 0, 10); a != segment.Append || b != segment.Refused {
		t.Errorf("of the new one %s, of the revoked one %s", a, b)
	}
	all, err := j.Assignments(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	for _, a := range all {
		if want := map[string]uint64{id: 1, fresh: 8}[a.Terminal]; a.From != want {
			t.Errorf("%+v, want from %d", a, want)
		}
	}

	c, found, err := s.Caller(t.Context(), id)
	if err != nil || !found || c.State != joining.Revoked || !bytes.Equal(c.Key, key.Public().(ed25519.PublicKey)) ||
		!c.Heard.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
	if _, found, err := s.Caller(t.Context(), "zzzzzzzzzzzzzzzz"); found || err != nil {
		t.Errorf("%v %v", found, err)
	}
}

// TestOneCode: of two boxes that use a code at the same moment one joins; nothing of a commit that failed is there.
func TestOneCode(t *testing.T) {
	s := pgtest.Open(t)
	j, _ := newChain(t, s, seeded(1).Public().(ed25519.PublicKey), time.Now())
	code, _, err := j.NewCode(t.Context(), "goa/2", "meena")
	if err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddr("203.0.113.7")
	var all sync.WaitGroup
	var mu sync.Mutex
	joined := 0
	for n := range byte(8) {
		all.Go(func() {
			r := joining.Request{Code: code, Key: seeded(10 + n).Public().(ed25519.PublicKey)}
			_, _, err := j.Join(t.Context(), r, from)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				joined++
			} else if !joining.Is(err, joining.CodeOver) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if joined != 1 {
		t.Errorf("%d boxes joined with one code", joined)
	}

	for _, applied := range []bool{false, true} {
		failed := false
		s.Fail(func() (bool, error) {
			if failed {
				return false, nil
			}
			failed = true
			return applied, errors.New("the line was cut")
		})
		_, err := j.AddCounter(t.Context(), "goa", fmt.Sprint("Till of ", applied))
		s.Fail(nil)
		if err == nil {
			t.Fatal("the commit did not fail")
		}
		counters, err := j.Counters(t.Context())
		if err != nil || len(counters) != map[bool]int{false: 2, true: 3}[applied] {
			t.Errorf("applied %v: %+v %v", applied, counters, err)
		}
	}
}

// TestWatch: heartbeats and findings, as in memory.
func TestWatch(t *testing.T) {
	for seed := range uint64(2) {
		s := pgtest.Open(t)
		watchtest.Contract(t, s.Watch(), seed, func(st watch.Standing) {
			err := s.Joining().Change(t.Context(), func(tx joining.Tx) error {
				is := joining.Terminal{
					ID:       st.Terminal,
					Key:      make([]byte, 32),
					State:    joining.Joined,
					AskedAt:  st.JoinedAt,
					JoinedAt: st.JoinedAt,
				}
				if st.Shop == "" {
					return tx.PutTerminal(is)
				}
				is.Counter = st.Shop + "/1"
				_, found, err := tx.Shop(st.Shop)
				if err == nil && !found {
					err = tx.PutShop(joining.Shop{ID: st.Shop, Name: st.Shop, Opens: st.Opens, Closes: st.Closes})
				}
				if err == nil && !found {
					err = tx.PutCounter(joining.Counter{ID: is.Counter, Shop: st.Shop, Label: "Till"})
				}
				if err == nil {
					err = tx.PutTerminal(is)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestTrade: from the first payment of a day to the last, of all terminals of the shop, without money that came late.
func TestTrade(t *testing.T) {
	s := pgtest.Open(t)
	at := time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)
	_, id := newChain(t, s, seeded(1).Public().(ed25519.PublicKey), at)
	for n, p := range []struct {
		day  string
		at   time.Time
		late bool
	}{
		{"2026-11-24", at.Add(time.Hour), false},
		{"2026-11-24", at.Add(5 * time.Hour), false},
		{"2026-11-24", at.Add(9 * time.Hour), true},
		{"2026-11-17", at.Add(2 * time.Hour), false},
		{"2026-11-16", at, false},
	} {
		err := s.Update(t.Context(), []string{id}, func(tx office.Tx) error {
			return tx.PutPayment(office.Payment{
				Gateway:    "enkash",
				ID:         fmt.Sprint("p", n),
				Terminal:   id,
				Sale:       fmt.Sprint("s", n),
				Day:        p.day,
				CapturedAt: p.at,
				Late:       p.late,
				Sum:        office.Sum{Payments: 1, Received: 100, Kept: 100},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Watch().Trade(t.Context(), "goa", []string{"2026-11-24", "2026-11-17", "2026-11-10"})
	if err != nil || len(got) != 2 ||
		got["2026-11-24"] != (watch.Span{First: at.Add(time.Hour), Last: at.Add(5 * time.Hour)}) ||
		got["2026-11-17"] != (watch.Span{First: at.Add(2 * time.Hour), Last: at.Add(2 * time.Hour)}) {
		t.Errorf("%+v %v", got, err)
	}
}
