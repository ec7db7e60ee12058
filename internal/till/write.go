package till

import (
	"context"
	"errors"
	"fmt"

	"galla/state"
)

// onceKey is an idempotency key with the caller it belongs to, and where to say that it was known.
type onceKey struct {
	owner, key string
	replayed   *bool
}

// write runs one request as a message, at most once for its key. of is the sale's id, empty when the request makes the
// sale. A replayed request is answered with the sale as it is now.
func (t *Till) write(ctx context.Context, key onceKey, of, print string, do func(*txn) error) (state.Sale, error) {
	var out state.Sale
	replayed := false
	err := t.send(ctx, func(u *txn) error {
		replayed = false
		saleID := of // a message may run twice, and makes another sale the second time
		earlier, err := u.answered(key, print)
		if err != nil {
			return err
		}
		if earlier != "" {
			replayed = true
			out, err = u.sale(earlier)
			return err
		}
		before := len(u.events)
		if err := do(u); err != nil && !errors.Is(err, state.ErrReplay) {
			return err
		}
		if saleID == "" && len(u.events) > before {
			saleID = u.events[before].SaleID
		}
		u.remember(key, print, saleID)
		out, err = u.sale(saleID)
		return err
	})
	if err != nil {
		return state.Sale{}, err
	}
	if key.replayed != nil {
		*key.replayed = replayed
	}
	return out, nil
}

// answered returns the id of what a request with this key made before, or nothing for a key that is new or empty.
func (u *txn) answered(key onceKey, print string) (id string, err error) {
	if len(key.key) > 128 {
		return "", &RequestError{Field: "Idempotency-Key",
			Why: fmt.Sprintf("an idempotency key of %d characters is too long: use at most 128", len(key.key))}
	}
	if key.key == "" {
		return "", nil
	}
	rec, found, err := u.key(key)
	if err != nil || !found {
		return "", err
	}
	if rec.Fingerprint != print {
		return "", ErrKeyReused
	}
	return rec.SaleID, nil
}

// remember notes a key with what its request made.
func (u *txn) remember(key onceKey, print, id string) {
	if key.key != "" {
		u.keys = append(u.keys, state.KeyRecord{Key: key.key, Owner: key.owner, Fingerprint: print,
			SaleID: id, At: u.t.o.Wall()})
	}
}

// key looks an idempotency key up in this turn and on disk. One from before keys had owners answers everybody.
func (u *txn) key(key onceKey) (state.KeyRecord, bool, error) {
	for _, k := range u.keys {
		if k.Key == key.key && (k.Owner == key.owner || k.Owner == "") {
			return k, true, nil
		}
	}
	return u.t.o.Store.Key(key.owner, key.key)
}
