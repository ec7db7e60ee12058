package till

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/printer"
	"galla/state"
	"galla/state/statetest"
)

// shop is a till with its surroundings, inside a synctest bubble.
type shop struct {
	t        *testing.T
	store    Store
	gateways []*fakeGateway
	screen   *fakeScreen
	paper    *paper
	wall     func() time.Time
	tune     func(*Options)

	till *Till
	stop context.CancelFunc
	done chan error
}

func newShop(t *testing.T, names ...string) *shop {
	s := &shop{t: t, store: statetest.NewMemory(), screen: &fakeScreen{}}
	for _, n := range names {
		s.gateways = append(s.gateways, newFakeGateway(t, n))
	}
	return s
}

func (s *shop) start() *shop {
	s.t.Helper()
	o := Options{
		Store:    s.store,
		Refused:  func(err error) bool { return errors.Is(err, statetest.ErrConflict) },
		Log:      slog.New(slog.DiscardHandler),
		Screen:   s.screen,
		Terminal: "T1",
		Shop:     printer.Shop{Name: "Test Shop"},
		Wall:     s.wall,
	}
	for _, d := range s.gateways {
		o.Gateways = append(o.Gateways, d)
	}
	if s.paper != nil {
		o.Paper = s.paper
	}
	if s.tune != nil {
		s.tune(&o)
	}
	var err error
	if s.till, err = New(o); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan error, 1)
	go func() { s.done <- s.till.Run(ctx) }()
	synctest.Wait()
	return s
}

func (s *shop) end() error {
	s.stop()
	return <-s.done
}

func (s *shop) open(amount int) state.Sale {
	s.t.Helper()
	sale, err := s.till.Open(context.Background(), OpenRequest{Amount: paise(amount), By: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return sale
}

// after lets time pass and reads the sale.
func (s *shop) after(d time.Duration, id string) state.Sale {
	s.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	sale, err := s.till.Sale(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return sale
}

func (s *shop) want(d time.Duration, id string, p state.Phase, tender state.Tender) state.Sale {
	s.t.Helper()
	sale := s.after(d, id)
	if sale.Phase != p || sale.Tender != tender {
		s.t.Fatalf("after %v the sale is %s/%s, want %s/%s; attempts %+v",
			d, sale.Phase, sale.Tender, p, tender, sale.Attempts)
	}
	return sale
}

func bubble(t *testing.T, f func(t *testing.T)) { synctest.Test(t, f) }

func TestSaleIsPaid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
		s.tune = func(o *Options) { o.PrintOrder, o.PrintReceipt = true, true }
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		if v := s.screen.last(); v.Screen != display.ScreenPay || v.Amount != 25000 ||
			!strings.Contains(v.Payload, "am=250.00") ||
			time.Until(v.ValidUntil) != 5*time.Minute {
			t.Errorf("the customer sees %+v", v)
		}
		s.till.Shown(s.screen.seq()-1, id, time.Now(), true, "") // the screen before the QR
		if sale := s.after(time.Second, id); !sale.ShownAt.IsZero() {
			t.Error("the frame before the QR counted as the QR")
		}
		s.till.Shown(s.screen.seq(), id, time.Now(), true, "")
		s.gateways[0].pay("", gateway.PaymentProcessing, 0)
		s.want(3*time.Second, id, state.PhasePaying, state.TenderNone)
		if v := s.screen.last(); v.Screen != display.ScreenPaying || v.Payload != "" {
			t.Errorf("the customer sees %+v", v)
		}
		s.gateways[0].settle(gateway.PaymentCaptured)
		sale := s.want(3*time.Second, id, state.PhasePaid, state.TenderExact)
		if v := s.screen.last(); v.Screen != display.ScreenPaid || v.RRN != "8901" || v.Payload != "" ||
			!v.Since.Equal(sale.PaidAt) {
			t.Errorf("the customer sees %+v; it was paid at %v", v, sale.PaidAt)
		}
		if sale.ShownAt.IsZero() || len(sale.Prints) != 2 || sale.Prints[0].Status != "printed" ||
			sale.Prints[1].Copy != "receipt" {
			t.Errorf("shown %v, prints %+v", sale.ShownAt, sale.Prints)
		}
		s.after(resultTime, id)
		if v := s.screen.last(); v.Screen != display.ScreenIdle || v.Amount != 0 || v.SaleID != "" {
			t.Errorf("the next customer sees %+v", v)
		}
		events, _ := s.till.Events(context.Background(), 0, 1000)
		var kinds []string
		for i, e := range events {
			if e.Seq != uint64(i+1) {
				t.Errorf("event %d has number %d", i+1, e.Seq)
			}
			kinds = append(kinds, string(e.Kind))
		}
		want := "sale.opened attempt.asked attempt.quoted print.asked"
		if !strings.HasPrefix(strings.Join(kinds, " "), want) || slices.Index(kinds, "qr.shown") < 0 {
			t.Errorf("story: %v", kinds)
		}
	})
}

