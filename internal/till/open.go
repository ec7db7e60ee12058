package till

import (
	"context"
	"fmt"
	"strings"

	"galla/internal/day"
	"galla/internal/till/request"
	"galla/internal/typed"
	"galla/state"
)

// Open writes a new sale and its first attempt down and returns it; the QR follows as an event.
func (t *Till) Open(ctx context.Context, r OpenRequest) (state.Sale, error) {
	r.Reference = strings.TrimSpace(r.Reference) // a bill number with a space at its end is the same bill
	if err := r.Check(t.o.Limit); err != nil {
		return state.Sale{}, err
	}
	if r.Print && t.o.Paper == nil {
		return state.Sale{}, ErrNoPrinter
	}
	asked := []any{"open", r.Amount, r.Reference, r.Note, r.Invoice, r.Print}
	if r.Again {
		asked = append(asked, "again")
	}
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, "", request.Fingerprint(asked...), func(u *txn) error {
		if t.o.Tight() { // here, so that the repeat of a request that made a sale is answered with it
			return fmt.Errorf("%w: the box's disk is full; sales under way go on, call the owner", ErrNotReady)
		}
		today := day.Business(t.o.Wall(), t.o.DayCut)
		other, err := u.sameReference(r.Reference, today)
		if err != nil {
			return err
		}
		if other != nil && !r.Again {
			return &SameReferenceError{Sale: *other}
		}
		if r.Admit != nil {
			if err := r.Admit(u.openOf(r.By)); err != nil {
				return err
			}
		}
		var route []string
		for range t.o.Tries {
			route = append(route, t.names...)
		}
		id, err := u.newSale(state.Opened{Amount: r.Amount, Reference: r.Reference, Note: r.Note, Invoice: r.Invoice,
			Route: route, Life: t.o.Life,
			PrintAsked: r.Print || t.o.PrintOrder && t.o.Paper != nil, Again: other != nil}, r.By)
		if err != nil {
			return err
		}
		u.after = append(u.after, func() {
			t.screen.sale, t.screen.entry, t.screen.tape = id, "", nil
			t.publish()
		})
		return u.attempt(id)
	})
}

// newSale writes a sale down with the day's next number, and returns its id.
func (u *txn) newSale(o state.Opened, by string) (string, error) {
	o, id, err := u.fresh(o)
	if err != nil {
		return "", err
	}
	return id, u.apply(state.Event{Kind: state.EventOpened, SaleID: id, By: by, Opened: &o})
}

// fresh gives a new sale its id, the day's next number, and what every sale of this box has.
func (u *txn) fresh(o state.Opened) (_ state.Opened, id string, err error) {
	t := u.t
	o.Day, o.Terminal, o.Box, o.Demo, o.Rules = day.Business(t.o.Wall(), t.o.DayCut), t.o.Terminal, t.o.Box, t.o.Demo,
		state.Rules
	if o.Number, err = u.nextNumber(o.Day); err != nil {
		return o, "", err
	}
	u.after = append(u.after, func() { t.number[o.Day] = max(t.number[o.Day], o.Number) })
	// rises with the order of opening, whatever the clock says
	id = fmt.Sprintf("%08X%s", t.seq+uint64(len(u.events))+1, t.random.Token(4))
	return o, id, nil
}

// sameReference is the newest sale of a bill number, or of one that looks the same, that is open or was paid today; or
// nil. A bill number that came before is one bill asked for twice, mostly, and both QRs would be paid.
func (u *txn) sameReference(reference, today string) (*state.Sale, error) {
	if typed.BillKey(reference) == "" {
		return nil, nil
	}
	key := typed.BillKey(reference)
	known, err := u.t.o.Store.Find(state.FieldBill, key, "", referencesAtOnce)
	if err != nil {
		return nil, err
	}
	for _, s := range u.sales { // not yet on disk, or changed in this turn
		if typed.BillKey(s.Reference) == key {
			known = append(known, s)
		}
	}

	var other *state.Sale
	for _, s := range known {
		if now, changed := u.sales[s.ID]; changed {
			s = now
		}
		paidToday := s.Phase == state.PhasePaid && day.Business(s.PaidAt, u.t.o.DayCut) == today
		if s.Kind == "" && (!s.Phase.Final() || paidToday) && (other == nil || s.ID > other.ID) {
			other = &s
		}
	}
	return other, nil
}

// openOf is how many open sales a person or a program has.
func (u *txn) openOf(by string) (n int) {
	for id, e := range u.t.sales {
		if _, changed := u.sales[id]; !changed && e.sale.By == by && !e.sale.Phase.Final() {
			n++
		}
	}
	for _, s := range u.sales {
		if s.By == by && !s.Phase.Final() {
			n++
		}
	}
	return n
}

// referencesAtOnce is how many of the newest sales of one bill number are looked at.
const referencesAtOnce = 50

// nextNumber counts the day's sales from 1.
func (u *txn) nextNumber(day string) (int, error) {
	n, ok := u.t.number[day]
	if !ok {
		var err error
		if n, err = u.t.o.Store.LastNumber(day); err != nil {
			return 0, err
		}
	}
	for _, s := range u.sales {
		if s.Day == day {
			n = max(n, s.Number)
		}
	}
	return n + 1, nil
}
