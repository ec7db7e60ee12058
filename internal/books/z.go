package books

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// zKey begins the vault's key of each Z report; its number follows.
const zKey = "z/"

// Z is a Z report as it is kept. Stored is never written again: a reprint is these bytes.
type Z struct {
	Key    string          `json:"key"`    // hash of the key of the request that made it
	Stored json.RawMessage `json:"report"` // Report, as JSON

	Report Report `json:"-"`
	Fresh  bool   `json:"-"` // made by this process; a print of an older one may have been under way when gallad ended
}

// actDay is what is kept of a closing beside who did it.
type actDay struct {
	Day    string      `json:"day"`
	SHA256 string      `json:"sha256"` // of the report's stored bytes
	Net    money.Paise `json:"net_paise"`
}

func hashed(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// load reads the Z reports from the vault.
func (b *Books) load() error {
	keys, err := b.o.Vault.List(zKey)
	if err != nil {
		return fmt.Errorf("read the list of %q: %w", zKey, err)
	}
	for _, k := range keys {
		raw, found, err := b.o.Vault.Get(k)
		if err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		if !found {
			continue
		}
		var z Z
		if err := json.Unmarshal(raw, &z); err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		if err := json.Unmarshal(z.Stored, &z.Report); err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		b.z = append(b.z, z)
	}

	slices.SortFunc(b.z, func(a, c Z) int { return a.Report.Number - c.Report.Number })
	for i, z := range b.z {
		if z.Report.Number != i+1 {
			return fmt.Errorf("the Z reports go from number %d to %d: one is missing from the vault", i, z.Report.Number)
		}
	}
	if n := len(b.z); n > 0 {
		b.after = b.z[n-1].Report.Seq
	}
	b.upto = b.after
	return nil
}

// readOn takes in the events since the last look. The caller holds mu.
func (b *Books) readOn(ctx context.Context) error {
	for {
		events, err := b.o.Till.Events(ctx, b.upto, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			b.upto = e.Seq
			if e.SaleID == "" { // an operation: no money of a sale
				continue
			}
			if b.times[e.SaleID] == nil {
				b.times[e.SaleID] = map[int64]bool{}
			}
			b.times[e.SaleID][e.At.UnixNano()] = true
		}
	}
}

// report reckons what lies between the last Z and now. The caller holds mu.
func (b *Books) report(ctx context.Context) (Report, error) {
	if err := b.readOn(ctx); err != nil {
		return Report{}, err
	}
	t := newTally()
	for _, id := range slices.Sorted(maps.Keys(b.times)) {
		s, err := b.o.Till.Sale(ctx, id)
		if errors.Is(err, state.ErrNoSale) { // pruned before anyone closed its day: nothing is left to count
			delete(b.times, id)
			continue
		}
		if err != nil {
			return Report{}, err
		}
		t.add(s, func(at time.Time) bool { return !at.IsZero() && b.times[id][at.UnixNano()] })
	}
	for _, q := range []state.Query{{Open: true, Limit: 1000}, {Attention: true, Limit: 1000}} {
		sales, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return Report{}, err
		}
		for _, s := range sales {
			if q.Open {
				t.Pending.Count++
				t.Pending.Paise += s.Amount
				continue
			}
			for _, a := range s.Attention {
				t.Attention.Count++
				t.Attention.Paise += a.Amount
			}
		}
	}
	r := t.finish()
	r.After, r.Seq = b.after, b.upto
	return r, nil
}

// X is the report as it stands, for the person who asks.
func (b *Books) X(ctx context.Context, by string) (Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.report(ctx)
	r.Day, r.At, r.By = day.Business(b.o.Now(), b.o.Cut), b.o.Now().UTC(), by
	return r, err
}

// Close makes a Z report: numbered, once per business day, written before anyone sees it. The same key answers with the
// report it made. A day that is closed already is a *state.RefusedError.
func (b *Books) Close(ctx context.Context, key, by string) (Z, error) {
	at := b.o.Now()
	business := day.Business(at, b.o.Cut)
	b.mu.Lock()
	defer b.mu.Unlock()
	prev := ""
	if n := len(b.z); n > 0 {
		last := b.z[n-1]
		if last.Key == hashed([]byte(key)) {
			return last, nil
		}
		// Only the same day: one that was closed by a clock gone ahead must not keep every day until then from being closed.
		for _, z := range b.z {
			if z.Report.Day == business {
				return Z{}, &state.RefusedError{Why: fmt.Sprintf("business day %s is closed already, by Z report %d: the next Z is possible on the next day", business, z.Report.Number)}
			}
		}
		prev = hashed(last.Stored)
	}
	r, err := b.report(ctx)
	if err != nil {
		return Z{}, err
	}
	r.Kind, r.Number, r.Day, r.At, r.By, r.Previous = "Z", len(b.z)+1, business, at.UTC(), by, prev
	if b.o.Anchor != nil {
		if r.Anchor, err = b.o.Anchor(); err != nil {
			return Z{}, err
		}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return Z{}, err
	}
	z := Z{Key: hashed([]byte(key)), Stored: body, Report: r, Fresh: true}
	raw, err := json.Marshal(z)
	if err != nil {
		return Z{}, err
	}
	// Dying before the Z is in the vault leaves none, and the next one takes everything in; after it, it is there for good.
	// The chain then has its hash, as the report has the chain's: neither can be changed without the other.
	a := state.Act{Kind: state.ActDayClose, Target: fmt.Sprintf("Z%d", r.Number), Detail: actDay{Day: business, SHA256: hashed(body), Net: r.NetPaise}, By: by}
	if err := b.o.Record(a, func() error { return b.o.Vault.Put(fmt.Sprintf("%s%06d", zKey, r.Number), raw) }); err != nil {
		return Z{}, err
	}
	b.z, b.after, b.times = append(b.z, z), r.Seq, map[string]map[int64]bool{}
	return z, nil
}

// OfDay returns the Z report of a business day, nil if there is none.
func (b *Books) OfDay(business string) *Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, z := range slices.Backward(b.z) {
		if z.Report.Day == business {
			return &z.Report
		}
	}
	return nil
}

// List returns the Z reports, newest first.
func (b *Books) List() []Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Report{}
	for _, z := range slices.Backward(b.z) {
		out = append(out, z.Report)
	}
	return out
}

// Z returns the Z report of a number; false: there is none.
func (b *Books) Z(number int) (Z, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number < 1 || number > len(b.z) {
		return Z{}, false
	}
	return b.z[number-1], true
}

// Begun is when a report begins: the moment of its first event, or its own when it has none.
func (b *Books) Begun(ctx context.Context, r Report) (time.Time, error) {
	if r.Seq > r.After {
		events, err := b.o.Till.Events(ctx, r.After, 1)
		if err != nil {
			return time.Time{}, err
		}
		if len(events) > 0 && events[0].At.Before(r.At) { // a clock that was set back would turn the report around
			return events[0].At, nil
		}
	}
	return r.At, nil
}
