package books

import (
	"context"
	"fmt"
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/journal"
	"galla/state/statement"
)

// reconciler compares one gateway's record of a window with the sales'.
//
//	ours:   payments that our sales saw captured in the window, by our clock
//	theirs: the gateway's list of the window; what of ours is not in it (a clock's difference, a late answer) is
//	        asked for by its order; without a list every order of the window is
//
// A payment the list has and no sale of the window is looked up by its order: its sale may be missing among those of
// the window, which are found by the events' times, where a clock was wrong. If it has no sale, or the sale doesn't
// have it, it is a difference when it came through an order of this terminal.
type reconciler struct {
	statements Statements
	gateway    Gateway
	from, to   time.Time
	most       int // single questions
	explain    func(error) string

	sales    []*state.Sale
	payments map[string]owned // by the gateway's id, whenever they came
	out      Reconciled
	taken    map[string][]taking // by the payment's id
	told     map[string]bool     // payments no sale has, by id: a list may say one twice
	silent   int                 // questions in a row without an answer
}

// owned is a payment of one of our sales.
type owned struct {
	sale *state.Sale
	state.Payment
	came   money.Paise // by the sale's account; 0: it did not
	at     time.Time   // when it came
	missed bool        // its sale was not among those of the window: the gateway's time says when it came
}

// taking is what others sent back of a payment, and its sale knows of.
type taking struct {
	amount money.Paise
	at     time.Time // when the sale learned of it
}

func newLedger(b *Books, g Gateway, sales []state.Sale, from, to time.Time, most int) *reconciler {
	l := &reconciler{
		statements: b.o.Statements,
		explain:    b.o.Explain,
		gateway:    g,
		from:       from,
		to:         to,
		most:       most,
		payments:   map[string]owned{},
		taken:      map[string][]taking{},
		told:       map[string]bool{},
		out:        Reconciled{Name: g.Name, How: "orders", Differences: []Difference{}},
	}
	if g.Lists {
		l.out.How = "list"
	}
	for i := range sales {
		l.know(&sales[i], false)
	}
	return l
}

// know takes a sale and its payments into the comparison.
func (l *reconciler) know(s *state.Sale, missed bool) {
	if i := slices.IndexFunc(l.sales, func(old *state.Sale) bool { return missed && old.ID == s.ID }); i >= 0 {
		*l.sales[i] = *s // the payment came since the sales were read
		s, missed = l.sales[i], false
	} else {
		l.sales = append(l.sales, s)
	}
	for _, p := range s.Payments {
		if p.Gateway == l.gateway.Name {
			l.payments[p.ID] = owned{sale: s, Payment: p, missed: missed}
			delete(l.taken, p.ID)
		}
	}
	for _, m := range movements(s) {
		p := paymentOf(s, m)
		if p == nil || p.Gateway != l.gateway.Name {
			continue
		}
		switch m.What {
		case journal.MoneyCame:
			o := l.payments[p.ID]
			o.came, o.at = m.Amount, m.At
			l.payments[p.ID] = o
		case journal.MoneyTaken:
			l.taken[p.ID] = append(l.taken[p.ID], taking{m.Amount, m.At})
		}
	}
}

func (l *reconciler) within(at time.Time) bool { return !at.Before(l.from) && at.Before(l.to) }

// mine are our payments of the window, oldest first.
func (l *reconciler) mine(listed map[string]statement.Payment) []owned {
	var out []owned
	for _, p := range l.payments {
		if p.came > 0 && (l.within(p.at) || p.missed && l.within(listed[p.ID].CreatedAt)) {
			out = append(out, p)
			count(&l.out.Ours, p.came)
		}
	}
	slices.SortFunc(out, func(a, b owned) int { return a.at.Compare(b.at) })
	return out
}

func (l *reconciler) reconcile(ctx context.Context) {
	if l.gateway.Lists {
		s, err := l.statements.Statement(ctx, l.gateway.Name, l.from.Add(-reconcileGive), l.to.Add(reconcileGive))
		if err == nil {
			l.byList(ctx, s)
			l.refunds(ctx, s.Refunds)
			return
		}
		l.out.How, l.out.Problem = "orders", l.explain(err)
	}
	l.byOrders(ctx, l.mine(nil))
	l.refunds(ctx, nil)
}

// ask counts a single question; false: it is not to be asked any more.
func (l *reconciler) ask(ctx context.Context) bool {
	switch {
	case l.out.Asked >= l.most:
		l.leave(
			fmt.Sprintf(
				"only %d single questions were asked: ask for more, or compare the rest in the gateway's dashboard",
				l.most,
			),
		)
	case ctx.Err() != nil:
		l.leave("the time was over before everything was asked: try again")
	case l.silent >= 3:
		l.leave("the gateway did not answer: try again later")
	default:
		l.out.Asked++
		return true
	}
	return false
}

