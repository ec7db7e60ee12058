package till

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"galla/display"
	"galla/gateway/gatewaytest"
	"galla/internal/till/terms"
	"galla/state"
	"galla/state/statetest"
)

// What is shown and asked while a sale waits: rows B9, C and D of the list of reported troubles, with the whole till.

// TestTrouble_B9: whatever ends a sale takes its QR off the screen for good, over a restart too.
func TestTrouble_B9(t *testing.T) {
	for name, end := range map[string]func(c *scene, id, qr string){
		"paid":      func(c *scene, id, qr string) { c.act(qr, gatewaytest.Pay); c.after(10*time.Second, id) },
		"cancelled": func(c *scene, id, _ string) { c.cancel(id, state.CloseCancelled); c.after(10*time.Second, id) },
		"other way": func(c *scene, id, _ string) { c.cancel(id, state.CloseOtherTender); c.after(10*time.Second, id) },
		"expired":   func(c *scene, id, _ string) { c.after(6*time.Minute, id) },
		"in the dark": func(c *scene, id, _ string) {
			c.net.Down(enkashHost, true)
			c.net.Down(razorpayHost, true)
			c.after(6*time.Minute, id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.start()
				id, qr := c.offer()
				end(c, id, qr)
				seen := c.screen.seq()
				if c.screen.last().Payload != "" {
					c.t.Errorf("the customer still sees %s", c.screen.last().Screen)
				}
				c.restart()
				c.after(time.Hour, id)
				for _, v := range c.screen.since(seen) {
					if v.Payload != "" || v.Screen == display.ScreenPay {
						c.t.Errorf("after the restart the customer sees %s with %q", v.Screen, v.Payload)
					}
				}
				if name == "in the dark" {
					c.net.Down(enkashHost, false)
					c.net.Down(razorpayHost, false)
					c.want(10*time.Minute, id, state.PhaseClosed, state.TenderNone)
				}
			})
		})
	}
}

// TestTrouble_C1_ThroughTheTill: the line is cut while a sale waits, and the customer pays. The till says that it is
// offline, never "not paid", and finishes the sale when the line is back.
func TestTrouble_C1_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.net.Down(enkashHost, true)
		c.net.Down(razorpayHost, true)
		c.act(qr, gatewaytest.Pay)
		c.want(time.Minute, id, state.PhaseAwaiting, state.TenderNone)
		if h := c.till.Health().Gateways[0]; h.OK || h.Problem == "" {
			c.t.Errorf("health %+v", h)
		}
		c.net.Down(enkashHost, false)
		c.net.Down(razorpayHost, false)
		c.attention(c.want(time.Minute, id, state.PhasePaid, state.TenderExact))
		if h := c.till.Health().Gateways[0]; !h.OK {
			c.t.Errorf("health %+v", h)
		}
	})
}

// TestIdleInTheDark: a box without a network, with a sale that can't be ended, turns over a few times a minute and not
// in a busy loop.
func TestIdleInTheDark(t *testing.T) {
	scenes(t, func(c *scene) {
		var turns atomic.Int64
		c.wall = func() time.Time { turns.Add(1); return time.Now() } // the engine reads it in every turn
		c.start()
		id, _ := c.offer()
		c.net.Down(enkashHost, true)
		c.net.Down(razorpayHost, true)
		c.want(30*time.Minute, id, state.PhaseClosing, state.TenderNone)
		before := turns.Load()
		c.want(time.Hour, id, state.PhaseClosing, state.TenderNone)
		if n := turns.Load() - before; n > 2000 {
			c.t.Errorf("%d turns in an hour without a network", n)
		}
		c.net.Down(enkashHost, false)
		c.net.Down(razorpayHost, false)
		c.want(10*time.Minute, id, state.PhaseClosed, state.TenderNone)
	})
}

// TestTrouble_C2_ThroughTheTill: 30 per cent of all calls are answered 5xx. Every sale ends as it should, and nothing
// is asked in a storm.
func TestTrouble_C2_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		for n := range 5 {
			s := c.open(25000)
			for range 120 { // until there is a QR
				if c.after(time.Second, s.ID).Phase != state.PhaseQuoting {
					break
				}
			}
			if c.after(0, s.ID).Phase == state.PhaseClosed {
				continue // no gateway gave a QR, and the till said so
			}
			before := len(c.sim.Ledger().Payments)
			c.act(c.screen.last().Payload, gatewaytest.Pay)
			// A look at EnKash's is three calls, and a third of the looks have three answers: of a thousand sales some
			// take minutes.
			s = c.want(15*time.Minute, s.ID, state.PhasePaid, state.TenderExact)
			if len(c.sim.Ledger().Payments) != before+1 {
				c.t.Errorf("sale %d: %d payments", n, len(c.sim.Ledger().Payments)-before)
			}
		}
		total := 0
		for _, n := range c.sim.Requests() {
			total += n
		}
		if total > 5*200 {
			c.t.Errorf("%d requests for five sales", total)
		}
	}, func(k *gatewaytest.Knobs) { k.ServerError = 30 })
}

