package joiningtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"galla/internal/office/joining"
	"galla/internal/segment"
)

// Memory is a store in memory. Its methods may be called from any goroutine; one transaction runs at a time.
type Memory struct {
	// Fail is asked before each commit: with an error the commit fails, and applied says whether all of it is there all
	// the same. Nil: none fails.
	Fail func() (applied bool, err error)

	mu   sync.Mutex
	d    data
	once bool // a transaction runs once, so that it draws the same codes as a store's
}

type data struct {
	office      joining.Office
	shops       map[string]joining.Shop
	counters    []joining.Counter
	codes       map[joining.CodeHash]joining.Code
	tries       []try
	terminals   map[string]joining.Terminal
	assignments []joining.Assignment
	chains      map[string][]Branch // what the office's core has
}

type try struct {
	address string
	at      time.Time
}

// Branch is what the office has of a terminal's chain.
type Branch struct {
	Head   uint64
	Places []segment.Place // some of it
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{d: data{
		shops:     map[string]joining.Shop{},
		codes:     map[joining.CodeHash]joining.Code{},
		terminals: map[string]joining.Terminal{},
		chains:    map[string][]Branch{},
	}}
}

// Chain says what the office's core has of a terminal.
func (m *Memory) Chain(terminal string, branches ...Branch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.d.chains[terminal] = branches
}

func (d data) clone() data {
	return data{
		d.office,
		maps.Clone(d.shops),
		slices.Clone(d.counters),
		maps.Clone(d.codes),
		slices.Clone(d.tries),
		maps.Clone(d.terminals),
		slices.Clone(d.assignments),
		d.chains,
	}
}

