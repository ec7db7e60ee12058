package rig

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// withHints makes gallad take what the gateway posts.
func (b *box) withHints(listen, gateway, keys string) (address string) {
	b.t.Helper()
	address = b.listens("hints", listen)
	raw, err := os.ReadFile(b.file("gateway-" + gateway))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("gateway-"+gateway, string(raw)+keys)
	return address
}

// TestForgedNotify: anybody may post to EnKash's place. It makes gallad look, and pays for nothing.
func TestForgedNotify(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	place := "http://" + b.withHints("notify_url = \"https://shop.example/hints/enkash\"\n", "enkash", "") +
		"/hints/enkash"
	b.start()
	sale := b.open("k1", 25000)
	b.until(20*time.Second, "the QR", func() bool { return b.sale(sale.ID).Phase == state.PhaseAwaiting })
	order := b.sim.Ledger().Orders[0]
	for what, body := range map[string]string{
		"a paid order": fmt.Sprintf(`{"orderId":%q,"orderStatus":"PAID","transactionStatus":"SUCCESS",`+
			`"amount":"250.00"}`, order.ID),
		"a paid envelope": fmt.Sprintf(`{"payload":{"orderStatus":"PAID"},"orderId":%q,"transactionId":"EK1",`+
			`"status":"SUCCESS"}`, order.ID),
	} {
		if code := post(t, place, "X-Razorpay-Signature", "", body); code != 200 {
			t.Errorf("%s: %d", what, code)
		}
	}
	for what, body := range map[string]string{"nothing": ``, "no JSON": `<x/>`, "no id": `{"orderStatus":"PAID"}`} {
		if code := post(t, place, "X-Razorpay-Signature", "", body); code != 400 {
			t.Errorf("%s: %d", what, code)
		}
	}
	code := post(t, place, "X-Razorpay-Signature", "", `{"orderId":"`+strings.Repeat("x", 1<<20)+`"}`)
	if code != 413 && code != 400 {
		t.Errorf("a megabyte: %d", code)
	}
	time.Sleep(3 * time.Second) // a look and more
	if s := b.sale(sale.ID); s.Phase != state.PhaseAwaiting || len(s.Payments) > 0 {
		t.Errorf("after forged notifications the sale is %s with %+v", s.Phase, s.Payments)
	}
}

// TestWebhookOnlyLooks: a forged webhook is turned away, and a true one makes gallad find the money without waiting for
// a poll.
func TestWebhookOnlyLooks(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	place := "http://" + b.withHints("webhooks = true\n", "razorpay",
		"webhook_secrets = [\"the newer one\", \"galla-sim-webhook-secret\"]\n") + "/hints/razorpay"
	b.start()
	sale := b.open("k1", 25000)
	b.until(20*time.Second, "the QR", func() bool { return b.sale(sale.ID).Phase == state.PhaseAwaiting })
	body := fmt.Sprintf(`{"event":"qr_code.credited","payload":{"qr_code":{"entity":{"id":%q,`+
		`"payments_amount_received":25000}}}}`, b.sim.Ledger().Orders[0].ID)
	mac := hmac.New(sha256.New, []byte("galla-sim-webhook-secret"))
	mac.Write([]byte(body))
	good := hex.EncodeToString(mac.Sum(nil))
	if code := post(t, place, "X-Razorpay-Signature", strings.Repeat("0", 64), body); code != 401 {
		t.Errorf("a forged signature: %d", code)
	}
	if code := post(t, place, "X-Razorpay-Signature", good, body+" "); code != 401 {
		t.Errorf("a changed body: %d", code)
	}
	if code := post(t, place, "X-Razorpay-Signature", good, body); code != 204 {
		t.Errorf("a genuine one: %d", code)
	}
	time.Sleep(2 * time.Second)
	if s := b.sale(sale.ID); s.Phase != state.PhaseAwaiting || len(s.Payments) > 0 {
		t.Errorf("after a webhook that says paid, and no money, the sale is %s", s.Phase)
	}
	if _, err := b.sim.Phone().Pay(b.sale(sale.ID).QR.Payload); err != nil {
		t.Fatal(err)
	}
	post(t, place, "X-Razorpay-Signature", good, body)
	b.until(20*time.Second, "the money", func() bool { return b.sale(sale.ID).Phase == state.PhasePaid })
	b.stop()
	if log := b.log.String(); !strings.Contains(log, "msg=hint") || strings.Contains(log, "webhook-secret") ||
		strings.Contains(log, "the newer one") {
		t.Error("the log tells no hint, or a secret")
	}
}