func (l *reconciler) leave(why string) {
	l.out.Left++
	if l.out.Problem == "" {
		l.out.Problem = why
	}
}

// answered notes how a question ended.
func (l *reconciler) answered(err error) bool {
	if err == nil {
		l.silent = 0
		return true
	}
	l.silent++
	l.leave(l.explain(err))
	return false
}

func (l *reconciler) byList(ctx context.Context, s statement.Statement) {
	listed := map[string]statement.Payment{}
	for _, p := range s.Payments {
		if l.payments[p.ID].came == 0 && p.Received() && !gone(p) && l.within(p.CreatedAt) {
			l.stray(ctx, p)
		}
		if _, known := l.payments[p.ID]; known {
			listed[p.ID] = p
		}
	}
	for _, m := range l.mine(listed) {
		if p, ok := listed[m.ID]; ok {
			l.compare(m, p)
			continue
		}
		if found, ok := l.reread(ctx, m.sale, m.Attempt); ok {
			l.compareIn(m, found)
		} else {
			count(&l.out.Unasked, m.came)
		}
	}
}

// gone reports whether a gateway holds nothing more of a payment. One that no sale ever had, and that went back whole,
// is nobody's money: a gateway sends back by itself what it could not capture.
func gone(p statement.Payment) bool {
	return p.Status == state.PaymentRefunded && (p.Refunded == 0 || p.Refunded >= p.Amount)
}

// stray looks for the sale of a payment that no sale of the window has received.
func (l *reconciler) stray(ctx context.Context, p statement.Payment) {
	if p.Origin.Reference == "" && p.Origin.Standing == "" && !l.ask(ctx) {
		return
	}
	whose, s, err := l.statements.Ours(ctx, l.gateway.Name, p)
	switch {
	case !l.answered(err):
	case whose == statement.Sibling:
		count(&l.out.Elsewhere, p.Amount)
		count(&l.out.Siblings, p.Amount)
		l.out.Note = fmt.Sprintf("Another box with this name? %s with another box's id: its sales, or this box's "+
			"from before its sales file was replaced. Give each box a name of its own (sudo galla setup).",
			payments(l.out.Siblings))
	case whose == statement.Elsewhere:
		count(&l.out.Elsewhere, p.Amount)
	case s != nil && slices.ContainsFunc(s.Payments, func(q state.Payment) bool {
		return q.ID == p.ID && q.Gateway == l.gateway.Name && q.Received()
	}):
		l.know(s, true)
	default:
		l.unknown(s, p)
	}
}

// reread asks for one order.
func (l *reconciler) reread(ctx context.Context, s *state.Sale, ref string) ([]statement.Payment, bool) {
	if !l.ask(ctx) {
		return nil, false
	}
	found, err := l.statements.Reread(ctx, *s, ref)
	return found, l.answered(err)
}

func (l *reconciler) compareIn(m owned, found []statement.Payment) {
	i := slices.IndexFunc(found, func(p statement.Payment) bool { return p.ID == m.ID })
	if i < 0 {
		l.compare(m, statement.Payment{ID: m.ID})
		return
	}
	l.compare(m, found[i])
}

// byOrders asks for every order of the window: first those without money, for money may have come that nobody saw, and
// every other of those with it, so that a bound leaves some of both.
func (l *reconciler) byOrders(ctx context.Context, mine []owned) {
	type order struct {
		sale *state.Sale
		ref  string
		mine []owned
	}
	var paid, unpaid []order
	for _, s := range l.sales {
		for _, a := range s.Attempts {
			if a.Gateway != l.gateway.Name || a.Quote == nil {
				continue
			}
			o := order{sale: s, ref: a.Ref}
			for _, m := range mine {
				if m.sale == s && m.Attempt == a.Ref {
					o.mine = append(o.mine, m)
				}
			}
			switch {
			case len(o.mine) > 0:
				paid = append(paid, o)
			case l.within(a.AskedAt):
				unpaid = append(unpaid, o)
			}
		}
	}

	for len(paid)+len(unpaid) > 0 {
		for _, list := range []*[]order{&unpaid, &paid} {
			if len(*list) == 0 {
				continue
			}
			o := (*list)[0]
			*list = (*list)[1:]
			found, ok := l.reread(ctx, o.sale, o.ref)
			for _, m := range o.mine {
				if ok {
					l.compareIn(m, found)
				} else {
					count(&l.out.Unasked, m.came)
				}
			}
			for _, p := range found {
				if l.payments[p.ID].came == 0 && p.Received() && !gone(p) {
					l.unknown(o.sale, p)
				}
			}
		}
	}
}

