package check

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/state"
	"galla/state/journal"
)

// checked is one terminal under the check.
type checked struct {
	v     View
	r     *Report
	t     office.Terminal
	boxes []Box
	all   bool

	replaced []string        // terminals whose place it took, the youngest first
	before   map[string]Sale // as these have them

	h      history
	held   map[index]*held
	broken bool // its places are not all there once

	sales      map[rowKey]Sale
	operations map[rowKey]Operation
	payments   map[[2]string]payment // as the events say
	refunds    map[[2]string]office.Refund
	closed     map[string]closed  // by operation
	counts     map[string]counted // by sale
	days       map[string]office.Day
}

type rowKey struct {
	branch int
	id     string
}

// payment is what the newest branch that knows it says.
type payment struct {
	branch int
	sale   string
	day    string
	seq    uint64
	sum    earned
}

// counted is what the newest branch that has a sale says of it.
type counted struct {
	day string
	seq uint64
	office.Counts
}

// find writes a problem down; broke does so of the places that all else hangs off.
func (c *checked) find(k Kind, branch int, seq uint64, what, id, format string, args ...any) {
	c.r.find(k, c.t.ID, branch, seq, what, id, format, args...)
}

func (c *checked) broke(k Kind, branch int, seq uint64, what, format string, args ...any) {
	c.broken = true
	c.find(k, branch, seq, what, "", format, args...)
}

// run checks the terminal.
func (c *checked) run() error {
	c.r.Terminals++
	c.r.Branches += len(c.t.Branches)
	c.h = history{t: c.t}
	if err := c.h.read(c.v); err != nil {
		return err
	}
	c.prove()
	for _, b := range c.boxes {
		if err := c.box(b); err != nil {
			return err
		}
	}
	c.forgotten()
	if err := c.read(); err != nil {
		return err
	}
	if err := c.inherited(); err != nil {
		return err
	}
	if c.broken { // what hangs off places that are not right would only repeat it
		return c.count()
	}

	c.payments, c.refunds = map[[2]string]payment{}, map[[2]string]office.Refund{}
	c.counts, c.days = map[string]counted{}, map[string]office.Day{}
	c.closed = map[string]closed{}
	for n := range c.t.Branches {
		f, err := c.h.replay(n)
		if err != nil {
			return err
		}
		c.compare(n, f)
		c.closings(n, f)
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.sales), byKey) {
		c.find(Wrong, k.branch, c.sales[k].Seq, "sale", k.id, "sale %s is in no event of this branch", k.id)
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.operations), byKey) {
		c.find(
			Wrong,
			k.branch,
			c.operations[k].Body.Seq,
			"operation",
			k.id,
			"operation %s is in no event of this branch",
			k.id,
		)
	}
	if err := c.zs(); err != nil {
		return err
	}
	return c.money()
}

func byKey(a, b rowKey) int {
	if a.branch != b.branch {
		return a.branch - b.branch
	}
	switch {
	case a.id < b.id:
		return -1
	case a.id > b.id:
		return 1
	}
	return 0
}

// forgotten counts what no box that was given has.
func (c *checked) forgotten() {
	if len(c.boxes) == 0 && !c.all {
		return
	}
	for _, is := range c.held {
		if is.asked {
			continue
		}
		if c.r.Forgotten++; c.all {
			c.find(Wrong, int(is.branch), 0, "place", "", "a place of branch %d is in no chain of any box", is.branch)
		}
	}
}

// read reads rows of sales and operations.
func (c *checked) read() error {
	c.sales, c.operations = map[rowKey]Sale{}, map[rowKey]Operation{}
	err := c.v.Sales(c.t.ID, func(s Sale) error {
		c.r.Sales++
		c.sales[rowKey{s.Branch, s.ID}] = s
		return nil
	})
	if err != nil {
		return err
	}
	return c.v.Operations(c.t.ID, func(o Operation) error {
		c.r.Operations++
		c.operations[rowKey{o.Branch, o.ID}] = o
		return nil
	})
}

