package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/razorpay"
)

// bad is a gateway with one thing wrong; nil functions are the good client's.
type bad struct {
	gateway.Gateway
	open   func(context.Context, gateway.Charge) (gateway.Quote, error)
	find   func(context.Context, gateway.Charge) (gateway.Quote, error)
	read   func(context.Context, gateway.Order) (gateway.Reading, error)
	close  func(context.Context, gateway.Order) error
	refund func(context.Context, gateway.RefundRequest) (gateway.Refund, error)
	reread func(context.Context, gateway.RefundRequest) (gateway.Refund, error)
}

func or[F any](f F, given bool, good F) F {
	if given {
		return f
	}
	return good
}

func (b bad) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	return or(b.open, b.open != nil, b.Gateway.Open)(ctx, c)
}
func (b bad) Find(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	return or(b.find, b.find != nil, b.Gateway.Find)(ctx, c)
}
func (b bad) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	return or(b.read, b.read != nil, b.Gateway.Read)(ctx, o)
}
func (b bad) Close(ctx context.Context, o gateway.Order) error {
	return or(b.close, b.close != nil, b.Gateway.Close)(ctx, o)
}
func (b bad) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	return or(b.refund, b.refund != nil, b.Gateway.Refund)(ctx, r)
}
func (b bad) ReadRefund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	return or(b.reread, b.reread != nil, b.Gateway.ReadRefund)(ctx, r)
}

// editing changes every payment of every reading.
func editing(g gateway.Gateway, edit func(*gateway.Payment)) bad {
	return bad{Gateway: g, read: func(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
		r, err := g.Read(ctx, o)
		for i := range r.Payments {
			edit(&r.Payments[i])
		}
		return r, err
	}}
}

// mistakes are the ways in which integrators were seen to go wrong (gateway-troubles.md), and a few of our own.
var mistakes = map[string]func(g gateway.Gateway) gateway.Gateway{
	"sends a create again when it got no answer (A15)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, open: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Open(ctx, c)
			if err != nil {
				q, err = g.Open(ctx, c)
			}
			return q, err
		}}
	},
	"edits the gateway's string (B4)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, open: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Open(ctx, c)
			q.Payload += "&am=" + c.Amount.Decimal()
			return q, err
		}}
	},
	"takes an unknown outcome for a refusal (A17)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, open: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Open(ctx, c)
			if e, ok := errors.AsType[*gateway.Error](err); ok && e.Class == gateway.ClassUnknown {
				e.Class = gateway.ClassRejected
			}
			return q, err
		}}
	},
	"takes no answer for \"has none\"": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, find: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Find(ctx, c)
			if err != nil {
				err = gateway.ErrNotFound
			}
			return q, err
		}}
	},
	"finds what is not there": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, find: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Find(ctx, c)
			if errors.Is(err, gateway.ErrNotFound) {
				return g.Open(ctx, c)
			}
			return q, err
		}}
	},
	"forces done on an error (C12)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, read: func(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
			r, err := g.Read(ctx, o)
			if err != nil {
				return gateway.Reading{Status: gateway.OrderPaid}, nil
			}
			return r, nil
		}}
	},
	"takes a closed order for paid": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, read: func(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
			r, err := g.Read(ctx, o)
			if r.Status == gateway.OrderClosed {
				r.Status = gateway.OrderPaid
			}
			return r, err
		}}
	},
	"stops looking at the first payment (A6)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, read: func(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
			r, err := g.Read(ctx, o)
			r.Payments = r.Payments[:min(1, len(r.Payments))]
			return r, err
		}}
	},
	"reads pending as failed (C7)": func(g gateway.Gateway) gateway.Gateway {
		return editing(g, func(p *gateway.Payment) {
			if p.Status != gateway.PaymentCaptured && p.Status != gateway.PaymentRefunded {
				p.Status = gateway.PaymentFailed
			}
		})
	},
	"reads authorised as captured (A10)": func(g gateway.Gateway) gateway.Gateway {
		return editing(g, func(p *gateway.Payment) {
			if p.Status == gateway.PaymentProcessing {
				p.Status = gateway.PaymentCaptured
			}
		})
	},
	"believes its own amount": func(g gateway.Gateway) gateway.Gateway {
		return editing(g, func(p *gateway.Payment) { p.Amount = 25000 })
	},
	"keeps the RRN as a number (G5)": func(g gateway.Gateway) gateway.Gateway {
		return editing(g, func(p *gateway.Payment) { p.RRN = strings.TrimLeft(p.RRN, "0") })
	},
	"calls a returned payment money": func(g gateway.Gateway) gateway.Gateway {
		return editing(g, func(p *gateway.Payment) {
			if p.Status == gateway.PaymentRefunded {
				p.Status = gateway.PaymentCaptured
			}
		})
	},
	"says it closed when nobody heard": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, close: func(context.Context, gateway.Order) error { return nil }}
	},
	"makes a new refund key for every try (F6)": func(g gateway.Gateway) gateway.Gateway {
		n := 0
		return bad{Gateway: g, refund: func(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
			n++
			r.Key = fmt.Sprintf("%s-%d", r.Key, n)
			return g.Refund(ctx, r)
		}}
	},
	"sends a refund again when it got no answer (F1)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, refund: func(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
			got, err := g.Refund(ctx, r)
			if err != nil {
				r.Key += "-again"
				got, err = g.Refund(ctx, r)
			}
			return got, err
		}}
	},
	"takes a lost refund for none": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, reread: func(context.Context, gateway.RefundRequest) (gateway.Refund, error) {
			return gateway.Refund{}, gateway.ErrNotFound
		}}
	},
	"rounds to rupees (G2)": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, open: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			c.Amount = (c.Amount + 99) / 100 * 100
			return g.Open(ctx, c)
		}}
	},
	"writes its key into errors": func(g gateway.Gateway) gateway.Gateway {
		return bad{Gateway: g, open: func(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
			q, err := g.Open(ctx, c)
			if e, ok := errors.AsType[*gateway.Error](err); ok {
				e.Text += " with key " + RazorpayKeySecret
			}
			return q, err
		}}
	},
}

