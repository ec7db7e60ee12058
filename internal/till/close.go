package till

import (
	"context"
	"errors"
	"fmt"

	"galla/gateway"
	"galla/internal/till/request"
	"galla/internal/till/terms"
	"galla/state"
)

const closeKey = "close:" // what the keys of closes begin with

// closeOrder tells the gateway to take no more money for an order, and reads what really happened: one errand with one
// limit. The zero result means: try again.
func (t *Till) closeOrder(s state.Sale, ref string) result {
	a := s.Attempt(ref)
	gw := t.gateways[a.Gateway]
	closed := state.Event{Kind: state.EventAttemptClosed, SaleID: s.ID, Attempt: ref, By: "gateway:" + a.Gateway}
	if gw == nil {
		return t.setAside(state.Effect{Key: closeKey + ref, SaleID: s.ID},
			fmt.Sprintf("gateway %q is no longer configured", a.Gateway))
	}
	lane := gateway.LaneClose
	if s.Phase == state.PhaseClosing && s.Closing.Reason != state.CloseExpired {
		lane = gateway.LaneCounter // a person wants it, and stands there
	}
	ctx, cancel := t.within(lane, openTimeout)
	defer cancel()
	var err error
	if _, told := t.closed.Load(ref); !told {
		err = gw.Close(ctx, terms.ToOrder(&s, a))
	}

	if !errors.Is(err, gateway.ErrUnsupported) {
		t.observe(a.Gateway, err)
	}
	if c := gateway.ClassOf(err); err != nil && !errors.Is(err, gateway.ErrUnsupported) &&
		(c.Later() || c == gateway.ClassUnknown) {
		if t.ctx.Err() == nil {
			t.o.Log.Warn("close not certain: trying again", "sale", s.ID, "attempt", ref, "err", err)
		}
		return result{}
	}

	// Told, refused, or not able to (some accounts answer the undocumented cancel as a stranger): what counts is the
	// record after that. A gateway that can't close keeps the order payable, which is why the sale is watched.
	t.closed.Store(ref, true)
	asked := t.onDisk.Load()
	r, err := gw.Read(ctx, terms.ToOrder(&s, a))
	t.observe(a.Gateway, err)
	if err != nil {
		return result{} // told it was: the next try only reads
	}
	t.closed.Delete(ref)
	closed.Reading = terms.FromReading(r, asked)
	return certain(closed)
}

// Cancel asks to end a sale unpaid. It returns once the wish is on disk; the sale is closed when the gateway is
// certain. A cancel that comes again is answered with the sale as it is.
func (t *Till) Cancel(ctx context.Context, r CancelRequest) (state.Sale, error) {
	if err := r.Check(); err != nil {
		return state.Sale{}, err
	}
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID, request.Fingerprint(r.SaleID, r.Reason),
		func(u *txn) error {
			return u.apply(state.Event{Kind: state.EventCloseAsked, SaleID: r.SaleID, Close: r.Reason, By: r.By})
		})
}
