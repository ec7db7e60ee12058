package books

import (
	"context"
	"errors"
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/journal"
)

// stream adds the facts that no Z report holds up, by the business day of each. It reads the events since the last Z
// once, in their order, and keeps sums: its memory grows with days and persons, and by eight bytes with each sale that
// was paid.
//
// A fact of a sale (a posting, its opening, its end) bears the time of the event that made it. So it is counted with
// the event of that time; a turn of the till writes several events of one sale with one time, one after the other, and
// they are one moment.
type stream struct {
	// every fact no Z holds comes of an event after the first; events up to the second are in the sums
	after, upto uint64

	days     map[string]*dayTotals
	promised map[refundOf]promise
	last     map[moment]bool // of the time of the newest event: its turn may reach into the next batch

	kept  uint64          // up to where the sums lie on disk
	rows  map[string]bool // the days that have a row there
	dirty map[string]bool // the days whose sums changed since
}

// moment is one turn of the till at one sale.
type moment struct {
	sale string
	at   int64 // unix ns
}

type refundOf struct{ sale, key string }

// promise is a refund that was asked and has not ended.
type promise struct {
	day    string
	amount money.Paise
}

// streamBatch is how many events are read at a time.
const streamBatch = 1000

func newStream(after uint64) *stream {
	return &stream{
		after:    after,
		upto:     after,
		kept:     after,
		days:     map[string]*dayTotals{},
		promised: map[refundOf]promise{},
		rows:     map[string]bool{},
		dirty:    map[string]bool{},
	}
}

func (x *stream) day(business string) *dayTotals {
	if x.days[business] == nil {
		x.days[business] = newDayTotals()
	}
	x.dirty[business] = true
	return x.days[business]
}

// drop forgets the days that a Z holds now.
func (x *stream) drop(held func(business string) bool) {
	for d := range x.days {
		if held(d) {
			delete(x.days, d)
		}
	}
	for k, p := range x.promised {
		if held(p.day) {
			delete(x.promised, k)
		}
	}
}

// readOn takes one batch of events in, and keeps the sums when it is time to; done: there was none. The caller holds
// the stream.
func (b *Books) readOn(ctx context.Context) (done bool, err error) {
	if b.stream == nil {
		closed := b.closings()
		if b.unread != nil {
			return false, b.unread
		}
		b.stream = b.restored(closed)
	}
	done, err = b.read(ctx, b.stream)
	if unkept := b.stream.upto - b.stream.kept; err == nil && (unkept >= b.most || done && unkept >= b.rest) {
		b.keepSums()
	}
	return done, err
}

// read takes one batch of events into a stream; done: there was none. The caller holds the stream.
func (b *Books) read(ctx context.Context, x *stream) (done bool, err error) {
	if err := ctx.Err(); err != nil { // who asked went away
		return false, err
	}
	events, err := b.o.Till.Events(ctx, x.upto, streamBatch)
	if err != nil || len(events) == 0 {
		return true, err
	}

	fresh := map[moment]uint64{} // with the number of its first event
	credit := map[string]map[paid]money.Paise{}
	var order []string
	for _, e := range events {
		if !tells(&e) {
			continue
		}
		m := moment{e.SaleID, e.At.UnixNano()}
		if _, known := fresh[m]; !known {
			fresh[m] = e.Seq
		}
		if e.Reading != nil {
			for _, p := range e.Reading.Payments {
				if onCredit(p) {
					if credit[e.SaleID] == nil {
						credit[e.SaleID] = map[paid]money.Paise{}
					}
					credit[e.SaleID][paid{m.at, p.ID}] = p.Fee
				}
			}
		}
		if !slices.Contains(order[max(0, len(order)-8):], e.SaleID) {
			order = append(order, e.SaleID)
		}
	}

	slices.Sort(order)

	// Everything is read before anything is counted: a batch that fails half way is read again whole.
	var sales []state.Sale
	for _, id := range slices.Compact(order) {
		s, err := b.o.Till.Sale(ctx, id)
		if errors.Is(err, state.ErrNoSale) { // pruned before anyone closed its day: nothing is left to count
			continue
		}
		if err != nil {
			return false, err
		}
		sales = append(sales, s)
	}

	closed := slices.DeleteFunc(slices.Clone(b.closings()), func(z Z) bool { return z.Report.Seq <= x.upto })
	for i := range sales {
		s := &sales[i]
		x.add(facts{s, movements(s), credit[s.ID]}, b.cuts, func(at time.Time) bool {
			m := moment{s.ID, at.UnixNano()}
			seq, now := fresh[m]
			return now && !x.last[m] && !at.IsZero() && !held(closed, seq, at)
		})
	}

	x.upto = events[len(events)-1].Seq
	x.last = map[moment]bool{}
	for m := range fresh {
		if m.at == events[len(events)-1].At.UnixNano() {
			x.last[m] = true
		}
	}
	return false, nil
}

