package officetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
)

// Memory is a store in memory. Its methods may be called from any goroutine; one transaction runs at a time.
type Memory struct {
	mu   sync.Mutex
	d    data
	fail func() (applied bool, err error)
}

// data is all rows, by their keys. Values are never written to.
type data struct {
	terminals  map[string][]byte
	segments   map[place][]stored
	sales      map[row][]byte
	operations map[row][]byte
	payments   map[payment][]byte
	days       map[row][]byte // id is the day
	findings   []office.Finding
}

type place struct {
	terminal string
	branch   int
}

type row struct {
	place
	id string
}

type payment struct{ gateway, id string }

// stored is a segment in a branch.
type stored struct {
	from, last uint64
	raw        []byte
}

// NewMemory makes a store that knows terminals.
func NewMemory(terminals ...office.Terminal) *Memory {
	m := &Memory{d: data{
		terminals:  map[string][]byte{},
		segments:   map[place][]stored{},
		sales:      map[row][]byte{},
		operations: map[row][]byte{},
		payments:   map[payment][]byte{},
		days:       map[row][]byte{},
	}}
	for _, t := range terminals {
		m.d.terminals[t.ID] = encode(t)
	}
	return m
}

// clone copies the tables, not the rows.
func (d data) clone() data {
	segments := maps.Clone(d.segments)
	for k, s := range segments {
		segments[k] = slices.Clip(s)
	}
	return data{
		maps.Clone(d.terminals),
		segments,
		maps.Clone(d.sales),
		maps.Clone(d.operations),
		maps.Clone(d.payments),
		maps.Clone(d.days),
		slices.Clip(d.findings),
	}
}

