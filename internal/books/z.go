package books

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state"
)

// zKey begins the settings' key of each Z report; its number follows.
const zKey = "z/"

// Z is a Z report as it is kept. Stored is never written again: a reprint is these bytes.
type Z struct {
	// hash of the key of the request that made it, and of whose key it is
	Key   string `json:"key"`
	Asked string `json:"asked,omitempty"` // the day that request named
	More  bool   `json:"more,omitempty"`  // the same act goes on to close later days
	// salvage found nothing of it but its number and what its act says: no call answers with it
	Lost   bool   `json:"lost,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of one that is Lost: of the bytes that were stored, by its act
	// Report, as JSON; of one that is Lost what its act says, or nothing
	Stored json.RawMessage `json:"report"`

	Report Report `json:"-"`
	// made by this process; a print of an older one may have been under way when gallad ended
	Fresh    bool `json:"-"`
	Replayed bool `json:"-"` // it was there before Close was asked, and answers a repeat of the request that made it
}

// actDay is what is kept of a closing beside who did it: where the Z is lost, the next one counts on from it.
type actDay struct {
	Day    string      `json:"day"`
	SHA256 string      `json:"sha256"` // of the report's stored bytes
	Net    money.Paise `json:"net_paise"`
	Seq    uint64      `json:"seq"`
	Left   *Span       `json:"left,omitempty"`
}

// sum is the hash of a Z's stored bytes; "" of one that is lost with its act.
func (z *Z) sum() string {
	if z.Lost {
		return z.SHA256
	}
	return hashed(z.Stored)
}

func hashed(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fetch reads the Z reports' bytes from the settings, which proves them, and holds their numbers against each other.
// What they say is read when it is first needed: five years of them take longer than a start may.
func (b *Books) fetch() error {
	keys, err := b.o.Settings.List(zKey)
	if err != nil {
		return fmt.Errorf("read the list of %q: %w", zKey, err)
	}
	slices.Sort(keys)
	for i, k := range keys {
		if want := fmt.Sprintf("%s%06d", zKey, i+1); k != want {
			return fmt.Errorf("the Z reports go from number %d to %s: one is missing from the sales file",
				i, strings.TrimLeft(k[len(zKey):], "0"))
		}
		raw, found, err := b.o.Settings.Get(k)
		if err == nil && !found {
			err = errors.New("it is not there")
		}
		if err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		b.fetched = append(b.fetched, raw)
	}
	return nil
}

// load reads what the fetched Z reports say; the caller holds mu. An error stays, and X and Close answer it.
func (b *Books) load() []Z {
	for i, raw := range b.fetched {
		var z Z
		err := json.Unmarshal(raw, &z)
		if err == nil && z.Lost && len(z.Stored) == 0 &&
			i < len(b.fetched)-1 { // of the newest the next one needs more than its number
			b.zs = append(b.zs, Z{Lost: true, Report: Report{Kind: "Z", Number: i + 1}})
			continue
		}
		if err == nil {
			err = json.Unmarshal(z.Stored, &z.Report)
		}
		if err == nil && z.Report.Number != i+1 {
			err = fmt.Errorf("it says that it is number %d", z.Report.Number)
		}
		if err != nil {
			b.unread = fmt.Errorf("read Z report %d: %w", i+1, err)
			break
		}
		b.zs = append(b.zs, z)
	}
	b.fetched = nil
	return b.zs
}

// OfDay returns the Z report of a business day, nil if there is none.
func (b *Books) OfDay(business string) *Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, z := range slices.Backward(b.load()) {
		if z.Report.Day == business && !z.Lost {
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
	for _, z := range slices.Backward(b.load()) {
		if !z.Lost {
			out = append(out, z.Report)
		}
	}
	return out
}

// Z returns the Z report of a number; false: there is none, or it is Lost.
func (b *Books) Z(number int) (Z, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number < 1 || number > len(b.load()) {
		return Z{}, false
	}
	z := b.zs[number-1]
	return z, !z.Lost
}

// Stored is the stored bytes of the Z report whose day an operation closed, as the operation's hash of them says;
// false: there is none, or it is Lost.
func (b *Books) Stored(o state.Operation) ([]byte, bool) {
	var act actDay
	if o.Gateway != state.Box || o.Kind != state.ActDayClose || json.Unmarshal(o.Request, &act) != nil {
		return nil, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, z := range slices.Backward(b.load()) {
		if !z.Lost && z.Report.Day == act.Day && z.sum() == act.SHA256 {
			return z.Stored, true
		}
	}
	return nil, false
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