// TestOperationSurvivesTheKill: gallad dies when EnKash has made a counter QR and before its answer is there. The next
// gallad finds it, and nothing is made twice.
func TestOperationSurvivesTheKill(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	died := make(chan bool, 1)
	b.after = func(call string, _ int) {
		if call == "POST /api/v0/qr-code" {
			b.kill()
			died <- true
		}
	}
	b.start()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the client goes on asking for as long
	defer cancel()
	_, err := b.till.CreateQR(ctx, "k1", "enkash", wire.CreateQR{Name: "Counter 1"})
	if _, lost := errors.AsType[*client.LostError](err); !lost {
		t.Errorf("the client says %v, and not that the answer got lost", err)
	}
	<-died
	b.after = nil
	b.start()
	var o wire.Operation
	b.until(40*time.Second, "the operation to be found", func() bool {
		page, err := b.till.Operations(t.Context(), nil)
		if err != nil || len(page.Operations) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		o = page.Operations[0]
		return o.Status != state.OperationAsked
	})
	if o.Status != state.OperationDone || o.QR == nil || o.QR.Reference != o.Reference {
		t.Errorf("it is %+v", o)
	}
	made := 0
	b.mu.Lock()
	for _, call := range b.calls {
		if call == "POST /api/v0/qr-code" {
			made++
		}
	}
	b.mu.Unlock()
	if made != 1 {
		t.Errorf("EnKash was asked %d times to make it", made)
	}
	again, err := b.till.CreateQR(t.Context(), "k1", "enkash", wire.CreateQR{Name: "Counter 1"})
	if err != nil || again.ID != o.ID {
		t.Errorf("the same request again made %+v, %v", again, err)
	}
}

// TestHintConfig: what can't work is told by gallad check, with its remedy and without a secret.
func TestHintConfig(t *testing.T) {
	head := "[shop]\nname = \"S\"\n[listen]\nhints = \"127.0.0.1:0\"\n[[gateway]]\n"
	const keys = "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"hunter2\"\n"
	for name, c := range map[string]struct{ config, keys, want string }{
		"well": {head + "provider = \"razorpay\"\nwebhooks = true\n",
			keys + "webhook_secrets = [\"hunter3\"]\n", "/hints/razorpay"},
		"no secrets": {head + "provider = \"razorpay\"\nwebhooks = true\n", keys, "secret"},
		"an empty secret": {head + "provider = \"razorpay\"\nwebhooks = true\n",
			keys + "webhook_secrets = [\"hunter3\", \"\"]\n", "webhook secret 2 is empty"},
		"nobody listens": {strings.Replace(head, "hints = ", "tcp = ", 1) +
			"provider = \"razorpay\"\nwebhooks = true\n", keys, "set listen.hints"},
		"other machines": {strings.Replace(head, "127.0.0.1:0", "0.0.0.0:80", 1) +
			"provider = \"razorpay\"\n", keys, "loopback"},
		"EnKash's word for Razorpay's": {head + "provider = \"razorpay\"\nnotify_url = \"https://x/y\"\n", keys,
			"Razorpay has webhooks"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &box{t: t, dir: t.TempDir()}
			b.write("gallad.toml", c.config)
			b.write("gateway-razorpay", c.keys)
			out, err := gallad(t, "check", "--config", b.file("gallad.toml"), "--secrets", b.dir)
			if (err == nil) != (name == "well") || !strings.Contains(out, c.want) || strings.Contains(out, "hunter") {
				t.Errorf("%v: %q, want %q", err, out, c.want)
			}
		})
	}
}
