package till

import (
	"time"

	"galla/internal/till/terms"
)

// hintEvery is how often hints may make one sale be looked at: anybody who knows the address may send them.
const hintEvery = 2 * time.Second

// Hint says that something may have happened at a gateway to one of its ids: an order, a transaction, a payment, or our
// own reference. It makes the sale be looked at now instead of at the next poll, and is never evidence of anything. It
// doesn't block, and a hint that finds the till busy is dropped: the poll finds what it was about.
func (t *Till) Hint(gateway string, ids ...string) {
	select {
	case t.inbox <- message{do: func(u *txn) error { return u.hint(gateway, ids) }, done: func(error) {}}:
	default:
	}
}

func (u *txn) hint(gateway string, ids []string) error {
	now := time.Now()
	for _, x := range u.t.sales {
		if x.reading || now.Sub(x.hinted) < hintEvery || !u.t.pollable(x) || !terms.Names(&x.sale, gateway, ids) {
			continue
		}
		x.hinted = now
		if x.nextRead.After(now) { // of a sale that is over, this is no step of the watch: stepAt stays
			x.nextRead = now
		}
	}
	return nil
}
