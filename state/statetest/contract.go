package statetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/typed"
	"galla/state"
)

// Run proves that a store keeps the contract. open opens the store of a folder, and opens what it held when called
// again with the same folder after Close; conflict is the store's error for a batch that a rule of uniqueness refuses.
func Run(t *testing.T, conflict error, open func(dir string) (Store, error)) {
	fresh := func(t *testing.T) *subject {
		c := &subject{t: t, dir: t.TempDir(), open: open, conflict: conflict}
		c.reopen()
		t.Cleanup(func() { c.Close() })
		return c
	}
	t.Run("empty", func(t *testing.T) { fresh(t).empty() })
	t.Run("one sale", func(t *testing.T) { fresh(t).oneSale() })
	t.Run("conflicts write nothing", func(t *testing.T) { fresh(t).conflicts() })
	t.Run("keys of several callers", func(t *testing.T) { fresh(t).owners() })
	t.Run("operations", func(t *testing.T) { fresh(t).operations() })
	t.Run("traffic, equal to memory", func(t *testing.T) { fresh(t).traffic() })
	t.Run("concurrent reads", func(t *testing.T) { fresh(t).concurrent() })
}

type subject struct {
	Store
	t        *testing.T
	dir      string
	open     func(string) (Store, error)
	conflict error
}

func (c *subject) reopen() {
	c.t.Helper()
	if c.Store != nil {
		if err := c.Close(); err != nil {
			c.t.Fatalf("close: %v", err)
		}
	}
	s, err := c.open(c.dir)
	if err != nil {
		c.t.Fatalf("open: %v", err)
	}
	c.Store = s
}

func (c *subject) commit(b state.Batch) {
	c.t.Helper()
	if err := c.Commit(b); err != nil {
		c.t.Fatalf("commit of event %d: %v", b.Events[0].Seq, err)
	}
}

func (c *subject) empty() {
	for range 2 {
		none := NewMemory()
		compare(c.t, c.Store, none, []string{"nobody"}, []string{"2026-11-22"}, []string{"no key"})
		c.reopen()
	}
}

func (c *subject) oneSale() {
	tr, m := NewTraffic(3, 1, 10), NewMemory()
	var keys []string
	for range 12 {
		b := tr.Next()
		c.commit(b)
		if err := m.Commit(b); err != nil {
			c.t.Fatal(err)
		}
		for _, k := range b.Keys {
			keys = append(keys, k.Key)
		}
		ids := []string{b.Sales[0].ID}
		compare(c.t, c.Store, m, ids, []string{b.Sales[0].Day}, keys)
		c.reopen()
		compare(c.t, c.Store, m, ids, []string{b.Sales[0].Day}, keys)
	}
}

var begin = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// paid makes the batch of a whole sale, opened to paid, with names that conflicts spoils.
func paid(id string, n int, seq uint64, ref, payment, key string) state.Batch {
	b := state.Batch{Keys: []state.KeyRecord{{Key: key, Fingerprint: "f", SaleID: id, At: begin}}}
	var s state.Sale
	for _, e := range []state.Event{
		{Kind: state.EventOpened, Opened: &state.Opened{Number: n, Day: "2026-11-22", Amount: 25000,
			Route: []string{"enkash"}, Life: time.Minute}},
		{Kind: state.EventAttemptAsked, Attempt: ref, Gateway: "enkash"},
		{Kind: state.EventAttemptQuoted, Attempt: ref, Quote: &state.Quote{OrderID: "O" + ref, Payload: "upi://pay"}},
		{Kind: state.EventReading, Attempt: ref, Reading: &state.Reading{Order: state.OrderPaid,
			Payments: []state.Payment{{ID: payment, Amount: money.Paise(25000), Status: state.PaymentCaptured}}}},
	} {
		seq++
		e.Seq, e.SaleID, e.At = seq, id, begin
		next, _, err := state.Apply(s, e)
		if err != nil {
			panic(err)
		}
		s = next
		b.Events = append(b.Events, e)
	}
	b.Sales = []state.Sale{s}
	return b
}

