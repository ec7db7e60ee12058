package till

import (
	"context"
	"crypto/x509"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/internal/day"
	"galla/state"
)

// both makes the scene's gateways two, in this order: the one that fails and the one that is asked next.
func (c *scene) both(broken error) {
	other := gatewaytest.EnKash
	if c.api == gatewaytest.EnKash {
		other = gatewaytest.Razorpay
	}
	c.tune = func(o *Options) {
		first := c.client(c.api)
		if broken != nil {
			first = c.over(c.api, brokenLine{broken})
		}
		o.Gateways = []gateway.Gateway{first, c.client(other)}
	}
}

// brokenLine is a transport that gets no connection.
type brokenLine struct{ err error }

func (b brokenLine) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	return nil, b.err
}

// host is where the scene's gateway answers.
func (c *scene) host() string {
	if c.api == gatewaytest.EnKash {
		return enkashHost
	}
	return razorpayHost
}

// lookUps are the lines of a script in which every way of finding an order fails.
func (c *scene) lookUps(fault string) (lines []string) {
	ops := []string{"list", "fetch", "payments"}
	if c.api == gatewaytest.EnKash {
		ops = []string{"order", "order-by-merchant", "search", "checkout", "qr"}
	}
	for _, op := range ops {
		lines = append(lines, "on API "+op+" * "+fault)
	}
	return lines
}

// calls counts all requests but those for tokens.
func (c *scene) calls() (n int) {
	for op, k := range c.sim.Requests() {
		if op != "enkash token" {
			n += k
		}
	}
	return n
}

// TestGateway_9: 26 sales that end together close, by one close each.
func TestGateway_9(t *testing.T) {
	scenes(t, func(c *scene) {
		was := c.tune
		c.tune = func(o *Options) { was(o); o.Life = time.Minute }
		c.start()
		var ids []string
		for range 26 {
			ids = append(ids, c.open(100).ID)
			c.after(600*time.Millisecond, ids[0])
		}
		c.after(2*time.Minute, ids[0])
		for _, id := range ids {
			c.want(0, id, state.PhaseClosed, state.TenderNone)
		}
		op := map[gatewaytest.API]string{gatewaytest.EnKash: "cancel", gatewaytest.Razorpay: "close"}[c.api]
		if n := c.asked(op); n != 26 {
			c.t.Errorf("%d closes for 26 sales", n)
		}
		if h := c.till.Health().Gateways[0]; !h.OK {
			c.t.Errorf("the gateway is blamed: %+v", h)
		}
	})
}

// TestGateway_10: 30 sales opened in one second: each has its QR, or a sentence that blames nobody for this box's own
// budget; and nobody is told that the network is down.
func TestGateway_10(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		var ids []string
		for range 30 {
			ids = append(ids, c.open(100).ID)
			time.Sleep(time.Second / 30)
		}
		c.after(30*time.Second, ids[0])
		shown := 0
		for _, id := range ids {
			s := c.after(0, id)
			switch {
			case s.Phase == state.PhaseAwaiting:
				shown++
			case s.Phase != state.PhaseClosed:
				c.t.Errorf("after half a minute a sale is %s", s.Phase)
			default:
				for _, a := range s.Attempts {
					if a.Problem == nil || a.Problem.Cashier != gateway.CashierOwnBudget {
						c.t.Errorf("a sale without a QR says %+v", a.Problem)
					}
				}
			}
		}
		c.t.Logf("%d of 30 have their QR", shown)
		if shown < 24 {
			c.t.Errorf("only %d of 30 have their QR", shown)
		}
		if h := c.till.Health().Gateways[0]; !h.OK {
			c.t.Errorf("the gateway is blamed: %+v", h)
		}
	})
}

