package till

import (
	"context"
	"flag"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/state"
)

var openSales = flag.String(
	"till.open",
	"",
	"how many sales are open at once in TestOpenSales, such as 1,10,50,200: it measures and asserts nothing then",
)

// TestOpenSales measures at the default rate, while a number of sales wait for their customers: how soon a payment at
// the screen is on both screens, the cashier's and the customer's; how soon one of a sale that is not on the screen is
// seen; and what a sale costs a minute. Make bench runs it on an older commit, too, so it uses what both have.
func TestOpenSales(t *testing.T) {
	counts := *openSales
	if counts == "" {
		counts = "1,10"
	}
	for word := range strings.SplitSeq(counts, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			t.Fatalf("-till.open has %q: give numbers of sales", word)
		}
		scenes(t, func(c *scene) { openTogether(c, n) }, func(k *gatewaytest.Knobs) {
			k.Delay, k.OrderLife = gatewaytest.Duration(100*time.Millisecond), gatewaytest.Duration(5*time.Hour)
		})
	}
}

func openTogether(c *scene, n int) {
	budget := gateway.NewBudget(
		gateway.BudgetOptions{Rate: 100, Burst: 100},
	) // no budget of ours opens 200 sales in a minute
	c.tune = func(o *Options) { o.Gateways, o.Life = []gateway.Gateway{c.within(budget)}, 110*time.Minute }
	c.start()
	var others []string
	for range n - 1 {
		others = append(others, c.open(100).ID)
		c.after(time.Minute/time.Duration(n), others[0])
	}
	if n > 1 {
		budget = nil
		c.restart()
		c.after(3*time.Minute, others[0])
	}

	total := func() (calls int) {
		for op, k := range c.sim.Requests() {
			if op != "enkash token" {
				calls += k
			}
		}
		return calls
	}
	const customers = 40
	before, begun := total(), time.Now()
	var screen, side []time.Duration
	var came sync.WaitGroup
	var mu sync.Mutex
	for i := range customers {
		id := c.open(25000).ID
		s := c.after(100*time.Millisecond, id)
		for waited := time.Now(); s.Shown() == nil; s = c.after(100*time.Millisecond, id) {
			if time.Since(waited) > 30*time.Second {
				c.t.Fatalf("no QR in half a minute: %+v", s.Attempts)
			}
		}
		c.after(5*time.Second+time.Duration(i*677%9000)*time.Millisecond, id)
		c.act(s.Shown().Quote.Payload, gatewaytest.Pay)
		for paid := time.Now(); ; {
			cashier := c.after(10*time.Millisecond, id).Phase == state.PhasePaid
			if cashier && string(c.screen.last().Screen) == "paid" || time.Since(paid) > 5*time.Minute {
				screen = append(screen, time.Since(paid))
				break
			}
		}
		if i%4 == 3 && len(others) > 4 { // a customer who comes back to a code that he took a picture of
			id := others[i*(len(others)-1)/customers]
			if s := c.after(0, id); s.Phase == state.PhaseAwaiting {
				c.act(s.Shown().Quote.Payload, gatewaytest.Pay)
				came.Go(func() {
					paid := time.Now()
					for s, _ := c.till.Sale(context.Background(), id); s.Phase != state.PhasePaid &&
						time.Since(paid) < 10*time.Minute; s, _ = c.till.Sale(context.Background(), id) {
						time.Sleep(10 * time.Millisecond)
					}
					mu.Lock()
					defer mu.Unlock()
					side = append(side, time.Since(paid))
				})
			}
		}
	}
	perSale := float64(total()-before) / float64(n) / time.Since(begun).Minutes()

	came.Wait()
	slices.Sort(screen)
	slices.Sort(side)
	at := func(of []time.Duration, percent int) time.Duration {
		if len(of) == 0 {
			return 0
		}
		return of[min(len(of)-1, len(of)*percent/100)].Round(10 * time.Millisecond)
	}
	c.t.Logf("| %-8s | %3d open | both screens p50 %6v p99 %6v | not on the screen p50 %6v, at most %6v | %5.1f "+
		"calls a sale a minute |", c.api, n, at(screen, 50), at(screen, 99), at(side, 50), at(side, 100), perSale)
	if *openSales != "" {
		return
	}
	if at(screen, 50) > 2*time.Second || at(screen, 99) > 4*time.Second || n > 4 && at(side, 100) > 20*time.Second {
		c.t.Error("later than the customers at the counter would wait")
	}
	if most := map[gatewaytest.API]float64{gatewaytest.EnKash: 17, gatewaytest.Razorpay: 10}[c.api]; n == 10 &&
		perSale > most {
		c.t.Errorf("more than %v calls a sale a minute", most)
	}
}

// within is the scene's client in a budget; nil: the default.
func (c *scene) within(b *gateway.Budget) gateway.Gateway {
	var g gateway.Gateway
	var err error
	if c.api == gatewaytest.EnKash {
		g, err = enkash.New(enkash.Config{
			BaseURL:      "http://" + enkashHost,
			AccessKey:    gatewaytest.EnKashAccessKey,
			SecretKey:    gatewaytest.EnKashSecretKey,
			CancelOrders: true,
			Transport:    c.net.Transport(),
			Budget:       b,
		})
	} else {
		g, err = razorpay.New(razorpay.Config{
			BaseURL:   "http://" + razorpayHost,
			KeyID:     gatewaytest.RazorpayKeyID,
			KeySecret: gatewaytest.RazorpayKeySecret,
			Transport: c.net.Transport(),
			Budget:    b,
		})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return g
}
