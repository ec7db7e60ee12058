package watchtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/office/watch"
	"galla/internal/segment"
	"galla/state/chain"
)

// Contract holds a store against Memory: whatever is written, in whatever order, both have the same. join makes a
// terminal in it that is joined, as Standing says.
func Contract(t *testing.T, store watch.Store, seed uint64, join func(watch.Standing)) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 25))
	m := NewMemory()
	ctx := t.Context()
	now := time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)
	var ids []string
	for n := range 4 {
		s := watch.Standing{Terminal: strings.Repeat(string(rune('a'+n)), 16), JoinedAt: now}
		if n > 0 {
			s.Shop = fmt.Sprint("shop-", n%2)
		}
		if s.Shop == "shop-1" {
			s.Opens, s.Closes = "09:00", "22:00"
		}
		m.Join(s)
		join(s)
		ids = append(ids, s.Terminal)
	}
	place := func() segment.Place {
		n := r.Uint64N(3)
		return segment.Place{Seq: n, Hash: chain.Hash{byte(n)}}
	}
	same := func(step string, a, b any) {
		t.Helper()
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%s: memory has\n%+v, the store\n%+v", step, a, b)
		}
	}
	ok := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}

	kept := 0
	for n := range 200 {
		now = now.Add(time.Duration(r.IntN(60)) * time.Second)
		id := ids[r.IntN(len(ids))]
		b := watch.Beat{
			Terminal: id,
			Signed:   now.Add(-time.Duration(r.IntN(90)) * time.Second),
			Received: now,
			Head:     place(),
			Ours:     place(),
			Skew:     time.Duration(r.IntN(10_000)-5000) * time.Millisecond,
			Said:     watch.Said{Version: "1.0", Gateways: []string{`a\0"b`}, Attention: r.IntN(3)},
		}
		if r.IntN(2) == 0 {
			b.Health = json.RawMessage(`{"version": "1.0",  "x":"\u0000"}`)
		}
		if b.Head != b.Ours {
			b.Behind = now
		}
		k1, err1 := m.PutBeat(ctx, b)
		k2, err2 := store.PutBeat(ctx, b)
		ok(err1, err2)
		same(fmt.Sprint("step ", n, " keeps"), k1, k2)
		if k1 {
			kept++
		}
		was1, found1, err1 := m.Beat(ctx, id)
		was2, found2, err2 := store.Beat(ctx, id)
		ok(err1, err2)
		same(fmt.Sprint("step ", n, " finds"), found1, found2)
		same(fmt.Sprint("step ", n, " has"), was1, was2)
		s1, err1 := m.Standings(ctx)
		s2, err2 := store.Standings(ctx)
		ok(err1, err2)
		same(fmt.Sprint("step ", n, " stands"), s1, s2)

		var begin, end []watch.Condition
		for _, kind := range watch.Kinds {
			c := watch.Condition{Terminal: id, Kind: kind, Values: map[string]string{"n": fmt.Sprint(n, `\"`)}}
			switch r.IntN(4) {
			case 0:
				begin = append(begin, c)
			case 1:
				end = append(end, c)
			}
		}
		ok(m.Change(ctx, begin, end, now), store.Change(ctx, begin, end, now))
		o1, err1 := m.Open(ctx)
		o2, err2 := store.Open(ctx)
		ok(err1, err2)
		for _, o := range [][]watch.Condition{o1, o2} {
			slices.SortFunc(o, func(a, b watch.Condition) int {
				return strings.Compare(a.Terminal+a.Kind, b.Terminal+b.Kind)
			})
		}
		same(fmt.Sprint("step ", n, " is open"), o1, o2)
	}
	if kept < 50 || kept > 190 {
		t.Errorf("%d of 200 heartbeats were kept", kept)
	}
	if _, found, err := store.Beat(ctx, "zzzzzzzzzzzzzzzz"); found || err != nil {
		t.Errorf("%v %v", found, err)
	}
}
