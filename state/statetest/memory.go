package statetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"galla/internal/typed"
	"galla/state"
)

// ErrConflict is what Memory answers where a rule of uniqueness refuses a batch; nothing of the batch is kept then.
var ErrConflict = errors.New("the store refuses the batch")

// Memory is a store in memory. It may be used from several goroutines.
type Memory struct {
	mu     sync.Mutex
	events [][]byte
	sales  map[string][]byte
	read   map[string]*state.Sale // sales, decoded: to be searched, and never handed out
	asked  map[string][]byte      // operations
	keys   map[string]state.KeyRecord
	owners map[string]string // "number day/n", "payment gateway/id", "reference ref" → sale id
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		sales:  map[string][]byte{},
		read:   map[string]*state.Sale{},
		asked:  map[string][]byte{},
		keys:   map[string]state.KeyRecord{},
		owners: map[string]string{},
	}
}

// Commit keeps a batch whole, or refuses it with ErrConflict. It panics if the batch is one that no correct caller
// makes.
func (m *Memory) Commit(b state.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(b.Events)+len(b.Sales)+len(b.Operations)+len(b.Keys) == 0 {
		panic("statetest: an empty batch was committed")
	}
	for i, e := range b.Events {
		if want := uint64(len(m.events) + i + 1); e.Seq != want {
			return fmt.Errorf("%w: event %d does not follow %d", ErrConflict, e.Seq, want-1)
		}
	}
	claims := map[string]string{}
	for _, s := range b.Sales {
		for _, name := range claimed(&s) {
			if owner := cmp.Or(m.owners[name], claims[name]); owner != "" && owner != s.ID {
				return fmt.Errorf("%w: %q belongs to sale %s, not %s", ErrConflict, name, owner, s.ID)
			}
			claims[name] = s.ID
		}
	}

	fresh := map[string]bool{}
	for _, k := range b.Keys {
		if _, taken := m.key(k.Owner, k.Key); taken || fresh[ownedKey(k.Owner, k.Key)] {
			return fmt.Errorf("%w: idempotency key %q is taken", ErrConflict, k.Key)
		}
		fresh[ownedKey(k.Owner, k.Key)] = true
	}

	m.strict(b)
	for _, e := range b.Events {
		m.events = append(m.events, encode(e))
	}
	for _, s := range b.Sales {
		m.sales[s.ID] = encode(s)
		delete(m.read, s.ID)
	}
	for _, o := range b.Operations {
		m.asked[o.ID] = encode(o)
	}
	for name, id := range claims {
		m.owners[name] = id
	}

	for _, k := range b.Keys {
		m.keys[ownedKey(k.Owner, k.Key)] = k
	}
	return nil
}

// claimed lists the names that may belong to one sale only.
func claimed(s *state.Sale) []string {
	names := []string{fmt.Sprintf("number %s/%d", s.Day, s.Number)}
	for _, a := range s.Attempts {
		names = append(names, "reference "+a.Ref)
	}
	for _, p := range s.Payments {
		names = append(names, "payment "+p.Gateway+"/"+p.ID)
	}
	return names
}

// strict panics unless the batch's sales are what its events make of the stored ones.
func (m *Memory) strict(b state.Batch) {
	after := map[string]state.Sale{}
	m.strictOperations(b)
	for _, e := range b.Events {
		if e.SaleID == "" {
			continue
		}
		sale, ok := after[e.SaleID]
		if !ok {
			sale, _ = m.sale(e.SaleID)
		}
		var err error
		if after[e.SaleID], _, err = state.Apply(sale, e); err != nil {
			panic(
				fmt.Sprintf(
					"statetest: event %d (%s) was committed, but state.Apply refuses it: %v",
					e.Seq,
					e.Kind,
					err,
				),
			)
		}
	}

	given := map[string]bool{}
	for _, s := range b.Sales {
		want, ok := after[s.ID]
		switch {
		case !ok:
			panic(fmt.Sprintf("statetest: sale %q was committed without an event", s.ID))
		case given[s.ID]:
			panic(fmt.Sprintf("statetest: sale %q stands twice in a batch", s.ID))
		case !bytes.Equal(encode(s), encode(want)):
			panic(
				fmt.Sprintf(
					"statetest: sale %s is not what its events make of it:\nis   %s\nwant %s",
					s.ID,
					encode(s),
					encode(want),
				),
			)
		}
		given[s.ID] = true
	}

	for id := range after {
		if !given[id] {
			panic(fmt.Sprintf("statetest: an event of sale %q was committed without the sale", id))
		}
	}
	for _, k := range b.Keys {
		_, sale := m.sales[k.SaleID]
		_, asked := m.asked[k.SaleID]
		fresh := slices.ContainsFunc(b.Operations, func(o state.Operation) bool { return o.ID == k.SaleID })
		if k.Key == "" || !sale && !asked && !fresh && !given[k.SaleID] {
			panic(fmt.Sprintf("statetest: idempotency key %q answers with %q, which is not there", k.Key, k.SaleID))
		}
	}
}

// Seq is the sequence number of the last event; 0 for none.
func (m *Memory) Seq() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.events)), nil
}

// Sale reads one sale.
func (m *Memory) Sale(id string) (sale state.Sale, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sale, found = m.sale(id)
	return sale, found, nil
}

func (m *Memory) sale(id string) (sale state.Sale, found bool) {
	raw, found := m.sales[id]
	if found {
		decode(raw, &sale)
	}
	return sale, found
}

// LastNumber is the highest sale number of a business day; 0 for none.
func (m *Memory) LastNumber(day string) (n int, err error) {
	for _, s := range m.all(func(s *state.Sale) bool { return s.Day == day }) {
		n = max(n, s.Number)
	}
	return n, nil
}