func (l *reconciler) differ(d Difference, s *state.Sale, format string, args ...any) {
	if s != nil {
		d.SaleID, d.Name, d.Number, d.Day = s.ID, s.Name(), s.Number, s.Day
	}
	d.At = d.At.UTC().Truncate(time.Millisecond)
	d.Message = fmt.Sprintf(format, args...)
	l.out.Differences = append(l.out.Differences, d)
}

// unknown is a payment at the gateway that no sale has received: none has it, or one has it as failed or still under
// way.
func (l *reconciler) unknown(s *state.Sale, p statement.Payment) {
	if l.told[p.ID] {
		return
	}
	l.told[p.ID] = true
	count(&l.out.Theirs, p.Amount)
	d := Difference{Kind: "payment_unknown", RRN: p.RRN, PaymentID: p.ID, TheirsPaise: p.Amount, At: p.CreatedAt}
	if s != nil {
		if i := slices.IndexFunc(s.Payments, func(q state.Payment) bool { return q.ID == p.ID }); i >= 0 {
			l.differ(
				d,
				s,
				"%s came for sale %s, and the sale has this payment as %s: it is asked for again now. If it stays "+
					"so, refund it in the gateway's dashboard.",
				p.Amount,
				s.Name(),
				s.Payments[i].Status,
			)
			return
		}
		l.differ(
			d,
			s,
			"%s came for sale %s, and the sale doesn't have it: it is asked for again now. If it stays so, refund "+
				"it in the gateway's dashboard.",
			p.Amount,
			s.Name(),
		)
		return
	}

	if p.Origin.Standing != "" {
		l.differ(
			d,
			nil,
			"%s came at a standing QR of this box, and no sale has it: it is asked for again now. If it stays so, "+
				"ask the gateway's support for this payment.",
			p.Amount,
		)
		return
	}

	l.differ(
		d,
		nil,
		"%s came through a QR of this terminal, and no sale here has it. Another box with this name, or was the "+
			"sales file replaced? Look for its bill there first: what another box sold is its sale.",
		p.Amount,
	)
}

func payments(l Line) string {
	if l.Count == 1 {
		return "1 payment, " + l.Paise.String() + ","
	}
	return fmt.Sprintf("%d payments, %s,", l.Count, l.Paise)
}

// compare holds a payment of ours against the gateway's record of it.
func (l *reconciler) compare(m owned, p statement.Payment) {
	if !p.Received() {
		l.differ(
			Difference{Kind: "payment_missing", RRN: m.RRN, PaymentID: m.ID, OursPaise: m.came, At: m.at},
			m.sale,
			"Sale %s has %s, and the gateway does not show the money now: ask the gateway's support for this payment.",
			m.sale.Name(),
			m.came,
		)
		return
	}
	count(&l.out.Theirs, p.Amount)
	if p.Amount != m.came {
		l.differ(
			Difference{
				Kind:        "payment_amount",
				RRN:         m.RRN,
				PaymentID:   m.ID,
				OursPaise:   m.came,
				TheirsPaise: p.Amount,
				At:          m.at,
			},
			m.sale,
			"Sale %s has %s of this payment, the gateway %s: ask the gateway's support.",
			m.sale.Name(),
			m.came,
			p.Amount,
		)
	}
	if l.out.How == "orders" { // with a list, refunds are compared one by one
		l.wentBack(m, p)
	}
}

// wentBack finds money that the gateway sent back and no sale knows of.
func (l *reconciler) wentBack(m owned, p statement.Payment) {
	if p.PartBack && p.Refunded == 0 {
		l.leave(
			fmt.Sprintf(
				"the gateway says that a part of payment %s of sale %s went back, and not how much, so whether "+
					"others sent some of it can't be checked: compare it in its dashboard",
				m.ID,
				m.sale.Name(),
			),
		)
		return
	}
	var ours money.Paise
	for _, r := range m.sale.Refunds {
		if r.PaymentID == m.ID && r.Reserved() {
			ours += r.Amount
		}
	}
	if by := m.sale.Taken(m.ID); by > 0 {
		ours += by
		count(&l.out.Reversed, by)
	}
	if p.Refunded > ours {
		l.differ(
			Difference{Kind: "refund_unknown", RRN: m.RRN, PaymentID: m.ID, OursPaise: ours, TheirsPaise: p.Refunded},
			m.sale,
			"The gateway sent %s of sale %s back, and the sale knows of %s: was it refunded "+
				"in the gateway's dashboard?",
			p.Refunded,
			m.sale.Name(),
			ours,
		)
	}
}
