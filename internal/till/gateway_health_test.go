package till

import (
	"context"
	"crypto/x509"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/state"
)

// tooEarly is how a call fails on a box whose time lies before the gateway's certificate.
func tooEarly() error {
	return &gateway.Error{
		Class:   gateway.ClassUnavailable,
		Gateway: "a",
		Op:      "warm up",
		Cashier: gateway.CashierClock,
		Err: x509.CertificateInvalidError{
			Cert:   &x509.Certificate{NotBefore: time.Now().AddDate(20, 0, 0)},
			Reason: x509.Expired,
		},
	}
}

// TestClockNotSet: while no gateway can be proven for want of the time, the idle screen says so; as soon as one can, it
// is gone.
func TestClockNotSet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		s.start()
		defer s.end()
		sees := func(screen display.Screen, why display.Reason) {
			t.Helper()
			synctest.Wait()
			if v := s.glass.last(); v.Screen != screen || v.Reason != why {
				t.Errorf("the customer sees %s %s, want %s %s", v.Screen, v.Reason, screen, why)
			}
		}
		s.till.ObserveCall("a", tooEarly())
		sees(display.ScreenIdle, display.ReasonNone) // b may still work
		s.till.ObserveCall("b", tooEarly())
		sees(display.ScreenOutOfService, display.ReasonClockNotSet)
		if h := s.till.Health(); h.Gateways[0].OK || !h.Gateways[0].ClockBehind ||
			h.Gateways[0].Problem != gateway.CashierClock {
			t.Errorf("health: %+v", h.Gateways[0])
		}
		// What the cashier types stands above it, and so does a sale.
		s.till.Type("250", nil)
		sees(display.ScreenTyping, display.ReasonNone)
		s.till.Type("", nil)
		sees(display.ScreenOutOfService, display.ReasonClockNotSet)
		s.till.ObserveCall("b", errors.New("offline")) // no word about the clock
		sees(display.ScreenIdle, display.ReasonNone)
		s.till.ObserveCall("nobody", tooEarly())
		s.till.ObserveCall("a", nil)
		s.till.ObserveCall("b", nil)
		sees(display.ScreenIdle, display.ReasonNone)
		s.want(0, s.open(25000).ID, state.PhaseAwaiting, state.TenderNone)
	})
}

// TestDiskTight: a disk without room takes no new sale, says so on the idle screen, ends what is under way, and sells
// again with room.
func TestDiskTight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		var tight atomic.Bool
		s.tune = func(o *Options) { o.Tight = tight.Load }
		s.start()
		defer s.end()
		ask := OpenRequest{Amount: 25000, By: "test", Key: "before-it-was-full"}
		sale, err := s.till.Open(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		id := sale.ID
		s.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
		tight.Store(true)
		// Whoever lost the answer gets it: "take cash" would be a lie while the QR can be paid.
		if again, err := s.till.Open(context.Background(), ask); err != nil || again.ID != id {
			t.Errorf("the repeat of a request from before: %v, %v", again.ID, err)
		}
		if _, err := s.till.Open(context.Background(), OpenRequest{Amount: 100, By: "test"}); !errors.Is(
			err, ErrNotReady,
		) {
			t.Errorf("a new sale on a full disk: %v", err)
		}
		if v := s.glass.last(); v.Screen != display.ScreenPay {
			t.Errorf("the sale under way is shown as %s", v.Screen)
		}
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(3*time.Second, id, state.PhasePaid, state.TenderExact)
		s.after(resultTime, id)
		if v := s.glass.last(); v.Screen != display.ScreenOutOfService || v.Reason != display.ReasonStorage {
			t.Errorf("the next customer sees %s %s", v.Screen, v.Reason)
		}
		tight.Store(false)
		s.after(time.Minute+time.Second, id)
		if v := s.glass.last(); v.Screen != display.ScreenIdle {
			t.Errorf("with room again the customer sees %s", v.Screen)
		}
		s.want(time.Second, s.open(100).ID, state.PhaseAwaiting, state.TenderNone)
	})
}

// slow is a disk that takes its time for every commit.
type slow struct {
	Store
	wait *atomic.Int64 // ns
}

func (s slow) Commit(b state.Batch) error {
	time.Sleep(time.Duration(s.wait.Load()))
	return s.Store.Commit(b)
}

// TestSlowDisk: on a disk that needs seconds for a commit everything is late and nothing is lost: no QR is shown, and
// no gateway asked, before its event is on disk; requests that came meanwhile share the next commit.
func TestSlowDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		var wait atomic.Int64
		s.store = slow{s.store, &wait}
		s.start()
		defer s.end()
		wait.Store(int64(4 * time.Second))
		began := time.Now()
		opened := make(chan string, 6)
		for range cap(opened) {
			go func() {
				sale, err := s.till.Open(context.Background(), OpenRequest{Amount: 25000, By: "test"})
				if err != nil {
					t.Error(err)
				}
				opened <- sale.ID
			}()
		}
		time.Sleep(3 * time.Second)
		if s.gateways[0].calls("open") != 0 || s.glass.last().Screen == display.ScreenOpening {
			t.Error("something left the box before the first commit")
		}
		var ids []string
		for range cap(opened) {
			ids = append(ids, <-opened)
		}
		if took := time.Since(began); took > 8*time.Second+time.Millisecond {
			t.Errorf("six sales waited %v for at most two commits of 4 s", took)
		}
		s.after(30*time.Second, ids[0])
		for _, id := range ids {
			sale := s.want(0, id, state.PhaseAwaiting, state.TenderNone)
			s.gateways[0].pay(sale.Shown().Ref, gateway.PaymentCaptured, 0)
		}
		s.after(2*time.Minute, ids[0])
		for _, id := range ids {
			s.want(0, id, state.PhasePaid, state.TenderExact)
		}
		if n := s.gateways[0].calls("open"); n != len(ids) {
			t.Errorf("%d orders for %d sales", n, len(ids))
		}
		wait.Store(0)
	})
}
