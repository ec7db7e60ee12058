package rig

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/state"
)

// shop is a whole counter of real programs: gallad, galla for the cashier, galla-sim for the gateways and the
// customer's phone, and a display and a voice that keep what they are told.
type shop struct {
	*box
	*audience
	phone string // of galla-sim
	hints string // where gallad hears webhooks
}

func newShop(t *testing.T, config string) *shop {
	b := newBox(t, gatewaytest.Razorpay)
	build := exec.Command("go", "build", "-o", bin, "galla/cmd/galla-sim")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sim := exec.Command(
		filepath.Join(bin, "galla-sim"),
		"-calm",
		"-seed",
		"1",
		"-quiet",
		"-enkash",
		"127.0.0.1:0",
		"-razorpay",
		"127.0.0.1:0",
		"-manage",
		"127.0.0.1:0",
	)
	out, err := sim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sim.Process.Kill(); sim.Wait() })
	var hello struct{ Razorpay, Manage string }
	if err := json.NewDecoder(out).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		fmt.Sprintf(
			"[shop]\nname = \"Rig\"\n[till]\nopen_sales = 1000\nsales_a_minute = 6000\ndatabase = %q\n%s\n[listen]\n"+
				"socket = %q\ndisplay = %q\n[[gateway]]\nprovider = \"razorpay\"\nbase_url = %q\nrate = 100\n",
			b.file("sales.db"),
			config,
			b.file("api"),
			b.file("display"),
			hello.Razorpay,
		),
	)
	s := &shop{box: b, phone: hello.Manage}
	b.write("gateway-razorpay", "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n")
	hints := b.withHints("", "razorpay", "webhook_secrets = [\"galla-sim-webhook-secret\"]\n")
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(raw)+"webhooks = true\n")
	s.hints = "http://" + hints + "/hints/razorpay"
	b.start()
	s.audience = b.watched()
	return s
}

// manage asks galla-sim.
func (s *shop) manage(path string, body any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.Post(s.phone+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		var why bytes.Buffer
		why.ReadFrom(resp.Body)
		s.t.Fatalf("galla-sim %s %s: %s %s", path, raw, resp.Status, why.String())
	}
}

// acts has the phone, the bank or the dashboard do something about a QR; 0 is the whole amount.
func (s *shop) acts(payload string, a gatewaytest.Action, paise int) {
	s.t.Helper()
	body := map[string]any{"payload": payload, "action": a}
	if paise > 0 {
		body["amount_paise"] = paise
	}
	s.manage("/pay", body)
}

// ledger is the gateway's own book.
func (s *shop) ledger() (l gatewaytest.Ledger) {
	s.t.Helper()
	resp, err := http.Get(s.phone + "/ledger")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&l); err != nil {
		s.t.Fatal(err)
	}
	return l
}

// hint has gallad look at every order now, by a webhook, so that nobody waits for a poll.
func (s *shop) hint() {
	s.t.Helper()
	wait(s.t.Context(), 2200*time.Millisecond) // hints may make one sale be looked at so often
	for _, o := range s.ledger().Orders {
		body := fmt.Sprintf(
			`{"event":"qr_code.credited","payload":{"qr_code":{"entity":{"id":%q,"payments_amount_received":1}}}}`,
			o.ID,
		)
		mac := hmac.New(sha256.New, []byte("galla-sim-webhook-secret"))
		mac.Write([]byte(body))
		if code := post(s.t, s.hints, "X-Razorpay-Signature", hex.EncodeToString(mac.Sum(nil)), body); code != 204 {
			s.t.Fatalf("the webhook was answered %d", code)
		}
	}
}

// holds is what the gateway holds for the shop.
func (s *shop) holds() (paise int) {
	s.t.Helper()
	for _, p := range s.ledger().Payments {
		if p.Captured {
			paise += int(p.Amount - p.Refunded)
		}
	}
	return paise
}

func none(w wire.Sale) bool { return len(w.Attention) == 0 }

// TestMoney_1: money that came and went back while gallad was off was never here: not green, not spoken, not paid.
func TestMoney_1(t *testing.T) {
	t.Parallel()
	s := newShop(t, "life = \"5m\"")
	w := s.take("500")
	s.kill()
	s.acts(w.QR.Payload, gatewaytest.Pay, 0)
	s.acts(w.QR.Payload, gatewaytest.GiveBack, 0)
	s.start()
	w = s.stands(w.ID, "the first look", func(w wire.Sale) bool { return len(w.Payments) > 0 })
	s.galla("cancel", w.ID) // it may be closing already: its QR was good for one payment
	w = s.stands(w.ID, "the end of the sale", func(w wire.Sale) bool { return w.Phase.Final() })
	if spoken, green := s.heard(); w.Phase != state.PhaseClosed || spoken+green > 0 || s.holds() != 0 {
		t.Errorf("the sale is %s, %d spoken, %d green, the gateway holds %d", w.Phase, spoken, green, s.holds())
	}
}

