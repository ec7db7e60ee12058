package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzApply throws lines of JSON at one sale: Apply never panics, never changes what it was given, and the account
// balances after every event, whatever the event says.
func FuzzApply(f *testing.F) {
	for seed := range uint64(12) {
		h := newShop(seed, map[string]int{})
		if err := h.run(6); err != nil {
			f.Fatal(err)
		}
		var lines bytes.Buffer
		for _, e := range h.events {
			raw, err := json.Marshal(e)
			if err != nil {
				f.Fatal(err)
			}
			lines.Write(append(raw, '\n'))
		}
		f.Add(lines.Bytes())
	}
	old, _ := history(3, 12)
	f.Add(
		append(
			bytes.Join(old, []byte("\n")),
			[]byte("\n{\"seq\":90,\"sale_id\":\"s1\",\"kind\":\"sale.rules\",\"rules\":2}")...),
	)

	f.Fuzz(func(t *testing.T, data []byte) {
		var events []Event
		for line := range bytes.Lines(data) {
			var e Event
			if json.Unmarshal(line, &e) == nil {
				events = append(events, e)
			}
		}
		fold(t, events)
	})
}

// fold applies what events state accepts, and checks every row.
func fold(t *testing.T, events []Event) (accepted int) {
	var s Sale
	moments := map[string]time.Time{}
	upgraded := false
	for _, e := range events {
		before := row(s)
		n, effects, err := Apply(s, e)
		if row(s) != before {
			t.Fatalf("%+v changed the sale it was given", e)
		}
		if err != nil {
			if strings.Contains(err.Error(), "a bug") || len(effects) > 0 {
				t.Fatalf("%+v: %v", e, err)
			}
			continue
		}
		accepted++
		if _, _, err := Apply(n, e); !errors.Is(err, ErrReplay) && e.Seq != 0 {
			t.Fatalf("%+v twice: %v", e, err)
		}
		upgraded = upgraded || e.Kind == EventRules
		switch {
		case n.Rules < 2:
			if _, u, err := Upgrade(n, n.Seq+1, t0); err != nil {
				t.Fatalf("can't be upgraded: %v", err)
			} else if err := auditUpgraded(&n, &u); err != nil && sane(&n) {
				t.Fatalf("upgraded: %v\n%s", err, row(u))
			}
		case upgraded:
			if err := auditUpgraded(&s, &n); err != nil && sane(&n) {
				t.Fatalf("%v after %+v\n%s", err, e, row(n))
			}
		default:
			if err := audit(&s, &n, moments); err != nil {
				t.Fatalf("%v after %+v\n%s", err, e, row(n))
			}
		}
		s = n
	}
	return accepted
}

// TestSpoiltEvents folds the events of true sales with some left out, put elsewhere, said twice, or changed in one
// field to a value at the edge.
func TestSpoiltEvents(t *testing.T) {
	accepted := 0
	for seed := range uint64(many(1200)) {
		r := rand.New(rand.NewPCG(seed, 41))
		var events []Event
		if seed%4 == 0 {
			lines, _ := history(seed, 50)
			for _, l := range lines {
				var e Event
				if json.Unmarshal(l, &e) == nil && e.Kind != "" {
					events = append(events, e)
				}
			}
			at := 5 + r.IntN(len(events)-5)
			events = slices.Insert(events, at, Event{Seq: events[at-1].Seq, SaleID: "s1", Kind: EventRules, Rules: 2})
			for i := range events[at:] {
				events[at+i].Seq++
			}
		} else {
			h := newShop(seed, map[string]int{})
			if err := h.run(30); err != nil {
				t.Fatal(err)
			}
			events = h.events
		}
		for range 6 {
			i := 1 + r.IntN(len(events)-1)
			switch r.IntN(6) {
			case 0:
				events = slices.Delete(events, i, i+1)
			case 1:
				j := 1 + r.IntN(len(events)-1)
				events[i], events[j] = events[j], events[i]
			case 2:
				events = slices.Insert(events, i, events[r.IntN(len(events))])
			default:
				events[i] = spoil(r, events[i])
			}
		}
		for i := range events { // their numbers rise, or nearly all would be replays
			events[i].Seq = uint64(i + 1)
		}
		accepted += fold(t, events)
	}
	if accepted < many(10_000) {
		t.Errorf("only %d events were accepted", accepted)
	}
}

// spoil changes one value of an event's JSON.
func spoil(r *rand.Rand, e Event) Event {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	numbers := []string{
		"0",
		"-1",
		"1",
		"9223372036854775807",
		"-9223372036854775808",
		"999999999999",
		"50001",
		"1000000000000",
	}
	words := []string{
		"",
		"p1",
		"p2",
		"captured",
		"refunded",
		"processed",
		"failed",
		"unknown",
		"short",
		"money:p1",
		"enough",
		"accept",
		"keep",
		"they_sent",
		"closed",
		"A1",
	}
	spots := spot.FindAllSubmatchIndex(raw, -1)
	if len(spots) == 0 {
		return e
	}
	m := spots[r.IntN(len(spots))]
	value := numbers[r.IntN(len(numbers))]
	if raw[m[2]] == '"' {
		value = `"` + words[r.IntN(len(words))] + `"`
	}
	changed := slices.Concat(raw[:m[2]], []byte(value), raw[m[3]:])
	var out Event
	if json.Unmarshal(changed, &out) != nil {
		return e
	}
	return out
}

var spot = regexp.MustCompile(`":("[a-z_0-9A-Z:]*"|-?[0-9]+)`)

// sane reports whether a row of rules 1, which bounded no amount, holds none that no gateway's client lets through.
func sane(s *Sale) bool {
	return !slices.ContainsFunc(s.Payments, func(p Payment) bool {
		return p.Amount <= 0 || p.Amount > 1e12 || p.Refunded < 0 || strings.Contains(p.Gateway, "/")
	})
}