// TestGateway_11: no look ever succeeds from the moment of the QR. The sale ends at its time all the same, its code
// leaves the screen, and when the gateway is back the money is found.
func TestGateway_11(t *testing.T) {
	for _, when := range []string{"in trade", "after a restart"} {
		t.Run(when, func(t *testing.T) {
			scenes(t, func(c *scene) {
				was := c.tune
				c.tune = func(o *Options) { was(o); o.Life = time.Minute }
				c.start()
				id, qr := c.offer()
				c.net.Down(c.host(), true)
				c.act(qr, gatewaytest.Pay)
				if when == "after a restart" {
					c.restart()
				}
				c.after(59*time.Second, id)
				c.want(pollPatience+2*time.Second, id, state.PhaseClosing, state.TenderNone)
				if v := c.glass.last(); v.Payload != "" {
					c.t.Errorf("the customer still sees %s", v.Screen)
				}
				c.net.Down(c.host(), false)
				c.want(time.Minute, id, state.PhasePaid, state.TenderExact)
			})
		})
	}
}

// TestGateway_12: an outage is written in the sale, with its beginning and why, within a few looks; the first reading
// takes it back.
func TestGateway_12(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.after(18*time.Second, id)
		dark := time.Now()
		c.net.Down(c.host(), true)
		c.act(qr, gatewaytest.Pay)
		s := c.want(30*time.Second, id, state.PhaseAwaiting, state.TenderNone)
		if s.Unseen == nil || s.Unseen.Since.Before(dark.Add(-4*time.Second)) || s.Unseen.Since.After(dark) ||
			s.Unseen.Problem == nil ||
			s.Unseen.Problem.Cashier == "" {
			c.t.Fatalf("since %v the line is down, and the sale says %+v", dark, s.Unseen)
		}
		if v := c.glass.last(); v.Screen != display.ScreenPay || v.Reason != display.ReasonUnseen {
			c.t.Errorf("and the customer's screen says %s %q", v.Screen, v.Reason)
		}
		c.net.Down(c.host(), false)
		if s = c.want(time.Minute, id, state.PhasePaid, state.TenderExact); s.Unseen != nil {
			c.t.Errorf("a paid sale says %+v", s.Unseen)
		}

		// Nobody pays: the customer's screen says so within 15 s of the line's end, and no longer once a look succeeds.
		id, _ = c.offer()
		c.after(10*time.Second, id)
		c.net.Down(c.host(), true)
		for range 15 {
			if c.after(time.Second, id); c.glass.last().Reason == display.ReasonUnseen {
				break
			}
		}
		if v := c.glass.last(); v.Reason != display.ReasonUnseen || v.Payload == "" {
			c.t.Errorf("15 s after the line went down the customer's screen says %s %q", v.Screen, v.Reason)
		}
		c.net.Down(c.host(), false)
		c.after(time.Minute, id)
		if v := c.glass.last(); v.Reason != display.ReasonNone || v.Screen != display.ScreenPay {
			c.t.Errorf("the line is back, and the customer's screen says %s %q", v.Screen, v.Reason)
		}
	})
}

// TestGateway_13: a pause that the gateway asks for, at the token or at the order, is waited for, and the sale has its
// QR.
func TestGateway_13(t *testing.T) {
	for _, op := range []string{"token", "create"} {
		t.Run(op, func(t *testing.T) {
			scenes(t, func(c *scene) {
				if op == "token" && c.api == gatewaytest.Razorpay {
					return // has none
				}
				c.script("on API " + op + " #1 status 429 retry-after 3s")
				c.start()
				c.want(20*time.Second, c.open(100).ID, state.PhaseAwaiting, state.TenderNone)
			})
		})
	}
}

