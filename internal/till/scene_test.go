package till

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/money"
	"galla/state"
)

// scene is a till with a real client over a calm simulator: what the client believes, what the till decides and what
// the customer sees, against the ledger. The customer reads the QR off the screen.
type scene struct {
	*shop
	api    gatewaytest.API
	sim    *gatewaytest.Sim
	net    *gatewaytest.Network
	now    func() time.Time // the client's clock; nil: the bubble's
	budget *gateway.Budget  // of the clients made from here on; nil: the default
	off    bool             // EnKash's undocumented cancel is not used
}

const (
	enkashHost   = "127.0.0.1:8801"
	razorpayHost = "127.0.0.1:8802"
)

// scenes runs f once at each gateway, in a bubble of its own. Knobs are set before the till starts.
func scenes(t *testing.T, f func(*scene), knobs ...func(*gatewaytest.Knobs)) {
	for _, api := range []gatewaytest.API{gatewaytest.EnKash, gatewaytest.Razorpay} {
		t.Run(string(api), func(t *testing.T) { onScene(t, api, f, knobs...) })
	}
}

func onScene(t *testing.T, api gatewaytest.API, f func(*scene), knobs ...func(*gatewaytest.Knobs)) {
	bubble(t, func(t *testing.T) {
		k := gatewaytest.Calm()
		for _, set := range knobs {
			set(&k)
		}
		c := &scene{
			shop: newShop(t),
			api:  api,
			sim:  gatewaytest.NewSim(gatewaytest.Options{Seed: 7, Knobs: &k}),
			net:  gatewaytest.NewNetwork(),
		}
		c.net.Serve(enkashHost, c.sim.EnKash())
		c.net.Serve(razorpayHost, c.sim.Razorpay())
		c.tune = func(o *Options) { o.Gateways = []gateway.Gateway{c.client(api)} }
		defer func() {
			if c.stop != nil {
				if err := c.end(); err != nil {
					t.Error(err)
				}
			}
			if err := c.net.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(c)
	})
}

// client makes the gateway's client, as after a restart: it remembers nothing.
func (c *scene) client(api gatewaytest.API) gateway.Gateway {
	c.t.Helper()
	return c.over(api, c.net.Transport())
}

// over is client over a line of its own.
func (c *scene) over(api gatewaytest.API, line http.RoundTripper) gateway.Gateway {
	c.t.Helper()
	if api == gatewaytest.EnKash {
		g, err := enkash.New(enkash.Config{
			BaseURL:      "http://" + enkashHost,
			AccessKey:    gatewaytest.EnKashAccessKey,
			SecretKey:    gatewaytest.EnKashSecretKey,
			CancelOrders: !c.off,
			Transport:    line,
			Now:          c.now,
			Budget:       c.budget,
		})
		if err != nil {
			c.t.Fatal(err)
		}
		return g
	}
	g, err := razorpay.New(razorpay.Config{
		BaseURL:   "http://" + razorpayHost,
		KeyID:     gatewaytest.RazorpayKeyID,
		KeySecret: gatewaytest.RazorpayKeySecret,
		Transport: line,
		Now:       c.now,
		Budget:    c.budget,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return g
}

// restart pulls the plug: the store stays, everything else is made anew.
func (c *scene) restart() {
	c.t.Helper()
	if err := c.end(); err != nil {
		c.t.Fatal(err)
	}
	c.start()
}

// offer opens a sale over ₹250 and returns it with the QR that the customer sees.
func (c *scene) offer() (id, payload string) {
	c.t.Helper()
	id = c.open(25000).ID
	c.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
	if payload = c.screen.last().Payload; payload == "" {
		c.t.Fatal("the customer sees no QR")
	}
	return id, payload
}

// act has the customer do something with a QR.
func (c *scene) act(payload string, a gatewaytest.Action) gatewaytest.LedgerPayment {
	c.t.Helper()
	p, err := c.sim.Phone().Do(gatewaytest.Act{Payload: payload, Action: a})
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// later has the customer do it after a while.
func (c *scene) later(d time.Duration, payload string, a gatewaytest.Action) {
	c.t.Helper()
	if err := c.sim.Phone().After(d, gatewaytest.Act{Payload: payload, Action: a}); err != nil {
		c.t.Fatal(err)
	}
}

// script begins a fault script; API stands for the scene's gateway.
func (c *scene) script(lines ...string) {
	c.t.Helper()
	if err := c.sim.Script("scene", strings.ReplaceAll(strings.Join(lines, "\n"), "API", string(c.api))); err != nil {
		c.t.Fatal(err)
	}
}

// polled is the operation that a look at an order makes at the scene's gateway.
func (c *scene) polled() string {
	if c.api == gatewaytest.EnKash {
		return "order"
	}
	return "payments"
}

// asked is how often an operation was asked of the scene's gateway.
func (c *scene) asked(op string) int { return c.sim.Requests()[string(c.api)+" "+op] }

// money is what the gateway really holds for everything that was sold.
func (c *scene) money() (sum money.Paise) {
	for _, p := range c.sim.Ledger().Payments {
		if p.Captured {
			sum += p.Amount - p.Refunded
		}
	}
	return sum
}

// cancel is the cashier's.
func (c *scene) cancel(id string, why state.CloseReason) {
	c.t.Helper()
	_, err := c.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: why, By: "cashier:asha"})
	if err != nil {
		c.t.Fatal(err)
	}
	synctest.Wait()
}

// attention fails unless the sale's open items are of these kinds.
func (c *scene) attention(s state.Sale, kinds ...state.AttentionKind) {
	c.t.Helper()
	var have []string
	var want []string
	for _, a := range s.Attention {
		have = append(have, string(a.Kind))
	}
	for _, k := range kinds {
		want = append(want, string(k))
	}
	if strings.Join(have, " ") != strings.Join(want, " ") {
		c.t.Fatalf("open items %v, want %v: %+v", have, want, s.Payments)
	}
}
