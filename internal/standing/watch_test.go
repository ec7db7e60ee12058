package standing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/internal/till/terms"
	"galla/state"
	"galla/state/statetest"
)

func moneyOf(paise int) money.Paise { return money.Paise(paise) }

// TestTwentyPhones: a stand that is paid by 20 phones in a minute is 20 sales, each on disk and spoken within 3 s of
// its money (p50), in the order in which they were paid, and none is left a minute after the last. corners.md 9.
func TestTwentyPhones(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		wait(10 * time.Second)
		paidAt := map[string]time.Time{}
		var order []string
		for i := range 20 {
			p := s.pay(q, 1000+i)
			paidAt[p.ID] = time.Now()
			order = append(order, p.ID)
			wait(3 * time.Second)
		}
		wait(time.Minute)

		all := s.agree()
		if len(all) != 20 {
			t.Fatalf("%d sales", len(all))
		}
		var took []time.Duration
		heard := s.voice.heard()
		if len(heard) != 20 {
			t.Fatalf("%d of 20 were spoken", len(heard))
		}
		for i, x := range all {
			if x.Payments[0].ID != order[i] || heard[i].SaleID != x.ID || x.Number != i+1 {
				t.Errorf("sale %d is %s of %s, spoken %s: want payment %s",
					x.Number, x.ID, x.Payments[0].ID, heard[i].SaleID, order[i])
			}
			if x.Standing.QR != q.ID || x.Standing.Name != "Counter 1" || x.Terminal != "T1" || x.Box != "b0" {
				t.Errorf("%+v", x.Standing)
			}
			took = append(took, heard[i].at.Sub(paidAt[order[i]]))
		}
		slices.Sort(took)
		if p50, last := took[10], took[19]; p50 > 3*time.Second || last > 25*time.Second {
			t.Errorf("p50 %s, last %s", p50, last)
		}
		list := s.watch.List()
		if len(list) != 1 || list[0].Count != 20 || list[0].Sum != 20*1000+190 || !list[0].Lists ||
			len(list[0].Problems) > 0 {
			t.Errorf("%+v", list)
		}
	})
}

// TestHint: a webhook makes the QR be looked at at once; a forged one about another QR does nothing.
func TestHint(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		wait(30 * time.Second)
		before := s.sim.Requests()["razorpay payments"]
		for range 100 {
			s.watch.Hint("razorpay", "qr_00000000000000", "pay_1")
			s.watch.Hint("razorpay", q.ID)
		}
		p := s.pay(q, 500)
		wait(100 * time.Millisecond)
		s.watch.Hint("razorpay", q.ID, p.ID) // within two seconds of the others: the dense looks see it
		wait(3 * time.Second)
		if len(s.agree()) != 1 {
			t.Error("no sale three seconds after the money")
		}
		if asked := s.sim.Requests()["razorpay payments"] - before; asked > 5 {
			t.Errorf("%d lists for a hundred hints", asked)
		}
	})
}

// TestSlowMoney: what a bank ends minutes or days after it began is a sale then, once; what fails is none.
func TestSlowMoney(t *testing.T) {
	for name, c := range map[string]struct {
		knob func(*gatewaytest.Knobs)
		by   time.Duration
	}{
		"slow bank":       {func(k *gatewaytest.Knobs) { k.SlowBank = 100 }, 8 * time.Minute},
		"late":            {func(k *gatewaytest.Knobs) { k.LateAuth = 100 }, 55 * time.Hour},
		"hidden at first": {func(k *gatewaytest.Knobs) { k.HiddenPayment = 100 }, 8 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			onStall(t, func(s *stall) {
				s.start()
				op := s.stand("Tea", 1500)
				for i := range 3 {
					s.act(gatewaytest.Act{
						Payload: op.Payload,
						Action:  gatewaytest.Pay,
						VPA:     fmt.Sprintf("p%d@okbank", i),
					})
					wait(time.Minute)
				}
				s.act(gatewaytest.Act{Payload: op.Payload, Action: gatewaytest.Decline})
				wait(c.by)
				s.agree()
				if n := len(s.sales()); n != 3 {
					t.Errorf("%d sales of 3 payments", n)
				}
			}, c.knob)
		})
	}
}