// compare holds a branch's rows against its events, and takes out those it has seen.
func (c *checked) compare(n int, f fold) {
	for _, id := range slices.Sorted(maps.Keys(f.sales)) {
		want := f.sales[id]
		if !want.mine {
			continue
		}
		key := rowKey{n, id}
		row, found := c.sales[key]
		delete(c.sales, key)
		if !found {
			c.find(Missing, n, want.is.Seq, "sale", id, "sale %s has no row", id)
			continue
		}
		c.sale(n, &row, want)
		c.counts[id] = counted{want.is.Day, want.is.Seq, countsOf(&want.is)}
		c.back(n, &want.is)
		for k, sum := range moneyOf(&want.is) {
			p := payment{branch: n, sale: id, day: want.is.Day, seq: want.is.Seq, sum: sum}
			if was, known := c.payments[k]; !known || was.sale == id {
				c.payments[k] = p
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.operations)) {
		want := f.operations[id]
		if !want.mine || want.is.Seq == 0 { // of one that began before what is here nothing is known
			continue
		}
		key := rowKey{n, id}
		row, found := c.operations[key]
		delete(c.operations, key)
		if !found {
			c.find(Missing, n, want.is.Seq, "operation", id, "operation %s has no row", id)
			continue
		}
		if is, wants := text(row.Body), text(want.is); is != wants {
			c.find(Wrong, n, want.is.Seq, "operation", id, "operation %s is %s, and its events say %s", id, is, wants)
		}
	}
}

func (c *checked) sale(n int, row *Sale, want *folded[state.Sale]) {
	is := want.is
	if is.ID == "" {
		is.ID = row.ID // no event of it could be followed
	}
	if a, b := text(row.Body.Sale), text(is); a != b {
		c.find(Wrong, n, is.Seq, "sale", is.ID, "sale %s is %s, and its events say %s", is.ID, a, b)
	}
	if row.Seq != is.Seq || row.Day != is.Day || row.Number != is.Number || row.Amount != is.Amount ||
		row.Phase != is.Phase {
		c.find(
			Wrong,
			n,
			is.Seq,
			"sale",
			is.ID,
			"the columns of sale %s say event %d, day %s, number %d, %s, %s: want %d, %s, "+
				"%d, %s, %s",
			is.ID,
			row.Seq,
			row.Day,
			row.Number,
			row.Amount,
			row.Phase,
			is.Seq,
			is.Day,
			is.Number,
			is.Amount,
			is.Phase,
		)
	}
	if row.Body.Trouble != "" != want.refused {
		c.find(Wrong, n, is.Seq, "sale", is.ID, "sale %s has the trouble %q, and its events being refused is %t", is.ID,
			row.Body.Trouble, want.refused)
	}
}

// money holds payments and days against what the events say.
func (c *checked) money() error {
	err := c.v.Payments(c.t.ID, func(p office.Payment) error {
		c.r.Payments++
		c.r.Received += p.Received
		key := [2]string{p.Gateway, p.ID}
		want, known := c.payments[key]
		delete(c.payments, key)
		if !known {
			c.find(
				Wrong,
				p.Branch,
				0,
				"payment",
				p.ID,
				"payment %s of %s, %s, is in no event",
				p.ID,
				p.Gateway,
				p.Received,
			)
			return nil
		}
		got := office.Sum{
			Payments: 1,
			Received: p.Received,
			Kept:     p.Kept,
			Surplus:  p.Surplus,
			Gone:     p.Gone,
			Refunded: p.Refunded,
			Reversed: p.Reversed,
		}
		if p.Branch != want.branch || p.Sale != want.sale || p.Day != want.day || got != want.sum.Sum {
			c.find(
				Wrong,
				p.Branch,
				want.seq,
				"payment",
				p.ID,
				"payment %s of %s is of branch %d, sale %s, %s, %+v: its events "+
					"say %d, %s, %s, %+v",
				p.ID,
				p.Gateway,
				p.Branch,
				p.Sale,
				p.Day,
				got,
				want.branch,
				want.sale,
				want.day,
				want.sum.Sum,
			)
		}
		c.r.Replayed += want.sum.Received
		d := c.days[want.day]
		d.Hours[want.sum.hour] += want.sum.Received
		d.Sum = plus(d.Sum, want.sum.Sum)
		c.days[want.day] = d
		return nil
	})
	if err != nil {
		return err
	}
	for k, want := range c.payments { // that are not this terminal's
		p, found, err := c.v.Payment(k[0], k[1])
		switch {
		case err != nil:
			return err
		case !found && len(k[0]) <= office.MaxKey && len(k[1]) <= office.MaxKey && want.sum.Payments > 0:
			c.find(Missing, want.branch, want.seq, "payment", k[1], "payment %s of %s, %s, has no row", k[1], k[0],
				want.sum.Received)
		case found && p.Sale == want.sale && slices.Contains(c.replaced, p.Terminal): // it was given that past
			if old, ok := c.before[want.sale]; ok && want.seq > old.Seq {
				d := c.days[want.day]
				d.Sum = plus(d.Sum, minus(want.sum.Sum, p.Sum))
				c.days[want.day] = d
			}
		case found && p.Terminal != c.t.ID:
			c.r.Shared++ // the other one's events must say it too, or it is wrong there
		}
	}

	if err := c.goneBack(); err != nil {
		return err
	}

	for id, is := range c.counts {
		if old, ok := c.before[id]; ok && is.seq <= old.Seq {
			continue
		} else if ok {
			d := c.days[is.day]
			take(&d, countsOf(&old.Body.Sale))
			c.days[is.day] = d
		}
		if is.Counts != (office.Counts{}) {
			d := c.days[is.day]
			add(&d, is.Counts)
			c.days[is.day] = d
		}
	}
	err = c.v.Days(c.t.ID, func(d office.Day) error {
		c.r.Days++
		c.r.OfDays += d.Received
		want := c.days[d.Day]
		want.Terminal, want.Day = d.Terminal, d.Day
		if d != want {
			c.find(Wrong, 0, 0, "day", d.Day, "day %s is %+v, and its sales and payments are %+v", d.Day, d, want)
		}
		delete(c.days, d.Day)
		return nil
	})
	for d, want := range c.days {
		if want == (office.Day{}) { // all of it is the terminal's whose place this one took
			continue
		}
		c.find(Missing, 0, 0, "day", d, "day %s, of %+v, has no row", d, want)
	}
	return err
}

// back notes what the events say that went back of a sale's payments.
func (c *checked) back(n int, s *state.Sale) {
	if s.Demo {
		return
	}
	note := func(p *state.Payment, key string, others bool, amount money.Paise, status state.RefundStatus) {
		k := [2]string{p.Gateway, key}
		if len(k[0]) > office.MaxKey || len(k[1]) > office.MaxKey {
			return
		}
		c.refunds[k] = office.Refund{
			Gateway:  p.Gateway,
			Key:      key,
			Others:   others,
			Terminal: c.t.ID,
			Branch:   n,
			Sale:     s.ID,
			Day:      s.Day,
			Payment:  p.ID,
			Amount:   amount,
			Status:   status,
		}
	}
	for _, r := range s.Refunds {
		if p := s.Payment(r.PaymentID); p != nil {
			note(p, r.Key, false, r.Amount, r.Status)
		}
	}
	for _, m := range s.Movements() {
		if p := s.Payment(m.PaymentID); p != nil && m.What == journal.MoneyTaken {
			amount, status := s.Taken(m.PaymentID), state.RefundProcessed
			if amount == 0 {
				status = state.RefundFailed
			}
			note(p, office.ByOthers+p.ID, true, amount, status)
		}
	}
}

// goneBack holds the rows of money that went back against the events.
func (c *checked) goneBack() error {
	err := c.v.Refunds(c.t.ID, func(r office.Refund) error {
		c.r.Refunds++
		k := [2]string{r.Gateway, r.Key}
		want, known := c.refunds[k]
		delete(c.refunds, k)
		r.Number, r.Reason, r.RRN, r.By, r.Approver = 0, "", "", "", ""
		r.AskedAt, r.DoneAt = time.Time{}, time.Time{}
		if !known || r != want {
			c.find(Wrong, r.Branch, 0, "refund", r.Key, "refund %+v: its events say %+v", r, want)
		}
		return nil
	})
	for k, want := range c.refunds {
		is, found, err := c.v.Refund(k[0], k[1])
		if err != nil {
			return err
		}
		if !found || is.Terminal == c.t.ID { // another's is claimed by two boxes, as its payment
			c.find(Missing, want.Branch, 0, "refund", k[1], "refund %+v has no row", want)
		}
	}
	return err
}

// inherited reads what terminals whose place this one took have of the same sales: the youngest that has one says.
func (c *checked) inherited() error {
	c.before = map[string]Sale{}
	for _, old := range c.replaced {
		newest := map[string]Sale{}
		err := c.v.Sales(old, func(s Sale) error {
			if was, known := newest[s.ID]; !known || was.Branch < s.Branch {
				newest[s.ID] = s
			}
			return nil
		})
		if err != nil {
			return err
		}
		for id, s := range newest {
			_, younger := c.before[id]
			for n := range c.t.Branches {
				is, known := c.sales[rowKey{n, id}]
				if !younger && known && s.Day == is.Day && s.Number == is.Number &&
					s.Body.OpenedAt.Equal(is.Body.OpenedAt) {
					c.before[id] = s
				}
			}
		}
	}
	return nil
}

// count counts what is not looked at.
func (c *checked) count() error {
	err := c.v.Payments(c.t.ID, func(p office.Payment) error {
		c.r.Payments++
		c.r.Received += p.Received
		return nil
	})
	if err != nil {
		return err
	}
	err = c.v.Refunds(c.t.ID, func(office.Refund) error { c.r.Refunds++; return nil })
	if err != nil {
		return err
	}
	return c.v.Days(c.t.ID, func(d office.Day) error {
		c.r.Days++
		c.r.OfDays += d.Received
		return nil
	})
}

func plus(a, b office.Sum) office.Sum {
	a.Payments += b.Payments
	a.Received += b.Received
	a.Kept += b.Kept
	a.Surplus += b.Surplus
	a.Gone += b.Gone
	a.Refunded += b.Refunded
	a.Reversed += b.Reversed
	return a
}

func minus(a, b office.Sum) office.Sum {
	return plus(a, office.Sum{
		Payments: -b.Payments,
		Received: -b.Received,
		Kept:     -b.Kept,
		Surplus:  -b.Surplus,
		Gone:     -b.Gone,
		Refunded: -b.Refunded,
		Reversed: -b.Reversed,
	})
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