// TestOpenFails is the heart of recovery: each way an Open can fail, both with and without its effect.
func TestOpenFails(t *testing.T) {
	for name, tc := range map[string]struct {
		fail   func(call string, n int) (bool, error)
		tune   func(*shop)
		wait   time.Duration
		phase  state.Phase
		live   [2]int // live orders at each gateway in the end
		states []state.AttemptState
	}{
		"failed, not applied": {fail: once("open", false, unknown), wait: 6 * time.Second,
			phase: state.PhaseAwaiting, live: [2]int{0, 1},
			states: []state.AttemptState{state.AttemptFailed, state.AttemptQuoted}},
		"failed, but applied": {fail: once("open", true, unknown), wait: 6 * time.Second,
			phase: state.PhaseAwaiting, live: [2]int{1, 0},
			states: []state.AttemptState{state.AttemptQuoted}},
		"not sent": {fail: once("open", false, unavailable), phase: state.PhaseAwaiting, live: [2]int{0, 1},
			states: []state.AttemptState{state.AttemptFailed, state.AttemptQuoted}},
		"refused": {fail: once("open", false, no), phase: state.PhaseAwaiting, live: [2]int{0, 1},
			states: []state.AttemptState{state.AttemptFailed, state.AttemptQuoted}},
		"test keys": {tune: func(s *shop) { s.gateways[0].test = true }, phase: state.PhaseAwaiting, live: [2]int{1, 1},
			states: []state.AttemptState{state.AttemptFailed, state.AttemptQuoted}},
		"another amount": {tune: func(s *shop) {
			s.gateways[0].wrongAmount = true
		}, phase: state.PhaseAwaiting, live: [2]int{1, 1},
			states: []state.AttemptState{state.AttemptLost, state.AttemptQuoted}},
		"applied, and nobody can look": {fail: once("open", true, unknown), tune: func(s *shop) {
			s.gateways[0].noFind = true
		}, wait: time.Second,
			phase: state.PhaseAwaiting, live: [2]int{1, 1},
			states: []state.AttemptState{state.AttemptLost, state.AttemptQuoted}},
		"applied, and looking fails for long": {fail: func(call string, n int) (bool, error) {
			if call == "open" {
				return true, unknown()
			}
			if call == "find" && n < 30 {
				return false, unavailable()
			}
			return true, nil
		}, wait: time.Minute, phase: state.PhaseAwaiting, live: [2]int{1, 1},
			states: []state.AttemptState{state.AttemptLost, state.AttemptQuoted}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a", "b")
				s.gateways[0].fail = tc.fail
				if tc.tune != nil {
					tc.tune(s)
				}
				s.start()
				id := s.open(25000).ID
				sale := s.want(tc.wait, id, tc.phase, state.TenderNone)
				var states []state.AttemptState
				for _, a := range sale.Attempts {
					states = append(states, a.State)
				}
				if !slices.Equal(states, tc.states) {
					t.Errorf("attempts %v, want %v", states, tc.states)
				}
				if got := [2]int{s.live(0), s.live(1)}; got != tc.live {
					t.Errorf("live orders %v, want %v", got, tc.live)
				}
				if v := s.screen.last(); v.Screen != display.ScreenPay ||
					!strings.Contains(v.Payload, sale.Shown().Ref) {
					t.Errorf("the customer sees %+v", v)
				}
				// Whatever happened, once it is paid and an hour has passed, no order is left open but the one nobody
				// can look up.
				s.gateways[slices.Index([]string{"a", "b"}, sale.Shown().Gateway)].pay(
					sale.Shown().Ref,
					gateway.PaymentCaptured,
					0,
				)
				s.want(2*time.Hour, id, state.PhasePaid, state.TenderExact)
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func once(call string, apply bool, err func() error) func(string, int) (bool, error) {
	return func(c string, n int) (bool, error) {
		if c == call && n == 1 {
			return apply, err()
		}
		return true, nil
	}
}

func (s *shop) live(i int) (n int) {
	d := s.gateways[i]
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.orders {
		if !o.closed {
			n++
		}
	}
	return n
}

func TestAllGatewaysFail(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		for _, d := range s.gateways {
			d.fail = func(call string, _ int) (bool, error) {
				if call == "open" {
					return false, unavailable()
				}
				return true, nil
			}
		}
		s.start()
		defer s.end()
		sale := s.want(time.Second, s.open(25000).ID, state.PhaseClosed, state.TenderNone)
		if len(sale.Attempts) != 4 || sale.Closing.Reason != state.CloseFailed {
			t.Errorf("%d attempts, closed for %s", len(sale.Attempts), sale.Closing.Reason)
		}
		if v := s.screen.last(); v.Screen != display.ScreenUnpaid || v.Reason != display.ReasonNoGateway {
			t.Errorf("the customer sees %+v", v)
		}
		if h := s.till.Health(); h.Gateways[0].OK {
			t.Error("health says the gateway works")
		}
	})
}

func TestCancelRaces(t *testing.T) {
	for name, tc := range map[string]struct {
		before func(*fakeGateway)
		fail   func(string, int) (bool, error)
		phase  state.Phase
		tender state.Tender
	}{
		"nobody paid": {phase: state.PhaseClosed, tender: state.TenderNone},
		"paid a moment before": {before: func(d *fakeGateway) {
			d.pay("", gateway.PaymentCaptured, 0)
		}, phase: state.PhasePaid, tender: state.TenderExact},
		"close lost, not applied": {fail: once("close", false, unknown), phase: state.PhaseClosed,
			tender: state.TenderNone},
		"close lost, but applied": {fail: once("close", true, unknown), phase: state.PhaseClosed,
			tender: state.TenderNone},
		"close refused": {fail: once("close", false, no), phase: state.PhaseClosed, tender: state.TenderNone},
		"read after close fails": {fail: func(c string, n int) (bool, error) {
			if c == "read" && n == 2 {
				return false, unavailable()
			}
			return true, nil
		}, phase: state.PhaseClosed, tender: state.TenderNone},
		"gateway closes by expiry": {before: func(d *fakeGateway) {
			d.noClose = true
		}, phase: state.PhaseClosed, tender: state.TenderNone},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.gateways[0].fail = tc.fail
				s.start()
				defer s.end()
				id := s.open(25000).ID
				s.want(0, id, state.PhaseAwaiting, state.TenderNone)
				if tc.before != nil {
					tc.before(s.gateways[0])
				}
				req := CancelRequest{Key: "k", SaleID: id, Reason: state.CloseCancelled, By: "cashier:asha"}
				if _, err := s.till.Cancel(context.Background(), req); err != nil {
					t.Fatal(err)
				}
				if _, err := s.till.Cancel(context.Background(), req); err != nil {
					t.Errorf("the same cancel again: %v", err)
				}
				if s.screen.last().Payload != "" {
					t.Error("the QR is still shown")
				}
				s.want(10*time.Second, id, tc.phase, tc.tender)
				if tc.phase == state.PhaseClosed { // money that comes later is seen at the next look and never lost
					s.gateways[0].pay("", gateway.PaymentCaptured, 0)
					sale := s.want(6*time.Minute, id, state.PhaseClosed, state.TenderLate)
					if len(sale.Attention) != 1 || sale.Attention[0].Kind != state.AttentionLate {
						t.Errorf("attention %+v", sale.Attention)
					}
				}
			})
		})
	}
}

