package officetest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
	"galla/state/journal"
	"galla/state/statetest"
)

// opener makes a store that knows terminals, of the test alone.
type opener func(t *testing.T, terminals ...office.Terminal) Subject

// Run proves a store: what an office does on it, and that a transaction is there whole or not at all. open makes one
// that knows terminals and nothing else, and ends it with its test.
func Run(t *testing.T, open func(t *testing.T, terminals ...office.Terminal) Subject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, opener)
	}{
		{"Rows", testRows},
		{"Whole", testWhole},
		{"Segments", testSegments},
		{"TwoOffices", testTwoOffices},
		{"Claims", testClaims},
		{"Bounds", testBounds},
		{"Take", testTake},
		{"OneOfficeOrTwo", testOneOfficeOrTwo},
		{"Fork", testFork},
		{"ForkOfAFork", testForkOfAFork},
		{"StandingFork", testStandingFork},
		{"Demo", testDemo},
		{"Hole", testHole},
		{"StrangeEvents", testStrangeEvents},
		{"TwoTerminalsOnePayment", testTwoTerminalsOnePayment},
		{"Replaced", testReplaced},
		{"Refuses", testRefuses},
		{"ManyHistories", testManyHistories},
		{"Known", testKnown},
		{"Model", testModel},
		{"Books", testBooks},
		{"Findings", testFindings},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // a store in a database waits for its disk
			c.test(t, open)
		})
	}
}

var now = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

// shop is one box in memory: its chain, and its sales as it keeps them itself.
type shop struct {
	t     testing.TB
	key   ed25519.PrivateKey
	id    string
	tr    *statetest.Traffic
	log   []chain.Place
	sales map[string]state.Sale
	ops   map[string]state.Operation
	demo  bool // its events say so, its own rows don't
}

func newShop(t testing.TB, n byte, seed uint64) *shop {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	return &shop{
		t:     t,
		key:   key,
		id:    segment.TerminalID(key.Public().(ed25519.PublicKey)),
		tr:    statetest.NewTraffic(seed, 5, 20),
		sales: map[string]state.Sale{},
		ops:   map[string]state.Operation{},
	}
}

func (s *shop) terminal() office.Terminal {
	return office.Terminal{ID: s.id, Key: s.key.Public().(ed25519.PublicKey)}
}

// trade commits batches.
func (s *shop) trade(batches int) *shop {
	for range batches {
		s.commit(s.tr.Next())
	}
	return s
}

func (s *shop) commit(b state.Batch) {
	for _, e := range b.Events {
		if s.demo && e.Opened != nil {
			opened := *e.Opened
			opened.Demo, e.Opened = true, &opened
		}
		raw, err := json.Marshal(e)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(raw)
	}
	for _, x := range b.Sales {
		s.sales[x.ID] = x
	}
	for _, o := range b.Operations {
		s.ops[o.ID] = o
	}
}

// write puts bytes into the chain.
func (s *shop) write(event []byte) {
	var prev []byte
	if len(s.log) > 0 {
		prev = s.log[len(s.log)-1].Hash[:]
	}
	s.log = append(s.log, chain.Place{Hash: chain.Hash(chain.Link(prev, event)), Event: event})
}

// act writes an operation, which moves all that comes after it one place on.
func (s *shop) act(id string) { s.commit(statetest.Asked(id, s.tr.NextSeq(), "key-"+id)) }

// submission is places after+1 to last.
func (s *shop) submission(after, last int) office.Submission {
	st := chain.Stretch{After: uint64(after), Places: s.log[after:last], Root: after == 0}
	if after > 0 {
		st.Before = s.log[after-1].Hash
	}
	g, err := segment.New(s.key, st)
	if err != nil {
		s.t.Fatal(err)
	}
	return office.Submission{Terminal: s.id, Raw: g.Bytes()}
}

// submissions is a stretch in pieces of random size.
func (s *shop) submissions(r *rand.Rand, after, last int) (all []office.Submission) {
	for after < last {
		to := min(last, after+1+r.IntN(60))
		all = append(all, s.submission(after, to))
		after = to
	}
	return all
}

