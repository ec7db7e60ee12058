package officetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
)

// Names that a box may give, and that a store has to tell apart.
var oddNames = []string{
	"plain", "zero\x00byte", `zero\0byte`, `\`, `\\`, "'; DROP TABLE sale; --", `"quoted"`, "রসিদ ₹ 🧾", " ",
	"\n\t\x01\x7f",
	"\uFFFD", "PLAIN", strings.Repeat("k", office.MaxKey), strings.Repeat("\x00", office.MaxKey),
	strings.Repeat(`\`, office.MaxKey),
}

// oddTimes are of whole microseconds, and none has a zone.
var oddTimes = []time.Time{
	{}, now, now.Add(time.Microsecond), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
}

// update wants a transaction to be there.
func update(t *testing.T, m Subject, terminals []string, do func(office.Tx)) {
	t.Helper()
	if err := m.Update(t.Context(), terminals, func(tx office.Tx) error { do(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, m Subject, do func(office.Tx)) {
	t.Helper()
	if err := m.View(t.Context(), func(tx office.Tx) error { do(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

// holds wants what was read to be a value, as JSON has it.
func holds[T any](t *testing.T, what string, want T) func(got T, found bool, err error) {
	return func(got T, found bool, err error) {
		t.Helper()
		if a, b := encode(got), encode(want); err != nil || !found || !bytes.Equal(a, b) {
			t.Fatalf("%s is %.800s (%v, %v), want %.800s", what, a, found, err, b)
		}
	}
}

func lacks[T any](t *testing.T, what string) func(got T, found bool, err error) {
	return func(got T, found bool, err error) {
		t.Helper()
		if err != nil || found {
			t.Fatalf("%s is there, and should not be: %+v %v", what, got, err)
		}
	}
}

// rowsOf are rows of a terminal, one of each kind for each odd name.
type rowsOf struct {
	t        *testing.T
	terminal string
}

func (r rowsOf) sale(i int) office.Sale {
	return office.Sale{Trouble: office.TroubleNewer, Sale: state.Sale{
		ID: oddNames[i], Seq: office.MaxSeq, Number: math.MaxInt, Day: oddNames[i], Amount: math.MaxInt64,
		Reference: oddNames[i], By: oddNames[i], Phase: state.Phase(oddNames[i]), Tender: state.TenderOver,
		Closing:  &state.Closing{Reason: state.CloseReason(oddNames[i])},
		Attempts: []state.Attempt{{Gateway: oddNames[i]}}, OpenedAt: oddTimes[i%len(oddTimes)],
		Attention: []state.Attention{{ID: oddNames[i], Kind: state.AttentionKind(oddNames[i])}},
	}}
}

func (r rowsOf) operation(i int) state.Operation {
	return state.Operation{
		ID: oddNames[i], Seq: 7, Kind: oddNames[i], Status: state.OperationStatus(oddNames[i]), By: oddNames[i],
		AskedAt: oddTimes[i%len(oddTimes)], Request: json.RawMessage(`{"a":1.50}`),
	}
}

func (r rowsOf) payment(i int) office.Payment {
	return office.Payment{
		Gateway:    oddNames[i],
		ID:         r.terminal + oddNames[i][:min(len(oddNames[i]), 400)],
		Terminal:   r.terminal,
		Branch:     i,
		Sale:       oddNames[i],
		Day:        oddNames[i],
		RRN:        oddNames[i],
		CapturedAt: oddTimes[i%len(oddTimes)],
		Late:       i%2 == 0,
		Sum: office.Sum{
			Payments: 1,
			Received: math.MaxInt64,
			Kept:     math.MaxInt64 - 5,
			Surplus:  2,
			Gone:     3,
			Refunded: 2,
			Reversed: 1,
		},
	}
}

func (r rowsOf) refund(i int) office.Refund {
	p := r.payment(i)
	asked := now.Add(time.Duration(i) * time.Microsecond)
	return office.Refund{
		Gateway: p.Gateway, Key: office.ByOthers + p.ID, Others: true, Terminal: r.terminal, Branch: i, Sale: p.Sale,
		Number: math.MaxInt, Day: p.Day, Payment: p.ID, Amount: math.MaxInt64, Status: state.RefundStatus(oddNames[i]),
		Reason: oddNames[i], RRN: oddNames[i], By: oddNames[i], Approver: oddNames[i], AskedAt: asked,
		DoneAt: oddTimes[i%len(oddTimes)],
	}
}

func (r rowsOf) z(i int) office.Z {
	bytes := []byte(oddNames[i])
	z := office.Z{
		Terminal:  r.terminal,
		Operation: oddNames[i],
		Branch:    i,
		Event:     office.MaxSeq,
		Number:    math.MaxInt - i,
		Day:       oddNames[i],
		By:        oddNames[i],
		At:        oddTimes[i%len(oddTimes)],
		SHA256:    fmt.Sprintf("%x", sha256.Sum256(bytes)),
		Net:       math.MinInt64,
		Seq:       office.MaxSeq - 1,
		State:     office.ZProved,
		Why:       oddNames[i],
		Bytes:     bytes,
	}
	if i%2 == 0 {
		z.Left = &office.Span{From: now, To: now.Add(time.Microsecond)}
	}
	return z
}

func (r rowsOf) day(i int) office.Day {
	d := office.Day{Terminal: r.terminal, Day: oddNames[i], Sum: office.Sum{
		Payments: math.MaxInt, Received: 100, Kept: 50, Surplus: 30, Gone: 20, Refunded: 5, Reversed: 6,
	}}
	d.Counts = office.Counts{
		Sales: math.MaxInt, Asked: math.MaxInt64, Paid: 1, Cancelled: 2, Expired: 3, Failed: 4, Elsewise: 5, Other: 6,
	}
	d.Hours[i%24] = 100
	return d
}

func (r rowsOf) put(tx office.Tx) {
	r.t.Helper()
	for i := range oddNames {
		if err := errors.Join(
			tx.PutSale(r.terminal, i, r.sale(i)),
			tx.PutOperation(r.terminal, i, r.operation(i)),
			tx.PutPayment(r.payment(i)),
			tx.PutRefund(r.refund(i)),
			tx.PutDay(r.day(i)),
			tx.PutZ(r.z(i)),
		); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r rowsOf) there(tx office.Tx) {
	r.t.Helper()
	for i, n := range oddNames {
		holds(r.t, "the sale", r.sale(i))(tx.Sale(r.terminal, i, n))
		holds(r.t, "the operation", r.operation(i))(tx.Operation(r.terminal, i, n))
		p := r.payment(i)
		got, found, err := tx.Payment(p.Gateway, p.ID)
		holds(r.t, "the payment", p)(got, found, err)
		if got != p {
			r.t.Fatalf("the payment is %+v, and is compared with %+v", got, p)
		}
		f := r.refund(i)
		holds(r.t, "the refund", f)(tx.Refund(f.Gateway, f.Key))
		holds(r.t, "the day", r.day(i))(tx.Day(r.terminal, n))
		holds(r.t, "the Z report", r.z(i))(tx.Z(r.terminal, n))
	}
}

// ahead reads all of them at once.
func (r rowsOf) ahead(tx office.Tx) {
	r.t.Helper()
	var all office.Ahead
	for i, n := range oddNames {
		all.Sales = append(all.Sales, office.Row{Terminal: r.terminal, Branch: i, ID: n})
		all.Payments = append(all.Payments, [2]string{r.payment(i).Gateway, r.payment(i).ID})
	}
	all.Operations = all.Sales
	if err := tx.ReadAhead(all); err != nil {
		r.t.Fatal(err)
	}
}

func (r rowsOf) gone(tx office.Tx) {
	r.t.Helper()
	for i, n := range oddNames {
		lacks[office.Sale](r.t, "the sale")(tx.Sale(r.terminal, i, n))
		lacks[state.Operation](r.t, "the operation")(tx.Operation(r.terminal, i, n))
		p := r.payment(i)
		lacks[office.Payment](r.t, "the payment")(tx.Payment(p.Gateway, p.ID))
		f := r.refund(i)
		lacks[office.Refund](r.t, "the refund")(tx.Refund(f.Gateway, f.Key))
		lacks[office.Day](r.t, "the day")(tx.Day(r.terminal, n))
	}
}

// testRows: what was put is read as it was, in its transaction and behind it, whatever a box wrote into it; rows that
// differ in one part of their key are other rows; Forget takes a terminal's and no other's.
func testRows(t *testing.T, open opener) {
	a, b := newShop(t, 1, 1), newShop(t, 2, 1)
	m := open(t, a.terminal(), b.terminal())
	mine, other := rowsOf{t, a.id}, rowsOf{t, b.id}
	update(t, m, []string{a.id}, func(tx office.Tx) {
		mine.ahead(tx)
		mine.gone(tx)
		mine.put(tx)
		mine.ahead(tx)
		mine.there(tx)
		mine.put(tx)
		other.gone(tx)
	})
	update(t, m, []string{b.id}, func(tx office.Tx) { other.put(tx) })
	view(t, m, func(tx office.Tx) { mine.ahead(tx); mine.there(tx); other.ahead(tx); other.there(tx) })
	view(t, m, func(tx office.Tx) {
		mine.there(tx)
		other.there(tx)
		lacks[office.Sale](t, "a sale of another branch")(tx.Sale(a.id, 1, oddNames[0]))
		lacks[office.Sale](t, "another sale")(tx.Sale(a.id, 0, "plai"))
		lacks[office.Payment](t, "a payment of another gateway")(tx.Payment("x", mine.payment(0).ID))
		lacks[office.Terminal](t, "a terminal")(tx.Terminal("nobody\x00\xff"))
		holds(t, "the terminal", a.terminal())(tx.Terminal(a.id))
	})

	changed := mine.payment(0)
	changed.Sum, changed.Branch, changed.Day = office.Sum{Payments: 1, Received: 5, Gone: 5}, 9, "2026-12-01"
	update(t, m, []string{a.id}, func(tx office.Tx) {
		mine.there(tx) // now in memory
		if err := tx.PutPayment(changed); err != nil {
			t.Fatal(err)
		}
		holds(t, "the payment", changed)(tx.Payment(changed.Gateway, changed.ID))
	})
	view(t, m, func(tx office.Tx) { holds(t, "the payment", changed)(tx.Payment(changed.Gateway, changed.ID)) })

	update(t, m, []string{a.id, b.id}, func(tx office.Tx) {
		one := mine.sale(0)
		one.ID = "written before"
		if err := errors.Join(tx.PutSale(a.id, 0, one), tx.Forget(a.id)); err != nil {
			t.Fatal(err)
		}
		mine.gone(tx)
		lacks[office.Sale](t, "a sale that is forgotten")(tx.Sale(a.id, 0, one.ID))
		other.there(tx)
		mine.put(tx)
	})
	view(t, m, func(tx office.Tx) { mine.there(tx); other.there(tx) })
	update(t, m, []string{a.id}, func(tx office.Tx) {
		if err := tx.Forget(a.id); err != nil {
			t.Fatal(err)
		}
	})
	view(t, m, func(tx office.Tx) { mine.gone(tx); other.there(tx) })
}

// testWhole: a transaction is there whole or not at all, however it ends. A commit fails in both ways.
func testWhole(t *testing.T, open opener) {
	s := newShop(t, 1, 1).trade(30)
	m := open(t, s.terminal())
	rows := rowsOf{t, s.id}
	broken := errors.New("broken")
	everything := func(tx office.Tx) error {
		rows.put(tx)
		g, err := segment.Parse(s.submission(0, 20).Raw)
		last := s.log[19]
		return errors.Join(
			err,
			tx.PutBranch(s.id, segment.Branch{Parent: -1, Head: 20, Hash: last.Hash}),
			tx.PutSegment(0, 0, &g, now),
			tx.AddFinding(Found(s.id)),
		)
	}
	nothing := func() {
		t.Helper()
		view(t, m, func(tx office.Tx) {
			rows.gone(tx)
			holds(t, "the terminal", s.terminal())(tx.Terminal(s.id))
			lacks[segment.Segment](t, "the segment")(tx.Segment(s.id, 0, 5))
		})
		if f := m.Rows(t).Findings; len(f) > 0 {
			t.Fatalf("%+v", f)
		}
	}

	err := m.Update(t.Context(), []string{s.id}, func(tx office.Tx) error {
		return errors.Join(everything(tx), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	nothing()

	m.Fail(func() (bool, error) { return false, broken })
	if err := m.Update(t.Context(), []string{s.id}, everything); err == nil {
		t.Fatal("a commit that failed is told as one")
	}
	m.Fail(nil)
	nothing()

	m.Fail(func() (bool, error) { return true, broken })
	if err := m.Update(t.Context(), []string{s.id}, everything); err == nil {
		t.Fatal("a commit that was not answered is told as one")
	}
	m.Fail(nil)
	view(t, m, func(tx office.Tx) {
		rows.there(tx)
		is, found, err := tx.Terminal(s.id)
		if err != nil || !found || len(is.Branches) != 1 || is.Branches[0].Head != 20 {
			t.Fatalf("%+v %v", is, err)
		}
		if _, found, err := tx.Segment(s.id, 0, 5); !found || err != nil {
			t.Fatal(found, err)
		}
	})
	if f := m.Rows(t).Findings; len(f) != 1 {
		t.Fatalf("%+v", f)
	}
}

// Found is a finding.
func Found(terminal string) office.Finding {
	said := office.Values{"place": "zero\x00byte"}
	return office.Finding{Kind: office.FindingHole, Terminal: terminal, Seq: 3, Values: said, At: now}
}

// testSegments: each place is found in the segment that holds it, in its transaction and behind it, and in no other
// branch.
func testSegments(t *testing.T, open opener) {
	s, other := newShop(t, 1, 1).trade(200), newShop(t, 2, 1)
	m := open(t, s.terminal(), other.terminal())
	cuts := []int{0, 1, 2, 40, 41, 90, 150}
	places := func(tx office.Tx, upTo int) {
		t.Helper()
		for seq := 1; seq <= upTo; seq++ {
			g, found, err := tx.Segment(s.id, 0, uint64(seq))
			if err != nil || !found || uint64(seq) <= g.After || uint64(seq) > g.Last {
				t.Fatalf("place %d is in %d to %d: %v %v", seq, g.After+1, g.Last, found, err)
			}
			if want := s.submission(int(g.After), int(g.Last)).Raw; !bytes.Equal(g.Bytes(), want) {
				t.Fatalf("the segment of place %d is not as it came", seq)
			}
		}
		for _, seq := range []uint64{0, uint64(upTo) + 1, office.MaxSeq, math.MaxUint64} {
			lacks[segment.Segment](t, fmt.Sprint("place ", seq))(tx.Segment(s.id, 0, seq))
		}
		lacks[segment.Segment](t, "a place of another branch")(tx.Segment(s.id, 1, 1))
		lacks[segment.Segment](t, "a place of another terminal")(tx.Segment(other.id, 0, 1))
	}
	for n := 1; n < len(cuts); n += 2 { // the second half is in memory while the first is stored
		update(t, m, []string{s.id}, func(tx office.Tx) {
			for i := n; i < min(n+2, len(cuts)); i++ {
				g, err := segment.Parse(s.submission(cuts[i-1], cuts[i]).Raw)
				b := segment.Branch{Parent: -1, Head: g.Last, Hash: g.Hash}
				if err := errors.Join(err, tx.PutBranch(s.id, b), tx.PutSegment(0, g.After, &g, now)); err != nil {
					t.Fatal(err)
				}
				places(tx, cuts[i])
			}
		})
		view(t, m, func(tx office.Tx) { places(tx, cuts[min(n+1, len(cuts)-1)]) })
	}
}

// testTwoOffices: transactions that lock the same terminals in part, from several offices at once: none waits for ever,
// and no change is lost.
func testTwoOffices(t *testing.T, open opener) {
	a, b, c := newShop(t, 1, 1), newShop(t, 2, 1), newShop(t, 3, 1)
	m := open(t, a.terminal(), b.terminal(), c.terminal())
	const each = 15
	sets := [][]string{{a.id}, sorted(a.id, b.id), sorted(b.id, c.id), sorted(c.id, a.id), sorted(a.id, b.id, c.id)}
	var all sync.WaitGroup
	for _, ids := range sets {
		all.Go(func() {
			for range each {
				err := m.Update(t.Context(), ids, func(tx office.Tx) error {
					for _, id := range ids {
						d, _, err := tx.Day(id, "2026-12-01")
						d.Terminal, d.Day = id, "2026-12-01"
						d.Received, d.Kept, d.Payments = d.Received+1, d.Kept+1, d.Payments+1
						d.Sales++
						d.Hours[3]++
						if err := errors.Join(err, tx.PutDay(d)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	rows := m.Rows(t)
	for id, want := range map[string]money.Paise{a.id: 4 * each, b.id: 3 * each, c.id: 3 * each} {
		if got := rows.SumsOf(id)["2026-12-01"]; got.Received != want || got.Payments != int(want) {
			t.Errorf("terminal %s comes to %+v, want %d", id, got, want)
		}
	}
}

// testClaims: two boxes with one sales file send at the same moment, to two offices: each payment is there once, and
// whoever has it, the money adds up.
func testClaims(t *testing.T, open opener) {
	for seed := range uint64(3) {
		a, b := newShop(t, 1, seed).trade(300), newShop(t, 2, seed).trade(300)
		m := open(t, a.terminal(), b.terminal())
		offices := []*office.Office{
			office.New(m, func() time.Time { return now }),
			office.New(m, func() time.Time { return now }),
		}
		var all sync.WaitGroup
		for i, s := range []*shop{a, b} {
			all.Go(func() {
				for at := 0; at < len(s.log); at += 30 {
					in := s.submission(at, min(len(s.log), at+30))
					answers, err := offices[i].Take(t.Context(), []office.Submission{in})
					if err != nil || answers[0].Verdict != segment.Append {
						t.Errorf("%+v %v", answers, err)
						return
					}
				}
			})
		}
		all.Wait()
		rows := m.Rows(t)
		got := map[string]office.Sum{}
		for _, d := range rows.Days {
			sum := got[d.Day]
			sum.Payments += d.Payments
			sum.Received += d.Received
			sum.Kept += d.Kept
			sum.Surplus += d.Surplus
			sum.Gone += d.Gone
			sum.Refunded += d.Refunded
			sum.Reversed += d.Reversed
			got[d.Day] = sum
		}
		for day, want := range sums(a.sales) {
			if got[day] != want.Sum {
				t.Errorf("day %s comes to %+v, want %+v", day, got[day], want.Sum)
			}
		}
		seen := map[string]bool{}
		for _, p := range rows.Payments {
			if seen[p.Gateway+"/"+p.ID] {
				t.Errorf("payment %s is there twice", p.ID)
			}
			seen[p.Gateway+"/"+p.ID] = true
		}
		if len(rows.Findings) < len(seen)/2 { // one for those of one event
			t.Errorf("%d payments were claimed twice, and %d findings say so", len(seen), len(rows.Findings))
		}
	}
}

// testBounds: what no store can look up is refused or found, and stops nothing else of a batch.
func testBounds(t *testing.T, open opener) {
	s, good := newShop(t, 1, 1).trade(3), newShop(t, 2, 1).trade(30)
	long := strings.Repeat("x", office.MaxKey+1)
	write := func(format string, args ...any) {
		s.write(fmt.Appendf(nil, format, append([]any{len(s.log) + 1}, args...)...))
	}
	opened := `{"seq":%d,"sale_id":%q,"kind":"sale.opened","at":"2026-12-01T10:00:00Z","opened":` +
		`{"day":%q,"number":1,"amount_paise":100,"route":["enkash"]}}`
	write(opened, long, "2026-12-01")
	write(opened, "a", long)
	write(`{"seq":%d,"kind":"operation.asked","at":"2026-12-01T10:00:00Z","operation":{"id":%q,"kind":"x",`+
		`"gateway":"box"}}`, long)
	s.write(fmt.Appendf(nil, `{"seq":%d,"sale_id":"zero\u0000byte","kind":"sale.opened","at":"2026-12-01T10:00:00Z",`+
		`"opened":{"day":"2026-12-01","number":1,"amount_paise":100,"route":["enkash\u0000"],"note":"\u0000"}}`,
		len(s.log)+1))
	m := open(t, s.terminal(), good.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, s.submission(0, len(s.log)), good.submission(0, len(good.log)))
	right(t, m, good, 0, good.sales)
	if f := m.Rows(t).Findings; len(f) != 3 {
		t.Errorf("%d findings: %+v", len(f), f)
	}
	sales := m.Rows(t).SalesOf(s.id, 0)
	if odd := sales["zero\x00byte"]; odd.Note != "\x00" {
		t.Errorf("%+v", sales)
	}
	answers, err := o.Take(t.Context(), []office.Submission{{Terminal: "\xff\x00", Raw: []byte("junk")}})
	if err != nil || answers[0].Verdict != segment.Refused {
		t.Errorf("%+v %v", answers, err)
	}
}

func sorted(ids ...string) []string { return slices.Sorted(slices.Values(ids)) }