func TestExpiry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(5*time.Minute-time.Second, id, state.PhaseAwaiting, state.TenderNone)
		sale := s.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
		if sale.Closing.Reason != state.CloseExpired {
			t.Errorf("closed for %s", sale.Closing.Reason)
		}
		// A customer whose payment is at the bank is given longer: a second person may approve it.
		id = s.open(10000).ID
		late := s.after(4*time.Minute, id)
		s.gateways[0].pay(late.Shown().Ref, gateway.PaymentProcessing, 0)
		s.want(15*time.Minute, id, state.PhasePaying, state.TenderNone)
		s.want(
			time.Minute+10*time.Second,
			id,
			state.PhaseClosing,
			state.TenderNone,
		) // money may be moving: not yet certain
		s.want(closingPatience+10*time.Second, id, state.PhaseClosed, state.TenderNone)
	})
}

// TestLateAtOnce: a customer who paid in the moment the sale ended still stands there, and is told that the money came;
// one who paid later is not, for the screen is another's by then.
func TestLateAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		after time.Duration
		want  display.Screen
	}{"at once": {3 * time.Second, display.ScreenLate}, "when the screen is idle again": {resultTime + time.Second,
		display.ScreenIdle}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.start()
				defer s.end()
				id := s.open(25000).ID
				s.after(time.Second, id)
				_, err := s.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: state.CloseCancelled})
				if err != nil {
					t.Fatal(err)
				}
				s.want(time.Second, id, state.PhaseClosed, state.TenderNone)
				s.after(tc.after-time.Second, id)
				s.gateways[0].pay("", gateway.PaymentCaptured, 0)
				sale := s.after(0, id)
				s.till.Hint("a", sale.Shown().Ref) // whatever makes it be looked at now
				s.want(time.Second, id, state.PhaseClosed, state.TenderLate)
				if v := s.screen.last(); v.Screen != tc.want || tc.want == display.ScreenIdle && v.Amount != 0 {
					t.Errorf("the customer sees %s, %s", v.Screen, v.Amount)
				}
				s.after(resultTime, id)
				if v := s.screen.last(); v.Screen != display.ScreenIdle || v.Amount != 0 {
					t.Errorf("the next customer sees %s, %s", v.Screen, v.Amount)
				}
			})
		})
	}
}