// TestKilled: the box dies at every commit, before and after it was on disk, and starts again: no payment is doubled,
// and none is without a sale.
func TestKilled(t *testing.T) {
	for _, applied := range []bool{false, true} {
		for n := 1; n <= 6; n++ {
			t.Run(fmt.Sprintf("commit %d, applied %v", n, applied), func(t *testing.T) {
				onStall(t, func(s *stall) {
					died := 0
					faulty := statetest.NewFaulty(s.store, func(op statetest.Op) (bool, error) {
						if op.Method == "Commit" && op.N == n+2 { // the first two make the QR
							died++
							return applied, errors.New("the plug was pulled")
						}
						return true, nil
					})
					s.store = faulty
					s.start()
					q := s.stand("Counter 1")
					for i := range 6 {
						s.pay(q, 100+i)
						wait(25 * time.Second)
						if died > 0 && s.dead() {
							break
						}
					}
					if err := s.end(); (err != nil) != (died > 0) {
						t.Fatalf("died %d times, and the tasks ended with %v", died, err)
					}
					wait(time.Hour)
					s.pay(q, 999) // while the box is off
					s.store = faulty.Reopen()
					s.start()
					wait(time.Minute)
					if died != 1 {
						t.Errorf("died %d times", died)
					}
					s.agree()
				})
			})
		}
	}
}

// dead says whether the till has stopped.
func (s *stall) dead() bool { return s.till.Ping(context.Background()) != nil }

// TestListFails: every list fails twice over, and the money is taken once it is read again; what was shown before
// stays.
func TestListFails(t *testing.T) {
	for _, fault := range []string{"status 500", "lose-answer", "cut", "truncate",
		"status 429 retry-after 7s", "garbage"} {
		t.Run(fault, func(t *testing.T) {
			onStall(t, func(s *stall) {
				s.start()
				q := s.stand("Counter 1")
				wait(5 * time.Second)
				if err := s.sim.Script("faults", "on razorpay payments #1-40 "+fault); err != nil {
					t.Fatal(err)
				}
				s.pay(q, 500)
				s.pay(q, 600)
				wait(5 * time.Minute)
				if n := len(s.sales()); n != 0 {
					t.Fatalf("%d sales of what could not be read", n)
				}
				if list := s.watch.List(); len(list[0].Problems) == 0 {
					t.Error("nobody is told that the QR can't be read")
				}
				wait(time.Hour)
				if len(s.agree()) != 2 || len(s.watch.List()[0].Problems) > 0 {
					t.Errorf("%d sales, %v", len(s.sales()), s.watch.List()[0].Problems)
				}
				if len(s.voice.heard()) != 0 {
					t.Error("what was paid twenty minutes ago is announced")
				}
			})
		})
	}
}

// TestOff: what is paid while the box is off is taken at the next start, and not spoken; what was taken is not taken
// again.
func TestOff(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		s.pay(q, 100)
		wait(time.Minute)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		wait(3 * 24 * time.Hour)
		for i := range 130 { // more than a page
			s.pay(q, 200+i)
			wait(time.Second)
		}
		wait(10 * time.Hour)
		s.start()
		wait(2 * time.Minute)
		if n := len(s.agree()); n != 131 {
			t.Errorf("%d sales of 131", n)
		}
		if n := len(s.voice.heard()); n != 1 {
			t.Errorf("%d announcements, want that of the first day", n)
		}
	})
}

// TestOffWithAWrongClock: the box's clock is not the gateway's, and what is paid while the box is off is taken at the
// next start all the same, also where the clock was set meanwhile (seed 85150 of the simulation).
func TestOffWithAWrongClock(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct{ before, after time.Duration }{
		{-day, -day},
		{day, day},
		{-10 * 365 * day, -10 * 365 * day},
		{-day, 0},
		{day, 0},
		{0, -day},
		{0, day},
	} {
		t.Run(fmt.Sprint(c.before, " ", c.after), func(t *testing.T) {
			onStall(t, func(s *stall) {
				s.ahead = c.before
				s.start()
				q := s.stand("Counter 1")
				s.pay(q, 100)
				wait(time.Minute)
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				wait(time.Hour)
				s.pay(q, 200)
				wait(30 * time.Hour) // by a clock that is a day behind the QR is a few hours old now
				s.ahead = c.after
				s.start()
				wait(time.Minute)
				if n := len(s.agree()); n != 2 {
					t.Errorf("%d sales of 2", n)
				}
			})
		})
	}
}

