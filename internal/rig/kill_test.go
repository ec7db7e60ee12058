package rig

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// TestKillAtEveryMoment pulls the plug once in a sale, before and after each write and each gateway call of it, and
// starts gallad again. A moment is a call of the gateway, before it is carried out or after; or an event, which is seen
// by a client the moment its commit is done. It ends with the sale paid once, one live order, and the story told once.
func TestKillAtEveryMoment(t *testing.T) {
	type moment struct {
		when string // "before" or "after" a gateway call, or "event"
		what string
	}
	moments := map[gatewaytest.API][]moment{
		gatewaytest.EnKash: {
			{"before", "POST /api/v0/orders"},
			{"after", "POST /api/v0/orders"},
			{"before", "GET /pay/checkout/qrcode/"},
			{"after", "GET /pay/checkout/qrcode/"},
			{
				"before",
				"GET /pay/checkout/status/upi/",
			},
			{"after", "GET /pay/checkout/status/upi/"},
			{"after paid", "GET /api/v0/orders/"},
			{
				"event",
				"sale.opened",
			},
			{"event", "attempt.asked"},
			{"event", "attempt.quoted"},
			{"event", "gateway.reading"},
		},
		gatewaytest.Razorpay: {
			{"before", "POST /v1/payments/qr_codes"},
			{"after", "POST /v1/payments/qr_codes"},
			{
				"before",
				"GET /v1/payments/qr_codes/",
			},
			{"after", "GET /v1/payments/qr_codes/"},
			{"after paid", "GET /v1/payments/qr_codes/"},
			{"event", "attempt.asked"},
			{"event", "attempt.quoted"},
			{"event", "gateway.reading"},
		},
	}
	for api, all := range moments {
		for _, m := range all {
			t.Run(fmt.Sprintf("%s %s %s", api, m.when, m.what), func(t *testing.T) {
				t.Parallel()
				b := newBox(t, api)
				var paid, hit atomic.Bool
				dead := make(chan struct{})
				plug := func() {
					if !hit.Swap(true) {
						b.kill()
						close(dead)
					}
				}
				at := func(when string) func(string, int) {
					return func(call string, _ int) {
						if strings.HasPrefix(m.when, when) && strings.HasPrefix(call, m.what) &&
							(m.when == when || paid.Load()) {
							plug()
						}
					}
				}
				b.before, b.after = at("before"), at("after")
				b.start()
				if m.when == "event" {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					go b.till.Follow(ctx, 0, func(e wire.Event) error {
						if string(e.Kind) == m.what {
							plug()
							return client.ErrStop
						}
						return nil
					}, nil)
				}
				pay := func() {
					for _, o := range b.sim.Ledger().Orders {
						if o.Status == "open" && len(o.Payloads) > 0 && !paid.Swap(true) {
							if _, err := b.sim.Phone().Pay(o.Payloads[len(o.Payloads)-1]); err != nil {
								t.Errorf("the phone: %v", err)
							}
						}
					}
				}
				opened := make(chan wire.Sale, 1)
				go func() { opened <- b.open("key-1", 25000) }()
				if m.when == "after paid" || m.what == "gateway.reading" {
					b.until(20*time.Second, "a QR to pay", func() bool { pay(); return paid.Load() })
				}
				select {
				case <-dead:
				case <-time.After(30 * time.Second):
					t.Fatal("the moment never came")
				}
				b.start()
				sale := <-opened
				b.until(40*time.Second, "the sale to be on offer or paid", func() bool {
					s := b.sale(sale.ID)
					return s.Phase == state.PhaseAwaiting || s.Phase == state.PhasePaid
				})
				pay()
				b.until(
					30*time.Second,
					"the sale to be paid",
					func() bool { return b.sale(sale.ID).Phase == state.PhasePaid },
				)
				b.audit(sale.ID, state.PhasePaid)
			})
		}
	}
}

// TestStopsInTime: SIGTERM with a sale on the screen ends gallad cleanly in under 2 s, and the sale goes on after a
// restart.
func TestStopsInTime(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	b.start()
	sale := b.open("key-1", 25000)
	b.until(10*time.Second, "the QR", func() bool { return b.sale(sale.ID).Phase == state.PhaseAwaiting })
	took, err := b.stop()
	if err != nil || took > 2*time.Second {
		t.Errorf("gallad ended after %v with %v", took, err)
	}
	b.start()
	if _, err := b.till.Cancel(t.Context(), client.Key(), sale.ID, wire.CancelSale{}); err != nil {
		t.Fatal(err)
	}
	b.until(10*time.Second, "the sale to be closed", func() bool { return b.sale(sale.ID).Phase == state.PhaseClosed })
	b.audit(sale.ID, state.PhaseClosed)
}

// TestSecondGallad: a second gallad on the same files says who holds them, and harms nothing.
func TestSecondGallad(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	b.start()
	out, err := gallad(t, "--config", b.file("gallad.toml"), "--secrets", b.dir)
	if err == nil || !strings.Contains(out, fmt.Sprintf("gallad (process %d)", b.daemon.Process.Pid)) ||
		strings.Contains(out, "damaged") {
		t.Errorf("the second gallad said %q, %v", out, err)
	}
	b.open("key-1", 100)
}