// TestWallClockJumps: neither a day forward nor 25 years back ends a sale or lengthens it.
func TestWallClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour, -25 * 365 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				var off atomic.Int64
				s.wall = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				s.start()
				id := s.open(25000).ID
				s.after(time.Minute, id)
				off.Store(int64(jump))
				s.want(3*time.Minute, id, state.PhaseAwaiting, state.TenderNone)
				if err := s.end(); err != nil { // and over a restart: one look comes before any expiry
					t.Fatal(err)
				}
				off.Store(int64(-jump))
				s.gateways[0].pay("", gateway.PaymentCaptured, 0)
				s.start()
				defer s.end()
				s.want(time.Second, id, state.PhasePaid, state.TenderExact)
			})
		})
	}
}

// TestStartsWithoutAClock: a box without a clock chip starts in 1970 or 2019 and is set while a customer stands there.
// The sale keeps its five minutes, is paid or expires as if nothing had happened, and the next one has the right day.
func TestStartsWithoutAClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for _, wakes := range []time.Time{time.Unix(30, 0), time.Date(2019, 9, 26, 1, 0, 0, 0, time.UTC)} {
		for _, pays := range []bool{true, false} {
			t.Run(fmt.Sprint(wakes.Year(), " ", pays), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					s := newShop(t, "a")
					var off atomic.Int64
					off.Store(int64(time.Until(wakes)))
					s.wall = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
					s.start()
					defer s.end()
					first := s.open(25000)
					s.after(time.Minute, first.ID)
					off.Store(int64(time.Until(now))) // the network has told the time
					s.want(3*time.Minute+50*time.Second, first.ID, state.PhaseAwaiting, state.TenderNone)
					if pays {
						s.gateways[0].pay("", gateway.PaymentCaptured, 0)
						s.want(6*time.Second, first.ID, state.PhasePaid, state.TenderExact)
					} else {
						s.want(30*time.Second, first.ID, state.PhaseClosed, state.TenderNone)
					}
					next := s.open(100)
					if first.Day == next.Day || next.Day != "2026-11-22" || next.Number != 1 || next.ID <= first.ID {
						t.Errorf("sale %s of %s is followed by %s, number %d of %s",
							first.ID, first.Day, next.ID, next.Number, next.Day)
					}
				})
			})
		}
	}
}

func TestRestartGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		id := s.open(25000).ID
		s.after(time.Minute, id)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.start()
		if v := s.screen.last(); v.Screen != display.ScreenPay || time.Until(v.ValidUntil) > 4*time.Minute {
			t.Errorf("after the restart the customer sees %s for %v", v.Screen, time.Until(v.ValidUntil))
		}
		s.want(4*time.Minute, id, state.PhaseClosed, state.TenderNone)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		time.Sleep(36 * time.Hour)
		s.start()
		defer s.end()
		sale := s.want(25*time.Hour, id, state.PhaseClosed, state.TenderLate)
		if len(sale.Attention) != 1 {
			t.Errorf("attention %+v", sale.Attention)
		}
	})
}

// TestRestartsDoNotUseUpTheWatch: a box that restarts again and again looks each time, and still looks for five days.
func TestRestartsDoNotUseUpTheWatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		id := s.open(25000).ID
		s.after(time.Second, id)
		_, err := s.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: state.CloseCancelled})
		if err != nil {
			t.Fatal(err)
		}
		s.want(time.Minute+time.Second, id, state.PhaseClosed, state.TenderNone)
		for range 30 {
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
			s.start()
			s.after(time.Second, id)
		}
		if wait, _ := state.NextWatch(s.after(0, id)); wait > 5*time.Minute {
			t.Errorf("30 restarts in a minute used up the watch: the next look is %v after the last", wait)
		}
		s.after(4*24*time.Hour, id)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(25*time.Hour, id, state.PhaseClosed, state.TenderLate)
		s.end()
	})
}

func TestOfflineDoesNotLie(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		var down atomic.Bool
		s.gateways[0].fail = func(call string, _ int) (bool, error) {
			if down.Load() && call != "open" {
				return false, unavailable()
			}
			return true, nil
		}
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(10*time.Second, id, state.PhaseAwaiting, state.TenderNone)
		down.Store(true)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(10*time.Minute, id, state.PhaseClosing, state.TenderNone) // expired, and not certain: never "not paid"
		down.Store(false)
		s.want(time.Minute, id, state.PhasePaid, state.TenderExact)
	})
}

