package gatewaytest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/enkash/wire"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/money"
)

// counter runs f in a bubble with a calm simulator behind both base URLs.
func counter(
	t *testing.T,
	knobs func(*gatewaytest.Knobs),
	f func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := gatewaytest.Calm()
		if knobs != nil {
			knobs(&k)
		}
		net := gatewaytest.NewNetwork()
		sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Knobs: &k, Notify: net.Transport()})
		net.Serve("127.0.0.1:8801", sim.EnKash())
		net.Serve("127.0.0.1:8802", sim.Razorpay())
		defer func() {
			if err := net.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(t, sim, net)
	})
}

func enkashAt(t *testing.T, net *gatewaytest.Network, paths string) *enkash.Client {
	t.Helper()
	c, err := enkash.New(enkash.Config{
		BaseURL:      "http://127.0.0.1:8801",
		AccessKey:    gatewaytest.EnKashAccessKey,
		SecretKey:    gatewaytest.EnKashSecretKey,
		CancelOrders: true,
		MandatePaths: paths,
		MandateUnit:  "paise",
		Transport:    net.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCounterQR: a printed counter QR is made, read, found and cancelled (seed 000).
func TestCounterQR(t *testing.T) {
	counter(t, nil, func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
		c, ctx := enkashAt(t, net, ""), t.Context()
		for name, amount := range map[string]money.Paise{"open": 0, "fixed": 2015} {
			q, err := c.CreateQR(ctx, enkash.CounterQRSpec{
				Name:        "Counter " + name,
				MultipleUse: true,
				Amount:      amount,
				Reference:   "REF" + name,
			})
			if err != nil || q.Status != "ACTIVE" || !strings.HasPrefix(q.Payload, "upi://pay?") || q.Problem != "" {
				t.Fatalf("CreateQR %s: %+v, %v", name, q, err)
			}
			if got, err := c.GetQR(ctx, q.ID); err != nil || got.ID != q.ID || got.Amount != q.Amount {
				t.Errorf("GetQR: %+v, %v", got, err)
			}
			if got, err := c.CancelQR(ctx, q.ID); err != nil || got.Status != "CANCELLED" {
				t.Errorf("CancelQR: %+v, %v", got, err)
			}
		}
		list, err := c.SearchQRs(ctx, gateway.CounterQRSearch{Status: "CANCELLED"})
		if err != nil || len(list) != 2 {
			t.Errorf("SearchQRs: %+v, %v", list, err)
		}
		if _, err := c.GetQR(ctx, "QRnobody"); err == nil {
			t.Errorf("GetQR found a QR that nobody made")
		}
	})
}

// TestMandate: a mandate's whole life over both generations of paths (seed 003).
func TestMandate(t *testing.T) {
	for _, paths := range []string{"middle", "newer"} {
		counter(t, nil, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
			c, ctx := enkashAt(t, net, paths), t.Context()
			m, err := c.CreateMandate(ctx, enkash.MandateSpec{
				Reference: "MILK1",
				Amount:    254000,
				Rule:      "MAX",
				Payer: wire.MandatePayer{
					Name:    "Gaurav Kumar",
					VPA:     "gaurav.kumar@exampleupi",
					Account: "123456789012",
				},
				Name:       "Milk",
				Expiry:     time.Now().Add(time.Hour),
				Recurrence: wire.Recurrence{Period: "MONTHLY", Rule: "ON", Value: 5},
				Start:      time.Now(),
				End:        time.Now().Add(365 * 24 * time.Hour),
			})
			if err != nil || m.ID == "" || m.Amount != 254000 || strings.Contains(m.PayerVPA, "gaurav.kumar") {
				t.Fatalf("%s CreateMandate: %+v, %v", paths, m, err)
			}
			sim.Clock().Advance(2 * time.Minute)
			id := map[string]string{"middle": m.ID, "newer": "MILK1"}[paths]
			if got, err := c.Mandate(ctx, id); err != nil || got.Status != "ACTIVE" {
				t.Errorf("%s Mandate: %+v, %v", paths, got, err)
			}
			if got, err := c.UpdateMandate(
				ctx,
				m.ID,
				gateway.MandateChange{Reference: "MILK2", Amount: 172200, Description: "less"},
			); err != nil ||
				got.Amount != 172200 {
				t.Errorf("%s UpdateMandate: %+v, %v", paths, got, err)
			}
			debit := gateway.MandateDebit{MandateID: m.ID, Reference: "DEBIT1", Amount: 150000, On: time.Now()}
			if _, err := c.ExecuteDebit(ctx, debit); err == nil {
				t.Errorf("%s ExecuteDebit without notice succeeded", paths)
			}
			if _, err := c.NotifyDebit(ctx, debit); err != nil {
				t.Errorf("%s NotifyDebit: %v", paths, err)
			}
			if _, err := c.ExecuteDebit(ctx, debit); err != nil {
				t.Errorf("%s ExecuteDebit: %v", paths, err)
			}
			if got, err := c.RevokeMandate(ctx, m.ID, "customer moved"); err != nil || got.Status != "REVOKED" {
				t.Errorf("%s RevokeMandate: %+v, %v", paths, got, err)
			}
			// What a till with a lost answer knows is EnKash's id, whichever way the account looks mandates up.
			if got, err := c.Mandate(ctx, m.ID); err != nil || got.ID != m.ID || got.Status != "REVOKED" {
				t.Errorf("%s Mandate by EnKash's id: %+v, %v", paths, got, err)
			}
			if _, err := c.RevokeMandate(ctx, m.ID, "again"); err == nil {
				t.Errorf("%s a revoked mandate was revoked again", paths)
			}
		})
	}
}

// TestProbe: the doctor's look at the paths nobody has seen tells an account that has them from one that hasn't.
func TestProbe(t *testing.T) {
	for _, none := range []bool{false, true} {
		counter(
			t,
			func(k *gatewaytest.Knobs) { k.NoLookup = none },
			func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
				probes, err := enkashAt(t, net, "").Probe(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range probes {
					hidden := p.What == "order by our reference" || p.What == "search order" ||
						p.What == "refund status"
					if p.Works == (none && hidden) {
						t.Errorf("look-ups off %v: %+v", none, p)
					}
				}
			},
		)
	}
}

func TestVerifyVPA(t *testing.T) {
	counter(t, nil, func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
		c := enkashAt(t, net, "")
		if v, err := c.VerifyVPA(t.Context(), "BILL1", "gaurav.kumar@exampleupi"); err != nil || !v.Valid ||
			v.Name == "" {
			t.Errorf("VerifyVPA: %+v, %v", v, err)
		}
	})
}

