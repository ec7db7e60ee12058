package officetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/state"
	"galla/state/statetest"
)

// life is a shop that can be lived again up to any step of its past, and go on differently: a box that is put back to
// an older copy, or cloned.
type life struct {
	*shop
	n    byte
	seed uint64
	r    *rand.Rand
	past []int // steps: batches, or below zero a traffic of that seed
}

func newLife(t *testing.T, n byte, seed uint64, past ...int) *life {
	l := &life{shop: newShop(t, n, seed), n: n, seed: seed, r: rand.New(rand.NewPCG(seed, 9))}
	for _, step := range past {
		l.live(step)
	}
	return l
}

// live takes a step.
func (l *life) live(step int) {
	l.past = append(l.past, step)
	if step < 0 {
		l.tr = statetest.NewTraffic(uint64(-step), 4, 20)
		l.r = rand.New(rand.NewPCG(uint64(-step), 9))
		return
	}
	for range step {
		for _, e := range l.tr.Next().Events {
			l.put(e)
		}
		if l.r.IntN(4) == 0 {
			l.back()
		}
	}
}

// put adds an event behind the last one, if its sale takes it.
func (l *life) put(e state.Event) bool {
	e.Seq = uint64(len(l.log) + 1)
	next, _, err := state.Apply(l.sales[e.SaleID], e)
	if err != nil {
		return false
	}
	raw, err := json.Marshal(e)
	if err != nil {
		l.t.Fatal(err)
	}
	l.sales[e.SaleID] = next
	l.write(raw)
	return true
}

// standing adds a sale that is paid at a standing QR.
func (l *life) standing(id string, at time.Time) {
	ok := l.put(state.Event{
		SaleID:  id,
		Kind:    state.EventStanding,
		At:      at,
		By:      "gateway:razorpay",
		Gateway: "razorpay",
		Attempt: "G" + id,
		Opened: &state.Opened{
			Number:   1,
			Day:      "2026-12-01",
			Amount:   2500,
			Route:    []string{"razorpay"},
			Rules:    state.Rules,
			Kind:     state.KindStanding,
			Standing: &state.Standing{QR: "qr_1", Name: "Counter 1", At: at},
		},
		Reading: &state.Reading{Payments: []state.Payment{{
			ID:     "pay_" + id,
			Amount: 2500,
			Status: state.PaymentCaptured,
			RRN:    "123456789012",
		}}},
	})
	if !ok {
		l.t.Fatalf("the sale %s at a standing QR was refused", id)
	}
}

// back lets money of a sale go back, or come again, or says how a refund of it ended.
func (l *life) back() {
	ids := slices.Sorted(maps.Keys(l.sales))
	if len(ids) == 0 {
		return
	}
	s := l.sales[ids[l.r.IntN(len(ids))]]
	if len(s.Payments) == 0 || !s.Phase.Final() {
		return
	}
	p := s.Payments[0]
	e := state.Event{SaleID: s.ID, At: s.UpdatedAt.Add(time.Minute), Elapsed: s.Elapsed, By: "gateway:" + p.Gateway}
	for _, r := range s.Refunds {
		if r.Status == state.RefundAsked || r.Status == state.RefundPending {
			ends := []state.RefundStatus{state.RefundPending, state.RefundProcessed, state.RefundFailed}
			e.Kind = state.EventRefundSeen
			e.Refund = &state.Refund{Key: r.Key, ID: "rfnd_" + r.Key, Status: ends[l.r.IntN(3)]}
			l.put(e)
			return
		}
	}
	if left := s.Refundable(p.ID); left > 0 && l.r.IntN(2) == 0 {
		e.Kind, e.By = state.EventRefundAsked, "manager:ravi"
		e.Refund = &state.Refund{
			Key:       fmt.Sprintf("R%s%d", s.ID, l.r.IntN(1<<30)),
			PaymentID: p.ID,
			Amount:    1 + money.Paise(l.r.Int64N(int64(left))),
			Approver:  "owner:meena",
			Reason:    "torn",
		}
		l.put(e)
		return
	}

	e.Kind, e.Attempt = state.EventReading, p.Attempt
	p.Refunded = p.Amount * []money.Paise{0, 1, 2, 4}[l.r.IntN(4)] / 4
	p.Status = state.PaymentCaptured
	if p.Refunded == p.Amount {
		p.Status = state.PaymentRefunded
	}
	e.Reading = &state.Reading{Order: state.OrderPaid, Payments: []state.Payment{{
		ID:       p.ID,
		Amount:   p.Amount,
		Refunded: p.Refunded,
		Status:   p.Status,
		RRN:      p.RRN,
	}}}
	for range 2 { // the second one confirms a doubt
		l.put(e)
		e.At = e.At.Add(time.Minute)
	}
}