func TestRefund(t *testing.T) {
	for name, tc := range map[string]struct {
		fail func(string, int) (bool, error)
		want state.RefundStatus
	}{
		"accepted":          {nil, state.RefundProcessed},
		"lost, not applied": {once("refund", false, unknown), state.RefundProcessed},
		"lost, but applied": {once("refund", true, unknown), state.RefundProcessed},
		"never sent":        {once("refund", false, unavailable), state.RefundProcessed},
		// Every time it is asked: the first no may come after the plug is pulled, and the next start asks again.
		"refused": {func(c string, _ int) (bool, error) {
			if c == "refund" {
				return false, no()
			}
			return true, nil
		}, state.RefundFailed},
		"looking fails first": {func(c string, n int) (bool, error) {
			if c == "refund" && n == 1 {
				return true, unknown()
			}
			if c == "read refund" && n <= 3 {
				return false, unavailable()
			}
			return true, nil
		}, state.RefundProcessed},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.gateways[0].fail = tc.fail
				s.start()
				id := s.open(25000).ID
				synctest.Wait()
				s.gateways[0].pay("", gateway.PaymentCaptured, 0)
				s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
				req := RefundRequest{Key: "r1", SaleID: id, Amount: 10000, Reason: "returned", By: "manager:ravi"}
				for range 2 {
					if _, err := s.till.Refund(context.Background(), req); err != nil {
						t.Fatal(err)
					}
				}
				req.Amount = 11000
				if _, err := s.till.Refund(context.Background(), req); !errors.Is(err, ErrKeyReused) {
					t.Errorf("another refund under the same key: %v", err)
				}
				if err := s.end(); err != nil { // the plug is pulled while it may be under way
					t.Fatal(err)
				}
				s.start()
				defer s.end()
				s.after(time.Hour, id)
				s.gateways[0].settleRefunds(gateway.RefundProcessed)
				sale := s.after(3*time.Hour, id)
				if len(sale.Refunds) != 1 || sale.Refunds[0].Status != tc.want {
					t.Errorf("refunds %+v", sale.Refunds)
				}
				if tc.want == state.RefundProcessed && len(s.gateways[0].refunds) != 1 {
					t.Errorf("the gateway made %d refunds", len(s.gateways[0].refunds))
				}
				if (len(sale.Attention) > 0) != (tc.want == state.RefundFailed) {
					t.Errorf("attention %+v", sale.Attention)
				}
			})
		})
	}
}

// takingGateway is a fake gateway whose payments wait to be taken, and that keeps notes.
type takingGateway struct {
	*fakeGateway
	notes map[string]string
	fails int
}

func (d *takingGateway) Capture(_ context.Context, p gateway.Payment) (gateway.Payment, error) {
	d.settle(gateway.PaymentCaptured)
	p.Status = gateway.PaymentCaptured
	return p, nil
}

func (d *takingGateway) Note(_ context.Context, o gateway.Order, notes map[string]string) error {
	if d.fails > 0 {
		d.fails--
		return unavailable()
	}
	d.notes = notes
	return nil
}

func TestCaptureAndNotes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		d := &takingGateway{fakeGateway: newFakeGateway(t, "a"), fails: 2}
		s.tune = func(o *Options) { o.Gateways = []gateway.Gateway{d} }
		s.start()
		defer s.end()
		sale, err := s.till.Open(context.Background(), OpenRequest{Amount: 25000, Reference: "BILL-17"})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		d.pay("", gateway.PaymentProcessing, 0)
		s.want(5*time.Second, sale.ID, state.PhasePaid, state.TenderExact)
		s.after(time.Minute, sale.ID)
		if d.notes["outcome"] != "paid" || d.notes["bill"] != "BILL-17" || d.notes["terminal"] != "T1" {
			t.Errorf("notes %v", d.notes)
		}
		// Money that is only authorised after the sale was closed is not taken: it goes back by itself.
		other := s.open(10000)
		s.after(time.Second, other.ID)
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: other.ID, Reason: state.CloseCancelled},
		); err != nil {
			t.Fatal(err)
		}
		closed := s.want(5*time.Second, other.ID, state.PhaseClosed, state.TenderNone)
		d.pay(closed.Attempts[0].Ref, gateway.PaymentProcessing, 0)
		s.want(time.Hour, other.ID, state.PhaseClosed, state.TenderNone)
	})
}

