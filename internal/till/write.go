package till

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"galla/state"
)

// fingerprint is a hash of what a request asks, to tell a repeat from another request under the same key.
func fingerprint(parts ...any) string {
	raw, err := json.Marshal(parts)
	if err != nil {
		return "" // parts are strings and numbers
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// write runs one request as a message, at most once for its key. of is the sale's id, empty when the request makes the sale.
// A replayed request is answered with the sale as it is now.
func (t *Till) write(ctx context.Context, key, of, print string, do func(*turn) error) (state.Sale, error) {
	var out state.Sale
	err := t.send(ctx, func(u *turn) error {
		saleID := of // a message may run twice, and makes another sale the second time
		if len(key) > 128 {
			return &RequestError{Field: "Idempotency-Key", Why: fmt.Sprintf("an idempotency key of %d characters is too long: use at most 128", len(key))}
		}
		if key != "" {
			rec, found, err := u.key(key)
			if err != nil {
				return err
			}
			if found {
				if rec.Fingerprint != print {
					return ErrKeyReused
				}
				out, err = u.sale(rec.SaleID)
				return err
			}
		}
		before := len(u.events)
		if err := do(u); err != nil && !errors.Is(err, state.ErrReplay) {
			return err
		}
		if saleID == "" && len(u.events) > before {
			saleID = u.events[before].SaleID
		}
		if key != "" {
			u.keys = append(u.keys, state.KeyRecord{Key: key, Fingerprint: print, SaleID: saleID, At: t.o.Wall()})
		}
		var err error
		out, err = u.sale(saleID)
		return err
	})
	if err != nil {
		return state.Sale{}, err
	}
	return out, nil
}

// key looks an idempotency key up in this turn and on disk.
func (u *turn) key(key string) (state.KeyRecord, bool, error) {
	for _, k := range u.keys {
		if k.Key == key {
			return k, true, nil
		}
	}
	return u.t.o.Store.Key("", key)
}
