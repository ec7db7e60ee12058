package books

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/state"
)

// ClosedError says why a day is not closed now: it is closed already, or the clock is not to be believed.
type ClosedError struct {
	Why  string // a sentence
	Next string // what to do
}

func (e *ClosedError) Error() string { return e.Why }

// hold takes the one place at the stream, and leave gives it back. Who waits stops waiting when ctx ends.
func (b *Books) hold(ctx context.Context) error {
	select {
	case b.reading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Books) leave() { <-b.reading }

// follow reads the stream to its end. It lets others in between two batches: where there is much to read, all who ask
// read on together, and one who goes away leaves what was read.
func (b *Books) follow(ctx context.Context) error {
	for {
		if err := b.hold(ctx); err != nil {
			return err
		}
		done, err := b.readOn(ctx)
		b.leave()
		if done || err != nil {
			return err
		}
	}
}

// Warm reads what the first X would read, so that nobody waits for it. It returns when that is done. An error shows
// again there.
func (b *Books) Warm(ctx context.Context) { _ = b.follow(ctx) }

// closings are the Z reports, oldest first.
func (b *Books) closings() []Z {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clip(b.load())
}

// Closed is how many Z reports there are. Each stays as it is.
func (b *Books) Closed() int { return len(b.closings()) }

// days sorts what no Z holds, as it is on a day: open are days of their own, which a Z will close; others stand in the
// next Z under their own names: their day is closed, or it lies before the newest Z, or after today, where only a wrong
// clock can have been.
func (b *Books) days(closed []Z, today string) (open, others []string) {
	last := ""
	if n := len(closed); n > 0 {
		last = closed[n-1].Report.Day
	}
	for d := range b.stream.days {
		if d > last && d <= today && dayClosed(closed, d) == 0 {
			open = append(open, d)
		} else {
			others = append(others, d)
		}
	}
	slices.Sort(open)
	slices.Sort(others)
	return open, others
}

// dayClosed is the number of the Z report of a business day; 0: there is none.
func dayClosed(closed []Z, business string) int {
	for _, z := range slices.Backward(closed) {
		if z.Report.Day == business {
			return z.Report.Number
		}
	}
	return 0
}

// otherDays are what a report says of days not its own.
func (b *Books) otherDays(days []string) (out []OtherDay) {
	for _, d := range days {
		r := b.stream.of(d)
		o := OtherDay{
			Day:       d,
			Sales:     r.Sales,
			Paid:      r.Paid,
			UPI:       r.UPI,
			Late:      r.Late,
			Credit:    r.Credit,
			CreditFee: r.CreditFee,
			Unmatched: r.Unmatched,
			Refunds:   r.Refunds,
			Reversals: r.Reversals,
			Returned:  r.Returned,
			Accepted:  r.Accepted,
			Other:     r.OtherTender,
			Cancelled: r.Cancelled,
			Expired:   r.Expired,
			Failed:    r.Failed,
			NetPaise:  r.NetPaise,
		}
		if (o != OtherDay{Day: d}) {
			out = append(out, o)
		}
	}
	return out
}

// standing is what does not belong to a day: what is under way, and what needs a decision. It counts all of it.
func (b *Books) standing(ctx context.Context, r *Report) error {
	err := b.each(ctx, state.Query{Open: true}, func(s *state.Sale) {
		count(&r.Pending, s.Amount)
		if len(r.Open) < openMost {
			r.Open = append(r.Open, Underway{s.ID, s.Name(), s.Amount, s.Phase})
		}
	})
	if err != nil {
		return err
	}
	return b.each(ctx, state.Query{Attention: true}, func(s *state.Sale) {
		for _, a := range s.Attention {
			count(&r.Attention, a.Amount)
			if len(r.Items) < openMost {
				r.Items = append(r.Items, Undecided{s.ID, s.Name(), a.ID, a.Kind, a.Amount})
			}
		}
	})
}

// each shows the sales of a query, newest first, page by page.
func (b *Books) each(ctx context.Context, q state.Query, show func(*state.Sale)) error {
	for q.Limit = pageSize; ; {
		page, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			show(&page[i])
		}
		if len(page) < q.Limit {
			return ctx.Err()
		}
		q.Before = page[len(page)-1].ID
	}
}

// openMost is how much of what is open an X names.
const openMost = 50