func TestPaidOnBoth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		s.gateways[0].fail = once("open", true, unknown)
		s.gateways[0].noFind = true
		s.start()
		defer s.end()
		id := s.open(25000).ID
		synctest.Wait()
		s.gateways[1].pay("", gateway.PaymentCaptured, 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		// the account learns to look up, and the lost order turns out to be there, and paid
		s.gateways[0].noFind = false
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		sale := s.want(20*time.Minute, id, state.PhasePaid, state.TenderDuplicate)
		if _, err := s.till.Resolve(
			context.Background(),
			ResolveRequest{Key: "x", SaleID: id, Action: state.ActionRefund, By: "manager:ravi"},
		); err != nil {
			t.Fatal(err)
		}
		sale = s.after(time.Minute, id)
		if len(sale.Attention) != 0 || len(s.gateways[0].refunds) != 1 || len(s.gateways[1].refunds) != 0 {
			t.Errorf("attention %v, refunds at a %d, at b %d",
				sale.Attention, len(s.gateways[0].refunds), len(s.gateways[1].refunds))
		}
	})
}

func TestPrinterNeverDelays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted, block: time.Hour}
		s.tune = func(o *Options) { o.PrintOrder, o.PrintReceipt = true, true }
		s.start()
		id := s.open(25000).ID
		synctest.Wait()
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(3*time.Second, id, state.PhasePaid, state.TenderExact)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.paper.block = 0
		s.start()
		defer s.end()
		sale := s.after(time.Second, id)
		for i, p := range sale.Prints { // what waited at the crash asks the sale as it is now
			if want := []string{"failed", "printed"}[i]; string(p.Status) != want || s.paper.keys[p.Key] != i {
				t.Errorf("print %+v, printed %d times", p, s.paper.keys[p.Key])
			}
		}
		_, err := s.till.Print(context.Background(), PrintRequest{Key: "again", SaleID: id, Copy: "receipt"})
		if err != nil {
			t.Fatal(err)
		}
		s.after(time.Second, id)
		if r := s.paper.slips[1].(printer.Receipt); r.Copy != 1 || r.RRN == "" {
			t.Errorf("the second print says copy %d, rrn %q", r.Copy, r.RRN)
		}
	})
}

func TestIdempotentOpen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		req := OpenRequest{Key: "k1", Amount: 25000, Reference: "BILL-17"}
		ids := make(chan string, 20)
		for range 20 {
			go func() {
				sale, err := s.till.Open(context.Background(), req)
				if err != nil {
					t.Error(err)
				}
				ids <- sale.ID
			}()
		}
		first := <-ids
		for range 19 {
			if id := <-ids; id != first {
				t.Errorf("two sales under one key: %s and %s", first, id)
			}
		}
		req.Amount++
		if _, err := s.till.Open(context.Background(), req); !errors.Is(err, ErrKeyReused) {
			t.Errorf("another sale under the same key: %v", err)
		}
		synctest.Wait()
		if len(s.gateways[0].orders) != 1 {
			t.Errorf("%d orders at the gateway", len(s.gateways[0].orders))
		}
	})
}