// TestGateway_14: fail-over while a customer waits. Whatever the first gateway does, the second's QR is there in time;
// the first attempt stays watched, and its code is never shown after.
func TestGateway_14(t *testing.T) {
	for name, tc := range map[string]struct {
		do     func(*scene)
		within time.Duration
		broken error
	}{
		"DNS gone": {within: time.Second, broken: &net.DNSError{Err: "no such host",
			Name: "gateway.example", IsNotFound: true}},
		"TLS broken": {within: time.Second, broken: x509.UnknownAuthorityError{}},
		"refused": {do: func(c *scene) {
			c.script("on API create * refuse BAD_REQUEST_ERROR the account is not allowed to do this")
		}, within: time.Second},
		"port refused": {do: func(c *scene) { c.net.Down(c.host(), true) }, within: time.Second},
		"5xx":          {do: func(c *scene) { c.script("on API create * status 503") }, within: 5 * time.Second},
		"5xx, applied": {do: func(c *scene) {
			c.script(append(c.lookUps("status 503"), "on API create * status 503 after")...)
		}, within: 5 * time.Second},
		"reset": {do: func(c *scene) { c.script("on API create * cut") }, within: 5 * time.Second},
		"answer lost": {do: func(c *scene) {
			c.script(append(c.lookUps("delay 60s"), "on API create * lose-answer")...)
		}, within: 5 * time.Second},
		"hang":            {do: func(c *scene) { c.script("on API create * delay 60s") }, within: 5 * time.Second},
		"hang, then made": {do: func(c *scene) { c.script("on API create * hold 10s") }, within: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.both(tc.broken)
				if tc.do != nil {
					tc.do(c)
				}
				c.start()
				begun := time.Now()
				id := c.open(25000).ID
				var s state.Sale
				for s = c.after(0, id); s.Phase == state.PhaseQuoting && time.Since(begun) < time.Minute; {
					s = c.after(100*time.Millisecond, id)
				}
				if took := time.Since(begun); s.Phase != state.PhaseAwaiting || took > tc.within {
					c.t.Fatalf("after %v the sale is %s: %+v", took, s.Phase, s.Attempts)
				}
				if s.Shown().Gateway == string(c.api) || s.Via() != s.Shown().Gateway {
					c.t.Errorf("the QR is %s's, and the cashier reads %s", s.Shown().Gateway, s.Via())
				}
				shown := c.glass.last().Payload
				seen := c.glass.seq()
				s = c.after(2*time.Minute, id)
				for _, v := range c.glass.since(seen) {
					if v.Payload != "" && v.Payload != shown {
						c.t.Errorf("then the customer saw another code: %s", v.Payload)
					}
				}
				if name == "hang, then made" && s.Attempts[0].State != state.AttemptOrphan {
					c.t.Errorf("what was made late is %s: it must be closed and watched", s.Attempts[0].State)
				}
				c.act(shown, gatewaytest.Pay)
				c.want(15*time.Second, id, state.PhasePaid, state.TenderExact)
			})
		})
	}
}

// TestGateway_15_ThroughTheTill: money that comes late is seen within five minutes for two hours, within an hour for a
// day, and until the fifth day; and what that costs.
func TestGateway_15_ThroughTheTill(t *testing.T) {
	for _, tc := range []struct{ late, within time.Duration }{
		{70 * time.Minute, 5 * time.Minute}, {119 * time.Minute, 5 * time.Minute}, {5 * time.Hour, time.Hour},
		{23 * time.Hour, time.Hour}, {119 * time.Hour, 12 * time.Hour},
	} {
		t.Run(tc.late.String(), func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.start()
				id, qr := c.offer()
				c.cancel(id, state.CloseCancelled)
				c.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
				c.after(tc.late-10*time.Second, id)
				c.act(qr, gatewaytest.PayLate)
				c.want(tc.within, id, state.PhaseClosed, state.TenderLate)
			})
		})
	}
}