// recorder takes down what a check finds, in place of failing the test.
type recorder struct {
	testing.TB
	mu    sync.Mutex
	found []string
}

func (r *recorder) Errorf(format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = append(r.found, fmt.Sprintf(format, a...))
}
func (r *recorder) Fatalf(format string, a ...any) { r.Errorf(format, a...); runtime.Goexit() }
func (r *recorder) Fatal(a ...any)                 { r.Errorf("%s", fmt.Sprint(a...)); runtime.Goexit() }
func (r *recorder) Helper()                        {}

// TestContractCatches: every mistake is found by some obligation, so none of them passes for the wrong reason.
func TestContractCatches(t *testing.T) {
	for name, spoil := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mk := func(t *testing.T, baseURL string, transport http.RoundTripper,
				now func() time.Time) gateway.Gateway {
				c, err := razorpay.New(razorpay.Config{
					BaseURL:   baseURL,
					KeyID:     RazorpayKeyID,
					KeySecret: RazorpayKeySecret,
					Transport: transport,
					Now:       now,
				})
				if err != nil {
					t.Fatal(err)
				}
				return spoil(c)
			}
			var found []string
			for _, group := range obligations {
				for _, o := range group {
					if o.only != "" && o.only != Razorpay || len(found) > 0 {
						continue
					}
					k := Calm()
					if o.knobs != nil {
						o.knobs(&k)
					}
					onBench(t, mk, Razorpay, 1, k, func(b *bench) {
						r := &recorder{TB: b.TB}
						b.TB = r
						done := make(chan struct{})
						go func() { // a Fatalf ends this goroutine alone
							defer close(done)
							o.check(b)
						}()
						<-done
						for _, f := range r.found {
							found = append(found, o.name+": "+f)
						}
					})
				}
			}
			if len(found) == 0 {
				t.Errorf("the contract does not notice a client that %s", name)
			}
		})
	}
}