// Update is office.Store's.
func (m *Memory) Update(ctx context.Context, terminals []string, do func(office.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.IsSorted(terminals) || len(slices.Compact(slices.Clone(terminals))) != len(terminals) {
		panic(
			fmt.Sprintf(
				"officetest: terminals are locked in the order %q: two offices may wait for each other",
				terminals,
			),
		)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &memoryTx{data: m.d.clone(), locked: terminals}
	if err := do(tx); err != nil {
		return err
	}
	if m.fail != nil {
		if applied, err := m.fail(); err != nil {
			if applied {
				m.d = tx.data
			}
			return err
		}
	}
	m.d = tx.data
	return nil
}

// View is office.Store's.
func (m *Memory) View(ctx context.Context, do func(office.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return do(&memoryTx{data: m.d.clone()})
}

// memoryTx is a transaction: what it writes is nobody's before Update puts it in the store's place.
type memoryTx struct {
	data
	locked []string
}

// may wants a terminal to be locked.
func (t *memoryTx) may(terminal string) {
	if !slices.Contains(t.locked, terminal) {
		panic(fmt.Sprintf("officetest: terminal %s is written to and not locked", terminal))
	}
}

func (t *memoryTx) Terminal(id string) (is office.Terminal, found bool, err error) {
	return read[office.Terminal](t.terminals, id)
}

func (t *memoryTx) Sale(terminal string, branch int, id string) (office.Sale, bool, error) {
	return read[office.Sale](t.sales, row{place{terminal, branch}, id})
}

func (t *memoryTx) Operation(terminal string, branch int, id string) (state.Operation, bool, error) {
	return read[state.Operation](t.operations, row{place{terminal, branch}, id})
}

func (t *memoryTx) Payment(gateway, id string) (office.Payment, bool, error) {
	return read[office.Payment](t.payments, payment{gateway, id})
}

func (t *memoryTx) Day(terminal, day string) (office.Day, bool, error) {
	return read[office.Day](t.days, row{place{terminal, 0}, day})
}

func (t *memoryTx) Segment(terminal string, branch int, seq uint64) (g segment.Segment, found bool, err error) {
	all := t.segments[place{terminal, branch}]
	i, _ := slices.BinarySearchFunc(all, seq, func(s stored, seq uint64) int { return cmp.Compare(s.last, seq) })
	if i == len(all) || seq <= all[i].from {
		return g, false, nil
	}
	g, err = segment.Parse(all[i].raw)
	return g, err == nil, err
}

func (t *memoryTx) PutBranch(terminal string, b segment.Branch) error {
	t.may(terminal)
	is, found, err := t.Terminal(terminal)
	if err != nil || !found {
		panic(fmt.Sprintf("officetest: a branch of terminal %s, which is not there: %v", terminal, err))
	}
	switch n := len(is.Branches); {
	case b.N == n && b.Parent < n && b.From < b.Head:
		is.Branches = append(is.Branches, b)
	case b.N < n && b.Head > is.Branches[b.N].Head &&
		b.From == is.Branches[b.N].From && b.Parent == is.Branches[b.N].Parent &&
		b.Base == is.Branches[b.N].Base:
		is.Branches[b.N] = b
	default:
		panic(fmt.Sprintf("officetest: branch %+v does not follow from %+v", b, is.Branches))
	}
	t.terminals[terminal] = encode(is)
	return nil
}

func (t *memoryTx) PutSegment(branch int, from uint64, g *segment.Segment, received time.Time) error {
	t.may(g.Terminal)
	is, _, err := t.Terminal(g.Terminal)
	at := place{g.Terminal, branch}
	all := t.segments[at]
	begins := is.Branches[branch].From
	if len(all) > 0 {
		begins = all[len(all)-1].last
	}
	if err != nil || from != begins || from < g.After || from >= g.Last || is.Branches[branch].Head != g.Last ||
		received.IsZero() {
		panic(
			fmt.Sprintf(
				"officetest: places %d to %d do not follow %d in branch %+v",
				from+1,
				g.Last,
				begins,
				is.Branches[branch],
			),
		)
	}
	t.segments[at] = append(all, stored{from, g.Last, g.Bytes()})
	return nil
}

func (t *memoryTx) PutSale(terminal string, branch int, s office.Sale) error {
	t.may(terminal)
	t.sales[row{place{terminal, branch}, s.ID}] = encode(s)
	return nil
}

func (t *memoryTx) PutOperation(terminal string, branch int, o state.Operation) error {
	t.may(terminal)
	t.operations[row{place{terminal, branch}, o.ID}] = encode(o)
	return nil
}

func (t *memoryTx) PutPayment(p office.Payment) error {
	t.may(p.Terminal)
	if p.Received != p.Kept+p.Surplus+p.Gone || p.Payments != 1 || min(p.Received, p.Kept, p.Surplus, p.Gone) < 0 {
		panic(fmt.Sprintf("officetest: payment %s does not add up: %+v", p.ID, p.Sum))
	}
	if was, found, _ := t.Payment(p.Gateway, p.ID); found && was.Terminal != p.Terminal {
		panic(fmt.Sprintf("officetest: payment %s goes from terminal %s to %s", p.ID, was.Terminal, p.Terminal))
	}
	t.payments[payment{p.Gateway, p.ID}] = encode(p)
	return nil
}

func (t *memoryTx) PutDay(d office.Day) error {
	t.may(d.Terminal)
	rest := d.Received
	for _, received := range d.Hours {
		rest -= received
	}
	if d.Received != d.Kept+d.Surplus+d.Gone || d.Payments < 0 || d.Received < 0 ||
		rest != 0 || slices.Min(d.Hours[:]) < 0 {
		panic(fmt.Sprintf("officetest: day %s of terminal %s does not add up: %+v", d.Day, d.Terminal, d.Sum))
	}
	t.days[row{place{d.Terminal, 0}, d.Day}] = encode(d)
	return nil
}

func (t *memoryTx) AddFinding(f office.Finding) error {
	if f.Kind == "" || f.Text == "" || f.At.IsZero() {
		panic(fmt.Sprintf("officetest: a finding says nothing: %+v", f))
	}
	t.findings = append(t.findings, f)
	return nil
}

func (t *memoryTx) Forget(terminal string) error {
	t.may(terminal)
	of := func(k row, _ []byte) bool { return k.terminal == terminal }
	maps.DeleteFunc(t.sales, of)
	maps.DeleteFunc(t.operations, of)
	maps.DeleteFunc(t.days, of)
	maps.DeleteFunc(t.payments, func(_ payment, raw []byte) bool {
		var p office.Payment
		decode(raw, &p)
		return p.Terminal == terminal
	})
	return nil
}

// Fail is Subject's.
func (m *Memory) Fail(fail func() (applied bool, err error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// Rows is Subject's.
func (m *Memory) Rows(testing.TB) (all Rows) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, raw := range m.d.terminals {
		all.Terminals = append(all.Terminals, is[office.Terminal](raw))
	}
	for k, raw := range m.d.sales {
		all.Sales = append(all.Sales, SaleRow{k.terminal, k.branch, is[office.Sale](raw)})
	}
	for k, raw := range m.d.operations {
		all.Operations = append(all.Operations, OperationRow{k.terminal, k.branch, is[state.Operation](raw)})
	}
	for _, raw := range m.d.payments {
		all.Payments = append(all.Payments, is[office.Payment](raw))
	}
	for _, raw := range m.d.days {
		all.Days = append(all.Days, is[office.Day](raw))
	}
	all.Findings = slices.Clone(m.d.findings)
	return all
}

func is[T any](raw []byte) (v T) {
	decode(raw, &v)
	return v
}

func read[T any, K comparable](table map[K][]byte, key K) (v T, found bool, err error) {
	raw, found := table[key]
	if found {
		decode(raw, &v)
	}
	return v, found, nil
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("officetest: %T can't be stored: %v", v, err))
	}
	return raw
}

func decode(raw []byte, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		panic(fmt.Sprintf("officetest: a row can't be read: %v: %s", err, raw))
	}
}