// TestWatchTogether: sixty sales that ended unpaid together are watched by lists at Razorpay, for a third of the calls;
// money that comes late for one of them is seen as soon as if it were alone.
func TestWatchTogether(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		var ids []string
		for range 60 {
			ids = append(ids, c.open(100).ID)
			c.after(time.Second, ids[0])
		}
		c.after(9*time.Minute, ids[0])
		looks := c.asked("payments")
		lists := c.asked("payment-list")
		c.after(time.Hour, ids[0])
		cost := c.asked("payments") - looks + c.asked("payment-list") - lists
		if alone := 60 * 60 * 60 / 285; cost*3 > alone {
			c.t.Errorf("an hour of the watch cost %d calls, %d looks one by one", cost, alone)
		}
		c.t.Logf("an hour of the watch of 60 sales costs %d calls", cost)
		s := c.want(0, ids[30], state.PhaseClosed, state.TenderNone)
		c.act(s.Attempts[0].Quote.Payload, gatewaytest.PayLate)
		c.want(5*time.Minute, ids[30], state.PhaseClosed, state.TenderLate)
	})
}

// TestWatchOffPeak: from the second day on no look of the watch falls into the hours in which banks hold back what no
// customer waits for, whenever the sale ended; and there are as many looks as the plan has.
func TestWatchOffPeak(t *testing.T) {
	for hour := 1; hour < 24; hour += 5 {
		onScene(t, gatewaytest.Razorpay, func(c *scene) {
			time.Sleep(time.Duration(hour)*time.Hour + 7*time.Minute)
			c.start()
			id, _ := c.offer()
			c.cancel(id, state.CloseCancelled)
			c.want(25*time.Hour, id, state.PhaseClosed, state.TenderNone)
			looks := 0
			for range 6 * 24 * 12 {
				before := c.asked("payments")
				at := time.Now()
				c.after(5*time.Minute, id)
				n := c.asked("payments") - before
				if looks += n; n > 0 && !day.OffPeak(at).Equal(at) &&
					!day.OffPeak(at.Add(5*time.Minute)).Equal(at.Add(5*time.Minute)) {
					c.t.Errorf("a sale of %d:07 is looked at about %s", hour, at.In(day.IST).Format(time.DateTime))
				}
			}
			if looks != 8 {
				c.t.Errorf("%d looks after the first day", looks)
			}
		})
	}
}

// TestExpiryDuringALook: a look that hangs keeps no code on the screen.
func TestExpiryDuringALook(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		slow := &hanging{fakeGateway: s.gateways[0]}
		s.tune = func(o *Options) { o.Gateways, o.Life = []gateway.Gateway{slow}, 58*time.Second }
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.after(50*time.Second, id)
		slow.on.Store(true)
		s.after(9*time.Second, id)
		if v := s.glass.last(); v.Payload != "" || v.Screen == display.ScreenPay {
			t.Errorf("a second after its end the customer sees %s", v.Screen)
		}
	})
}

// hanging is a gateway whose reads never answer.
type hanging struct {
	*fakeGateway
	on atomic.Bool
}

func (h *hanging) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	if h.on.Load() {
		<-ctx.Done()
		return gateway.Reading{}, unavailable()
	}
	return h.fakeGateway.Read(ctx, o)
}

var crowdSales = flag.Int(
	"till.crowd",
	40,
	"how many sales expire in TestCrowdEnds, 200 of them within a minute; make bench has 200",
)

// TestCrowdEnds: many sales expire at once at the default rate. They are closed within 1.2 times what their endings
// cost one at a time, until each is certain, with a customer every forty seconds, which is three times what budget.go
// reckons with, and with one customer right after the other. The sale on the screen is seen meanwhile as if it were
// alone.
func TestCrowdEnds(t *testing.T) {
	if *crowdSales > 100 {
		t.Run("a customer every forty seconds", func(t *testing.T) { crowdEnds(t, 25*time.Second) })
	}
	t.Run("one customer after the other", func(t *testing.T) { crowdEnds(t, 0) })
}