// TestTrouble_C10_ThroughTheTill: when a sale is over, its polls are over too, but for the looks of the watch; and what
// those find still lands in the journal.
func TestTrouble_C10_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.after(time.Minute, id)
		if c.asked(c.polled()) < 15 {
			c.t.Fatalf("only %d polls in a minute", c.asked(c.polled()))
		}
		c.cancel(id, state.CloseCancelled)
		c.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
		before := c.asked(c.polled())
		c.after(2*time.Hour, id)
		// Looks every five minutes; Razorpay's reads the payments twice when its QR is closed.
		if n := c.asked(c.polled()) - before; n < 24 || n > 30 {
			c.t.Errorf("%d polls in the two hours after the sale", n)
		}
		c.act(qr, gatewaytest.PayLate)
		c.attention(c.want(time.Hour, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
	})
}

// TestTrouble_C11: the plug is pulled at every commit of a sale, with that commit on disk and without it. The same sale
// goes on: one order is ever shown, one payment taken, nothing lost. rig.TestKillAtEveryMoment does it to the real
// program.
func TestTrouble_C11(t *testing.T) {
	for _, applied := range []bool{false, true} {
		for n := 1; n <= 6; n++ {
			t.Run(fmt.Sprintf("commit %d on disk %v", n, applied), func(t *testing.T) {
				scenes(t, func(c *scene) {
					disk, count := statetest.NewMemory(), 0
					c.store = statetest.NewFaulty(disk, func(op statetest.Op) (bool, error) {
						if op.Method != "Commit" {
							return true, nil
						}
						if count++; count == n {
							return applied, errors.New("the plug is pulled")
						}
						return true, nil
					})
					c.start()
					req := OpenRequest{Key: "bill-17", Amount: 25000}
					ctx, stop := context.WithTimeout(context.Background(), time.Minute)
					defer stop()
					_, _ = c.till.Open(ctx, req) // may have died under it
					pay := func() {
						time.Sleep(time.Second)
						if v := c.screen.last(); v.Payload != "" && len(c.sim.Ledger().Payments) == 0 {
							c.act(v.Payload, gatewaytest.Pay)
						}
					}
					if c.screen.seq() > 0 {
						pay()
					}
					time.Sleep(20 * time.Second)
					select {
					case err := <-c.done:
						if err == nil {
							c.t.Fatal("the till went on after a failed commit")
						}
					default: // this sale needs fewer commits
						c.stop()
						<-c.done
					}
					c.store = disk
					c.start()
					s, err := c.till.Open(context.Background(), req) // the cashier's program asks again, with its key
					if err != nil {
						c.t.Fatal(err)
					}
					time.Sleep(10 * time.Second)
					pay()
					s = c.want(time.Minute, s.ID, state.PhasePaid, state.TenderExact)
					if l := c.sim.Ledger(); len(l.Payments) != 1 || c.money() != 25000 || s.Number != 1 {
						c.t.Errorf("%d payments, %s held, sale %d", len(l.Payments), c.money(), s.Number)
					}
				})
			})
		}
	}
}

// TestTrouble_C12_ThroughTheTill: no answer that is an error, whatever it is, makes a sale paid.
func TestTrouble_C12_ThroughTheTill(t *testing.T) {
	for _, fault := range []string{"status 400", "status 404", "status 409", "status 418", "status 500", "garbage",
		"truncate", "lose-answer", "cut", "refuse 0 SUCCESS", "refuse PAID captured"} {
		t.Run(fault, func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.start()
				id, _ := c.offer()
				for _, op := range map[gatewaytest.API][]string{gatewaytest.EnKash: {"order", "upi-status", "payment",
					"checkout"}, gatewaytest.Razorpay: {"payments", "fetch"}}[c.api] {
					c.script("on API " + op + " * " + fault)
				}
				for range 10 {
					if s := c.after(3*time.Minute, id); s.Phase == state.PhasePaid || s.Tender != state.TenderNone {
						c.t.Fatalf("%s/%s without anybody having paid", s.Phase, s.Tender)
					}
				}
			})
		})
	}
}

