package officetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
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
	refunds    map[payment][]byte // id is the key
	days       map[row][]byte     // id is the day
	zs         map[row][]byte     // id is the operation
	findings   []office.Finding   // that have not ended
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
		refunds:    map[payment][]byte{},
		days:       map[row][]byte{},
		zs:         map[row][]byte{},
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
		maps.Clone(d.refunds),
		maps.Clone(d.days),
		maps.Clone(d.zs),
		slices.Clone(d.findings),
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

// ReadAhead has nothing to do: all is in memory.
func (t *memoryTx) ReadAhead(office.Ahead) error { return nil }

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

func (t *memoryTx) Refund(gateway, key string) (office.Refund, bool, error) {
	return read[office.Refund](t.refunds, payment{gateway, key})
}

func (t *memoryTx) Z(terminal, operation string) (office.Z, bool, error) {
	return read[office.Z](t.zs, row{place{terminal, 0}, operation})
}

func (t *memoryTx) Zs(terminal string) (all []office.Z, err error) {
	for k, raw := range t.zs {
		if z := is[office.Z](raw); k.terminal == terminal {
			z.Bytes = nil
			all = append(all, z)
		}
	}
	slices.SortFunc(all, func(a, b office.Z) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Operation, b.Operation))
	})
	return all, nil
}

func (t *memoryTx) Wanted(terminal string, most int) (ids []string, err error) {
	all, err := t.Zs(terminal)
	for _, z := range slices.Backward(all) {
		if z.State == office.ZWanted && len(ids) < most {
			ids = append(ids, z.Operation)
		}
	}
	return ids, err
}

func (t *memoryTx) Days(terminal, behind string) (all []office.Day, err error) {
	for k, raw := range t.days {
		if k.terminal == terminal && k.id > behind {
			all = append(all, is[office.Day](raw))
		}
	}
	slices.SortFunc(all, func(a, b office.Day) int { return cmp.Compare(a.Day, b.Day) })
	return all, nil
}

func (t *memoryTx) Standing(terminal string, kinds []string) (all []office.Finding, err error) {
	for _, f := range t.findings {
		if f.Terminal == terminal && slices.Contains(kinds, f.Kind) {
			all = append(all, f)
		}
	}
	return all, nil
}

func (t *memoryTx) Terminals() ([]string, error) { return slices.Sorted(maps.Keys(t.terminals)), nil }

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
	if !adds(p.Sum) || p.Payments != 1 || min(p.Kept, p.Surplus, p.Gone, p.Refunded, p.Reversed) < 0 {
		panic(fmt.Sprintf("officetest: payment %s does not add up: %+v", p.ID, p.Sum))
	}
	if was, found, _ := t.Payment(p.Gateway, p.ID); found && was.Terminal != p.Terminal {
		panic(fmt.Sprintf("officetest: payment %s goes from terminal %s to %s", p.ID, was.Terminal, p.Terminal))
	}
	t.payments[payment{p.Gateway, p.ID}] = encode(p)
	return nil
}

// adds says whether what came is what became of it.
func adds(s office.Sum) bool {
	return s.Received == s.Kept+s.Surplus+s.Gone && s.Refunded+s.Reversed <= s.Gone
}

func (t *memoryTx) PutRefund(r office.Refund) error {
	t.may(r.Terminal)
	if r.Gateway == "" || r.Key == "" || r.Payment == "" || r.Sale == "" || r.Status == "" || r.AskedAt.IsZero() ||
		r.Amount < 0 || r.Others != strings.HasPrefix(r.Key, office.ByOthers) {
		panic(fmt.Sprintf("officetest: a refund says too little: %+v", r))
	}
	if was, found, _ := t.Refund(r.Gateway, r.Key); found && was.Terminal != r.Terminal {
		panic(fmt.Sprintf("officetest: refund %s goes from terminal %s to %s", r.Key, was.Terminal, r.Terminal))
	}
	t.refunds[payment{r.Gateway, r.Key}] = encode(r)
	return nil
}