// X is today as it stands, for the person who asks: what a Z made now would say of it, and what else a person should
// know who closes it. Where the events since the last Z are not added up within a second, it is today alone, and
// Summing says so.
func (b *Books) X(ctx context.Context, by string) (Report, error) {
	behind, err := b.followFor(ctx, b.waits)
	if err != nil {
		return Report{}, err
	}
	var standing Report
	if err := b.standing(ctx, &standing); err != nil {
		return Report{}, err
	}

	var r Report
	if behind {
		r, err = b.todayAlone(ctx)
	} else {
		r, err = b.todayAndOthers(ctx)
	}
	if err != nil {
		return Report{}, err
	}
	r.Kind, r.By = "X", by
	r.Pending, r.Attention, r.Open, r.Items = standing.Pending, standing.Attention, standing.Open, standing.Items
	return r, b.begin(ctx, &r)
}

// todayAndOthers is what an X says of days, by the stream.
func (b *Books) todayAndOthers(ctx context.Context) (Report, error) {
	if err := b.hold(ctx); err != nil {
		return Report{}, err
	}
	defer b.leave()
	b.present = nil
	at, closed := b.o.Now(), b.closings()
	today := b.cuts.business(at)
	open, others := b.days(closed, today)
	not := func(d string) bool { return d == today }
	r := b.stream.of(today)
	r.Day, r.At, r.ClosedBy = today, at.UTC(), dayClosed(closed, today)
	r.Demo = r.Demo || b.o.Demo
	r.OtherDays, r.OpenDays = b.otherDays(slices.DeleteFunc(others, not)), b.otherDays(slices.DeleteFunc(open, not))
	r.After, r.Seq = b.stream.after, b.stream.upto
	return r, nil
}

// begin gives a report its beginning where its first event is not of its day.
func (b *Books) begin(ctx context.Context, r *Report) error {
	from, to, err := b.cuts.bounds(r.Day)
	if err != nil {
		return err
	}
	begun, err := b.Begun(ctx, *r)
	if err == nil && (begun.Before(from) || !begun.Before(to)) && r.At.After(from) {
		r.From = from.UTC()
	}
	return err
}

// Close makes the Z report of a business day, and first those of the days before that have something and none: each
// numbered, once for its day, and written before anyone sees it. It answers with all it made, oldest first; the same
// key of the same owner answers with the same for a day, and a day later it is a new key. With another day in the
// request it is ErrKeyReused.
//
// Without a day it is today; but as long as no sale was opened today, the newest day before that is open. A day that
// can't be is a *DayError; one that is closed already, or that the clock is not believed about, a *ClosedError.
func (b *Books) Close(ctx context.Context, owner, key, by, business string) ([]Z, error) {
	if err := b.follow(ctx); err != nil {
		return nil, err
	}
	if err := b.hold(ctx); err != nil {
		return nil, err
	}
	defer b.leave()
	for done := false; !done; { // what came meanwhile
		var err error
		if done, err = b.readOn(ctx); err != nil {
			return nil, err
		}
	}

	closed, at := b.closings(), b.o.Now()
	today := b.cuts.business(at)
	made, err := madeBy(closed, owner, key, business, at)
	if n := len(made); err != nil || n > 0 && !made[n-1].More {
		return made, err
	}
	open, others := b.days(closed, today)
	asked := business
	business, err = b.closable(closed, open, today, business)
	if err != nil {
		return nil, err
	}

	todo := slices.DeleteFunc(open, func(d string) bool { return d >= business })
	todo = append(todo, business)
	others = slices.DeleteFunc(others, func(d string) bool { return d == business })
	after := b.stream.after
	var standing Report
	if err := b.standing(ctx, &standing); err != nil {
		return nil, err
	}
	for i, d := range todo {
		r := b.stream.of(d)
		r.Demo = r.Demo || b.o.Demo
		r.Kind, r.Day, r.At, r.By, r.After, r.Seq = "Z", d, at.UTC(), by, after, b.stream.upto
		var now, later []string
		for _, o := range others {
			if o <= d || o > today {
				now = append(now, o)
			} else {
				later = append(later, o)
			}
		}
		r.OtherDays, others = b.otherDays(now), later
		r.Pending, r.Attention = standing.Pending, standing.Attention
		if d == business {
			for _, z := range made {
				r.With = append(r.With, z.Report.Number)
			}
		}
		z, err := b.keep(ctx, r, Z{Key: ownedKey(owner, key), Asked: asked, More: i < len(todo)-1}, today)
		if err != nil {
			return nil, err
		}
		made = append(made, z)
	}

	return made, nil
}

// keysLive is how long a repeat is told from a new request, as for every other key: software that counts its keys anew
// would otherwise be shown an old Z, and its day would stay open.
const keysLive = 24 * time.Hour

// ErrKeyReused says that a key of a closing came again with another day.
var ErrKeyReused = errors.New("this idempotency key was used to close another day: use a new key")