// TestTrouble_C13: a second sale is opened while the first one waits. Both go on; the newer one is on the screen; each
// payment settles the sale whose QR was paid.
func TestTrouble_C13(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		first, qr1 := c.offer()
		second, qr2 := c.offer()
		if qr1 == qr2 || c.screen.last().SaleID != second {
			c.t.Fatalf("the customer sees sale %s", c.screen.last().SaleID)
		}
		c.act(qr1, gatewaytest.Pay) // the one that isn't on the screen any more
		c.want(15*time.Second, first, state.PhasePaid, state.TenderExact)
		c.want(0, second, state.PhaseAwaiting, state.TenderNone)
		if v := c.screen.last(); v.Payload != qr2 {
			c.t.Errorf("the customer sees %s of sale %s", v.Screen, v.SaleID)
		}
		c.act(qr2, gatewaytest.Pay)
		c.want(5*time.Second, second, state.PhasePaid, state.TenderExact)
		if c.money() != 50000 {
			c.t.Errorf("held: %s", c.money())
		}
	})
}

// TestTrouble_D3_ThroughTheTill: a closed sale is looked at again every five minutes, then every hour, then twice a day
// to the fifth.
func TestTrouble_D3_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.cancel(id, state.CloseCancelled)
		c.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
		last := time.Duration(0)
		for _, at := range []time.Duration{61 * time.Second, 6 * time.Minute, 11 * time.Minute, time.Hour,
			2 * time.Hour, 3 * time.Hour, 24 * time.Hour, 36 * time.Hour, 48 * time.Hour,
			72 * time.Hour, 96 * time.Hour, 121 * time.Hour} {
			before := c.asked(c.polled())
			c.after(at-last, id)
			last = at
			if c.asked(c.polled()) == before {
				c.t.Errorf("nobody looked in the time up to %v", at)
			}
			if at == 96*time.Hour { // money that turns up at the very end is found
				c.act(qr, gatewaytest.PayLate)
			}
		}
		c.attention(c.want(time.Hour, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
	})
}

// TestTrouble_D4_ThroughTheTill: EnKash's cancel is undocumented, so it may be switched off, missing, or missing in
// part. Each time the sale ends, and is watched.
func TestTrouble_D4_ThroughTheTill(t *testing.T) {
	for name, set := range map[string]func(*scene){
		"switched off":       func(c *scene) { c.off = true },
		"missing":            func(c *scene) { k := c.sim.Knobs(); k.NoCancel = true; c.sim.SetKnobs(k) },
		"missing for orders": func(c *scene) { c.script("on enkash cancel * status 404") },
		"refused": func(c *scene) {
			c.script("on enkash cancel * refuse 403 Access denied", "on enkash expire * refuse 403 Access denied")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onScene(t, gatewaytest.EnKash, func(c *scene) {
				set(c)
				c.start()
				id, qr := c.offer()
				c.cancel(id, state.CloseCancelled)
				c.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
				if _, err := c.sim.Phone().Pay(qr); (err != nil) != (name == "missing for orders") {
					c.t.Fatalf("the phone pays: %v; an expired QR can't be paid, the others can", err)
				} else if err != nil {
					c.act(qr, gatewaytest.PayLate)
				}
				c.attention(c.want(6*time.Minute, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
			})
		})
	}
}

// TestTrouble_D5_ThroughTheTill: somebody closes the QR in the gateway's dashboard while it is shown. It leaves the
// screen within 12 s, and the sale is watched.
func TestTrouble_D5_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		s := c.after(0, id)
		if err := c.client(c.api).Close(context.Background(), terms.ToOrder(&s, s.Shown())); err != nil {
			c.t.Fatal(err)
		}
		for begun := time.Now(); c.after(100*time.Millisecond, id).Phase != state.PhaseClosed; {
			if time.Since(begun) > 12*time.Second {
				c.t.Fatal("the sale goes on")
			}
		}
		if v := c.screen.last(); v.Payload != "" || v.Screen != display.ScreenUnpaid {
			c.t.Errorf("the customer sees %s", v.Screen)
		}
		c.act(qr, gatewaytest.PayLate)
		c.attention(c.want(6*time.Minute, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
	})
}