// Watching reads every sale that still needs looking at, oldest first.
func (m *Memory) Watching() (sales []state.Sale, err error) {
	return m.all(func(s *state.Sale) bool { return state.Watching(*s) }), nil
}

// CountAttention counts the sales with open attention items.
func (m *Memory) CountAttention() (n int, err error) {
	return len(m.all(func(s *state.Sale) bool { return len(s.Attention) > 0 })), nil
}

// Events reads up to limit events after since, in order.
func (m *Memory) Events(since uint64, limit int) (events []state.Event, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, raw := range m.events[min(since, uint64(len(m.events))):] {
		if len(events) == limit {
			break
		}
		var e state.Event
		decode(raw, &e)
		events = append(events, e)
	}
	return events, nil
}

// Key looks an idempotency key of a caller up; one without an owner answers everybody.
func (m *Memory) Key(owner, key string) (rec state.KeyRecord, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, found = m.key(owner, key)
	return rec, found, nil
}

func (m *Memory) key(owner, key string) (rec state.KeyRecord, found bool) {
	if rec, found = m.keys[ownedKey(owner, key)]; !found {
		rec, found = m.keys[ownedKey("", key)]
	}
	return rec, found
}

func ownedKey(owner, key string) string { return owner + "\x00" + key }

// PruneKeys removes the idempotency keys that were written before a moment.
func (m *Memory) PruneKeys(before time.Time) (removed int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.keys)
	maps.DeleteFunc(m.keys, func(_ string, k state.KeyRecord) bool { return k.At.Before(before) })
	return n - len(m.keys), nil
}

// BoxID is the same for every Memory: tests must repeat.
func (m *Memory) BoxID() (string, error) { return "00000000000000b0", nil }

// Find lists the sales that have a value, newest first.
func (m *Memory) Find(f state.Field, value, before string, limit int) (sales []state.Sale, err error) {
	if _, err := values(&state.Sale{}, f); err != nil {
		return nil, err
	}
	sales = m.all(func(s *state.Sale) bool {
		has, _ := values(s, f)
		return value != "" && slices.Contains(has, value) && (before == "" || s.ID < before)
	})
	slices.Reverse(sales)
	return sales[:min(len(sales), limit)], nil
}

// values are what a sale is found by.
func values(s *state.Sale, f state.Field) (has []string, err error) {
	switch f {
	case state.FieldNumber:
		has = []string{state.NumberOf(s.Day, s.Number)}
	case state.FieldAmount:
		has = []string{fmt.Sprint(int64(s.Amount))}
		for _, p := range s.Payments {
			has = append(has, fmt.Sprint(int64(p.Amount)))
		}
	case state.FieldReference:
		has = []string{s.Reference}
	case state.FieldBill:
		has = []string{typed.BillKey(s.Reference)}
	case state.FieldRRN:
		for _, p := range s.Payments {
			has = append(has, p.RRN)
		}
		for _, r := range s.Refunds {
			has = append(has, r.RRN)
		}
	case state.FieldPayment:
		for _, p := range s.Payments {
			has = append(has, p.ID)
		}
	case state.FieldMandate:
		if s.Debit != nil {
			has = []string{s.Debit.Mandate}
		}
	case state.FieldAttempt:
		for _, a := range s.Attempts {
			has = append(has, a.Ref)
		}
	default:
		return nil, fmt.Errorf("sales can't be found by %q", f)
	}
	return has, nil
}

// Days lists the business days that have sales, newest first.
func (m *Memory) Days(from, to string) (days []string, err error) {
	for _, s := range m.all(func(s *state.Sale) bool { return s.Day >= from && (to == "" || s.Day <= to) }) {
		if !slices.Contains(days, s.Day) {
			days = append(days, s.Day)
		}
	}
	slices.Sort(days)
	slices.Reverse(days)
	return days, nil
}

// Sales lists sales by a query; q.Limit must be above zero.
func (m *Memory) Sales(q state.Query) ([]state.Sale, error) {
	sales := m.all(func(s *state.Sale) bool {
		return (q.Since == 0 || s.Seq > q.Since) &&
			(q.Since > 0 || q.Before == "" || s.ID < q.Before) &&
			(q.Day == "" || s.Day == q.Day) &&
			!(q.Open && s.Phase.Final()) &&
			!(q.Attention && len(s.Attention) == 0)
	})
	if q.Since > 0 {
		slices.SortFunc(sales, func(a, b state.Sale) int { return cmp.Compare(a.Seq, b.Seq) })
	} else {
		slices.Reverse(sales)
	}
	if q.Since > 0 || q.Open || q.Attention {
		if q.May != nil || q.Brief {
			return nil, errors.New("a query with May or Brief has no Since, Open or Attention")
		}
	}
	var out []state.Sale
	for _, s := range sales[:min(len(sales), q.Limit)] {
		if q.May != nil && !q.May([]byte(s.ID), encode(s)) {
			continue
		}
		if q.Brief {
			s = s.Brief()
		}
		out = append(out, s)
	}
	return out, nil
}

// Close does nothing: what is stored stays readable.
func (m *Memory) Close() error { return nil }

// all reads every sale that is wanted, by rising id, which is the order of opening. want must not change what it is
// shown.
func (m *Memory) all(want func(*state.Sale) bool) (sales []state.Sale) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(m.sales)) {
		if m.read[id] == nil {
			s, _ := m.sale(id)
			m.read[id] = &s
		}
		if want(m.read[id]) {
			s, _ := m.sale(id)
			sales = append(sales, s)
		}
	}
	return sales
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("statetest: %T can't be written as JSON: %v", v, err))
	}
	return raw
}

func decode(raw []byte, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		panic(fmt.Sprintf("statetest: %s is not a %T: %v", raw, into, err))
	}
}