// tells says whether an event may have brought a fact of a sale: most events are looks that changed nothing, and a fact
// that another event of the same turn brought comes with that one. An order without a QR to show may end its sale, so
// attempt.quoted is not among them.
func tells(e *state.Event) bool {
	switch e.Kind {
	case state.EventShown, state.EventUnseen, state.EventWatched, state.EventPrintAsked, state.EventPrintDone:
		return false
	}
	return e.SaleID != "" // else of an operation
}

// add counts those facts of a sale whose moments are fresh, each in its own business day.
func (x *stream) add(s facts, by cuts, fresh func(time.Time) bool) {
	days := map[string]bool{}
	note := func(at time.Time) {
		if fresh(at) {
			days[by.business(at)] = true
		}
	}
	note(s.OpenedAt)
	note(s.PaidAt)
	note(s.ClosedAt)
	for _, a := range s.Attempts {
		note(a.AskedAt)
	}
	for _, m := range s.moves {
		if m.What != journal.MoneyFellBack {
			note(m.At)
		}
	}
	for _, r := range s.Resolutions {
		if r.Rest > 0 {
			note(r.At)
		}
	}
	for d := range days {
		x.day(d).add(s, func(at time.Time) bool { return fresh(at) && by.business(at) == d })
	}

	for i := range s.Refunds {
		r := &s.Refunds[i]
		k := refundOf{s.ID, r.Key}
		switch {
		case r.Status == state.RefundProcessed || r.Status == state.RefundFailed:
			delete(x.promised, k)
		case fresh(r.AskedAt):
			x.promised[k] = promise{by.business(r.AskedAt), r.Amount}
		}
	}
}

// of is what no Z holds of a business day.
func (x *stream) of(business string) Report {
	t := x.days[business]
	if t == nil {
		t = newDayTotals()
	}
	r := t.finish()
	for _, p := range x.promised {
		if p.day == business {
			count(&r.PendingRefunds, p.amount)
		}
	}
	return r
}

// held says whether a fact is in one of these Z reports. Each holds every fact of the events up to its own that none
// before it holds, but for those of the days it left for the Z reports of their own.
func held(closed []Z, seq uint64, at time.Time) bool {
	for _, z := range closed {
		if seq <= z.Report.Seq && !z.Report.Left.has(at) {
			return true
		}
	}
	return false
}

// since is the event after which facts may lie that no Z holds: all before are in one.
func since(closed []Z) uint64 {
	var left *Span
	newest := true
	for _, z := range slices.Backward(closed) {
		switch {
		case z.Lost && z.Report.Seq == 0: // what it held and left is not known; it does not say more than the others
			continue
		case newest:
			left, newest = z.Report.Left, false
		default:
			left = left.and(z.Report.Left)
		}
		if left == nil {
			return z.Report.Seq
		}
	}
	return 0
}

// Span is a stretch of time, its end not in it; nil is none.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (s *Span) has(at time.Time) bool { return s != nil && !at.Before(s.From) && at.Before(s.To) }

func (s *Span) and(o *Span) *Span {
	if s == nil || o == nil {
		return nil
	}
	both := Span{s.From, s.To}
	if o.From.After(both.From) {
		both.From = o.From
	}
	if o.To.Before(both.To) {
		both.To = o.To
	}
	if !both.From.Before(both.To) {
		return nil
	}
	return &both
}