func TestBadRequests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		ctx := context.Background()
		for want, do := range map[string]func() error{
			"above zero":         func() error { _, err := s.till.Open(ctx, OpenRequest{}); return err },
			"paise":              func() error { _, err := s.till.Open(ctx, OpenRequest{Amount: -5}); return err },
			"above the limit of": func() error { _, err := s.till.Open(ctx, OpenRequest{Amount: 1 << 60}); return err },
			"reference": func() error {
				_, err := s.till.Open(ctx, OpenRequest{Amount: 1, Reference: strings.Repeat("x", 65)})
				return err
			},
			"printable": func() error {
				_, err := s.till.Open(ctx, OpenRequest{Amount: 1, Note: "a\x00b"})
				return err
			},
			"reason must be": func() error {
				_, err := s.till.Refund(ctx, RefundRequest{SaleID: "nobody", All: true,
					Reason: strings.Repeat("x", 257)})
				return err
			},
			"note must be": func() error {
				_, err := s.till.Resolve(ctx,
					ResolveRequest{SaleID: "nobody", Action: state.ActionAccept, Note: "\u202e2"})
				return err
			},
			"printer": func() error { _, err := s.till.Open(ctx, OpenRequest{Amount: 1, Print: true}); return err },
			"no sale": func() error {
				_, err := s.till.Cancel(ctx, CancelRequest{SaleID: "nobody", Reason: state.CloseCancelled})
				return err
			},
			"not one of": func() error {
				_, err := s.till.Cancel(ctx, CancelRequest{SaleID: "nobody", Reason: "bored"})
				return err
			},
			"too long": func() error {
				_, err := s.till.Open(ctx, OpenRequest{Amount: 1, Key: strings.Repeat("k", 129)})
				return err
			},
			"no money": func() error {
				_, err := s.till.Refund(ctx, RefundRequest{SaleID: s.open(100).ID, All: true})
				return err
			},
		} {
			if err := do(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		}
		if events, _ := s.till.Events(ctx, 0, 100); len(events) > 4 { // of the one sale opened above
			t.Errorf("bad requests left %d events", len(events))
		}
	})
}

// TestStoreFails: a commit that fails may be there or not. The till stops, says so, and after a restart goes on from
// what is there.
func TestStoreFails(t *testing.T) {
	for _, apply := range []bool{false, true} {
		for n := 1; n <= 8; n++ {
			t.Run(fmt.Sprintf("commit %d applied %v", n, apply), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					s := newShop(t, "a", "b")
					inner := statetest.NewMemory()
					count := 0
					faulty := statetest.NewFaulty(inner, func(op statetest.Op) (bool, error) {
						if op.Method != "Commit" {
							return true, nil
						}
						if count++; count == n {
							return apply, errors.New("disk on fire")
						}
						return true, nil
					})
					s.store = faulty
					s.start()
					req := OpenRequest{Key: "k1", Amount: 25000}
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					sale, err := s.till.Open(ctx, req)
					if n == 1 && !errors.Is(err, ErrStopped) {
						t.Errorf("open answered %v, %v", sale.ID, err)
					}
					time.Sleep(time.Second)
					for _, d := range s.gateways {
						d.mu.Lock()
						for _, o := range d.orders {
							o.payments = append(
								o.payments,
								gateway.Payment{ID: o.id + "-p", Amount: 25000, Status: gateway.PaymentCaptured},
							)
							break
						}
						d.mu.Unlock()
					}
					time.Sleep(time.Hour)
					select {
					case err := <-s.done:
						if err == nil {
							t.Error("the till went on after a failed commit")
						}
					default:
						s.stop()
						<-s.done
					}
					s.store = inner // the restart opens the file again
					s.start()
					sale, err = s.till.Open(context.Background(), req) // the client asks again with the same key
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
					synctest.Wait()
					orders := 0
					for _, d := range s.gateways {
						orders += len(d.orders)
						for ref := range d.orders {
							if len(d.orders[ref].payments) == 0 {
								d.pay(ref, gateway.PaymentCaptured, 0)
							}
						}
					}
					if orders != 1 {
						t.Errorf("%d orders at the gateways", orders)
					}
					s.want(24*time.Hour, sale.ID, state.PhasePaid, state.TenderExact)
					s.end()
				})
			})
		}
	}
}

// TestMomentOfATurn: two commits have two moments, though no time goes by between them. A report counts a fact with the
// event of its moment.
func TestMomentOfATurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		begin, moments := time.Now(), map[time.Time]bool{}
		for range 4 {
			moments[s.open(25000).OpenedAt] = true
		}
		if !time.Now().Equal(begin) {
			t.Fatal("time went by")
		}
		if len(moments) != 4 {
			t.Errorf("four sales that were opened one after the other have the moments %v", moments)
		}
	})
}