// TestMadeLate: the first looks at a QR that a long process makes ask for no time before its own.
func TestMadeLate(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		wait(50 * 24 * time.Hour)
		q := s.stand("Counter 1")
		s.pay(q, 100)
		wait(10 * time.Second)
		if n := len(s.agree()); n != 1 {
			t.Errorf("%d sales of 1", n)
		}
		if n := s.sim.Requests()["razorpay payments"]; n > 15 {
			t.Errorf("%d lists in ten seconds", n)
		}
	})
}

// TestSentBack: a payment that others sent back before anybody saw it is a sale with an open item, and is not spoken;
// one that goes back later is seen within the day. A refund from here goes as with every sale.
func TestSentBack(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		s.pay(q, 5000)
		s.act(gatewaytest.Act{Payload: q.Payload, Action: gatewaytest.Reverse})
		wait(30 * time.Second)
		first := s.agree()[0]
		if len(first.Attention) != 1 || first.Attention[0].Kind != state.AttentionReversed ||
			len(s.voice.heard()) != 0 {
			t.Errorf("%+v, %d spoken", first.Attention, len(s.voice.heard()))
		}
		s.pay(q, 6000)
		wait(30 * time.Second)
		s.act(gatewaytest.Act{Payload: q.Payload, Action: gatewaytest.Reverse, Amount: 1000})
		second := s.agree()[1]
		_, err := s.till.Refund(
			context.Background(),
			till.RefundRequest{SaleID: second.ID, PaymentID: second.Payments[0].ID, Amount: 2000, By: "owner:asha"},
		)
		if err != nil {
			t.Fatal(err)
		}
		wait(26 * time.Hour)
		second = s.agree()[1]
		if len(second.Attention) != 1 || second.Attention[0].Kind != state.AttentionReversed ||
			second.Attention[0].Amount != 1000 {
			t.Errorf("%+v", second.Attention)
		}
		if len(second.Refunds) != 1 || second.Refunds[0].Status != state.RefundProcessed {
			t.Errorf("%+v", second.Refunds)
		}
		if shown, err := s.ops.CounterQR(context.Background(), "razorpay", q.ID); err != nil ||
			shown.Status != "active" {
			t.Errorf("the QR is %+v, %v: a sale's end closed it", shown.Status, err)
		}
	})
}

