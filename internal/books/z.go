package books

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"galla/internal/money"
)

// zKey begins the vault's key of each Z report; its number follows.
const zKey = "z/"

// Z is a Z report as it is kept. Stored is never written again: a reprint is these bytes.
type Z struct {
	Key    string          `json:"key"`            // hash of the key of the request that made it
	More   bool            `json:"more,omitempty"` // the same act goes on to close later days
	Stored json.RawMessage `json:"report"`         // Report, as JSON

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
	return nil
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
	if !r.From.IsZero() {
		return r.From, nil
	}
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
