package rig

import (
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

// TestSiblings: corners.md 10. Two boxes that nobody gave a name share an account: each has the name T1. Each sells at
// its counter and at a standing QR of its own, and neither counts, misses or sends back what the other sold.
func TestSiblings(t *testing.T) {
	first, second := newBox(t, gatewaytest.Razorpay), newBox(t, gatewaytest.Razorpay)
	config, err := os.ReadFile(second.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	second.write("gallad.toml", strings.Replace(string(config), second.proxy.URL, first.proxy.URL, 1))
	second.sim = first.sim
	boxes := []*box{first, second}
	for _, b := range boxes {
		b.start()
	}

	sold := []wire.Amount{0, 0}
	for i, b := range boxes {
		sale := b.open(client.Key(), 10000+i)
		b.until(10*time.Second, "a QR", func() bool { sale = b.sale(sale.ID); return sale.QR != nil })
		if _, err := b.sim.Phone().Pay(sale.QR.Payload); err != nil {
			t.Fatal(err)
		}
		b.until(20*time.Second, "paid", func() bool { return b.sale(sale.ID).Phase == state.PhasePaid })

		made, err := b.till.CreateQR(
			t.Context(),
			client.Key(),
			"razorpay",
			wire.CreateQR{Name: "Counter 1", MultipleUse: true},
		)
		if err != nil || made.QR == nil || made.QR.Payload == "" {
			t.Fatalf("%+v, %v", made, err)
		}
		if _, err := b.sim.Phone().
			Do(gatewaytest.Act{Payload: made.QR.Payload, Action: gatewaytest.PayAmount, Amount: 500}); err != nil {
			t.Fatal(err)
		}
		b.until(40*time.Second, "the payment at the standing QR", func() bool {
			all, err := b.till.Standing(t.Context())
			return err == nil && len(all.QRs) == 1 && all.QRs[0].Today.Count == 1
		})
		sold[i] = wire.Amount(10000 + i + 500)
	}

	for i, b := range boxes {
		r, err := b.till.Reconcile(t.Context(), nil)
		if err != nil || len(r.Gateways) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		g := r.Gateways[0]
		other := sold[1-i]
		if !r.Agrees || len(g.Differences) != 0 || g.Left != 0 || g.Problem != "" {
			t.Errorf("box %d does not agree: %+v", i, g)
		}
		if wire.Amount(g.Ours.Paise) != sold[i] || wire.Amount(g.Theirs.Paise) != sold[i] ||
			wire.Amount(g.Siblings.Paise) != other ||
			wire.Amount(g.Elsewhere.Paise) != other {
			t.Errorf("box %d: %+v, want %d here and %d of the other box", i, g, sold[i], other)
		}
		if !strings.HasPrefix(g.Note, "Another box with this name?") ||
			strings.Contains(strings.ToLower(g.Note), "refund") {
			t.Errorf("box %d says %q", i, g.Note)
		}
	}

	// The second box's sales file is replaced: what it sold before is told, and is still nobody's to give back.
	second.kill()
	for _, name := range []string{"sales.db", "sales.db.seq", "sales.db.ballast"} {
		if err := os.Rename(second.file(name), second.file(name+".before")); err != nil {
			t.Fatal(err)
		}
	}
	second.start()
	r, err := second.till.Reconcile(t.Context(), url.Values{"most": {"101"}})
	if err != nil || len(r.Gateways) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if g := r.Gateways[0]; len(g.Differences) != 0 || wire.Amount(g.Siblings.Paise) != sold[0]+sold[1] ||
		!strings.Contains(g.Note, "from before its sales file was replaced") {
		t.Errorf("after its sales file was replaced: %+v", g)
	}
}