// TestOnePaymentOneSale: a payment is a standing sale or an ordinary one, never both, whichever comes first.
func TestOnePaymentOneSale(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		sale, err := s.till.Open(context.Background(), till.OpenRequest{Amount: 5000, By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		wait(2 * time.Second)
		s.pay(q, 5000)
		wait(30 * time.Second)
		got, err := s.till.Sale(context.Background(), sale.ID)
		if err != nil || got.Phase != state.PhaseAwaiting || len(got.Payments) != 0 {
			t.Errorf("the sale at the counter is %s with %d payments", got.Phase, len(got.Payments))
		}
		opened, err := s.till.Sale(context.Background(), sale.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.act(gatewaytest.Act{Payload: opened.Attempts[0].Quote.Payload, Action: gatewaytest.Pay})
		wait(10 * time.Second)
		got, _ = s.till.Sale(context.Background(), sale.ID)
		if got.Phase != state.PhasePaid {
			t.Fatalf("%s", got.Phase)
		}
		// The gateway lists the sale's payment at the standing QR too.
		mine := got.Payments[0]
		err = s.till.Commit(context.Background(), func(x *till.Txn) error {
			a := terms.Arrival{Gateway: "razorpay", At: state.Standing{QR: q.ID}}
			a.Payment.ID, a.Payment.Amount, a.Payment.Status = mine.ID, mine.Amount, "captured"
			other, fresh, err := x.Standing(a)
			if fresh || other.ID != sale.ID {
				t.Errorf("payment %s of sale %s is %s, fresh %v", mine.ID, sale.ID, other.ID, fresh)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(s.sales()); n != 2 {
			t.Errorf("%d sales of two payments", n)
		}
	})
}

// TestClosed: a QR that was closed is looked at for five days more, at the counter and in the gateway's dashboard.
func TestClosed(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		s.pay(q, 100)
		wait(time.Minute)
		if _, err := s.ops.CounterQRs(context.Background(), "razorpay", search()); err != nil {
			t.Fatal(err)
		}
		cancelled, err := s.ops.Ask(context.Background(), cancel(q.ID))
		if err != nil || cancelled.Status != state.OperationDone {
			t.Fatalf("%+v, %v", cancelled, err)
		}
		if list := s.watch.List(); list[0].Status != "cancelled" || list[0].Count != 1 {
			t.Errorf("%+v", list)
		}
		wait(3 * time.Hour)
		if _, err := s.sim.Phone().
			Do(gatewaytest.Act{Payload: q.Payload, Action: gatewaytest.PayLate, Amount: 250}); err != nil {
			t.Fatal(err)
		}
		wait(time.Hour)
		if n := len(s.agree()); n != 2 {
			t.Errorf("%d sales", n)
		}
		wait(6 * 24 * time.Hour)
		before := s.sim.Requests()["razorpay payments"]
		wait(24 * time.Hour)
		if n := s.sim.Requests()["razorpay payments"] - before; n != 0 {
			t.Errorf("%d lists of a QR that was closed a week ago", n)
		}
	})
}

// TestClosedWhileOff: a payment was under way when its QR was closed, and the box was off for a week from then on. It
// is found at the next start, and once a person's reconciliation misses it.
func TestClosedWhileOff(t *testing.T) {
	for _, off := range []time.Duration{7 * 24 * time.Hour, 70 * 24 * time.Hour} {
		onStall(t, func(s *stall) {
			s.start()
			q := s.stand("Counter 1")
			s.pay(q, 100)
			wait(time.Minute)
			s.pay(q, 777700)
			if op, err := s.ops.Ask(context.Background(), cancel(q.ID)); err != nil ||
				op.Status != state.OperationDone {
				t.Fatalf("%+v, %v", op, err)
			}
			if n := len(s.sales()); n != 1 {
				t.Fatalf("%d sales: the look was sooner than the close", n)
			}
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
			at := time.Now()
			time.Sleep(off)
			s.start()
			wait(time.Minute)
			if off > longAgo {
				s.watch.Missed("razorpay", q.Reference, at)
				wait(time.Minute)
			}
			if n := len(s.agree()); n != 2 {
				t.Errorf("off for %s: %d sales", off, n)
			}
			wait(6 * 24 * time.Hour)
			before := s.sim.Requests()["razorpay payments"]
			wait(24 * time.Hour)
			if n := s.sim.Requests()["razorpay payments"] - before; n != 0 {
				t.Errorf("%d lists of a QR that was closed long ago", n)
			}
		})
	}
}

// TestCrowd: eleven QRs that stand idle don't slow the one where people pay.
func TestCrowd(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		for i := range 11 {
			s.stand(fmt.Sprintf("Idle %d", i))
		}
		wait(time.Minute)
		s.pay(q, 100)
		wait(70 * time.Second)
		if n := len(s.agree()); n != 1 {
			t.Fatalf("%d sales", n)
		}
		for i := range 10 {
			s.pay(q, 200+i)
			wait(3 * time.Second)
			if n := len(s.agree()); n != i+2 {
				t.Fatalf("%d sales three seconds after payment %d", n, i+2)
			}
		}
	})
}

// TestSameSecond: the gateway's times are whole seconds. What was paid first is the first sale all the same.
func TestSameSecond(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		wait(10 * time.Second)
		for i := range 5 {
			s.pay(q, 1000+i)
			wait(10 * time.Millisecond)
		}
		wait(time.Minute)
		all := s.agree()
		if len(all) != 5 {
			t.Fatalf("%d sales", len(all))
		}
		for i, x := range all {
			if x.Amount != moneyOf(1000+i) {
				t.Errorf("sale %d is over %s", i+1, x.Amount)
			}
		}
	})
}