// TestMoney_2: what we sent back counts no more, and money that comes after it is not the rest of a price.
func TestMoney_2(t *testing.T) {
	t.Parallel()
	s := newShop(t, "life = \"5m\"")
	w := s.take("500")
	qr := w.QR.Payload
	s.acts(qr, gatewaytest.PayAmount, 30000) // Razorpay closes a QR of one payment by it; the sale waits for a person
	w = s.stands(
		w.ID,
		"the part",
		func(w wire.Sale) bool { return w.Phase == state.PhaseAwaiting && len(w.Attention) > 0 },
	)
	if w.QR != nil {
		t.Errorf("a QR that pays once and was paid is offered: %+v", w.QR)
	}
	item := s.one(w, state.AttentionShort, 30000)
	s.done("resolve", w.ID, "refund", "--item", item.ID)
	s.stands(w.ID, "the refund", func(w wire.Sale) bool {
		return none(w) && len(w.Refunds) == 1 && w.Refunds[0].Status == state.RefundProcessed
	})
	s.acts(qr, gatewaytest.PayMore, 20000)
	s.hint()
	w = s.stands(
		w.ID,
		"the second part",
		func(w wire.Sale) bool { return len(w.Payments) == 2 && len(w.Attention) > 0 },
	)
	item = s.one(w, state.AttentionShort, 20000)
	if spoken, green := s.heard(); w.Phase == state.PhasePaid || spoken+green > 0 || s.holds() != 20000 {
		t.Errorf("with ₹200 there the sale is %s, %d spoken, %d green, the gateway holds %d",
			w.Phase, spoken, green, s.holds())
	}
	s.done("resolve", w.ID, "refund", "--item", item.ID)
	s.stands(
		w.ID,
		"all to be back",
		func(w wire.Sale) bool { return none(w) && w.Refunds[1].Status == state.RefundProcessed },
	)
	if s.holds() != 0 {
		t.Errorf("the gateway holds %d", s.holds())
	}
}

// TestMoney_3: a surplus is asked for once; what comes later is another.
func TestMoney_3(t *testing.T) {
	t.Parallel()
	s := newShop(t, "life = \"5m\"")
	w := s.take("500")
	qr := w.QR.Payload
	s.acts(qr, gatewaytest.PayAmount, 60000)
	w = s.stands(
		w.ID,
		"more than asked",
		func(w wire.Sale) bool { return w.Phase == state.PhasePaid && len(w.Attention) > 0 },
	)
	item := s.one(w, state.AttentionOver, 10000)
	s.done("resolve", w.ID, "refund", "--item", item.ID)
	w = s.stands(
		w.ID,
		"the surplus to go back",
		func(w wire.Sale) bool { return none(w) && w.Refunds[0].Status == state.RefundProcessed },
	)
	s.acts(qr, gatewaytest.PayMore, 20000)
	s.hint()
	w = s.stands(w.ID, "money once more", func(w wire.Sale) bool { return len(w.Attention) > 0 })
	item = s.one(w, state.AttentionDuplicate, 20000)
	s.done("resolve", w.ID, "refund", "--item", item.ID)
	s.stands(
		w.ID,
		"it to go back too",
		func(w wire.Sale) bool { return none(w) && w.Refunds[1].Status == state.RefundProcessed },
	)
	if s.holds() != 50000 {
		t.Errorf("the gateway holds %d of a sale over ₹500", s.holds())
	}
}

// TestMoney_8: "went back" is said after the gateway's record, and not before.
func TestMoney_8(t *testing.T) {
	t.Parallel()
	s := newShop(t, "life = \"5m\"")
	s.manage("/knobs", map[string]any{"refund_time": "3s"})
	w := s.take("500")
	s.acts(w.QR.Payload, gatewaytest.Pay, 0)
	w = s.stands(w.ID, "the money", func(w wire.Sale) bool { return w.Phase == state.PhasePaid })
	s.done("refund", w.ID, "--amount", "500")
	seen := map[state.RefundStatus]string{}
	for range 20 {
		w = s.sale(w.ID)
		seen[w.Refunds[0].Status] = w.Message
		wait(t.Context(), 100*time.Millisecond)
	}
	wait(t.Context(), 2*time.Second)
	s.kill() // what is pending is asked for at once when gallad starts
	s.start()
	s.stands(w.ID, "the refund", func(w wire.Sale) bool {
		seen[w.Refunds[0].Status] = w.Message
		return w.Refunds[0].Status == state.RefundProcessed
	})
	for status, says := range seen {
		if done := strings.Contains(says, "went back"); done != (status == state.RefundProcessed) {
			t.Errorf("while the refund is %s the sale says %q", status, says)
		}
	}
	if len(seen) < 2 || s.holds() != 0 {
		t.Errorf("seen %v, the gateway holds %d", seen, s.holds())
	}
}

// TestMoney_10: refunded at the dashboard, then by galla: "fully refunded already" settles what it settles.
func TestMoney_10(t *testing.T) {
	t.Parallel()
	s := newShop(t, "life = \"5m\"")
	w := s.take("500")
	qr := w.QR.Payload
	s.acts(qr, gatewaytest.Pay, 0)
	w = s.stands(w.ID, "the money", func(w wire.Sale) bool { return w.Phase == state.PhasePaid })
	s.acts(qr, gatewaytest.GiveBack, 0)
	wait(t.Context(), time.Second)
	s.galla("refund", w.ID, "--amount", "500") // refused, or failed: either is right
	w = s.stands(w.ID, "one item", func(w wire.Sale) bool { return len(w.Attention) > 0 })
	item := s.one(w, state.AttentionReversed, 50000)
	if strings.Contains(item.Message, "in cash") || strings.Contains(w.Message, "in cash") || s.holds() != 0 {
		t.Errorf("the customer has it, and the sale says %q, %q", item.Message, w.Message)
	}
}