func (t *memoryTx) PutDay(d office.Day) error {
	t.may(d.Terminal)
	var hours money.Paise
	for _, h := range d.Hours {
		hours += h
	}
	c := d.Counts
	is, _, err := t.Terminal(d.Terminal)
	if err != nil {
		return err
	}
	if is.Replaces != "" { // it counts what changed of sales that another terminal counted
		if m := d.Sum; m.Received != m.Kept+m.Surplus+m.Gone || hours != d.Received {
			panic(fmt.Sprintf("officetest: day %s of terminal %s does not add up: %+v", d.Day, d.Terminal, d))
		}
	} else if !adds(d.Sum) || d.Payments < 0 || d.Received < 0 || hours != d.Received || slices.Min(d.Hours[:]) < 0 ||
		c.Sales < c.Paid+c.Cancelled+c.Expired+c.Failed+c.Elsewise || min(c.Sales, c.Paid, c.Cancelled, c.Expired) < 0 {
		panic(fmt.Sprintf("officetest: day %s of terminal %s does not add up: %+v", d.Day, d.Terminal, d))
	}
	t.days[row{place{d.Terminal, 0}, d.Day}] = encode(d)
	return nil
}

func (t *memoryTx) PutZ(z office.Z) error {
	t.may(z.Terminal)
	if (z.State == office.ZDiffers) != (len(z.Differs) > 0) || (z.State == office.ZProved) != (z.Why != "") ||
		z.Operation == "" || z.Number < 1 || z.Event <= z.Seq {
		panic(fmt.Sprintf("officetest: Z report %d says too little: %+v", z.Number, z))
	}
	switch z.State {
	case office.ZWanted, office.ZLost, office.ZUnproved:
		if z.Bytes != nil {
			panic(fmt.Sprintf("officetest: Z report %d is %s and there", z.Number, z.State))
		}
	default:
		if sum := sha256.Sum256(z.Bytes); hex.EncodeToString(sum[:]) != z.SHA256 {
			panic(fmt.Sprintf("officetest: Z report %d is %s, and its bytes are others", z.Number, z.State))
		}
	}
	t.zs[row{place{z.Terminal, 0}, z.Operation}] = encode(z)
	return nil
}

// found is the place of a finding among those that have not ended, -1 for none.
func (t *memoryTx) found(f office.Finding) int {
	return slices.IndexFunc(t.findings, func(o office.Finding) bool {
		return o.Kind == f.Kind && o.Terminal == f.Terminal && o.Branch == f.Branch && o.Seq == f.Seq
	})
}

func (t *memoryTx) AddFinding(f office.Finding) error {
	if !f.Fits() {
		panic(fmt.Sprintf("officetest: a finding that office.Kinds does not list: %+v", f))
	}
	if i := t.found(f); i >= 0 {
		t.findings[i] = f
		return nil
	}
	t.findings = append(t.findings, f)
	return nil
}

func (t *memoryTx) EndFinding(f office.Finding) error {
	if i := t.found(f); i >= 0 {
		t.findings = slices.Delete(t.findings, i, i+1)
	}
	return nil
}

func (t *memoryTx) Forget(terminal string) error {
	t.may(terminal)
	of := func(k row, _ []byte) bool { return k.terminal == terminal }
	maps.DeleteFunc(t.sales, of)
	maps.DeleteFunc(t.operations, of)
	maps.DeleteFunc(t.days, of)
	maps.DeleteFunc(t.payments, func(_ payment, raw []byte) bool {
		return is[office.Payment](raw).Terminal == terminal
	})
	maps.DeleteFunc(t.refunds, func(_ payment, raw []byte) bool { return is[office.Refund](raw).Terminal == terminal })
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
	for _, raw := range m.d.refunds {
		all.Refunds = append(all.Refunds, is[office.Refund](raw))
	}
	for _, raw := range m.d.zs {
		all.Zs = append(all.Zs, is[office.Z](raw))
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