func (c *subject) conflicts() {
	m := NewMemory()
	first := paid("s1", 1, 0, "R1", "p1", "k1")
	c.commit(first)
	if err := m.Commit(first); err != nil {
		c.t.Fatal(err)
	}
	same := func(what string) {
		c.t.Helper()
		compare(c.t, c.Store, m, []string{"s1", "s2"}, []string{"2026-11-22"}, []string{"k1", "k2"})
		if c.t.Failed() {
			c.t.Fatalf("%s left something behind", what)
		}
	}
	for what, b := range map[string]state.Batch{
		"a number of another sale":    paid("s2", 1, 4, "R2", "p2", "k2"),
		"a reference of another sale": paid("s2", 2, 4, "R1", "p2", "k2"),
		"a payment of another sale":   paid("s2", 2, 4, "R2", "p1", "k2"),
		"a taken idempotency key":     paid("s2", 2, 4, "R2", "p2", "k1"),
		"a gap in the sequence":       paid("s2", 2, 5, "R2", "p2", "k2"),
		"a sequence number again":     paid("s2", 2, 3, "R2", "p2", "k2"),
	} {
		if err := c.Commit(b); !errors.Is(err, c.conflict) {
			c.t.Errorf("%s: %v, want %v", what, err, c.conflict)
		}
		same(what)
	}
	c.reopen()
	same("reopening")
	second := paid("s2", 2, 4, "R2", "p2", "k2") // a refused batch doesn't stop the next
	c.commit(second)
	if err := m.Commit(second); err != nil {
		c.t.Fatal(err)
	}
	same("the next sale")
}

// owners keeps the same key of two callers apart, lets one without an owner answer both, and prunes by age.
func (c *subject) owners() {
	batch := func(id string, n int, seq uint64, owner, key string, at time.Time) state.Batch {
		b := paid(id, n, seq, "R"+id, "p"+id, key)
		b.Keys[0].Owner, b.Keys[0].At = owner, at
		return b
	}
	day := 24 * time.Hour
	c.commit(batch("s1", 1, 0, "pos", "k", begin))
	c.commit(batch("s2", 2, 4, "web", "k", begin.Add(day)))
	c.commit(batch("s3", 3, 8, "", "old", begin))
	for what, b := range map[string]state.Batch{
		"the same key of the same caller": batch("s4", 4, 12, "pos", "k", begin),
		"a key that answers everybody":    batch("s4", 4, 12, "pos", "old", begin),
		"an empty key":                    batch("s4", 4, 12, "pos", "", begin),
	} {
		if b.Keys[0].Key == "" && c.conflict == ErrConflict {
			continue // Memory panics: no caller makes one
		}
		if err := c.Commit(b); !errors.Is(err, c.conflict) {
			c.t.Errorf("%s: %v, want %v", what, err, c.conflict)
		}
	}

	for range 2 {
		for _, look := range [][3]string{{"pos", "k", "s1"}, {"web", "k", "s2"}, {"app", "k", ""}, {"", "k", ""},
			{"pos", "old", "s3"}, {"", "old", "s3"}} {
			rec, found, err := c.Key(look[0], look[1])
			if err != nil || rec.SaleID != look[2] || found != (look[2] != "") {
				c.t.Errorf("key %q of %q answers %q: %v", look[1], look[0], rec.SaleID, err)
			}
		}
		c.reopen()
	}

	if n, err := c.PruneKeys(begin); n != 0 || err != nil {
		c.t.Errorf("%d keys as old as the bound were pruned: %v", n, err)
	}
	if n, err := c.PruneKeys(begin.Add(day)); n != 2 || err != nil {
		c.t.Errorf("%d keys pruned, want 2: %v", n, err)
	}
	for _, look := range [][3]string{{"pos", "k", ""}, {"web", "k", "s2"}, {"pos", "old", ""}} {
		if rec, _, err := c.Key(look[0], look[1]); err != nil || rec.SaleID != look[2] {
			c.t.Errorf("after pruning, key %q of %q answers %q: %v", look[1], look[0], rec.SaleID, err)
		}
	}
	c.commit(batch("s4", 4, 12, "pos", "k", begin))
}

func (c *subject) traffic() {
	tr, m := NewTraffic(7, 5, 12), NewMemory()
	var ids, days, keys []string
	for i := range 800 {
		b := tr.Next()
		c.commit(b)
		if err := m.Commit(b); err != nil {
			c.t.Fatal(err)
		}
		if s := b.Sales[0]; !slices.Contains(ids, s.ID) {
			ids = append(ids, s.ID)
			if !slices.Contains(days, s.Day) {
				days = append(days, s.Day)
			}
		}
		for _, k := range b.Keys {
			keys = append(keys, k.Key)
		}
		if i == 500 {
			c.reopen()
		}
	}
	compare(c.t, c.Store, m, ids, days, keys)
}

