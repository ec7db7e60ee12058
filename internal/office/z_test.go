package office_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/books"
	"galla/internal/counter/countertest"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
	"galla/state/statetest"
)

// till is a box that closes its days: a chain, the sales and operations that its events make, and real books over them.
type till struct {
	t        *testing.T
	key      ed25519.PrivateKey
	id       string
	tr       *statetest.Traffic
	r        *rand.Rand
	scale    int64 // how many times as long a shop's second is as the traffic's
	shift    time.Duration
	began    time.Time // of the traffic
	now      time.Time
	events   []state.Event
	log      []chain.Place
	sales    map[string]state.Sale
	ops      map[string]state.Operation
	settings *countertest.Settings
	books    *books.Books
	cut      time.Duration
	spoil    func(a *state.Act) // changes what the chain says of a closing
}

func newTill(t *testing.T, n byte, seed uint64, cut time.Duration) *till {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	b := &till{
		t:        t,
		key:      key,
		id:       segment.TerminalID(key.Public().(ed25519.PublicKey)),
		tr:       statetest.NewTraffic(seed, 5, 20),
		r:        rand.New(rand.NewPCG(seed, 7)),
		scale:    250,
		began:    time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		now:      time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		sales:    map[string]state.Sale{},
		ops:      map[string]state.Operation{},
		settings: countertest.NewSettings(),
		cut:      cut,
	}
	b.restart()
	return b
}

