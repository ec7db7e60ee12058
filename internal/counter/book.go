package counter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/till"
	"galla/state"
)

// book knows which moments of which sales lie after the last Z report. A fact of a sale (paid at, captured at, closed at)
// bears the time of the event that made it, so a fact is in the report when its sale has an event of that time after the
// last Z. Counting by events and not by the clock, nothing is counted twice or never, whatever the clock does.
type book struct {
	vault  Vault
	till   Till
	write  journal
	anchor func() (string, error) // nil: there is none

	mu    sync.Mutex
	z     []storedZ // all, oldest first
	after uint64    // last event of the last Z
	upto  uint64    // events read so far
	times map[string]map[int64]bool
}

// storedZ is a Z report as it is kept. Report is never written again: a reprint is these bytes.
type storedZ struct {
	Key    string          `json:"key"` // hash of the key of the request that made it
	Report json.RawMessage `json:"report"`
	parsed wire.Report
	here   bool // made by this process
}

func loadBook(v Vault, t Till, write journal, anchor func() (string, error)) (*book, error) {
	b := &book{vault: v, till: t, write: write, anchor: anchor, times: map[string]map[int64]bool{}}
	var bad error
	err := load(v, zKey, func(z *storedZ) {
		if err := json.Unmarshal(z.Report, &z.parsed); err != nil {
			bad = fmt.Errorf("read a Z report: %w", err)
		}
		b.z = append(b.z, *z)
	})
	if err == nil {
		err = bad
	}
	slices.SortFunc(b.z, func(a, c storedZ) int { return a.parsed.Number - c.parsed.Number })
	for i, z := range b.z {
		if z.parsed.Number != i+1 {
			return nil, fmt.Errorf("the Z reports go from number %d to %d: one is missing from the vault", i, z.parsed.Number)
		}
	}
	if n := len(b.z); n > 0 {
		b.after = b.z[n-1].parsed.Seq
	}
	b.upto = b.after
	return b, err
}

// readOn takes in the events since the last look. The caller holds mu.
func (b *book) readOn(ctx context.Context) error {
	for {
		events, err := b.till.Events(ctx, b.upto, 1000)
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
func (b *book) report(ctx context.Context) (wire.Report, error) {
	if err := b.readOn(ctx); err != nil {
		return wire.Report{}, err
	}
	t := newTally()
	for _, id := range slices.Sorted(maps.Keys(b.times)) {
		s, err := b.till.Sale(ctx, id)
		if errors.Is(err, till.ErrNoSale) { // pruned before anyone closed its day: nothing is left to count
			delete(b.times, id)
			continue
		}
		if err != nil {
			return wire.Report{}, err
		}
		t.add(s, func(at time.Time) bool { return !at.IsZero() && b.times[id][at.UnixNano()] })
	}
	for _, q := range []till.Query{{Open: true, Limit: 1000}, {Attention: true, Limit: 1000}} {
		sales, err := b.till.Sales(ctx, q)
		if err != nil {
			return wire.Report{}, err
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

// x is the report as it stands.
func (b *book) x(ctx context.Context) (wire.Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.report(ctx)
}

// close makes a Z report: numbered, once per business day, written before anyone sees it. The same key answers with the
// report it made.
func (b *book) close(ctx context.Context, key, day, by string, at time.Time) (storedZ, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	prev := ""
	if n := len(b.z); n > 0 {
		last := b.z[n-1]
		if last.Key == hashToken(key) {
			return last, nil
		}
		// Only the same day: one that was closed by a clock gone ahead must not keep every day until then from being closed.
		for _, z := range b.z {
			if z.parsed.Day == day {
				return storedZ{}, &state.RefusedError{Why: fmt.Sprintf("business day %s is closed already, by Z report %d: the next Z is possible on the next day", day, z.parsed.Number)}
			}
		}
		h := sha256.Sum256(last.Report)
		prev = hex.EncodeToString(h[:])
	}
	r, err := b.report(ctx)
	if err != nil {
		return storedZ{}, err
	}
	r.Kind, r.Number, r.Day, r.At, r.By, r.Previous = "Z", len(b.z)+1, day, at.UTC(), by, prev
	if b.anchor != nil {
		if r.Anchor, err = b.anchor(); err != nil {
			return storedZ{}, err
		}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return storedZ{}, err
	}
	z := storedZ{Key: hashToken(key), Report: body, parsed: r, here: true}
	// Dying before the Z is in the vault leaves none, and the next one takes everything in; after it, it is there for good.
	// The chain then has its hash, as the report has the chain's: neither can be changed without the other.
	sum := sha256.Sum256(body)
	a := state.Act{Kind: state.ActDayClose, Target: fmt.Sprintf("Z%d", r.Number), Detail: actDay{Day: day, SHA256: hex.EncodeToString(sum[:]), Net: r.NetPaise}, By: by}
	if err := b.write(a, func() error { return store(b.vault, fmt.Sprintf("%s%06d", zKey, r.Number), z) }); err != nil {
		return storedZ{}, err
	}
	b.z, b.after, b.times = append(b.z, z), r.Seq, map[string]map[int64]bool{}
	return z, nil
}

// ofDay returns the Z report of a business day, nil if there is none.
func (b *book) ofDay(day string) *wire.Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, z := range slices.Backward(b.z) {
		if z.parsed.Day == day {
			return &z.parsed
		}
	}
	return nil
}

// list returns the Z reports, newest first.
func (b *book) list() []wire.Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []wire.Report{}
	for _, z := range slices.Backward(b.z) {
		out = append(out, z.parsed)
	}
	return out
}

// stored returns the bytes of a Z report.
func (b *book) stored(number int) (json.RawMessage, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number < 1 || number > len(b.z) {
		return nil, false
	}
	return b.z[number-1].Report, true
}

// read returns a Z report's contents.
func (b *book) read(number int) (wire.Report, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number < 1 || number > len(b.z) {
		return wire.Report{}, false
	}
	return b.z[number-1].parsed, true
}