// head is where the office's newest branch of the shop ends; the office names its branches newest first.
func (s *shop) head(o *office.Office) int {
	s.t.Helper()
	h, err := o.Heads(s.t.Context(), s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(h.Heads) == 0 {
		return 0
	}
	return int(h.Heads[0].Seq)
}

// take wants every submission to get one verdict.
func take(t *testing.T, o *office.Office, want segment.Kind, submissions ...office.Submission) segment.Taken {
	t.Helper()
	answers, err := o.Take(t.Context(), submissions)
	if err != nil || len(answers) != len(submissions) {
		t.Fatalf("%d answers to %d submissions: %v", len(answers), len(submissions), err)
	}
	for i, a := range answers {
		if a.Verdict != want {
			t.Fatalf("submission %d: %s (%s), want %s", i, a.Verdict, a.Reason, want)
		}
	}
	return answers[len(answers)-1]
}

// sums is what sales and their payments come to by day, reckoned from the shop's own rows and the postings in them:
// each sale, and each payment of real money, once, as the first that has it says.
func sums(all ...map[string]state.Sale) map[string]office.Day {
	days := map[string]office.Day{}
	payments, seen := map[string]bool{}, map[string]bool{}
	for _, sales := range all {
		for _, s := range sales {
			d := days[s.Day]
			for _, p := range s.Payments {
				name := p.Gateway + "/" + p.ID
				if (p.Status != state.PaymentCaptured && p.Status != state.PaymentRefunded) || payments[name] {
					continue
				}
				payments[name] = true
				d.Sum = plus(d.Sum, posted(&s, p))
				switch at := p.CapturedAt.Add(5*time.Hour + 30*time.Minute).UTC(); {
				case at.Format(time.DateOnly) < s.Day:
					d.Hours[0] += p.Amount
				case at.Format(time.DateOnly) > s.Day:
					d.Hours[23] += p.Amount
				default:
					d.Hours[at.Hour()] += p.Amount
				}
			}
			if !seen[s.ID] {
				seen[s.ID] = true
				tally(&d.Counts, &s)
			}
			days[s.Day] = d
		}
	}
	return days
}

// posted is what a sale's postings say of a payment.
func posted(s *state.Sale, p state.Payment) office.Sum {
	name := p.Gateway + "/" + p.ID
	lies := map[string]money.Paise{} // by what an account is, of this payment or of refunds of it
	kind := func(a journal.Account) string {
		kind, of, _ := strings.Cut(string(a), ":")
		if of == name || kind == "promised" && s.Refund(of).PaymentID == p.ID {
			return kind
		}
		return ""
	}
	var sent, others money.Paise
	came := false
	for _, m := range s.Journal {
		from, to := kind(m.From), kind(m.To)
		lies[from] -= m.Amount
		lies[to] += m.Amount
		switch {
		case m.To == journal.Clearing && from == "promised":
			sent += m.Amount
		case m.To == journal.Clearing && from != "":
			others += m.Amount
		case m.From == journal.Clearing && to != "" && came:
			others -= m.Amount
		case m.From == journal.Clearing && to != "":
			came = true
		}
	}
	kept := lies["price"] + lies["accepted"]
	return office.Sum{
		Payments: 1,
		Received: p.Amount,
		Kept:     kept,
		Surplus:  lies["surplus"],
		Gone:     lies["promised"] + sent + others,
		Refunded: sent,
		Reversed: others,
	}
}

// tookAt is when others last sent something of a payment back.
func tookAt(s *state.Sale, p state.Payment) (at time.Time) {
	for _, m := range s.Journal {
		kind, of, _ := strings.Cut(string(m.From), ":")
		if m.To == journal.Clearing && kind != "promised" && of == p.Gateway+"/"+p.ID {
			at = m.At
		}
	}
	return at
}

func plus(a, b office.Sum) office.Sum {
	return office.Sum{
		Payments: a.Payments + b.Payments,
		Received: a.Received + b.Received,
		Kept:     a.Kept + b.Kept,
		Surplus:  a.Surplus + b.Surplus,
		Gone:     a.Gone + b.Gone,
		Refunded: a.Refunded + b.Refunded,
		Reversed: a.Reversed + b.Reversed,
	}
}

// tally counts a sale.
func tally(c *office.Counts, s *state.Sale) {
	c.Sales++
	c.Asked += s.Amount
	c.Other += s.OtherTender()
	if s.Phase == state.PhasePaid {
		c.Paid++
	}
	if s.Phase == state.PhaseClosed {
		*map[state.CloseReason]*int{
			state.CloseCancelled:   &c.Cancelled,
			state.CloseExpired:     &c.Expired,
			state.CloseFailed:      &c.Failed,
			state.CloseOtherTender: &c.Elsewise,
		}[s.Closing.Reason]++
	}
}

// sameRefunds wants a terminal's rows of money that goes back to be those of the sales, each once, as the first sales
// that have it say.
func sameRefunds(t *testing.T, rows []office.Refund, terminal string, all ...map[string]state.Sale) {
	t.Helper()
	got, want := map[string]string{}, map[string]string{}
	for _, r := range rows {
		switch {
		case r.Terminal != terminal:
		case r.Others:
			got[r.Gateway+r.Key] = fmt.Sprint(r.Sale, r.Number, r.Day, r.Amount, r.Status == state.RefundProcessed,
				r.By, r.DoneAt.Unix())
		default:
			got[r.Key] = fmt.Sprint(r.Gateway, r.Sale, r.Number, r.Day, r.Payment, r.Amount, r.Status, r.By, r.Approver,
				r.Reason, r.AskedAt.Unix(), r.DoneAt.Unix())
		}
	}
	for _, sales := range all {
		for _, s := range sales {
			for _, r := range s.Refunds {
				if want[r.Key] == "" {
					want[r.Key] = fmt.Sprint(
						s.Payment(r.PaymentID).Gateway,
						s.ID,
						s.Number,
						s.Day,
						r.PaymentID,
						r.Amount,
						r.Status,
						r.By,
						r.Approver,
						r.Reason,
						r.AskedAt.Unix(),
						r.DoneAt.Unix(),
					)
				}
			}
			for _, p := range s.Payments {
				key := p.Gateway + office.ByOthers + p.ID
				if at := tookAt(&s, p); !at.IsZero() && want[key] == "" {
					sum := posted(&s, p).Reversed
					want[key] = fmt.Sprint(s.ID, s.Number, s.Day, sum, sum > 0, "", at.Unix())
				}
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("refunds are %v, want %v", got, want)
	}
}

// right holds an office's rows of a branch against the shop's own, and its sums.
func right(t *testing.T, m Subject, s *shop, branch int, want map[string]state.Sale) {
	t.Helper()
	is := m.Rows(t).SalesOf(s.id, branch)
	if len(is) != len(want) {
		t.Errorf("branch %d has %d sales, want %d", branch, len(is), len(want))
	}
	for id, w := range want {
		a, err1 := json.Marshal(is[id])
		b, err2 := json.Marshal(office.Sale{Sale: w})
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(a, b) {
			t.Fatalf("sale %s of branch %d is\n%s, want\n%s: %v", id, branch, a, b, err)
		}
	}
}

// rebuilt wants rows that are made again to be what they were, and nothing to be found twice.
func rebuilt(t *testing.T, o *office.Office, m Subject, s *shop) {
	t.Helper()
	was, found := m.Rows(t).Text(), len(m.Rows(t).Findings)
	if err := m.Update(t.Context(), []string{s.id}, func(tx office.Tx) error { return tx.Forget(s.id) }); err != nil {
		t.Fatal(err)
	}
	if m.Rows(t).Text() == was {
		t.Fatal("nothing was thrown away")
	}
	for range 2 {
		if n, err := o.Rebuild(t.Context(), s.id); err != nil || n < 10 {
			t.Fatal(err)
		}
		if m.Rows(t).Text() != was || len(m.Rows(t).Findings) != found {
			t.Fatalf("rows that are made again are others, or %d findings are %d", found, len(m.Rows(t).Findings))
		}
	}
}

func sameSums(t *testing.T, got, want map[string]office.Day) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("there is no money in it")
	}
	for day, w := range want {
		g := got[day]
		if w.Terminal, w.Day = g.Terminal, g.Day; g != w {
			t.Errorf("day %s comes to\n%+v, want\n%+v", day, g, w)
		}
	}
	for day, g := range got {
		if _, there := want[day]; !there && g != (office.Day{Terminal: g.Terminal, Day: g.Day}) {
			t.Errorf("day %s comes to %+v, and there was none", day, g)
		}
	}
}

// testTake: three shops send what they have in random pieces, in batches that mix them; submissions are dropped,
// doubled and late, commits fail in both ways. At the end the office has each chain once, every sale as its box has it,
// and money that adds up to the paisa.
func testTake(t *testing.T, open opener) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			shops := []*shop{
				newShop(t, 1, seed*3).trade(600),
				newShop(t, 2, seed*3+1).trade(300),
				newShop(t, 3, seed*3+2).trade(50),
			}
			shops[1].act("op1")
			var known []office.Terminal
			for _, s := range shops {
				known = append(known, s.terminal())
			}
			m := open(t, known...)
			o := office.New(m, func() time.Time { return now })
			var failed atomic.Int64
			fails := rand.New(rand.NewPCG(seed, 6)) // a store may ask elsewhere, one call at a time
			m.Fail(func() (bool, error) {
				if failed.Load() > 0 && fails.IntN(5) > 0 {
					return false, nil
				}
				failed.Add(1)
				return fails.IntN(2) == 0, errors.New("the database stopped")
			})

			var late []office.Submission
			for range 10_000 {
				var batch []office.Submission
				for _, s := range shops {
					head := s.head(o)
					batch = append(batch, s.submissions(r, head, min(len(s.log), head+1+r.IntN(200)))...)
				}
				if len(batch) == 0 {
					break
				}
				if r.IntN(3) == 0 {
					i := r.IntN(len(batch))
					late = append(late, batch[i])
					batch = slices.Delete(batch, i, i+1) // what follows it is a gap
				}
				if r.IntN(3) == 0 && len(late) > 0 {
					batch = append(batch, late[r.IntN(len(late))])
				}
				if r.IntN(3) == 0 && len(batch) > 0 {
					batch = append(batch, batch[r.IntN(len(batch))])
				}
				answers, err := o.Take(t.Context(), batch)
				for _, a := range answers {
					if a.Verdict != segment.Append && a.Verdict != segment.Duplicate && a.Verdict != segment.Gap {
						t.Fatalf("%+v", a)
					}
				}
				if err == nil && len(answers) != len(batch) {
					t.Fatalf("%d answers to %d submissions", len(answers), len(batch))
				}
			}
			if failed.Load() == 0 {
				t.Error("no commit failed")
			}
			rows := m.Rows(t)
			for _, s := range shops {
				if s.head(o) != len(s.log) {
					t.Fatalf("the office ends at %d of %d", s.head(o), len(s.log))
				}
				right(t, m, s, 0, s.sales)
				if s != shops[2] {
					sameSums(t, rows.SumsOf(s.id), sums(s.sales))
					sameRefunds(t, rows.Refunds, s.id, s.sales)
				}
			}
			if f := m.Rows(t).Findings; len(f) > 0 {
				t.Errorf("%+v", f)
			}
			m.Fail(nil)
			rebuilt(t, o, m, shops[1])
		})
	}
}