func (b *till) restart() {
	var err error
	b.books, err = books.New(books.Options{
		Till:     b,
		Settings: b.settings,
		Record:   b.record,
		Gateways: func() []books.Gateway { return nil },
		Explain:  func(err error) string { return err.Error() },
		Cut:      b.cut,
		Now:      func() time.Time { return b.now },
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// put adds an event to the chain, at a time, if its subject takes it.
func (b *till) put(e state.Event) bool {
	e.Seq, e.At = uint64(len(b.log)+1), b.now
	if e.SaleID != "" {
		next, _, err := state.Apply(b.sales[e.SaleID], e)
		if err != nil {
			return false
		}
		b.sales[e.SaleID] = next
	} else {
		next, err := state.ApplyOperation(b.ops[e.Subject()], e)
		if err != nil {
			b.t.Fatal(err)
		}
		b.ops[e.Subject()] = next
	}
	raw, err := json.Marshal(e)
	if err != nil {
		b.t.Fatal(err)
	}
	var prev []byte
	if len(b.log) > 0 {
		prev = b.log[len(b.log)-1].Hash[:]
	}
	b.events = append(b.events, e)
	b.log = append(b.log, chain.Place{Hash: chain.Hash(chain.Link(prev, raw)), Event: raw})
	return true
}

// trade commits batches, and now and then others send money of a sale back, or it comes again.
func (b *till) trade(batches int) {
	for range batches {
		next := b.tr.Next()
		for _, e := range next.Events {
			at := b.began.Add(e.At.Sub(b.began) * time.Duration(b.scale)).Add(b.shift)
			b.now = at
			if e.Opened != nil {
				opened := *e.Opened
				opened.Day, e.Opened = day.Business(at, b.cut), &opened
			}
			b.put(e)
		}
		if b.r.IntN(15) == 0 {
			b.reverse()
		}
	}
}

// reverse makes a reading in which others took or returned some of a payment.
func (b *till) reverse() {
	ids := slices.Sorted(maps.Keys(b.sales))
	if len(ids) == 0 {
		return
	}
	s := b.sales[ids[b.r.IntN(len(ids))]]
	if len(s.Payments) == 0 || !s.Phase.Final() {
		return
	}
	p := s.Payments[0]
	p.Refunded = p.Amount * [4]money.Paise{0, 1, 2, 4}[b.r.IntN(4)] / 4
	p.Status = state.PaymentCaptured
	if p.Refunded == p.Amount {
		p.Status = state.PaymentRefunded
	}
	for range 2 { // the second one confirms a doubt
		b.put(state.Event{
			SaleID:  s.ID,
			Kind:    state.EventReading,
			Attempt: p.Attempt,
			By:      "gateway:" + p.Gateway,
			Elapsed: s.Elapsed,
			Reading: &state.Reading{Order: state.OrderPaid, Payments: []state.Payment{{
				ID:       p.ID,
				Amount:   p.Amount,
				Refunded: p.Refunded,
				Status:   p.Status,
				RRN:      p.RRN,
			}}},
		})
	}
}

func (b *till) record(a state.Act, do func() error) error {
	if b.spoil != nil {
		b.spoil(&a)
	}
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		b.t.Fatal(err)
	}
	id := fmt.Sprintf("O%06d", len(b.ops)+1)
	b.put(state.Event{Kind: state.EventOperationAsked, By: a.By, Operation: &state.Operation{
		ID:        id,
		Reference: id,
		Kind:      a.Kind,
		Gateway:   state.Box,
		Target:    a.Target,
		Request:   detail,
	}})
	if err := do(); err != nil {
		return err
	}
	b.put(state.Event{
		Kind:      state.EventOperationDone,
		Operation: &state.Operation{ID: id, Status: state.OperationDone},
	})
	return nil
}

func (b *till) Seq() (uint64, error) { return uint64(len(b.log)), nil }

func (b *till) Events(_ context.Context, since uint64, limit int) ([]state.Event, error) {
	return b.events[since:min(len(b.events), int(since)+limit)], nil
}

func (b *till) Sale(_ context.Context, id string) (state.Sale, error) {
	s, there := b.sales[id]
	if !there {
		return s, state.ErrNoSale
	}
	return s, nil
}

func (b *till) Sales(context.Context, state.Query) ([]state.Sale, error) { return nil, nil }

func (b *till) Days(context.Context, string, string) ([]string, error) { return nil, nil }

func (b *till) terminal() office.Terminal {
	return office.Terminal{ID: b.id, Key: b.key.Public().(ed25519.PublicKey)}
}

// send sends the office what it lacks, in pieces.
func (b *till) send(o *office.Office) {
	b.t.Helper()
	h, err := o.Heads(b.t.Context(), b.id)
	if err != nil {
		b.t.Fatal(err)
	}
	after := 0
	if len(h.Heads) > 0 {
		after = int(h.Heads[0].Seq)
	}
	for after < len(b.log) {
		last := min(len(b.log), after+1+b.r.IntN(300))
		st := chain.Stretch{After: uint64(after), Places: b.log[after:last], Root: after == 0}
		if after > 0 {
			st.Before = b.log[after-1].Hash
		}
		g, err := segment.New(b.key, st)
		if err != nil {
			b.t.Fatal(err)
		}
		answers, err := o.Take(b.t.Context(), []office.Submission{{Terminal: b.id, Raw: g.Bytes()}})
		if err != nil || answers[0].Verdict != segment.Append {
			b.t.Fatalf("%+v %v", answers, err)
		}
		after = last
	}
}

// bring answers what the office wants, and returns how often it was asked.
func (b *till) bring(o *office.Office) (asked int) {
	b.t.Helper()
	for range 1000 {
		h, err := o.Heads(b.t.Context(), b.id)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(h.Wants) == 0 {
			return asked
		}
		for _, id := range h.Wants {
			asked++
			stored, found := b.books.Stored(b.ops[id])
			if !found {
				b.t.Fatalf("there is no Z report of operation %s", id)
			}
			if err := o.TakeZ(b.t.Context(), b.id, segment.Z{Operation: id, Z: stored}); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.t.Fatal("the office wants Z reports for ever")
	return 0
}

// TestZ: whatever days a shop closes and when, whatever its clock does and others do with its money, each Z report of
// its real books comes to the office, proves, and is what the office reckons from the events.
func TestZ(t *testing.T) {
	told := map[string]bool{} // figures that were not zero
	for seed := range uint64(8) {
		b := newTill(t, 1, seed, time.Duration(seed%2)*4*time.Hour)
		m := officetest.NewMemory(b.terminal())
		o := office.New(m, func() time.Time { return b.now })
		made := 0
		for n := range 60 {
			b.trade(b.r.IntN(120))
			switch b.r.IntN(12) {
			case 0: // the clock falls back, and is set again later
				b.shift -= time.Duration(b.r.IntN(40)) * time.Hour
			case 1:
				b.shift = 0
			case 2:
				b.shift += time.Duration(b.r.IntN(40)) * time.Hour
			case 3:
				b.restart()
			case 4:
				b.cut = time.Duration(b.r.IntN(6)) * time.Hour
				b.restart()
			}
			business := ""
			if back := b.r.IntN(4); back > 0 {
				business = day.Business(b.now.AddDate(0, 0, 1-back), b.cut)
			}
			all, err := b.books.Close(t.Context(), "", fmt.Sprint("key", n), "owner", business)
			if err == nil {
				made += len(all)
			}
			if b.r.IntN(3) == 0 {
				b.send(o)
				b.bring(o)
			}
		}
		b.send(o)
		b.bring(o)

		zs := m.Rows(t).Zs
		if len(zs) != made || made < 5 || b.bring(o) > 0 {
			t.Errorf("seed %d: the office has %d Z reports of %d", seed, len(zs), made)
		}
		for _, z := range zs {
			if z.State != office.ZRecomputed {
				t.Errorf(
					"seed %d: Z%d of %s is %s %s: %+v\n%s",
					seed,
					z.Number,
					z.Day,
					z.State,
					z.Why,
					z.Differs,
					z.Bytes,
				)
			}
			var figures map[string]json.RawMessage
			if err := json.Unmarshal(z.Bytes, &figures); err != nil {
				t.Fatal(err)
			}
			for name, raw := range figures {
				var l struct{ Count, Paise int }
				if json.Unmarshal(raw, &l) == nil && l.Paise != 0 || name == "other_days" || name == "left" {
					told[name] = true
				}
			}
		}
		if f := m.Rows(t).Findings; len(f) > 0 {
			t.Errorf("seed %d: %+v", seed, f)
		}
	}
	for _, name := range []string{"upi", "late", "refunds", "reversals", "returned", "accepted", "paid", "sales",
		"cancelled", "failed", "other_days", "left"} {
		if !told[name] {
			t.Errorf("no Z report has %s: the test does not tell whether they are right", name)
		}
	}
}

// closed is a till that has closed one day, with its chain at an office, and what the office has of the Z report.
func closed(t *testing.T, n byte, seed uint64) (b *till, m *officetest.Memory, o *office.Office, z func() office.Z) {
	t.Helper()
	b = newTill(t, n, seed, 0)
	m = officetest.NewMemory(b.terminal())
	o = office.New(m, func() time.Time { return b.now })
	b.trade(70)
	b.close("k1")
	b.send(o)
	return b, m, o, func() office.Z {
		zs := m.Rows(t).Zs
		if len(zs) != 1 {
			t.Fatalf("there are %d Z reports", len(zs))
		}
		return zs[0]
	}
}

func (b *till) close(key string) books.Z {
	b.t.Helper()
	all, err := b.books.Close(b.t.Context(), "", key, "owner", "")
	if err != nil {
		b.t.Fatal(err)
	}
	return all[len(all)-1]
}

// TestZUnproved: what is not what was closed is kept out, and the Z report may still come.
func TestZUnproved(t *testing.T) {
	b, m, o, z := closed(t, 1, 1)
	good, _ := b.books.Stored(b.ops[z().Operation])
	kinds := func() (all []string) {
		for _, f := range m.Rows(t).Findings {
			all = append(all, f.Kind)
		}
		return all
	}
	if z().State != office.ZWanted || z().By != "owner" || z().Number != 1 || z().At.IsZero() {
		t.Errorf("%+v", z())
	}
	for name, c := range map[string]struct {
		terminal string
		z        segment.Z
		want     error
	}{
		"of nobody":       {"nobody", segment.Z{Operation: z().Operation, Z: good}, office.ErrUnknown},
		"of no operation": {b.id, segment.Z{Operation: "O9", Z: good}, office.ErrNotZ},
		"changed":         {b.id, segment.Z{Operation: z().Operation, Z: append([]byte(" "), good...)}, office.ErrNotZ},
	} {
		if err := o.TakeZ(t.Context(), c.terminal, c.z); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if z().State != office.ZUnproved || !slices.Equal(kinds(), []string{office.FindingUnproved}) {
		t.Errorf("it is %s, found %v", z().State, kinds())
	}
	if b.bring(o) != 0 {
		t.Error("the office asks for it again and again")
	}
	for _, lost := range []bool{true, false, true, false} {
		m := segment.Z{Operation: z().Operation, Lost: lost}
		if !lost {
			m.Z = good
		}
		if err := o.TakeZ(t.Context(), b.id, m); err != nil {
			t.Error(err)
		}
	}
	if z().State != office.ZRecomputed || !bytes.Equal(z().Bytes, good) || len(kinds()) > 0 {
		t.Errorf("it is %s, found %v", z().State, kinds())
	}
	if err := o.TakeZ(
		t.Context(),
		b.id,
		segment.Z{Operation: z().Operation, Z: []byte("{}")},
	); !errors.Is(
		err,
		office.ErrNotZ,
	) {
		t.Error(err)
	}
	if z().State != office.ZRecomputed || !bytes.Equal(z().Bytes, good) {
		t.Errorf("it is %s", z().State)
	}
}

// TestOverdue: a day that nobody closed, and a Z report that did not come, are findings from noon of the next day until
// they are there.
func TestOverdue(t *testing.T) {
	b := newTill(t, 1, 3, 0)
	m := officetest.NewMemory(b.terminal())
	clock := b.now
	o := office.New(m, func() time.Time { return clock })
	stands := func(want ...string) {
		t.Helper()
		if err := o.Overdue(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range m.Rows(t).Findings {
			got = append(got, fmt.Sprint(f.Kind, " ", f.Values))
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %s: %q stand, want %q", clock.In(day.IST), got, want)
		}
	}

	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, day.IST)
	stands()
	b.trade(30) // on the 22nd
	b.send(o)
	clock = noon
	stands()
	clock = noon.Add(time.Second)
	stands() // nobody has ever closed a day
	for b.now.Before(noon) {
		b.trade(1)
	}
	b.send(o)
	clock = noon.Add(24*time.Hour + time.Second)
	stands()

	b.close("k") // both days
	b.send(o)
	clock = noon.Add(23 * time.Hour)
	stands()
	clock = noon.Add(24*time.Hour + time.Second)
	stands("z.lacking map[day:2026-11-22 number:1]", "z.lacking map[day:2026-11-23 number:2]")
	if b.bring(o) != 2 {
		t.Error("the office wants others")
	}
	stands()

	for b.now.Before(noon.Add(24 * time.Hour)) {
		b.trade(1)
	}
	b.send(o)
	clock = noon.Add(48*time.Hour + time.Second)
	stands("z.missing map[day:2026-11-24 days:1]")
}

// TestWatch: the days are looked at now and every half hour, and an error does not end it.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTill(t, 1, 3, 0)
		m := officetest.NewMemory(b.terminal())
		m.Fail(func() (bool, error) { return false, errors.New("the database stopped") })
		o := office.New(m, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 95*time.Minute)
		defer cancel()
		errs := 0
		o.Watch(ctx, func(err error) { errs++ })
		if errs != 4 {
			t.Errorf("%d looks in 95 minutes", errs)
		}
	})
}

// forge closes a day with a Z report of other bytes, as a box would that reckons wrongly or is newer: the chain has
// their hash.
func (b *till) forge(key string, change func(z map[string]json.RawMessage) []byte) (forged []byte) {
	b.t.Helper()
	b.spoil = func(a *state.Act) {
		raw, err := json.Marshal(a.Detail)
		if err != nil {
			b.t.Fatal(err)
		}
		var detail map[string]any
		var report map[string]json.RawMessage
		if err := json.Unmarshal(raw, &detail); err != nil {
			b.t.Fatal(err)
		}
		if err := json.Unmarshal(b.report(), &report); err != nil {
			b.t.Fatal(err)
		}
		forged = change(report)
		sum := sha256.Sum256(forged)
		detail["sha256"] = hex.EncodeToString(sum[:])
		a.Detail = detail
	}
	b.close(key)
	b.spoil = nil
	return forged
}

// report is what the Z report says that is being made: a box like this one makes it first.
func (b *till) report() []byte {
	twin := *b
	twin.ops, twin.sales = maps.Clone(b.ops), maps.Clone(b.sales)
	twin.spoil, twin.settings = nil, countertest.NewSettings()
	keys, err := b.settings.List("")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, k := range keys {
		v, _, _ := b.settings.Get(k)
		if err := twin.settings.Put(k, v); err != nil {
			b.t.Fatal(err)
		}
	}
	twin.restart()
	return twin.close("twin").Stored
}

// TestZDiffers: a Z report that proves and says something else than its events is a finding that names the figure; one
// that can't be read is kept, and a newer office reads it.
func TestZDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		field, says string // of the report; without a field it is all there is
		state       office.ZState
		figure      string
	}{
		"a newer field":  {"tips", "[1]", office.ZRecomputed, ""},
		"an upi more":    {"upi", `{"count":1,"paise":1}`, office.ZDiffers, "net_paise"},
		"a sale less":    {"sales", `{"count":1,"paise":1}`, office.ZDiffers, "sales_paise"},
		"another count":  {"late", `{"count":7,"paise":0}`, office.ZDiffers, "late_count"},
		"another number": {"number", "9", office.ZDiffers, "number_count"},
		"another day":    {"day", `"2020-02-02"`, office.ZDiffers, "day_count"},
		"other events":   {"seq", "5", office.ZDiffers, "seq_count"},
		"an X":           {"kind", `"X"`, office.ZUnread, ""},
		"of days newer":  {"other_days", `{"all":[]}`, office.ZUnread, ""},
		"no JSON":        {"", "Z REPORT 1", office.ZUnread, ""},
	} {
		b := newTill(t, 1, 5, 0)
		m := officetest.NewMemory(b.terminal())
		o := office.New(m, func() time.Time { return b.now })
		b.trade(70)
		forged := b.forge("k", func(z map[string]json.RawMessage) []byte {
			if c.field == "" {
				return []byte(c.says)
			}
			z[c.field] = json.RawMessage(c.says)
			raw, err := json.Marshal(z)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		})
		b.send(o)
		h, err := o.Heads(t.Context(), b.id)
		if err != nil || len(h.Wants) != 1 {
			t.Fatalf("%s: %v %v", name, h.Wants, err)
		}
		if err := o.TakeZ(t.Context(), b.id, segment.Z{Operation: h.Wants[0], Z: forged}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 2 { // before and after all rows are made again
			rows := m.Rows(t)
			z := rows.Zs[0]
			if z.State != c.state || !bytes.Equal(z.Bytes, forged) ||
				c.figure != "" && z.Differs[0].Figure != c.figure {
				t.Errorf("%s: %s %s %+v", name, z.State, z.Why, z.Differs)
			}
			f := rows.Findings
			want := map[office.ZState]string{
				office.ZDiffers: office.FindingDiffers,
				office.ZUnread:  office.FindingUnreadZ,
			}
			if kind := want[c.state]; (kind != "") != (len(f) == 1) || kind != "" && f[0].Kind != kind ||
				c.figure != "" && f[0].Values["figure"] != c.figure {
				t.Errorf("%s: %+v", name, f)
			}
			if _, err := o.Rebuild(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
		}
	}
}
