package books

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

func (b *bench) at(text string) {
	at, err := time.ParseInLocation(time.DateTime, text, day.IST)
	if err != nil {
		panic(err)
	}
	looks := 0
	b.clock = func() time.Time { looks++; return at.Add(time.Duration(looks) * time.Millisecond) }
	b.till.Now = b.clock
}

func (b *bench) x(t *testing.T) Report {
	t.Helper()
	r, err := b.X(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// z closes, and says of each report made its day, its net, and the nets of other days.
func (b *bench) z(t *testing.T, key, business string) string {
	t.Helper()
	all, err := b.Close(t.Context(), "", key, "test", business)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, z := range all {
		text := fmt.Sprintf("Z%d %s %d", z.Report.Number, z.Report.Day[8:], z.Report.NetPaise)
		for _, o := range z.Report.OtherDays {
			text += fmt.Sprintf(" of %s %d", o.Day[8:], o.NetPaise)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// TestMoney_25: a Z names the day it closes, and holds the facts of that day. Yesterday closed this morning leaves
// today free; a mistaken Z at noon shifts no afternoon into the next day; days that were forgotten are closed in one
// act, each by its own.
func TestMoney_25(t *testing.T) {
	// "AT pay AMOUNT" or "AT z DAY = WHAT"; restarted between all of them in a second run
	for name, tc := range map[string][]string{
		"yesterday this morning": {"2026-11-28 18:00:00 pay 33300", "2026-11-29 09:00:00 z = Z1 28 33300",
			"2026-11-29 12:00:00 pay 500", "2026-11-29 21:00:00 z = Z2 29 500",
			"2026-11-30 12:00:00 pay 700", "2026-11-30 21:00:00 z = Z3 30 700"},
		"yesterday by name, after the first sale": {"2026-11-28 18:00:00 pay 33300", "2026-11-29 09:00:00 pay 100",
			"2026-11-29 09:05:00 z 2026-11-28 = Z1 28 33300",
			"2026-11-29 21:00:00 z = Z2 29 100"},
		"every morning": {"2026-11-26 18:00:00 pay 1", "2026-11-27 09:00:00 z = Z1 26 1", "2026-11-27 09:10:00 pay 2",
			"2026-11-28 09:00:00 z = Z2 27 2", "2026-11-28 09:10:00 pay 3",
			"2026-11-29 09:00:00 z = Z3 28 3"},
		"forgotten, and closed in the evening": {"2026-11-26 18:00:00 pay 1", "2026-11-28 18:00:00 pay 2",
			"2026-11-29 18:00:00 pay 4", "2026-11-29 21:00:00 z = Z1 26 1, Z2 28 2, Z3 29 4"},
		"two days late": {"2026-11-26 18:00:00 pay 1", "2026-11-27 18:00:00 pay 2",
			"2026-11-29 09:00:00 z 2026-11-26 = Z1 26 1", "2026-11-29 09:01:00 z = Z2 27 2",
			"2026-11-29 20:00:00 z = Z3 29 0"},
		"a mistaken Z at noon": {"2026-11-29 10:00:00 pay 100", "2026-11-29 12:00:00 z = Z1 29 100",
			"2026-11-29 15:00:00 pay 250", "2026-11-30 10:00:00 pay 30", "2026-11-30 21:00:00 z = Z2 30 30 of 29 250"},
		"a clock that fell back": {"2026-11-29 10:00:00 pay 100", "2026-11-29 21:00:00 z = Z1 29 100",
			"2020-01-01 00:01:00 pay 5",
			"2020-01-01 09:00:00 z = it is 2020-01-01 by this box's clock, and Z report 1 closed 2026-11-29",
			"2026-11-30 21:00:00 z = Z2 30 0 of 01 5"},
		"a clock that ran ahead": {"2026-11-29 10:00:00 pay 100", "2035-01-05 10:00:00 pay 7",
			"2026-11-29 21:00:00 z = Z1 29 100 of 05 7", "2026-11-30 21:00:00 z = Z2 30 0"},
		"not yet": {"2026-11-29 10:00:00 z 2026-11-30 = business day 2026-11-30 has not begun: it is 2026-11-29"},
		"before the newest": {"2026-11-29 10:00:00 pay 1", "2026-11-29 21:00:00 z = Z1 29 1",
			"2026-11-29 22:00:00 z 2026-11-20 = business day 2026-11-20 is before 2026-11-29, which Z report 1 " +
				"closed, and with it every day before"},
		"a day closed years ago by a wrong clock": {"2026-12-05 10:00:00 pay 1", "2026-12-05 11:00:00 z = Z1 05 1",
			"2026-11-29 10:00:00 z 2026-11-29 = Z2 29 0",
			"2026-12-04 18:00:00 pay 4", "2026-12-05 12:00:00 pay 5", "2026-12-06 09:00:00 z = Z3 04 4",
			"2026-12-06 21:00:00 z = Z4 06 0 of 05 5"},
		"nothing at all": {"2026-11-29 10:00:00 z = Z1 29 0"},
	} {
		for _, restarts := range []bool{false, true} {
			b := newBench(t)
			for i, step := range tc {
				if restarts {
					b.restart(t, b.till)
				}
				at, rest := step[:19], step[20:]
				b.at(at)
				what, want, _ := strings.Cut(rest, "= ")
				if amount, ok := strings.CutPrefix(what, "pay "); ok {
					paise, err := money.Parse(amount + ".00")
					if err != nil {
						t.Fatal(err)
					}
					b.till.Pay(open(t, b.till, paise/100), 0)
					continue
				}
				business := strings.TrimSpace(strings.TrimPrefix(what, "z"))
				if got := b.z(t, fmt.Sprint("key", i), business); got != want {
					t.Errorf("%s, restarts %v, %s:\n%s", name, restarts, step, got)
				}
				if got := b.z(t, fmt.Sprint("key", i), business); got != want {
					t.Errorf("%s, restarts %v, %s asked again:\n%s", name, restarts, step, got)
				}
			}
		}
	}
}

// TestAnActBrokenOff: an act that dies between two days goes on when it is asked for again, and the same key tells all
// of it.
func TestAnActBrokenOff(t *testing.T) {
	b := newBench(t)
	for i, at := range []string{"2026-11-26 18:00:00", "2026-11-27 18:00:00", "2026-11-28 18:00:00"} {
		b.at(at)
		b.till.Pay(open(t, b.till, money.Paise(i+1)), 0)
	}
	puts := 0
	record := b.o.Record
	b.o.Record = func(a state.Act, do func() error) error {
		if puts++; puts == 2 {
			return context.DeadlineExceeded
		}
		return record(a, do)
	}
	if got := b.z(t, "k", ""); got != context.DeadlineExceeded.Error() {
		t.Fatal(got)
	}
	b.restart(t, b.till)
	for range 2 {
		if got := b.z(t, "k", ""); got != "Z1 26 1, Z2 27 2, Z3 28 3" {
			t.Error(got)
		}
	}
	if z, _ := b.Z(3); !slices.Equal(z.Report.With, []int{1, 2}) {
		t.Errorf("with %v", z.Report.With)
	}
}

// TestMoney_27: refunds and reversals of another day's money are of the day they happen; the day's net may be below
// zero.
func TestMoney_27(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-28 12:00:00")
	id := open(t, b.till, 50000)
	b.till.Pay(id, 0)
	b.at("2026-11-28 21:00:00")
	if got := b.z(t, "z1", ""); got != "Z1 28 50000" {
		t.Fatal(got)
	}
	b.at("2026-11-29 12:00:00")
	_, err := b.till.Refund(t.Context(), till.RefundRequest{Key: "f", SaleID: id, Amount: 20000, By: "asha"})
	if err != nil {
		t.Fatal(err)
	}
	r := b.x(t)
	want := Line{1, 20000}
	if r.NetPaise != -20000 || r.Refunds != want || r.UPI != (Line{}) || r.Sales != (Line{}) || len(r.Cashiers) != 1 ||
		r.Cashiers[0].Name != "asha" ||
		r.Cashiers[0].Refunds != want ||
		len(r.Gateways) != 1 ||
		r.Gateways[0].Refunds != want ||
		r.OtherDays != nil {
		t.Errorf("%+v", r)
	}
	if got := b.z(t, "z2", ""); got != "Z2 29 -20000" {
		t.Error(got)
	}
}

// TestOfRules1: a fact of a sale of rules 1 is of the day it was written, though its account puts it in another place
// where the clock ran back.
func TestOfRules1(t *testing.T) {
	b := newBench(t)
	w := &world{r: rand.New(rand.NewPCG(1, 1)), sales: map[string]state.Sale{}, bank: map[string]*account{}}
	at := func(text string) {
		b.at(text)
		w.now = b.clock()
	}
	b.restart(t, w)
	at("2026-11-28 12:00:00")
	w.apply(state.Event{
		SaleID: "S",
		Kind:   state.EventOpened,
		Opened: &state.Opened{Day: "2026-11-28", Amount: 500, Route: []string{"razorpay"}, Life: time.Minute},
	})
	w.apply(state.Event{SaleID: "S", Kind: state.EventAttemptAsked, Attempt: "A", Gateway: "razorpay"})
	w.apply(state.Event{
		SaleID:  "S",
		Kind:    state.EventAttemptQuoted,
		Attempt: "A",
		Quote:   &state.Quote{OrderID: "o", Payload: "upi://pay"},
	})
	w.bank["Sp"] = &account{sale: "S", id: "p", amount: 500}
	w.read("S", w.bank["Sp"])
	w.now = w.now.Add(time.Hour)
	w.apply(state.Event{
		SaleID: "S",
		Kind:   state.EventRefundAsked,
		By:     "m",
		Refund: &state.Refund{Key: "k", PaymentID: "p", Amount: 200},
	})
	b.x(t)
	at("2026-11-28 09:00:00") // the clock ran back
	w.apply(state.Event{
		SaleID: "S",
		Kind:   state.EventRefundSeen,
		Refund: &state.Refund{Key: "k", Status: state.RefundProcessed},
	})
	at("2026-11-28 14:00:00")
	if r := b.x(t); r.UPI.Paise != 500 || r.Refunds.Paise != 200 || r.PendingRefunds.Count != 0 || r.NetPaise != 300 {
		t.Errorf("%+v", r)
	}
}

// TestSince: what every morning closes of the day before keeps no more than a day open.
func TestSince(t *testing.T) {
	midnight := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, day.IST) }
	z := func(seq uint64, from, to int) Z {
		return Z{Report: Report{Seq: seq, Left: &Span{midnight(from), midnight(to)}}}
	}
	for name, tc := range map[string]struct {
		closed []Z
		want   uint64
	}{
		"none":                {nil, 0},
		"today":               {[]Z{{Report: Report{Seq: 7}}}, 7},
		"yesterday":           {[]Z{z(7, 2, 3)}, 0},
		"every morning":       {[]Z{z(7, 2, 3), z(17, 3, 4), z(27, 4, 5)}, 17},
		"two days late":       {[]Z{{Report: Report{Seq: 3}}, z(7, 2, 4), z(17, 3, 4)}, 3},
		"then in the evening": {[]Z{z(7, 2, 3), z(17, 3, 4), {Report: Report{Seq: 18}}}, 18},
	} {
		if got := since(tc.closed); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

// world plays random days against a till of its own, and keeps a book of its own of what happened when: it adds up what
// it did.
type world struct {
	Till // what this test does not ask
	r    *rand.Rand
	now  time.Time
	// the clock runs back at times; then all sales are of rules 2: what is written of rules 1 has no order but the
	// clock's
	back bool

	sales  map[string]state.Sale
	ids    []string
	events []state.Event

	bank  map[string]*account // by sale and payment
	facts []deed
	last  string // day of the newest Z
	days  map[string]bool
}

type account struct {
	sale, id     string
	amount       money.Paise
	back, others money.Paise // by refunds of ours, by others
	fee          money.Paise // of one on credit; 0: it is not
	pending      string      // key of a refund of ours under way
	asked        money.Paise
}

// deed is one thing that moved money, or a sale, and where it was reported.
type deed struct {
	day    string
	what   string
	amount money.Paise
	z      int
	other  bool
}

func (w *world) Seq() (uint64, error) { return uint64(len(w.events)), nil }

func (w *world) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	rest := w.events[min(since, uint64(len(w.events))):]
	return rest[:min(limit, len(rest), 1+w.r.IntN(20))], ctx.Err() // batches end anywhere
}

func (w *world) Sale(_ context.Context, id string) (state.Sale, error) { return w.sales[id], nil }

func (w *world) Sales(context.Context, state.Query) ([]state.Sale, error) { return nil, nil }

func (w *world) did(what string, amount money.Paise) {
	w.facts = append(w.facts, deed{day: day.Business(w.now, 0), what: what, amount: amount})
}

func (w *world) apply(e state.Event) state.Sale {
	e.Seq, e.At = uint64(len(w.events)+1), w.now
	before := w.sales[e.SaleID]
	s, _, err := state.Apply(before, e)
	if err != nil {
		panic(fmt.Sprintf("%+v: %v", e, err))
	}
	w.events, w.sales[e.SaleID] = append(w.events, e), s
	if before.Phase != s.Phase {
		switch s.Phase {
		case state.PhasePaid:
			w.did("paid", s.Amount)
		case state.PhaseClosed:
			w.did("cancelled", s.Amount)
		}
	}
	return s
}

func (w *world) read(id string, of ...*account) {
	s := w.sales[id]
	reading := state.Reading{Order: "open"}
	for _, a := range of {
		p := state.Payment{ID: a.id, Amount: a.amount, Status: state.PaymentCaptured, Refunded: a.back + a.others}
		if a.fee > 0 {
			p.AccountType, p.Fee = "credit_card", a.fee
		}
		if a.back+a.others == a.amount {
			p.Status = state.PaymentRefunded
		}
		reading.Payments = append(reading.Payments, p)
	}
	w.apply(state.Event{SaleID: id, Kind: state.EventReading, Attempt: s.Attempts[0].Ref, Reading: &reading})
}

// step is one turn: all its events have one time.
func (w *world) step() {
	r := w.r
	switch n := r.IntN(40); {
	case n < 20:
		w.now = w.now.Add(time.Duration(1+r.IntN(4000)) * time.Second)
	case n < 22:
		w.now = w.now.Add(time.Duration(r.IntN(50))*time.Hour + time.Millisecond)
	case n == 22 && w.back:
		w.now = w.now.Add(
			-time.Duration(r.IntN(30))*time.Hour - time.Duration(1+r.IntN(1e6)),
		) // no two turns have one time
	default:
		w.now = w.now.Add(time.Duration(1+r.IntN(1000)) * time.Millisecond)
	}

	if len(w.ids) == 0 || r.IntN(6) == 0 {
		id := fmt.Sprintf("S%06d", len(w.ids)+1)
		o := &state.Opened{
			Number: len(w.ids) + 1,
			Day:    day.Business(w.now, 0),
			Amount: money.Paise(1 + r.IntN(900)),
			Route:  []string{"razorpay"},
			Life:   time.Minute,
			Rules:  2,
		}
		if !w.back && r.IntN(2) == 0 {
			o.Rules = 1
		}
		w.ids = append(w.ids, id)
		w.did("sales", o.Amount)
		w.apply(state.Event{SaleID: id, Kind: state.EventOpened, By: fmt.Sprint("c", r.IntN(3)), Opened: o})
		w.apply(state.Event{SaleID: id, Kind: state.EventAttemptAsked, Attempt: id + "-1", Gateway: "razorpay"})
		w.apply(state.Event{
			SaleID:  id,
			Kind:    state.EventAttemptQuoted,
			Attempt: id + "-1",
			Quote:   &state.Quote{OrderID: "o", Payload: "upi://pay"},
		})
		return
	}
	id := w.ids[max(0, len(w.ids)-1-r.IntN(8))]
	s := w.sales[id]
	var of []*account
	for _, p := range s.Payments {
		of = append(of, w.bank[id+p.ID])
	}
	var a *account
	if len(of) > 0 {
		a = of[r.IntN(len(of))]
	}
	switch n := r.IntN(12); {
	case n < 4: // a customer pays, it may be another sum
		amount := s.Amount
		if r.IntN(3) == 0 {
			amount = money.Paise(1 + r.IntN(900))
		}
		fresh := &account{sale: id, id: fmt.Sprint("p", len(of)), amount: amount}
		w.bank[id+fresh.id] = fresh
		w.did("upi", amount)
		if r.IntN(3) == 0 {
			fresh.fee = 1 + amount/50
			w.did("credit", amount)
			w.did("fee", fresh.fee)
		}
		w.read(id, append(of, fresh)...)
	case n < 6 && a != nil && a.pending == "" && s.Phase.Final(): // a refund is asked
		if most := min(s.Refundable(a.id), a.amount-a.back-a.others); most > 0 {
			a.pending, a.asked = fmt.Sprint("k", len(w.events)), money.Paise(1+r.IntN(int(most)))
			w.apply(state.Event{
				SaleID: id,
				Kind:   state.EventRefundAsked,
				By:     "m",
				Refund: &state.Refund{
					Key:       a.pending,
					PaymentID: a.id,
					Amount:    a.asked,
					Confirmed: true,
					Goods:     r.IntN(2) == 0,
				},
			})
		}
	case n < 8 && a != nil && a.pending != "": // and ends
		status := state.RefundFailed
		if r.IntN(3) > 0 {
			status, a.back = state.RefundProcessed, a.back+a.asked
			w.did("refunds", a.asked)
		}
		w.apply(
			state.Event{SaleID: id, Kind: state.EventRefundSeen, Refund: &state.Refund{Key: a.pending, Status: status}},
		)
		a.pending = ""
	case n == 8 && a != nil && a.pending == "" && s.Phase.Final():
		// others send some back, or what they sent comes again
		was := a.others
		a.others = money.Paise(r.IntN(int(a.amount - a.back + 1)))
		if s.Rules < 2 { // there it only rises, and has no moment: it counts when the sale is brought to rules 2
			a.others = max(a.others, was)
			was = a.others
		}
		switch {
		case a.others > was:
			w.did("reversals", a.others-was)
		case a.others < was:
			w.did("returned", was-a.others)
		}
		w.read(id, a)
	case n == 9: // it is cancelled
		if !s.Phase.Final() && s.Closing == nil {
			w.apply(state.Event{SaleID: id, Kind: state.EventCloseAsked, Close: state.CloseCancelled, By: "c1"})
			w.apply(state.Event{
				SaleID:  id,
				Kind:    state.EventAttemptClosed,
				Attempt: s.Attempts[0].Ref,
				Reading: &state.Reading{Order: "closed"},
			})
		}
	case n == 10 && s.Rules > 1: // a person keeps what came
		for _, i := range s.Attention {
			if strings.HasPrefix(i.ID, "money:") {
				w.did("accepted", i.Amount)
				w.apply(state.Event{
					SaleID: id,
					Kind:   state.EventResolved,
					Resolution: &state.Resolution{
						Attention: i.ID,
						Action:    state.ActionAccept,
						Amount:    i.Amount,
						By:        "m",
					},
				})
				return
			}
		}
	case n == 11 && s.Rules < 2: // the till brings it to the present rules
		if slices.ContainsFunc(of, func(a *account) bool { return a.pending != "" }) {
			return
		}
		w.read(id, of...)
		for _, a := range of {
			if a.others > 0 {
				w.did("reversals", a.others)
			}
		}
		w.apply(state.Event{SaleID: id, Kind: state.EventRules, Rules: state.Rules})
	}
}

// close closes a day, and says by itself what belongs into which report.
func (w *world) close(t *testing.T, b *Books, key string) {
	today := day.Business(w.now, 0)
	want := today
	if w.r.IntN(2) == 0 {
		want = day.Business(w.now.AddDate(0, 0, -1), 0)
	}
	number := len(b.List())
	all, err := b.Close(t.Context(), "", key, "m", want)
	if refused := w.days[want] || want < w.last && want != today; (err != nil) != refused {
		t.Fatalf("Z of %s on %s after that of %s: %v", want, today, w.last, err)
	}
	if err != nil {
		return
	}
	own := map[string]bool{want: true}
	for _, d := range w.facts {
		if d.z == 0 && d.day > w.last && d.day <= want && !w.days[d.day] {
			own[d.day] = true
		}
	}
	for _, z := range all {
		if !own[z.Report.Day] &&
			// of refunds that were only asked: this book has no such fact
			z.Report.Sales.Count+z.Report.UPI.Count == 0 {
			own[z.Report.Day] = true
		}
	}
	var days []string
	for d := range own {
		days = append(days, d)
	}
	slices.Sort(days)
	for i := range w.facts {
		if d := &w.facts[i]; d.z == 0 && (d.day <= want || d.day > today) {
			d.other = !own[d.day]
			d.z = number + 1
			if d.day <= today { // another day's stands in the Z of the day behind it
				d.z += slices.IndexFunc(days, func(day string) bool { return day >= d.day })
			}
		}
	}
	for i, d := range days {
		w.days[d] = true
		if i >= len(all) || all[i].Report.Day != d || all[i].Report.Number != number+1+i {
			t.Fatalf("days %q were closed by %d reports", days, len(all))
		}
		w.check(t, all[i].Report, number+1+i)
	}
	w.last = want
}

// check adds up what a report has to say; z 0 is an X.
func (w *world) check(t *testing.T, r Report, z int) {
	t.Helper()
	sum := map[string]Line{}
	for _, d := range w.facts {
		if d.z != z {
			continue
		}
		other := d.other
		if z == 0 {
			other = d.day != r.Day
		}
		key := d.what
		if other {
			key = d.day + " " + d.what
		}
		l := sum[key]
		count(&l, d.amount)
		sum[key] = l
	}
	held := func(prefix string, parts map[string]Line, net money.Paise) {
		for what, l := range parts {
			if l != sum[prefix+what] {
				t.Fatalf("report %d of %s, %s%s is %v, and %v happened\n%+v",
					z, r.Day, prefix, what, l, sum[prefix+what], r)
			}
			delete(sum, prefix+what)
		}
		want := parts["upi"].Paise + parts["returned"].Paise - parts["refunds"].Paise - parts["reversals"].Paise
		if net != want {
			t.Fatalf("report %d of %s: net %s, and %s of %s", z, r.Day, net, want, prefix)
		}
	}
	held(
		"",
		map[string]Line{
			"sales":     r.Sales,
			"paid":      r.Paid,
			"upi":       r.UPI,
			"credit":    r.Credit,
			"fee":       {r.Credit.Count, r.CreditFee},
			"refunds":   r.Refunds,
			"reversals": r.Reversals,
			"returned":  r.Returned,
			"accepted":  r.Accepted,
			"cancelled": r.Cancelled,
		},
		r.NetPaise,
	)
	for _, o := range append(slices.Clone(r.OtherDays), r.OpenDays...) {
		held(
			o.Day+" ",
			map[string]Line{
				"sales":     o.Sales,
				"paid":      o.Paid,
				"upi":       o.UPI,
				"credit":    o.Credit,
				"fee":       {o.Credit.Count, o.CreditFee},
				"refunds":   o.Refunds,
				"reversals": o.Reversals,
				"returned":  o.Returned,
				"accepted":  o.Accepted,
				"cancelled": o.Cancelled,
			},
			o.NetPaise,
		)
	}
	for what, l := range sum {
		t.Fatalf("report %d of %s: %s %v happened and is nowhere\n%+v", z, r.Day, what, l, r)
	}
	var cashiers, gateways money.Paise
	for _, c := range r.Cashiers {
		cashiers += c.Paid.Paise - c.Refunds.Paise
	}
	for _, g := range r.Gateways {
		gateways += g.Paid.Paise + g.Returned.Paise - g.Refunds.Paise - g.Reversals.Paise
	}
	if cashiers != r.Paid.Paise-r.Refunds.Paise || gateways != r.NetPaise {
		t.Fatalf("report %d of %s: by cashier %s, by gateway %s\n%+v", z, r.Day, cashiers, gateways, r)
	}
}

// TestDaysAddUp: over random histories of both rules, days closed in any order, restarts and clocks that jump, each
// report says what the test itself did on that day, and everything is in one report. Sums that were kept over a restart
// say the same as the events.
func TestDaysAddUp(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() { // make quick
		seeds = 60
	}
	for seed := range seeds {
		w := &world{
			r:     rand.New(rand.NewPCG(seed, 16)),
			now:   time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
			sales: map[string]state.Sale{},
			bank:  map[string]*account{},
			days:  map[string]bool{},
			back:  seed%2 > 0,
		}
		settings, sums := countertest.NewSettings(), &rows{}
		books := func(sums Totals) *Books {
			b, err := New(Options{
				Till:     w,
				Settings: settings,
				Totals:   sums,
				Record:   func(_ state.Act, do func() error) error { return do() },
				Now:      func() time.Time { return w.now },
			})
			if err != nil {
				t.Fatal(err)
			}
			b.most, b.rest = 1+w.r.Uint64N(30), 1+w.r.Uint64N(10)
			return b
		}
		b := books(sums)
		for i := range 200 {
			w.step()
			switch w.r.IntN(25) {
			case 0:
				w.close(t, b, fmt.Sprint("key", i))
			case 1:
				b = books(sums)
			case 2, 3:
				r, err := b.X(t.Context(), "m")
				if err != nil {
					t.Fatal(err)
				}
				w.check(t, r, 0)
				if w.r.IntN(2) > 0 {
					break
				}
				again, err := books(nil).X(t.Context(), "m")
				if err != nil || !reflect.DeepEqual(r, again) {
					t.Errorf("by sums that were kept: %+v\nby the events: %+v, %v", r, again, err)
				}
				if w.back { // an X of today alone finds its beginning by the clock
					break
				}
				behind := books(nil)
				behind.waits = -1
				alone, err := behind.X(t.Context(), "m")
				if alone.Summing == nil {
					t.Errorf("no word that days are missing: %+v", alone)
				}
				alone.Summing, alone.After, alone.OpenDays, alone.OtherDays = nil, r.After, r.OpenDays, r.OtherDays
				if err != nil || !reflect.DeepEqual(r, alone) {
					t.Errorf("today alone: %+v\nby all events: %+v, %v", alone, r, err)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// TestAnXThatNobodyWaitsFor (books.md 1): a request that goes away stops its work, what it read is kept, and meanwhile
// the Z reports are shown.
func TestAnXThatNobodyWaitsFor(t *testing.T) {
	b := newBench(t)
	for range 500 {
		open(t, b.till, 100)
	}
	ctx, gone := context.WithCancel(t.Context())
	slow := &slowTill{Till: b.till, asked: make(chan uint64), let: make(chan struct{})}
	b.restart(t, slow)
	ended := make(chan error)
	go func() { _, err := b.X(ctx, "test"); ended <- err }()
	if since := <-slow.asked; since != 0 {
		t.Fatal(since)
	}
	if n := len(b.List()); n != 0 { // answers
		t.Fatal(n)
	}
	second, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.X(second, "test"); err != context.Canceled {
		t.Errorf("who went away while waiting: %v", err)
	}
	slow.let <- struct{}{}
	if since := <-slow.asked; since != streamBatch {
		t.Fatal(since)
	}
	gone()
	slow.let <- struct{}{}
	if err := <-ended; err != context.Canceled {
		t.Errorf("who went away while reading: %v", err)
	}
	b.o.Till = b.till
	if b.stream.upto < streamBatch {
		t.Errorf("read up to %d", b.stream.upto)
	}
	if r := b.x(t); r.Sales.Count != 500 {
		t.Errorf("%+v", r)
	}
}

// slowTill answers when it is let.
type slowTill struct {
	Till
	asked chan uint64
	let   chan struct{}
}

func (s *slowTill) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	s.asked <- since
	<-s.let
	return s.Till.Events(ctx, since, limit)
}

// TestOtherTenderBesideKeptMoney: a sale that was closed as paid in another way, of which UPI money comes late and a
// part is kept, counts its amount once: what is kept by UPI, and the rest in another way, each on the day on which it
// became so.
func TestOtherTenderBesideKeptMoney(t *testing.T) {
	for name, c := range map[string]struct {
		came, other, kept money.Paise
		line              string
	}{
		"a part":   {came: 20000, other: 30000, kept: 20000, line: "300.00"},
		"all":      {came: 50000, other: 0, kept: 50000, line: "0.00"},
		"and more": {came: 60000, other: 0, kept: 60000, line: "0.00"},
	} {
		for _, later := range []bool{false, true} {
			b := newBench(t)
			b.at("2026-11-28 12:00:00")
			id := open(t, b.till, 50000)
			if _, err := b.till.Cancel(
				t.Context(),
				till.CancelRequest{Key: "c", SaleID: id, Reason: state.CloseOtherTender, By: "asha"},
			); err != nil {
				t.Fatal(err)
			}
			want := Line{1, c.other}
			if r := b.x(t); r.OtherTender != (Line{1, 50000}) {
				t.Fatalf("%s: before money came %+v", name, r.OtherTender)
			}
			if later {
				if got := b.z(t, "z1", ""); got != "Z1 28 0" {
					t.Fatal(got)
				}
				want = Line{0, c.other - 50000}
				b.at("2026-11-29 12:00:00")
			}

			b.till.Pay(id, c.came)
			if _, err := b.till.Resolve(
				t.Context(),
				till.ResolveRequest{Key: "r", SaleID: id, Action: state.ActionAccept, By: "ravi"},
			); err != nil {
				t.Fatal(err)
			}
			if r := b.x(t); r.OtherTender != want || r.Accepted.Paise != c.kept {
				t.Errorf("%s, later %v: the X has %+v in another way, want %+v, and %+v accepted",
					name, later, r.OtherTender, want, r.Accepted)
			}
			all, err := b.Close(t.Context(), "", "z2", "test", "")
			if err != nil || all[0].Report.OtherTender != want {
				t.Errorf("%s, later %v: %v, the Z has %+v", name, later, err, all[0].Report.OtherTender)
			}
			s, err := b.till.Sale(t.Context(), id)
			if line := ExportLine(s); err != nil || line[slices.Index(ExportHead, "other_tender_rupees")] != c.line {
				t.Errorf("%s: %v, exported as %q", name, err, line)
			}
		}
	}
}

// TestDemoWithoutASale: the reports of a demo box say so before its first sale, and a box that takes money does not.
func TestDemoWithoutASale(t *testing.T) {
	for _, demo := range []bool{false, true} {
		b := newBench(t)
		b.o.Demo = demo
		if r := b.x(t); r.Demo != demo {
			t.Errorf("demo %v: the X says %v", demo, r.Demo)
		}
		if all, err := b.Close(t.Context(), "", "z", "test", ""); err != nil || len(all) != 1 ||
			all[0].Report.Demo != demo {
			t.Errorf("demo %v: %v, %+v", demo, err, all)
		}
	}
}