// testOneOfficeOrTwo: however the submissions are cut, two offices end with the same rows.
func testOneOfficeOrTwo(t *testing.T, open opener) {
	s := newShop(t, 1, 9).trade(500)
	var content []string
	for seed := range uint64(2) {
		m := open(t, s.terminal())
		o := office.New(m, func() time.Time { return now })
		for _, l := range s.submissions(rand.New(rand.NewPCG(seed, 1)), 0, len(s.log)) {
			take(t, o, segment.Append, l)
		}
		content = append(content, m.Rows(t).Text())
	}
	if content[0] != content[1] || len(content[0]) < 1000 {
		t.Error("two offices have other rows")
	}
}

// testFork: a box is put back and goes on. The office keeps both histories; a sale that went on after the fork goes on
// from what it was there; each payment is there once.
func testFork(t *testing.T, open opener) {
	s := newShop(t, 1, 7).trade(500)
	fork := len(s.log)
	atFork := maps.Clone(s.sales)
	s.trade(300)
	forgotten, old := s.sales, s.log

	m := open(t, s.terminal())
	o := office.New(m, func() time.Time { return now })
	r := rand.New(rand.NewPCG(1, 1))
	for _, l := range s.submissions(r, 0, len(s.log)) {
		take(t, o, segment.Append, l)
	}

	back := newShop(t, 1, 7).trade(500)
	back.act("op1")
	back.trade(300)
	take(t, o, segment.Fork, back.submission(fork-40, fork+30))
	for _, l := range back.submissions(r, fork+30, len(back.log)) {
		take(t, o, segment.Append, l)
	}
	take(t, o, segment.Duplicate, back.submission(0, 100), back.submission(fork-10, fork+50))
	take(t, o, segment.Duplicate, s.submission(fork-10, fork+50))

	s.trade(80) // the card was cloned: both go on
	take(t, o, segment.Append, s.submission(len(old), len(s.log)))

	right(t, m, s, 0, forgotten)
	changed := map[string]state.Sale{}
	for id, x := range back.sales {
		if was, there := atFork[id]; !there || was.Seq != x.Seq {
			changed[id] = x
		}
	}
	right(t, m, back, 1, changed)
	err := m.View(t.Context(), func(tx office.Tx) error {
		o, found, err := tx.Operation(s.id, 1, "op1")
		if a, b := fmt.Sprintf("%+v", o), fmt.Sprintf("%+v", back.ops["op1"]); !found || a != b {
			t.Errorf("the operation is %s, want %s", a, b)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	resumed := 0
	for id, x := range changed {
		if was, there := atFork[id]; there && was.Seq < x.Seq && forgotten[id].Seq > uint64(fork) {
			resumed++
		}
	}
	if resumed == 0 {
		t.Error("no sale went on in both histories: the test no longer looks back")
	}
	sameSums(t, m.Rows(t).SumsOf(s.id), sums(changed, forgotten))
	sameRefunds(t, m.Rows(t).Refunds, s.id, changed, forgotten)
	if a, b := sums(changed, forgotten), sums(forgotten, changed); maps.Equal(a, b) {
		t.Error("no payment differs between the branches: the test does not tell whose word counts")
	}
	rebuilt(t, o, m, s)
	f := m.Rows(t).Findings
	if len(f) != 1 || f[0].Kind != office.FindingFork || f[0].Seq != uint64(fork) || f[0].Branch != 1 ||
		f[0].Terminal != s.id {
		t.Errorf("%+v", f)
	}
}

// testForkOfAFork: what a branch's parent never touched goes on from what its parent's parent had then, not from what
// that has now.
func testForkOfAFork(t *testing.T, open opener) {
	trunk := func() *shop {
		s := newShop(t, 1, 4).trade(400)
		for n := range 12 { // places in which the first branch goes on with sales
			s.act(fmt.Sprint("trunk", n))
		}
		return s.trade(1)
	}
	first, second, third := newShop(t, 1, 4).trade(700), trunk(), trunk()
	fork := len(third.log)
	second.act("op3")
	atFork := maps.Clone(third.sales)
	third.act("op2")
	third.trade(300)
	m := open(t, first.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, first.submission(0, len(first.log)))
	take(t, o, segment.Fork, second.submission(0, len(second.log)))
	take(t, o, segment.Fork, third.submission(0, len(third.log)))

	changed := map[string]state.Sale{}
	for id, x := range third.sales {
		if was, there := atFork[id]; !there || was.Seq != x.Seq {
			changed[id] = x
		}
	}
	right(t, m, third, 2, changed)
	rebuilt(t, o, m, first)
	if f := m.Rows(t).Findings; len(f) != 2 || f[1].Seq != uint64(fork) {
		t.Errorf("%+v", f)
	}
}

// testStandingFork: a sale at a standing QR, which no sale.opened begins, goes on in a branch from what it was there.
func testStandingFork(t *testing.T, open opener) {
	trunk := func() *life {
		l := newLife(t, 1, 21, 8)
		l.standing("S1", now.Add(-time.Hour))
		return l
	}
	asks := func(l *life, key string) {
		e := state.Event{SaleID: "S1", At: now, By: "manager:ravi", Kind: state.EventRefundAsked}
		e.Refund = &state.Refund{Key: key, PaymentID: "pay_S1", Amount: 500, Approver: "owner:meena", Reason: "torn"}
		if !l.put(e) {
			t.Fatal("the refund was refused")
		}
	}
	first, second := trunk(), trunk()
	fork := len(first.log)
	asks(first, "R1")
	asks(second, "R2")
	m := open(t, first.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, first.submission(0, len(first.log)))
	take(t, o, segment.Fork, second.submission(0, len(second.log)))

	right(t, m, first.shop, 0, first.sales)
	right(t, m, second.shop, 1, map[string]state.Sale{"S1": second.sales["S1"]})
	rebuilt(t, o, m, first.shop)
	if f := m.Rows(t).Findings; len(f) != 1 || f[0].Kind != office.FindingFork || f[0].Seq != uint64(fork) {
		t.Errorf("%+v", f)
	}
}

// testDemo: what was sold in a demonstration is no money.
func testDemo(t *testing.T, open opener) {
	s := newShop(t, 1, 3)
	s.demo = true
	s.trade(200)
	m := open(t, s.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, s.submission(0, len(s.log)))
	if len(m.Rows(t).SalesOf(s.id, 0)) < 5 || len(m.Rows(t).Days) > 0 || len(m.Rows(t).Findings) > 0 {
		t.Errorf("%d sales, %v, %v", len(m.Rows(t).SalesOf(s.id, 0)), m.Rows(t).Days, m.Rows(t).Findings)
	}
}

// testHole: a box that pruned begins in the middle: what hangs off what is gone says so, and what comes later is right.
func testHole(t *testing.T, open opener) {
	s := newShop(t, 1, 6).trade(700)
	m := open(t, s.terminal())
	o := office.New(m, func() time.Time { return now })
	st := chain.Stretch{After: 300, Before: s.log[299].Hash, Places: s.log[300:360], Root: true}
	g, err := segment.New(s.key, st)
	if err != nil {
		t.Fatal(err)
	}
	take(t, o, segment.Hole, office.Submission{Terminal: s.id, Raw: g.Bytes()})
	take(t, o, segment.Append, s.submission(360, len(s.log)))
	holes, whole := 0, map[string]state.Sale{}
	for id, is := range m.Rows(t).SalesOf(s.id, 0) {
		if is.Trouble == office.TroubleHole {
			holes++
			continue
		}
		whole[id] = s.sales[id]
		a, _ := json.Marshal(is.Sale)
		if b, _ := json.Marshal(s.sales[id]); !bytes.Equal(a, b) {
			t.Errorf("sale %s is %s, want %s", id, a, b)
		}
	}
	if holes == 0 || holes > 8 || len(whole) < 10 {
		t.Errorf("%d sales have holes, %d are whole", holes, len(whole))
	}
	sameSums(t, m.Rows(t).SumsOf(s.id), sums(whole))
	kinds := map[string]int{}
	for _, f := range m.Rows(t).Findings {
		kinds[f.Kind]++
	}
	rebuilt(t, o, m, s)
	if _, err := o.Rebuild(t.Context(), "nobody"); !errors.Is(err, office.ErrUnknown) {
		t.Error(err)
	}
	if kinds[office.FindingHole] != 1 || kinds[office.FindingHoled] != holes {
		t.Errorf("%v", kinds)
	}
}

// testStrangeEvents: what this office can't read stops its own sale and nothing else; each is a finding.
func testStrangeEvents(t *testing.T, open opener) {
	s := newShop(t, 1, 2).trade(100)
	last := s.tr.Next()
	sale := last.Sales[0].ID
	s.write(
		fmt.Appendf(
			nil,
			`{"seq":%d,"sale_id":%q,"kind":"sale.teleported","at":"2026-12-01T10:00:00Z"}`,
			len(s.log)+1,
			sale,
		),
	)
	s.write([]byte(`{"seq":7,"sale_id":"x","kind":"sale.opened","at":"2026-12-01T10:00:00Z"}`))
	s.write([]byte(`no JSON`))
	s.write(
		fmt.Appendf(
			nil,
			`{"seq":%d,"kind":"operation.done","operation":{"id":"never"},"at":"2026-12-01T10:00:00Z"}`,
			len(s.log)+1,
		),
	)
	m := open(t, s.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, s.submission(0, len(s.log)))

	troubles := 0
	for id, is := range m.Rows(t).SalesOf(s.id, 0) {
		if is.Trouble != "" {
			troubles++
			if id != sale || is.Trouble != office.TroubleNewer {
				t.Errorf("sale %s: %s", id, is.Trouble)
			}
		}
	}
	var texts []string
	for _, f := range m.Rows(t).Findings {
		texts = append(texts, fmt.Sprint(f.Kind, f.Values))
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{
		"sale.newermap[event:sale.teleported sale:" + sale + "]",
		"says that it is event 7",
		"event.unreadmap[reason:invalid",
		"event.operationmap[event:operation.done operation:never",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no finding says %q:\n%s", want, all)
		}
	}
	if troubles != 1 || len(texts) != 4 {
		t.Errorf("%d sales are in trouble, %d findings", troubles, len(texts))
	}
}

// testTwoTerminalsOnePayment: a card that was cloned before it joined: two terminals claim the same payments. The money
// is counted once, for who came first, and it is a finding.
func testTwoTerminalsOnePayment(t *testing.T, open opener) {
	a, b := newShop(t, 1, 8).trade(300), newShop(t, 2, 8).trade(300)
	m := open(t, a.terminal(), b.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, a.submission(0, len(a.log)), b.submission(0, len(b.log)))
	sameSums(t, m.Rows(t).SumsOf(a.id), sums(a.sales))
	for _, d := range m.Rows(t).SumsOf(b.id) {
		if d.Sum != (office.Sum{}) || d.Sales == 0 {
			t.Errorf("%+v", d)
		}
	}
	f := m.Rows(t).Findings
	if len(f) < 3 || f[0].Kind != office.FindingTwice || f[0].Terminal != b.id ||
		f[0].Values["other_terminal"] != a.id {
		t.Errorf("%+v", f)
	}
}

// testReplaced: a box that was given the sales file of the one whose place it took claims nothing twice, and both
// together count each sale once, with what became of it at the new one. So does a third.
func testReplaced(t *testing.T, open opener) {
	a, b, c := newShop(t, 1, 8).trade(300), newShop(t, 2, 8).trade(300), newShop(t, 3, 8).trade(300)
	second, third := b.terminal(), c.terminal()
	second.Replaces, third.Replaces = a.id, b.id
	m := open(t, a.terminal(), second, third)
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, a.submission(0, len(a.log)))
	came := sums(a.sales)

	brought := len(b.log)
	b.trade(200)
	for after := 0; after < len(b.log); after += brought / 5 {
		take(t, o, segment.Append, b.submission(after, min(after+brought/5, len(b.log))))
	}
	c.trade(350)
	take(t, o, segment.Append, c.submission(0, len(c.log)))
	together := map[string]office.Day{}
	for _, id := range []string{a.id, b.id, c.id} {
		for day, d := range m.Rows(t).SumsOf(id) {
			is := together[day]
			is.Sum, is.Counts = plus(is.Sum, d.Sum), added(is.Counts, d.Counts)
			for h := range d.Hours {
				is.Hours[h] += d.Hours[h]
			}
			together[day] = is
		}
	}

	sameSums(t, together, sums(c.sales))
	sameSums(t, m.Rows(t).SumsOf(a.id), came)
	if f := m.Rows(t).Findings; len(f) > 0 {
		t.Errorf("%+v", f)
	}
	rebuilt(t, o, m, b)
	rebuilt(t, o, m, c)
}

func added(a, b office.Counts) office.Counts {
	return office.Counts{
		Sales:     a.Sales + b.Sales,
		Asked:     a.Asked + b.Asked,
		Paid:      a.Paid + b.Paid,
		Cancelled: a.Cancelled + b.Cancelled,
		Expired:   a.Expired + b.Expired,
		Failed:    a.Failed + b.Failed,
		Elsewise:  a.Elsewise + b.Elsewise,
		Other:     a.Other + b.Other,
	}
}

// testRefuses: strangers, those who left, and submissions in another's name; what is refused is a finding.
func testRefuses(t *testing.T, open opener) {
	a, b, left := newShop(t, 1, 1).trade(20), newShop(t, 2, 1).trade(20), newShop(t, 3, 1).trade(20)
	gone := left.terminal()
	gone.LeftAt = now
	m := open(t, a.terminal(), gone)
	o := office.New(m, func() time.Time { return now })
	in := a.submission(0, 10)
	in.Raw[len(in.Raw)-9]++
	for name, l := range map[string]office.Submission{
		"a stranger":         b.submission(0, 10),
		"who left":           left.submission(0, 10),
		"in another's name":  {Terminal: a.id, Raw: b.submission(0, 10).Raw},
		"junk":               {Terminal: a.id, Raw: []byte("junk")},
		"changed on the way": in,
		"in a stolen name": {
			Terminal: a.id,
			Raw:      bytes.Replace(b.submission(0, 10).Raw, []byte(b.id), []byte(a.id), 1),
		},
	} {
		answers, err := o.Take(t.Context(), []office.Submission{l})
		if err != nil || answers[0].Verdict != segment.Refused || answers[0].Reason == "" {
			t.Errorf("%s: %+v %v", name, answers, err)
		}
	}
	if f := m.Rows(t).Findings; len(f) != 4 { // what one terminal is refused for the same reason is one
		t.Errorf("%+v", f)
	}
	if a.head(o) != 0 {
		t.Error("something was taken")
	}
	for _, id := range []string{b.id, left.id} {
		if _, err := o.Heads(t.Context(), id); !errors.Is(err, office.ErrUnknown) {
			t.Errorf("heads of terminal %s: %v", id, err)
		}
		if _, err := o.Known(t.Context(), id, segment.Places{}); !errors.Is(err, office.ErrUnknown) {
			t.Errorf("places of terminal %s: %v", id, err)
		}
	}
	if _, err := o.Take(t.Context(), make([]office.Submission, office.MaxBatch+1)); err == nil {
		t.Error("a batch without bounds is taken")
	}
}

// testManyHistories: a box that parts again and again is refused in the end; what it has goes on.
func testManyHistories(t *testing.T, open opener) {
	s := newShop(t, 1, 1).trade(5)
	m := open(t, s.terminal())
	o := office.New(m, func() time.Time { return now })
	take(t, o, segment.Append, s.submission(0, len(s.log)))
	trunk := len(s.log)
	for n := range office.MaxBranches {
		s.log = s.log[:trunk:trunk]
		s.write(fmt.Appendf(nil, `{"seq":%d,"kind":"operation.asked","at":"2026-12-01T10:00:00Z",`+
			`"operation":{"id":"op%d","kind":"x","gateway":"box"}}`, trunk+1, n))
		want := segment.Fork
		if n == 0 {
			want = segment.Append
		}
		take(t, o, want, s.submission(trunk, trunk+1))
	}
	s.log = s.log[:trunk:trunk]
	s.write(fmt.Appendf(nil, `{"seq":%d,"kind":"x"}`, trunk+1))
	take(t, o, segment.Refused, s.submission(trunk, trunk+1))
}

// testKnown: the newest of a box's places that is here, in whichever branch.
func testKnown(t *testing.T, open opener) {
	s := newShop(t, 1, 1).trade(200)
	m := open(t, s.terminal())
	o := office.New(m, nil)
	take(t, o, segment.Append, s.submission(0, 70), s.submission(70, 150))
	place := func(seq int) segment.Place { return segment.Place{Seq: uint64(seq), Hash: s.log[seq-1].Hash} }
	other := segment.Place{Seq: 140, Hash: chain.Hash{1}}
	for name, c := range map[string]struct {
		asked []segment.Place
		want  uint64
	}{
		"the head":       {[]segment.Place{place(150), place(149)}, 150},
		"beyond it":      {[]segment.Place{place(180), place(120), place(60)}, 120},
		"another chain":  {[]segment.Place{other, place(33)}, 33},
		"out of order":   {[]segment.Place{place(1), other, place(71), place(70)}, 71},
		"none":           {[]segment.Place{other}, 0},
		"before it all":  {[]segment.Place{other, {}}, 0},
		"nothing at all": {nil, 0},
	} {
		l, err := o.Known(t.Context(), s.id, segment.Places{Places: c.asked})
		got := uint64(0)
		if l.Place != nil {
			got = l.Place.Seq
		}
		if err != nil || got != c.want || (l.Place != nil) != (c.want > 0 || name == "before it all") {
			t.Errorf("%s: %+v %v, want %d", name, l.Place, err, c.want)
		}
	}
}