func razorpayAt(t *testing.T, net *gatewaytest.Network) *razorpay.Client {
	t.Helper()
	c, err := razorpay.New(razorpay.Config{
		BaseURL:     "http://127.0.0.1:8802/v1",
		KeyID:       gatewaytest.RazorpayKeyID,
		KeySecret:   gatewaytest.RazorpayKeySecret,
		CaptureLate: true,
		Transport:   net.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func bill(ref string) gateway.Charge {
	return gateway.Charge{
		Reference:   ref,
		SaleID:      "sale-1",
		Terminal:    "counter-1",
		Amount:      25000,
		Description: "Bill 17",
		AskedAt:     time.Now(),
		CloseAfter:  5 * time.Minute,
	}
}

// TestNotesAfterASale: bill number and outcome are written on a QR that is closed already (seed 002), and it is still
// found by its reference.
func TestNotesAfterASale(t *testing.T) {
	counter(t, nil, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
		c, ctx := razorpayAt(t, net), t.Context()
		q, err := c.Open(ctx, bill("NOTES1A1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sim.Phone().Pay(q.Payload); err != nil {
			t.Fatal(err)
		}
		if _, err := c.UpdateNotes(ctx, q.ID, map[string]string{"bill": "17", "outcome": "paid"}); err != nil {
			t.Fatal(err)
		}
		order := sim.Ledger().ByReference(gatewaytest.Razorpay, "NOTES1A1")[0]
		if order.Notes["bill"] != "17" || order.Notes["sale"] != "sale-1" {
			t.Errorf("notes at the gateway: %v", order.Notes)
		}
	})
}

// TestTaxInvoice: a GST sale carries its invoice, and the string shows it (R11, R12).
func TestTaxInvoice(t *testing.T) {
	counter(t, nil, func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
		b := bill("GST1A1")
		b.Invoice = &money.Invoice{
			Number:       "INV001",
			Date:         time.Date(2021, 9, 29, 8, 12, 35, 0, time.UTC),
			CustomerName: "GauravKumar",
			GSTIN:        "22AAAAA0000A1Z5",
			GST:          4000,
		}
		q, err := razorpayAt(t, net).Open(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"invoiceNo=INV001", "invoiceDate=2021-09-29T13:42:35+05:30",
			"invoiceName=GauravKumar", "gstIn=22AAAAA0000A1Z5", "gstBrkUp=GST:40%7CSGST:20%7CCGST:20%7CCESS:0"} {
			if !strings.Contains(q.Payload, want) {
				t.Errorf("payload %q lacks %s", q.Payload, want)
			}
		}
	})
}

func TestCaptureAndDowntimes(t *testing.T) {
	counter(
		t,
		func(k *gatewaytest.Knobs) { k.StuckAuth = 100 },
		func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
			c, ctx := razorpayAt(t, net), t.Context()
			q, err := c.Open(ctx, bill("CAP1A1"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sim.Phone().Pay(q.Payload); err != nil {
				t.Fatal(err)
			}
			r, err := c.Read(ctx, q.Order)
			if err != nil || len(r.Payments) != 1 || r.Payments[0].Status != gateway.PaymentProcessing {
				t.Fatalf("Read: %+v, %v", r, err)
			}
			if p, err := c.Capture(ctx, r.Payments[0]); err != nil || p.Status != gateway.PaymentCaptured {
				t.Errorf("Capture: %+v, %v", p, err)
			}
			sim.Outage("okbank", "high", time.Hour)
			if d, err := c.Downtimes(ctx); err != nil || len(d) != 1 || d[0].Instrument != "okbank" ||
				d[0].Status != "started" {
				t.Errorf("Downtimes: %+v, %v", d, err)
			}
		},
	)
}

// TestHooks: the client's receiver takes the simulator's webhooks, once each though they come twice, and no others.
func TestHooks(t *testing.T) {
	knobs := func(k *gatewaytest.Knobs) { k.WebhookURL, k.WebhookDuplicate = "http://127.0.0.1:9000/hook", 100 }
	counter(t, knobs, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
		hints := make(chan razorpay.Hint, 100)
		h, err := razorpay.NewHooks([]string{gatewaytest.RazorpayWebhookSecret}, hints)
		if err != nil {
			t.Fatal(err)
		}
		net.Serve("127.0.0.1:9000", http.Handler(h))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { sim.Run(ctx); close(ended) }()
		defer func() { stop(); <-ended }()
		q, err := razorpayAt(t, net).Open(t.Context(), bill("HOOK1A1"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := sim.Phone().Pay(q.Payload)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		seen := map[string]bool{}
		for range len(hints) {
			hint := <-hints
			if seen[hint.Event] || hint.QRID != "" && hint.QRID != q.ID ||
				hint.PaymentID != "" && hint.PaymentID != p.ID {
				t.Errorf("hint %+v came twice or is about another sale", hint)
			}
			seen[hint.Event] = true
		}
		if len(seen) != 3 {
			t.Errorf("hints: %v, want qr_code.created, payment.captured, qr_code.credited", seen)
		}
	})
}

// TestTestKeys: a QR made with test keys is not shown outside demo mode (B2).
func TestTestKeys(t *testing.T) {
	counter(t, nil, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
		for _, allow := range []bool{false, true} {
			c, err := razorpay.New(razorpay.Config{
				BaseURL:       "http://127.0.0.1:8802/v1",
				KeyID:         gatewaytest.RazorpayTestKeyID,
				KeySecret:     gatewaytest.RazorpayTestKeySecret,
				AllowTestKeys: allow,
				Transport:     net.Transport(),
			})
			if err != nil {
				t.Fatal(err)
			}
			q, err := c.Open(t.Context(), bill("TESTKEY1A1"))
			if allow != (err == nil) || allow != q.TestMode {
				t.Errorf("allowed %v: %+v, %v", allow, q, err)
			}
		}
		if n := len(sim.Ledger().Orders); n != 1 {
			t.Errorf("%d orders, want only the allowed one", n)
		}
	})
}
