package operations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
	"galla/state/statetest"
)

// shop is a till with operations beside it, inside a synctest bubble. Its one gateway is an office.
type shop struct {
	t      *testing.T
	store  *picky
	office *office
	known  func(state.Operation)

	ahead atomic.Int64 // of the wall clock

	till *till.Till
	ops  *Operations
	stop context.CancelFunc
	done chan error
}

// picky is a store that refuses the batches that no says, as a full disk does.
type picky struct {
	*statetest.Memory
	no   func(state.Batch) bool
	list func() // before requests are listed
}

func (p *picky) Requests(before string, limit int) ([]state.Operation, error) {
	if p.list != nil {
		p.list()
	}
	return p.Memory.Requests(before, limit)
}

var errPicky = errors.New("not this one")

func (p *picky) Commit(b state.Batch) error {
	if p.no != nil && p.no(b) {
		return fmt.Errorf("commit: %w", errPicky)
	}
	return p.Memory.Commit(b)
}

func bubble(t *testing.T, f func(t *testing.T)) { synctest.Test(t, f) }

func newShop(t *testing.T) *shop {
	s := &shop{t: t, store: &picky{Memory: statetest.NewMemory()}}
	s.office = &office{
		t:        t,
		shop:     s,
		orders:   map[string]*order{},
		qrs:      map[string]gateway.CounterQR{},
		mandates: map[string]gateway.Mandate{},
		debits:   map[string]bool{},
	}
	return s
}

// writes are those the gateway heard of so far.
func (o *office) writes() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

// failing has the office's calls end as fail says from here on; nil: well.
func (o *office) failing(fail func(op string) (bool, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = fail
}

func (s *shop) start() *shop {
	s.t.Helper()
	log, gateways := slog.New(slog.DiscardHandler), []gateway.Gateway{s.office}
	refused := func(err error) bool { return errors.Is(err, errPicky) }
	wall := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())).Round(0) }
	var err error
	if s.till, err = till.New(
		till.Options{Store: s.store, Refused: refused, Gateways: gateways, Log: log, Wall: wall},
	); err != nil {
		s.t.Fatal(err)
	}
	if s.ops, err = New(
		Options{Till: s.till, Store: s.store, Gateways: gateways, Log: log, Known: s.known, Wall: wall},
	); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan error, 2)
	go func() { s.done <- s.till.Run(ctx) }()
	go func() { s.done <- s.ops.Run(ctx) }()
	synctest.Wait()
	return s
}

func (s *shop) end() {
	s.t.Helper()
	s.stop()
	if err := errors.Join(<-s.done, <-s.done); err != nil {
		s.t.Error(err)
	}
}