// ownedKey is what is kept of a key. No key has the byte between the two.
func ownedKey(owner, key string) string { return hashed([]byte(owner + "\x00" + key)) }

// madeBy are the Z reports that a request with this key made within the last day. A key from before keys had owners
// answers everybody.
func madeBy(closed []Z, owner, key, asked string, now time.Time) (made []Z, err error) {
	for _, z := range closed {
		own := z.Key == ownedKey(owner, key)
		if !own && z.Key != hashed([]byte(key)) || now.Sub(z.Report.At) >= keysLive {
			continue
		}
		if own && z.Asked != asked {
			return nil, ErrKeyReused
		}
		z.Replayed = true
		made = append(made, z)
	}
	return made, nil
}

// closable is the day that is to be closed, or why it can't be.
func (b *Books) closable(closed []Z, open []string, today, want string) (string, error) {
	var last Report
	if n := len(closed); n > 0 {
		last = closed[n-1].Report
	}
	d := want
	if d == "" {
		d = today
		earlier := slices.DeleteFunc(slices.Clone(open), func(o string) bool { return o == today })
		if n := len(earlier); n > 0 && b.stream.of(today).Sales.Count == 0 {
			d = earlier[n-1]
		}
	}

	if _, err := time.Parse(time.DateOnly, d); err != nil {
		return "", notADate(d)
	}
	if d > today {
		return "", &DayError{
			fmt.Sprintf("business day %s has not begun: it is %s", d, today),
			"Close today or a day before.",
		}
	}

	if n := dayClosed(closed, d); n > 0 {
		return "", &ClosedError{
			fmt.Sprintf("business day %s is closed already, by Z report %d", d, n),
			"What comes for it now stands in the next Z report, under its own day. The next day can be closed from " +
				"its beginning on.",
		}
	}

	switch {
	case d > last.Day:
	case want == "":
		return "", &ClosedError{
			fmt.Sprintf("it is %s by this box's clock, and Z report %d closed %s", today, last.Number, last.Day),
			fmt.Sprintf(
				"Set the clock. If it is right now, and was wrong when that report was made, name the day: galla "+
					"report z --day %s.",
				today,
			),
		}
	case d < today:
		return "", &ClosedError{
			fmt.Sprintf(
				"business day %s is before %s, which Z report %d closed, and with it every day before",
				d,
				last.Day,
				last.Number,
			),
			"What comes for it now stands in the next Z report, under its own day.",
		}
	}

	return d, nil
}

// keep writes a Z report down, for good, as z says whose it is. The caller holds the stream.
func (b *Books) keep(ctx context.Context, r Report, z Z, today string) (Z, error) {
	if err := b.saveCuts(); err != nil {
		return Z{}, err
	}
	closed := b.closings()
	r.Number = len(closed) + 1
	if n := len(closed); n > 0 {
		r.Previous = closed[n-1].sum()
	}
	if err := b.begin(ctx, &r); err != nil {
		return Z{}, err
	}
	if r.Day < today {
		_, from, err := b.cuts.bounds(r.Day)
		if err != nil {
			return Z{}, err
		}
		_, to, err := b.cuts.bounds(today)
		if err != nil {
			return Z{}, err
		}
		r.Left = &Span{from.UTC(), to.UTC()}
	}

	if b.o.Anchor != nil {
		var err error
		if r.Anchor, err = b.o.Anchor(); err != nil {
			return Z{}, err
		}
	}

	body, err := json.Marshal(r)
	if err != nil {
		return Z{}, err
	}
	z.Stored, z.Report, z.Fresh = body, r, true
	raw, err := json.Marshal(z)
	if err != nil {
		return Z{}, err
	}

	// Dying before the Z is in the settings leaves none, and the next one takes everything in; after it, it is there
	// for good, and an act that closes several days goes on when it is asked for again. The chain then has its hash, as
	// the report has the chain's: neither can be changed without the other.
	a := state.Act{
		Kind:   state.ActDayClose,
		Target: fmt.Sprintf("Z%d", r.Number),
		Detail: actDay{Day: r.Day, SHA256: hashed(body), Net: r.NetPaise, Seq: r.Seq, Left: r.Left},
		By:     r.By,
	}

	if err := b.o.Record(
		a,
		func() error { return b.o.Settings.Put(fmt.Sprintf("%s%06d", zKey, r.Number), raw) },
	); err != nil {
		return Z{}, err
	}

	b.mu.Lock()
	b.zs = append(b.zs, z)
	closed = b.zs
	b.mu.Unlock()
	b.stream.after = since(closed)
	b.stream.drop(func(d string) bool { return d <= r.Day || d > today })
	return z, nil
}