// Change is joining.Store's.
func (m *Memory) Change(ctx context.Context, do func(joining.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	// Twice, as a store may that lost its transaction: only what the last one wrote stays.
	if !m.once {
		if err := do(&tx{data: m.d.clone()}); err != nil {
			return err
		}
	}
	now := &tx{data: m.d.clone()}
	if err := do(now); err != nil {
		return err
	}
	if m.Fail != nil {
		if applied, err := m.Fail(); err != nil {
			if applied {
				m.d = now.data
			}
			return err
		}
	}
	m.d = now.data
	return nil
}

// View is joining.Store's.
func (m *Memory) View(ctx context.Context, do func(joining.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return do(&tx{data: m.d.clone(), view: true})
}

type tx struct {
	data
	view bool
}

func (t *tx) may(ok bool, rule string, args ...any) {
	if t.view {
		panic("joiningtest: a view writes")
	}
	if !ok {
		panic("joiningtest: " + fmt.Sprintf(rule, args...))
	}
}

func (t *tx) Office() (joining.Office, error) { return t.office, nil }

func (t *tx) Shop(id string) (joining.Shop, bool, error) {
	s, found := t.shops[id]
	return s, found, nil
}

func (t *tx) Shops() ([]joining.Shop, error) {
	return slices.SortedFunc(maps.Values(t.shops), func(a, b joining.Shop) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (t *tx) Counters() ([]joining.Counter, error) {
	all := slices.Clone(t.counters)
	slices.SortStableFunc(all, func(a, b joining.Counter) int { return cmp.Compare(a.Shop, b.Shop) })
	return all, nil
}

func (t *tx) Code(hash joining.CodeHash) (joining.Code, bool, error) {
	c, found := t.codes[hash]
	return c, found, nil
}

func (t *tx) Tries(address string, since time.Time) (its, all int, err error) {
	for _, one := range t.tries {
		if one.at.Before(since) {
			continue
		}
		if all++; one.address == address {
			its++
		}
	}
	return its, all, nil
}

func (t *tx) Terminal(id string) (joining.Terminal, bool, error) {
	is, found := t.terminals[id]
	return is, found, nil
}

func (t *tx) Terminals() ([]joining.Terminal, error) {
	return slices.SortedFunc(maps.Values(t.terminals), func(a, b joining.Terminal) int {
		return cmp.Or(a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.ID, b.ID))
	}), nil
}

func (t *tx) Newest(terminal string) (branch int, head uint64, found bool, err error) {
	all := t.chains[terminal]
	if len(all) == 0 {
		return 0, 0, false, nil
	}
	return len(all) - 1, all[len(all)-1].Head, true, nil
}

func (t *tx) Holds(terminal string, p segment.Place) (bool, error) {
	return slices.ContainsFunc(t.chains[terminal], func(b Branch) bool { return slices.Contains(b.Places, p) }), nil
}

func (t *tx) Assignments() ([]joining.Assignment, error) { return slices.Clone(t.assignments), nil }

func (t *tx) PutOffice(o joining.Office) error {
	t.may(o.Name != "", "an office without a name")
	t.office = o
	return nil
}

func (t *tx) PutShop(s joining.Shop) error {
	t.may(s.ID != "" && s.Name != "", "a shop without id or name: %+v", s)
	t.shops[s.ID] = s
	return nil
}

func (t *tx) PutCounter(c joining.Counter) error {
	_, found := t.shops[c.Shop]
	t.may(found, "counter %+v stands in no shop", c)
	t.may(!slices.ContainsFunc(t.counters, func(o joining.Counter) bool {
		return o.ID == c.ID || o.Shop == c.Shop && o.Label == c.Label
	}), "counter %+v is there already", c)
	t.counters = append(t.counters, c)
	return nil
}

// counter wants one to be there.
func (t *tx) counter(id string) {
	t.may(slices.ContainsFunc(t.counters, func(c joining.Counter) bool { return c.ID == id }), "no counter %q", id)
}

func (t *tx) PutCode(c joining.Code) error {
	t.counter(c.Counter)
	was, found := t.codes[c.Hash]
	t.may(!c.Expires.IsZero() && (c.UsedBy == "") == c.UsedAt.IsZero(), "a code without an end: %+v", c)
	t.may(!found || was.UsedBy == "" && was.Counter == c.Counter, "a code is used twice: %+v, %+v", was, c)
	t.codes[c.Hash] = c
	return nil
}

func (t *tx) ForgetCodes(before time.Time) error {
	t.may(true, "")
	maps.DeleteFunc(t.codes, func(_ joining.CodeHash, c joining.Code) bool { return c.Expires.Before(before) })
	t.tries = slices.DeleteFunc(t.tries, func(one try) bool { return one.at.Before(before) })
	return nil
}

func (t *tx) AddTry(address string, at time.Time) error {
	t.may(address != "" && !at.IsZero(), "a try of nobody")
	t.tries = append(t.tries, try{address, at})
	return nil
}

// lives are the ways a terminal's state may go.
var lives = map[joining.State][]joining.State{
	"":              {joining.Waiting},
	joining.Waiting: {joining.Waiting, joining.Joined, joining.Left, joining.Revoked},
	joining.Joined:  {joining.Joined, joining.Left, joining.Revoked},
	joining.Left:    {joining.Left, joining.Waiting, joining.Revoked},
	joining.Revoked: {joining.Revoked},
}

func (t *tx) PutTerminal(is joining.Terminal) error {
	t.counter(is.Counter)
	was, found := t.terminals[is.ID]
	t.may(segment.TerminalID(is.Key) == is.ID && (!found || bytes.Equal(was.Key, is.Key)),
		"terminal %s has another key", is.ID)
	t.may(slices.Contains(lives[was.State], is.State), "terminal %s goes from %s to %s", is.ID, was.State, is.State)
	joined := is.State == joining.Joined // the core takes what is sent where LeftAt is zero
	t.may(!is.AskedAt.IsZero() && joined == is.LeftAt.IsZero() && (!joined || !is.JoinedAt.IsZero()),
		"terminal %s is %s, and its times don't say so: %+v", is.ID, is.State, is)
	t.terminals[is.ID] = is
	return nil
}

func (t *tx) PutAssignments(terminal string, all []joining.Assignment) error {
	_, found := t.terminals[terminal]
	t.may(found, "assignments of terminal %s, which is not there", terminal)
	for i, a := range all {
		t.counter(a.Counter)
		t.may(a.Terminal == terminal && a.From > 0 && !a.At.IsZero() &&
			(i == 0 || all[i-1].Branch < a.Branch || all[i-1].Branch == a.Branch && all[i-1].From < a.From),
			"assignments are not in their order: %+v", all)
	}
	t.assignments = slices.DeleteFunc(t.assignments, func(a joining.Assignment) bool { return a.Terminal == terminal })
	t.assignments = append(t.assignments, all...)
	slices.SortStableFunc(t.assignments, func(a, b joining.Assignment) int {
		return cmp.Compare(a.Terminal, b.Terminal)
	})
	return nil
}
