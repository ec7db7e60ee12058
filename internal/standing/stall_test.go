package standing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/state"
	"galla/state/statetest"
)

const host = "127.0.0.1:8802"

// stall is a till with operations and the watch of standing QRs beside it, over the Razorpay of a calm simulator, in a
// synctest bubble.
type stall struct {
	t     *testing.T
	store statetest.Store
	marks *marks
	sim   *gatewaytest.Sim
	net   *gatewaytest.Network
	voice *voice
	ahead time.Duration // of the box's clock, before the gateway's

	till  *till.Till
	ops   *operations.Operations
	watch *Watch
	stop  context.CancelFunc
	done  chan error
	tasks int

	over func(*razorpay.Client) gateway.Gateway // what the till has in the client's place; nil: the client
}

// marks are the settings of the sales file: they stay when the box is off.
type marks struct {
	mu   sync.Mutex
	kept map[string]string
	puts int
	fail func(n int) (applied bool, err error) // of the nth Put; nil: none fails
}

func (m *marks) Get(name string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.kept[name]
	return []byte(v), ok, nil
}

func (m *marks) Put(name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	if m.fail != nil {
		if applied, err := m.fail(m.puts); err != nil {
			if applied {
				m.kept[name] = string(value)
			}
			return err
		}
	}
	m.kept[name] = string(value)
	return nil
}

// voice is the customer's screen: it keeps what it was told to say, and when.
type voice struct {
	mu   sync.Mutex
	said []said
}

type said struct {
	display.View
	at time.Time
}

func (v *voice) Publish(display.View) uint64 { return 1 }

func (v *voice) Paid(view display.View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said = append(v.said, said{view, time.Now()})
}

func (v *voice) heard() []said {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]said(nil), v.said...)
}

// onStall runs f in a bubble of its own.
func onStall(t *testing.T, f func(*stall), knobs ...func(*gatewaytest.Knobs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := gatewaytest.Calm()
		for _, set := range knobs {
			set(&k)
		}
		s := &stall{
			t:     t,
			store: statetest.NewMemory(),
			marks: &marks{kept: map[string]string{}},
			sim:   gatewaytest.NewSim(gatewaytest.Options{Seed: 7, Knobs: &k}),
			net:   gatewaytest.NewNetwork(),
			voice: &voice{},
		}
		s.net.Serve(host, s.sim.Razorpay())
		defer func() {
			if s.stop != nil {
				s.end()
			}
			if err := s.net.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(s)
	})
}

func (s *stall) wall() time.Time { return time.Now().Add(s.ahead).Round(0) }

func (s *stall) start() *stall {
	s.t.Helper()
	client, err := razorpay.New(razorpay.Config{
		BaseURL:   "http://" + host,
		KeyID:     gatewaytest.RazorpayKeyID,
		KeySecret: gatewaytest.RazorpayKeySecret,
		Transport: s.net.Transport(),
		Now:       s.wall,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	gateways, log := []gateway.Gateway{client}, slog.New(slog.DiscardHandler)
	if s.over != nil {
		gateways[0] = s.over(client)
	}
	s.till, err = till.New(till.Options{
		Store:    s.store,
		Refused:  func(err error) bool { return errors.Is(err, statetest.ErrConflict) },
		Gateways: gateways,
		Screen:   s.voice,
		Log:      log,
		Terminal: "T1",
		Box:      "b0",
		Wall:     s.wall,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.watch, err = New(Options{
		Till:     s.till,
		Store:    s.store,
		Marks:    s.marks,
		Gateways: gateways,
		Wall:     s.wall,
		Log:      log,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ops, err = operations.New(operations.Options{
		Till:     s.till,
		Store:    s.store,
		Gateways: gateways,
		Terminal: "T1",
		Box:      "b0",
		Known:    s.watch.Known,
		Wall:     s.wall,
		Log:      log,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done, s.tasks = stop, make(chan error, 3), 3
	for _, run := range []func(context.Context) error{s.till.Run, s.ops.Run, s.watch.Run} {
		go func() {
			err := run(ctx)
			if err != nil {
				stop() // as gallad does
			}
			s.done <- err
		}()
	}
	synctest.Wait()
	return s
}

// end stops everything, as a pulled plug does where the store is faulty.
func (s *stall) end() (err error) {
	s.stop()
	for range s.tasks {
		err = errors.Join(err, <-s.done)
	}
	s.stop = nil
	return err
}

// stand makes a standing QR.
func (s *stall) stand(name string, paise ...int) gateway.CounterQR {
	s.t.Helper()
	op, err := s.ops.Ask(context.Background(), operations.Request{
		Kind: operations.QRCreate,
		Body: json.RawMessage(
			fmt.Sprintf(`{"name":%q,"multiple_use":true,"amount_paise":%d}`, name, append(paise, 0)[0]),
		),
		By: "owner:asha",
	})
	if err != nil || op.Status != state.OperationDone {
		s.t.Fatalf("%+v, %v", op, err)
	}
	var q gateway.CounterQR
	if err := json.Unmarshal(op.Result, &q); err != nil {
		s.t.Fatal(err)
	}
	return q
}

func (s *stall) act(a gatewaytest.Act) gatewaytest.LedgerPayment {
	s.t.Helper()
	p, err := s.sim.Phone().Do(a)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stall) pay(q gateway.CounterQR, paise int) gatewaytest.LedgerPayment {
	s.t.Helper()
	n := len(s.sim.Ledger().Payments)
	return s.act(gatewaytest.Act{
		Payload: q.Payload,
		Action:  gatewaytest.PayAmount,
		Amount:  moneyOf(paise),
		VPA:     fmt.Sprintf("phone%d@okbank", n),
	})
}

// sales are all there are, oldest first.
func (s *stall) sales() []state.Sale {
	s.t.Helper()
	all, err := s.store.Sales(state.Query{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// agree fails unless every captured payment of the ledger is one paid sale of kind standing, and there is no other.
func (s *stall) agree() []state.Sale {
	s.t.Helper()
	of := map[string]int{}
	all := s.sales()
	for _, x := range all {
		if x.Kind != state.KindStanding || x.Phase != state.PhasePaid || len(x.Payments) != 1 ||
			x.Amount != x.Payments[0].Amount {
			s.t.Errorf("sale %s is %s %s of %s with %d payments", x.ID, x.Kind, x.Phase, x.Amount, len(x.Payments))
			continue
		}
		of[x.Payments[0].ID]++
	}
	for _, p := range s.sim.Ledger().Payments {
		want := 0
		if p.Captured {
			want = 1
		}
		if of[p.ID] != want {
			s.t.Errorf("payment %s (%s, captured %v) is %d sales", p.ID, p.Amount, p.Captured, of[p.ID])
		}
	}
	return all
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func search() gateway.CounterQRSearch { return gateway.CounterQRSearch{} }

func cancel(id string) operations.Request {
	return operations.Request{Kind: operations.QRCancel, Target: id, By: "owner:asha"}
}
