package rig

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// TestReconcile: a day on the whole box. What the shop does at the gateway behind the till's back is found by its RRN,
// and what another counter of the account takes is not blamed on this one.
func TestReconcile(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	config, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", strings.Replace(string(config), "[till]\n", "[till]\nterminal = \"T1\"\n", 1))
	b.start()
	api := func(path, body string) (out struct{ ID string }) {
		t.Helper()
		req, err := http.NewRequest("POST", b.proxy.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(gatewaytest.RazorpayKeyID, gatewaytest.RazorpayKeySecret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
		return out
	}
	// A sale that is paid, one whose refund is made in the dashboard, and one that stays open.
	var paid [2]wire.Sale
	for i := range paid {
		paid[i] = b.paid(wire.Amount(10000 * (i + 1)))
	}
	agree, err := b.till.Reconcile(t.Context(), nil)
	if err != nil || !agree.Agrees || agree.Gateways[0].How != "list" || agree.Gateways[0].Theirs.Paise != 30000 ||
		agree.Gateways[0].Asked != 0 {
		t.Fatalf("before anything went wrong: %+v, %v", agree, err)
	}
	api("/v1/payments/"+paid[1].Payments[0].ID+"/refund", `{"amount":5000,"speed":"normal"}`)
	for terminal, amount := range map[string]int{"T1": 700, "T2": 900} {
		q := api("/v1/payments/qr_codes", fmt.Sprintf(`{"type":"upi_qr","name":"x","usage":"single_use",`+
			`"fixed_amount":true,"payment_amount":%d,"close_by":%d,"notes":{"attempt":"LOST%s","terminal":%q}}`,
			amount, time.Now().Add(20*time.Minute).Unix(), terminal, terminal))
		for _, o := range b.sim.Ledger().Orders {
			if o.ID == q.ID {
				if _, err := b.sim.Phone().Pay(o.Payloads[0]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.until(30*time.Second, "the refund to be done and the payments captured", func() bool {
		l := b.sim.Ledger()
		captured := 0
		for _, p := range l.Payments {
			if p.Captured {
				captured++
			}
		}
		return captured == 4 && len(l.Refunds) == 1 && l.Refunds[0].Status == "processed"
	})
	var r wire.Reconciliation
	r, err = b.till.Reconcile(t.Context(), url.Values{"most": {"101"}}) // more than before: asked anew
	if err != nil || r.Agrees || len(r.Gateways) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	g := r.Gateways[0]
	kinds := map[string]wire.Difference{}
	for _, d := range g.Differences {
		kinds[d.Kind] = d
	}
	if len(g.Differences) != 2 || kinds["payment_unknown"].TheirsPaise != 700 ||
		len(kinds["payment_unknown"].RRN) != 12 ||
		kinds["refund_unknown"].TheirsPaise != 5000 ||
		kinds["refund_unknown"].Number != paid[1].Number {
		t.Errorf("differences: %+v", g.Differences)
	}
	if g.Ours.Paise != 30000 || g.Theirs.Paise != 30700 || g.Elsewhere.Paise != 900 || g.TheirRefunds.Paise != 5000 {
		t.Errorf("totals: %+v", g)
	}
}

// TestReconcileOrders: EnKash documents no list: every order is asked for.
func TestReconcileOrders(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	b.start()
	b.paid(12345)
	r, err := b.till.Reconcile(t.Context(), nil)
	if g := r.Gateways[0]; err != nil || !r.Agrees || g.How != "orders" || g.Asked != 1 || g.Theirs.Paise != 12345 {
		t.Errorf("%+v, %v", r, err)
	}
}

// paid is a sale that a phone has paid.
func (b *box) paid(amount wire.Amount) (s wire.Sale) {
	b.t.Helper()
	s, err := b.till.Open(b.t.Context(), client.Key(), wire.OpenSale{AmountPaise: amount})
	if err != nil {
		b.t.Fatal(err)
	}
	seen := func(is func() bool) func() bool {
		return func() bool { s, err = b.till.Sale(b.t.Context(), s.ID); return err == nil && is() }
	}

	b.until(10*time.Second, "a QR", seen(func() bool { return s.QR != nil }))
	if _, err := b.sim.Phone().Pay(s.QR.Payload); err != nil {
		b.t.Fatal(err)
	}
	b.until(20*time.Second, "paid", seen(func() bool { return s.Phase == state.PhasePaid }))
	return s
}