func (s *shop) ask(r Request) state.Operation {
	s.t.Helper()
	r.By = "manager:ravi"
	o, err := s.ops.Ask(context.Background(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// office is a strict gateway with counter QRs and mandates. It refuses a reference it has seen and every call that is a
// sale's, and fails a test when it hears of something that is not on disk yet.
type office struct {
	gateway.Gateway // nil: a refund or a look-up of an order is nobody's business here
	t               *testing.T
	shop            *shop

	mu       sync.Mutex
	orders   map[string]*order            // by reference
	qrs      map[string]gateway.CounterQR // by reference
	mandates map[string]gateway.Mandate   // by reference
	debits   map[string]bool
	noFind   bool
	sent     []string
	// fail is asked before each call: apply says whether the effect happens all the same.
	fail func(call string) (apply bool, err error)
	odd  func(id string) // told of each id that is read
}

// order is one that a recording walks.
type order struct {
	charge gateway.Charge
	closed bool
}

func (o *office) Name() string                   { return "a" }
func (o *office) CounterQRs() gateway.CounterQRs { return officeQRs{o} }
func (o *office) Mandates() gateway.Mandates     { return officeMandates{o} }

func (o *office) Recording(w io.Writer) (gateway.Gateway, *gateway.Recorder, error) {
	io.WriteString(w, "{\"method\":\"POST\"}\n")
	return o, gateway.NewRecorder(w, nil), nil
}

func (o *office) call(kind string) (apply bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail(kind)
	}
	return true, nil
}

func (o *office) Open(_ context.Context, c gateway.Charge) (gateway.Quote, error) {
	apply, err := o.wrote(GatewayRecord, c.Reference)
	if apply {
		if o.orders[c.Reference] != nil {
			o.t.Errorf("reference %s was used twice", c.Reference)
		}
		o.orders[c.Reference] = &order{charge: c}
	}
	return gateway.Quote{Order: gateway.Order{Reference: c.Reference, ID: "O" + c.Reference, Amount: c.Amount}}, err
}

func (o *office) Read(_ context.Context, q gateway.Order) (gateway.Reading, error) {
	_, err := o.call("read")
	if o.orders[q.Reference] == nil || q.ID != "O"+q.Reference {
		o.t.Errorf("asked for order %+v, which it never gave", q)
	}
	return gateway.Reading{Status: gateway.OrderOpen}, err
}

func (o *office) Close(_ context.Context, q gateway.Order) error {
	apply, err := o.call("close")
	if apply {
		o.orders[q.Reference].closed = true
	}
	return err
}

// wrote is one write the gateway hears of.
func (o *office) wrote(kind, ref string) (apply bool, err error) {
	ops, _ := o.shop.store.Operations("", 1)
	if len(ops) == 0 || ops[0].Status != state.OperationAsked || ops[0].Kind != kind ||
		ref != "" && ops[0].Reference != ref {
		o.t.Errorf("the gateway hears of %s %s, and on disk is %+v", kind, ref, ops)
	}
	o.mu.Lock()
	o.sent = append(o.sent, kind)
	o.mu.Unlock()
	return o.call(kind)
}

type officeQRs struct{ *office }

func (o officeQRs) Create(_ context.Context, s gateway.CounterQRSpec) (gateway.CounterQR, error) {
	apply, err := o.wrote(QRCreate, s.Reference)
	if apply {
		if _, twice := o.qrs[s.Reference]; twice {
			o.t.Errorf("reference %s was used twice", s.Reference)
		}
		o.qrs[s.Reference] = gateway.CounterQR{
			ID:        "QR" + s.Reference,
			Name:      s.Name,
			Amount:    s.Amount,
			Reference: s.Reference,
			Status:    "active",
		}
	}
	if err != nil {
		return gateway.CounterQR{}, err
	}
	return o.qrs[s.Reference], nil
}

func (o officeQRs) Show(_ context.Context, id string) (gateway.CounterQR, error) {
	if o.odd != nil {
		o.odd(id)
	}
	for _, q := range o.qrs {
		if q.ID == id {
			return q, nil
		}
	}
	return gateway.CounterQR{}, gateway.ErrNotFound
}

func (o officeQRs) Search(context.Context, gateway.CounterQRSearch) (all []gateway.CounterQR, err error) {
	for _, q := range o.qrs { // this one ignores the filter
		all = append(all, q)
	}
	return all, nil
}

func (o officeQRs) Cancel(ctx context.Context, id string) (gateway.CounterQR, error) {
	apply, err := o.wrote(QRCancel, "")
	q, missing := o.Show(ctx, id)
	if missing != nil {
		return q, missing
	}
	if apply {
		q.Status = "cancelled"
		o.qrs[q.Reference] = q
	}
	return q, err
}

type officeMandates struct{ *office }

func (o officeMandates) Create(_ context.Context, s gateway.MandateSpec) (gateway.Mandate, error) {
	apply, err := o.wrote(MandateCreate, s.Reference)
	if s.Payer.VPA != "rahul.k@okaxis" || s.Payer.Account != "123456789012" {
		o.t.Errorf("the gateway gets the payer %+v", s.Payer)
	}
	if apply {
		o.keep(gateway.Mandate{ID: "M" + s.Reference, Reference: s.Reference, Amount: s.Amount, Status: "CREATED"})
	}
	if err != nil {
		return gateway.Mandate{}, err
	}
	return o.mandate(s.Reference), nil
}

// keep has the office know a mandate as it is now.
func (o *office) keep(m gateway.Mandate) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mandates[m.Reference] = m
}

// mandate is one by its reference; zero where there is none.
func (o *office) mandate(ref string) gateway.Mandate {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mandates[ref]
}

func (o officeMandates) Show(_ context.Context, id string) (gateway.Mandate, error) {
	if o.odd != nil {
		o.odd(id)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mandates {
		if m.ID == id {
			return m, nil
		}
	}
	return gateway.Mandate{}, gateway.ErrNotFound
}

func (o officeMandates) Find(_ context.Context, ref string) (gateway.Mandate, error) {
	if o.noFind {
		return gateway.Mandate{}, gateway.ErrUnsupported
	}
	if m := o.mandate(ref); m.Reference != "" {
		return m, nil
	}
	return gateway.Mandate{}, gateway.ErrNotFound
}

func (o officeMandates) change(
	ctx context.Context,
	kind, id string,
	do func(*gateway.Mandate),
) (gateway.Mandate, error) {
	apply, err := o.wrote(kind, "")
	m, missing := o.Show(ctx, id)
	if missing != nil {
		return m, missing
	}
	if apply {
		do(&m)
		o.keep(m)
	}
	return m, err
}

func (o officeMandates) Update(ctx context.Context, id string, c gateway.MandateChange) (gateway.Mandate, error) {
	return o.change(ctx, MandateUpdate, id, func(m *gateway.Mandate) { m.Amount = c.Amount })
}

func (o officeMandates) Revoke(ctx context.Context, id, _ string) (gateway.Mandate, error) {
	return o.change(ctx, MandateRevoke, id, func(m *gateway.Mandate) { m.Status = "REVOKED" })
}

func (o officeMandates) Notify(ctx context.Context, d gateway.MandateDebit) (gateway.Mandate, error) {
	return o.change(ctx, MandateNotify, d.MandateID, func(*gateway.Mandate) {})
}

func (o officeMandates) Execute(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	apply, err := o.call(MandateExecute)
	if apply {
		if o.debits[d.Reference] {
			o.t.Errorf("debit %s was taken twice", d.Reference)
		}
		o.debits[d.Reference] = true
	}
	if err != nil {
		return gateway.Debit{}, err
	}
	return gateway.Debit{
		State:   gateway.DebitDone,
		Payment: gateway.Payment{ID: "EK" + d.Reference, Amount: d.Amount},
	}, nil
}

func (o officeMandates) ReadDebit(_ context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	if o.debits[d.Reference] {
		return gateway.Debit{
			State:   gateway.DebitDone,
			Payment: gateway.Payment{ID: "EK" + d.Reference, Amount: d.Amount},
		}, nil
	}
	return gateway.Debit{}, gateway.ErrNotFound
}

func (o officeMandates) Know(id string, references ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ref := range references {
		if m, ok := o.mandates[ref]; ref != "" && ok && m.ID != id {
			o.t.Errorf("mandate %s is said to have the reference %q, which is that of %s", id, ref, m.ID)
		}
	}
}