func (c *subject) concurrent() {
	tr := NewTraffic(9, 3, 50)
	done := make(chan error)
	stop := make(chan struct{})
	for range 3 {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				seq, err := c.Seq()
				if err != nil {
					done <- err
					return
				}
				// What a reader has seen of the sequence, it can read.
				events, err := c.Events(seq-min(seq, 3), 3)
				if err == nil && uint64(len(events)) < min(seq, 3) {
					err = fmt.Errorf("at event %d only %d of the last 3 events could be read", seq, len(events))
				}
				if err == nil {
					_, err = c.Watching()
				}
				if err != nil {
					done <- err
					return
				}
			}
		}()
	}

	for range 100 {
		c.commit(tr.Next())
	}
	close(stop)
	for range 3 {
		if err := <-done; err != nil {
			c.t.Error(err)
		}
	}
}

// compare asks both stores everything they can be asked.
func compare(t *testing.T, got, want Store, ids, days, keys []string) {
	t.Helper()
	same := func(what string, ask func(Store) (any, error)) {
		t.Helper()
		g, err := ask(got)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		w, _ := ask(want)
		gj, _ := json.Marshal(g)
		wj, _ := json.Marshal(w)
		if !slices.Equal(gj, wj) {
			t.Errorf("%s:\ngot  %s\nwant %s", what, gj, wj)
		}
	}

	type answer struct {
		It    any
		Found bool
	}
	same("seq", func(s Store) (any, error) { return s.Seq() })
	for _, id := range ids {
		same("sale "+id, func(s Store) (any, error) { v, ok, err := s.Sale(id); return answer{v, ok}, err })
	}
	for _, k := range keys {
		same("key "+k, func(s Store) (any, error) { v, ok, err := s.Key("", k); return answer{v, ok}, err })
	}
	for _, d := range days {
		same("last number of "+d, func(s Store) (any, error) { return s.LastNumber(d) })
	}

	same("watched sales", func(s Store) (any, error) {
		v, err := s.Watching()
		return append([]state.Sale{}, v...), err
	})
	same("count of sales with attention", func(s Store) (any, error) { return s.CountAttention() })
	listed, _ := want.Sales(state.Query{Attention: true, Limit: 1 << 20})
	if n, err := got.CountAttention(); err != nil || n != len(listed) {
		t.Errorf("%d sales with attention are counted, %v; %d are listed", n, err, len(listed))
	}
	same("operations without an end", func(s Store) (any, error) {
		v, err := s.OpenOperations()
		return append([]state.Operation{}, v...), err
	})
	for f, values := range findable(want) {
		for i, v := range values {
			before := []string{"", ids[i%len(ids)]}[i%2]
			for _, limit := range []int{1, 1 << 20} {
				same(fmt.Sprintf("%d with %s %q before %q", limit, f, v, before), func(s Store) (any, error) {
					v, err := s.Find(f, v, before, limit)
					return append([]state.Sale{}, v...), err
				})
			}
		}
	}

	for _, d := range append([]string{"", "2026-11-30"}, days...) {
		same(
			"days from "+d,
			func(s Store) (any, error) { v, err := s.Days(d, ""); return append([]string{}, v...), err },
		)
		same("days to "+d, func(s Store) (any, error) { v, err := s.Days("", d); return append([]string{}, v...), err })
	}

	seq, _ := want.Seq()
	for _, since := range []uint64{0, seq / 2, seq - min(seq, 1), seq, seq + 5} {
		for _, limit := range []int{1, 10, 1 << 20} {
			same(fmt.Sprintf("%d events after %d", limit, since), func(s Store) (any, error) {
				v, err := s.Events(since, limit)
				return append([]state.Event{}, v...), err
			})
		}
	}

	for _, q := range queries(ids, days, seq) {
		same(fmt.Sprintf("query %+v", q), func(s Store) (any, error) {
			v, err := s.Sales(q)
			return append([]state.Sale{}, v...), err
		})
		// every second sale is passed over; or brief ones are asked for
		for _, brief := range []bool{false, true} {
			same(fmt.Sprintf("what may be of %+v, brief %v", q, brief), func(s Store) (any, error) {
				q, shown := q, []string{}
				if q.Brief = brief; q.Day == "" || !brief {
					q.May = func(id, sale []byte) bool {
						shown = append(shown, string(id)+" "+string(sale))
						return len(shown)%2 > 0
					}
				}
				v, err := s.Sales(q)
				if err != nil && (q.Since > 0 || q.Open || q.Attention) {
					return []state.Sale{}, nil // refused, as it must be
				}
				return append([]any{shown}, append([]state.Sale{}, v...)), err
			})
		}
	}

	paging(t, got, want)
}