// changed are the sales that events behind a place changed, as they are after another.
func (l *life) changed(from, head uint64) map[string]state.Sale {
	sales, touched := map[string]state.Sale{}, map[string]state.Sale{}
	for i, place := range l.log[:head] {
		var e state.Event
		if err := json.Unmarshal(place.Event, &e); err != nil {
			l.t.Fatal(err)
		}
		next, _, err := state.Apply(sales[e.SaleID], e)
		if err != nil {
			l.t.Fatal(err)
		}
		sales[e.SaleID] = next
		if uint64(i) >= from {
			touched[e.SaleID] = next
		}
	}
	return touched
}

// testModel: boxes trade, are put back to older copies, cloned, and all of them go on; what they send is cut anywhere,
// doubled, lost and late, and commits fail. In the end each sale, payment and refund stands once, as the youngest
// history that has it says, and making the rows again changes nothing.
func testModel(t *testing.T, open opener) {
	branches, refunds, others := 0, 0, 0
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 3))
		lives := []*life{newLife(t, 1, seed*2), newLife(t, 2, seed*2+1)}
		m := open(t, lives[0].terminal(), lives[1].terminal())
		o := office.New(m, func() time.Time { return now })
		fails := rand.New(rand.NewPCG(seed, 4)) // a store may ask elsewhere, one call at a time
		m.Fail(func() (bool, error) {
			if fails.IntN(6) > 0 {
				return false, nil
			}
			return fails.IntN(2) == 0, errors.New("the database stopped")
		})

		take := func(l *life, after, last int) bool {
			answers, err := o.Take(t.Context(), []office.Submission{l.submission(after, last)})
			return err == nil && answers[0].Verdict != "gap" && answers[0].Verdict != "refused"
		}
		for range 50 {
			l := lives[r.IntN(len(lives))]
			switch n := r.IntN(12); {
			case n < 5:
				l.live(1 + r.IntN(40))
			case n == 5 && len(lives) < 6:
				past := slices.Clone(l.past[:r.IntN(len(l.past)+1)])
				lives = append(lives, newLife(t, l.n, l.seed, append(past, -1000*int(seed+1)-len(lives))...))
			case len(l.log) > 0:
				after := l.head(o)
				if after >= len(l.log) || r.IntN(3) == 0 {
					after = r.IntN(len(l.log))
				}
				take(l, after, after+1+r.IntN(min(120, len(l.log)-after)))
			}
		}
		r.Shuffle(len(lives), func(i, j int) { lives[i], lives[j] = lives[j], lives[i] })
		for _, l := range lives {
			for after := 0; after < len(l.log); {
				last := min(len(l.log), after+1+r.IntN(400))
				if take(l, after, last) {
					after = last
				}
			}
		}

		m.Fail(nil)
		rows := m.Rows(t)
		for _, terminal := range rows.Terminals {
			var versions []map[string]state.Sale // youngest first
			for _, b := range slices.Backward(terminal.Branches) {
				i := slices.IndexFunc(lives, func(l *life) bool {
					return l.id == terminal.ID && len(l.log) >= int(b.Head) && l.log[b.Head-1].Hash == b.Hash
				})
				if i < 0 {
					t.Fatalf("no box has the end of branch %+v", b)
				}
				versions = append(versions, lives[i].changed(b.From, b.Head))
				right(t, m, lives[i].shop, b.N, versions[len(versions)-1])
			}
			branches += len(versions)
			sameSums(t, rows.SumsOf(terminal.ID), sums(versions...))
			sameRefunds(t, rows.Refunds, terminal.ID, versions...)
		}
		for _, f := range rows.Refunds {
			refunds++
			if f.Others {
				others++
			}
		}
		for _, f := range rows.Findings {
			if f.Kind != office.FindingFork {
				t.Errorf("%+v", f)
			}
		}
		rebuilt(t, o, m, lives[0].shop)
	}
	if branches < 8 || refunds < 60 || others < 20 {
		t.Errorf("%d branches, %d refunds, %d of others: the test does not tell what they come to",
			branches, refunds, others)
	}
}