func crowdEnds(t *testing.T, gap time.Duration) {
	scenes(t, func(c *scene) {
		was := c.tune
		c.tune = func(o *Options) { was(o); o.Life, o.Random = 10*time.Minute, rand.NewPCG(15, 3) }
		c.start()

		// One at a time: what an ending costs until it is certain.
		id, _ := c.offer()
		c.after(10*time.Minute-2*time.Second, id)
		closes := map[gatewaytest.API]string{gatewaytest.EnKash: "cancel", gatewaytest.Razorpay: "close"}[c.api]
		before := 0
		for c.asked(closes) == 0 {
			before = c.calls()
			c.after(time.Millisecond, id)
		}
		c.after(10*time.Second, id)
		cost := c.calls() - before
		c.after(6*24*time.Hour, id)

		// No budget of ours opens that many sales in a minute: they were opened by another process, so to speak.
		n := *crowdSales
		c.budget = gateway.NewBudget(gateway.BudgetOptions{Rate: 100, Burst: 100})
		c.restart()
		var ids []string
		for range n {
			ids = append(ids, c.open(100).ID)
			c.after(time.Minute/200, ids[0])
		}
		for _, id := range ids {
			c.want(0, id, state.PhaseAwaiting, state.TenderNone)
		}
		c.budget = nil
		c.restart()
		for c.after(100*time.Millisecond, ids[0]).Phase == state.PhaseAwaiting {
		}
		begun := time.Now()
		kinds := c.sim.Requests()

		// Meanwhile one customer after the other pays in front of the screen.
		stop := make(chan struct{})
		var seen []time.Duration
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
				}
				s, err := c.till.Open(context.Background(), OpenRequest{Amount: 25000})
				if err != nil {
					c.t.Error(err)
					return
				}
				for s.Shown() == nil {
					time.Sleep(10 * time.Millisecond)
					if s, _ = c.till.Sale(context.Background(), s.ID); s.Phase.Final() {
						c.t.Errorf("a customer had no QR: %+v", s.Attempts)
						return
					}
				}
				time.Sleep(10*time.Second + time.Duration(len(seen)*677%3000)*time.Millisecond)
				if _, err := c.sim.Phone().
					Do(gatewaytest.Act{Payload: s.Shown().Quote.Payload, Action: gatewaytest.Pay}); err != nil {
					c.t.Error(err)
					return
				}
				paid := time.Now()
				for s.Phase != state.PhasePaid && time.Since(paid) < time.Minute {
					time.Sleep(50 * time.Millisecond)
					s, _ = c.till.Sale(context.Background(), s.ID)
				}
				seen = append(seen, time.Since(paid))
				time.Sleep(gap)
			}
		}()

		var took time.Duration
		limit := time.Duration(float64(cost*n) / gateway.DefaultRate * 1.2 * float64(time.Second))
		if n < 200 {
			// the edges of a short run: a customer at its start, the last unit under way at its end
			limit += 2 * time.Second
		}
		for took = 0; took < 2*limit; took = time.Since(begun) {
			time.Sleep(500 * time.Millisecond)
			ids = slices.DeleteFunc(ids, func(id string) bool {
				s, err := c.till.Sale(context.Background(), id)
				if err != nil {
					c.t.Fatal(err)
				}
				return s.Phase == state.PhaseClosed
			})
			if len(ids) == 0 {
				break
			}
		}
		close(stop)
		<-done
		synctest.Wait()
		slices.Sort(seen)
		line := fmt.Sprintf(
			"%d calls an ending: %d endings took %v, the bound is %v; %d payments on the screen seen after "+
				"p50 %v p99 %v",
			cost,
			n,
			took.Round(time.Second),
			limit.Round(time.Second),
			len(seen),
			seen[len(seen)/2],
			seen[len(seen)*99/100],
		)
		c.t.Log(line)
		for op, n := range c.sim.Requests() {
			if n -= kinds[op]; n > 0 {
				c.t.Logf("%s: %d", op, n)
			}
		}
		if took > limit || len(seen) >= 9 && seen[len(seen)/2] > 2*time.Second ||
			seen[len(seen)*99/100] > 4*time.Second {
			c.t.Error(strings.ToUpper(line[:1]) + line[1:])
		}
	}, func(k *gatewaytest.Knobs) { k.Delay = gatewaytest.Duration(100 * time.Millisecond) })
}