// findable collects values that sales can be found by, and some that none has.
func findable(s Store) map[state.Field][]string {
	values := map[state.Field][]string{}
	add := func(f state.Field, v string) {
		if len(values[f]) < 15 && !slices.Contains(values[f], v) {
			values[f] = append(values[f], v)
		}
	}
	sales, _ := s.Sales(state.Query{Limit: 1 << 20})
	for _, s := range sales {
		add(state.FieldNumber, state.NumberOf(s.Day, s.Number))
		add(state.FieldAmount, fmt.Sprint(int64(s.Amount)))
		add(state.FieldReference, s.Reference)
		add(state.FieldReference, strings.ToLower(s.Reference)) // found by nobody: exact is exact
		add(state.FieldBill, typed.BillKey(s.Reference))
		if s.Debit != nil {
			add(state.FieldMandate, s.Debit.Mandate)
		}
		for _, a := range s.Attempts {
			add(state.FieldAttempt, a.Ref)
		}
		for _, p := range s.Payments {
			add(state.FieldPayment, p.ID)
			add(state.FieldAmount, fmt.Sprint(int64(p.Amount)))
			add(state.FieldRRN, p.RRN)
		}
	}
	for _, f := range []state.Field{state.FieldNumber, state.FieldAmount, state.FieldReference, state.FieldBill,
		state.FieldAttempt, state.FieldPayment, state.FieldRRN, state.FieldMandate} {
		values[f] = append(values[f], "", "1", "2026-11-22/")
	}
	return values
}

// queries makes every kind of query, alone and combined.
func queries(ids, days []string, seq uint64) []state.Query {
	befores := []string{"", ids[len(ids)/2], ids[0], "~"}
	qs := []state.Query{{Limit: 0}}
	for _, limit := range []int{3, 1 << 20} {
		for _, day := range []string{"", days[len(days)/2], "1999-01-01"} {
			for flags := range 4 {
				q := state.Query{Limit: limit, Day: day, Open: flags&1 > 0, Attention: flags&2 > 0}
				for _, before := range befores {
					q.Before, q.Since = before, 0
					qs = append(qs, q)
				}
				for _, since := range []uint64{1, seq / 2} {
					q.Before, q.Since = "", since
					qs = append(qs, q)
				}
			}
		}
	}
	return qs
}

// paging reads the whole list in pages, backwards by Before and forwards by Since: no sale may be missed or come twice.
func paging(t *testing.T, got, want Store) {
	t.Helper()
	all, _ := want.Sales(state.Query{Limit: 1 << 20})
	var back []state.Sale
	for before := ""; ; before = back[len(back)-1].ID {
		page, err := got.Sales(state.Query{Limit: 3, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if back = append(back, page...); len(page) < 3 {
			break
		}
	}
	if len(back) != len(all) || len(all) > 0 && !reflect.DeepEqual(back[len(back)-1].ID, all[len(all)-1].ID) {
		t.Errorf("paging back found %d sales of %d", len(back), len(all))
	}
	seen := map[string]bool{}
	for since := uint64(1); ; {
		page, err := got.Sales(state.Query{Limit: 3, Since: since})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page {
			if seen[s.ID] || s.Seq <= since {
				t.Errorf("paging forward found sale %s again, or out of order", s.ID)
			}
			seen[s.ID], since = true, s.Seq
		}
		if len(page) < 3 {
			break
		}
	}
	for _, s := range all {
		if s.Seq > 1 && !seen[s.ID] {
			t.Errorf("paging forward missed sale %s", s.ID)
		}
	}
}
