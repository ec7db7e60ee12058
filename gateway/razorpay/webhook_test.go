package razorpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
)

// event is on the wire as Razorpay sends it: "/" escaped, letters of any script as they are.
const event = `{"entity":"event","account_id":"acc_1","event":"qr_code.credited","contains":["payment","qr_code"],` +
	`"payload":{"payment":{"entity":{"id":"pay_HMtDKn3TnF4D8x","amount":500,"status":"captured"}},` +
	`"qr_code":{"entity":{"id":"qr_HMsVL8HOpbMcjU","image_url":"https:\/\/rzp.io\/i\/BWcUVrLp",` +
	`"notes":{"shop":"गल्ला & Söhne"},"payments_count_received":0,"close_by":"1681615838"}}},"created_at":1623662800}`

func sign(secret, body string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

func post(h http.Handler, body, signature, id string) int {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header.Set("x-razorpay-signature", signature)
	if id != "" {
		r.Header.Set("x-razorpay-event-id", id)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func hooks(t testing.TB, room int, secrets ...string) (*Hooks, chan Hint) {
	t.Helper()
	ch := make(chan Hint, room)
	h, err := NewHooks(secrets, ch)
	if err != nil {
		t.Fatal(err)
	}
	return h, ch
}

func TestTrouble_E_1(t *testing.T) { // the signature covers the bytes as they came
	h, ch := hooks(t, 4, "whsec")
	if code := post(h, event, sign("whsec", event), "e1"); code != http.StatusNoContent {
		t.Fatalf("answered %d", code)
	}
	got := <-ch
	if got.EventID != "e1" || got.Event != "qr_code.credited" || got.QRID != "qr_HMsVL8HOpbMcjU" ||
		got.PaymentID != "pay_HMtDKn3TnF4D8x" ||
		got.RefundID != "" ||
		got.CreatedAt.Unix() != 1623662800 {
		t.Errorf("%+v", got)
	}
	good := sign("whsec", event)
	for i := range len(event) { // any one byte changed
		if h.signed([]byte(event[:i]+string(event[i]^1)+event[i+1:]), good) {
			t.Fatalf("byte %d may be changed", i)
		}
	}
	for name, bad := range map[string][2]string{
		"slashes rewritten": {strings.ReplaceAll(event, `\/`, `/`), good},
		"other secret":      {event, sign("other", event)},
		"none":              {event, ""},
		"not hex":           {event, "zz" + good[2:]},
		"cut":               {event, good[:62]},
		"empty secret":      {event, sign("", event)},
	} {
		if code := post(h, bad[0], bad[1], "e2"); code != http.StatusUnauthorized {
			t.Errorf("%s: answered %d", name, code)
		}
	}
	if len(ch) != 0 {
		t.Error("an unsigned event gave a hint")
	}
	if post(h, event, strings.ToUpper(good), "e3") != http.StatusNoContent {
		t.Error("upper-case hex is the same signature")
	}
}

func TestTrouble_E_2(t *testing.T) { // the same event three times, and events in the wrong order
	h, ch := hooks(t, 9, "whsec")
	for range 3 {
		if code := post(h, event, sign("whsec", event), "e1"); code != http.StatusNoContent {
			t.Errorf("answered %d: a repeat is answered like the first, or it comes for ever", code)
		}
	}
	earlier := strings.Replace(event, "qr_code.credited", "payment.authorized", 1)
	post(h, earlier, sign("whsec", earlier), "e0")
	post(h, event, sign("whsec", event), "") // no id: better twice than never
	post(h, event, sign("whsec", event), "")
	if len(ch) != 4 {
		t.Errorf("%d hints, want 4", len(ch))
	}
	for i := range hookIDs + 1 { // an old id is forgotten one day; memory stays bounded
		post(h, event, sign("whsec", event), fmt.Sprint("f", i))
	}
	if len(h.seen) > hookIDs {
		t.Errorf("%d ids remembered", len(h.seen))
	}
	if !h.fresh(Hint{EventID: "e1"}) {
		t.Error("e1 should have been forgotten")
	}
}

func TestTrouble_E_3(t *testing.T) { // nobody takes the hints: the answer doesn't wait
	h, ch := hooks(t, 0, "whsec")
	if !h.Last().IsZero() {
		t.Error("nothing came yet")
	}
	for i := range 3 {
		if code := post(h, event, sign("whsec", event), fmt.Sprint(i)); code != http.StatusNoContent {
			t.Errorf("answered %d", code)
		}
	}
	if len(ch) != 0 || h.Last().IsZero() {
		t.Errorf("%d hints, last %s", len(ch), h.Last())
	}
}

// TestTrouble_E_3_SilenceIsNoticed: Razorpay switched the webhook off, and payments keep coming. Somebody hears of it.
func TestTrouble_E_3_SilenceIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := hooks(t, 9, "whsec")
		at := func(d time.Duration, level gateway.Level, says string) {
			t.Helper()
			time.Sleep(d)
			if f := h.finding(); f.Level != level || !strings.Contains(f.Says, says) ||
				(f.Next == "") != (level == gateway.LevelOK) {
				t.Errorf("%+v", f)
			}
		}
		at(0, gateway.LevelOK, "no event has come since")
		for i := range 4 {
			h.found(fmt.Sprint("pay_", i/2)) // two payments, each looked at twice
		}
		at(5*time.Hour, gateway.LevelOK, "no event") // too few to say anything
		h.found("pay_9")
		at(time.Minute, gateway.LevelNote, "no event has come for 5h1m0s, while 3 payments were found by looking")
		post(h, event, "forged", "x")
		at(0, gateway.LevelNote, "no event")
		post(h, event, sign("whsec", event), "y")
		at(time.Minute, gateway.LevelOK, "came 1m0s ago")
		for range 3 {
			h.found("pay_HMtDKn3TnF4D8x") // the event's own, looked at again
		}
		at(5*time.Hour, gateway.LevelOK, "came 5h1m0s ago")
		post(h, event, sign("whsec", event), "z")
		for i := range 5000 {
			h.found(fmt.Sprint("pay_x", i))
		}
		at(time.Hour, gateway.LevelOK, "came 1h0m0s ago") // retries may be on their way
		at(2*time.Hour, gateway.LevelNote, "while 1000 payments")
	})
}

func TestTrouble_E_5(
	t *testing.T,
) { // without webhooks a sale ends all the same, by reading alone; see also TestSaleFromOpenToRefund
	s := newShop(t)
	c := s.client()
	q := s.open(c, "E4")
	s.pay(q.ID, 25050, "captured")
	if r := s.read(c, q); r.Status != "paid" {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_E_4(t *testing.T) { // webhooks are off unless their secret was stored: no secret, no listener
	for _, none := range [][]string{nil, {}, {""}, {"ok", ""}} {
		if _, err := NewHooks(none, nil); err == nil {
			t.Errorf("hooks with the secrets %q", none)
		}
	}
}

func TestTrouble_E_6(t *testing.T) { // the secret was changed; old events carry the old signature
	h, ch := hooks(t, 4, "new", "old")
	for i, s := range []string{"old", "new"} {
		if code := post(h, event, sign(s, event), fmt.Sprint(i)); code != http.StatusNoContent {
			t.Errorf("signed with %s: answered %d", s, code)
		}
	}
	if post(h, event, sign("older", event), "x") != http.StatusUnauthorized || len(ch) != 2 {
		t.Errorf("%d hints", len(ch))
	}
}

func TestHooksRefuse(t *testing.T) {
	h, ch := hooks(t, 4, "whsec")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hook", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET answered %d", w.Code)
	}
	big := strings.Repeat("x", maxHook+1)
	if post(h, big, sign("whsec", big), "b") != http.StatusRequestEntityTooLarge {
		t.Error("an event of more than a megabyte was read")
	}
	for _, odd := range []string{"not json", "[1]", `{"payload":3}`} {
		if code := post(h, odd, sign("whsec", odd), "o"); code != http.StatusBadRequest {
			t.Errorf("%q answered %d", odd, code)
		}
	}
	odd := `{"event":"qr_code.credited","payload":{"qr_code":{"entity":{"id":"../../etc"}},` +
		`"payment":{"entity":{"id":7}}}}`
	if post(h, odd, sign("whsec", odd), strings.Repeat("i", 500)) != http.StatusNoContent {
		t.Error("refused")
	}
	if got := <-ch; got.QRID != "" || got.PaymentID != "7" || got.EventID != "" {
		t.Errorf("%+v", got)
	}
}

func FuzzHook(f *testing.F) {
	f.Add([]byte(event), "e1")
	f.Add([]byte(`{"payload":{"refund":{"entity":{"id":null}}}}`), "")
	f.Add([]byte(`{"payload":[]}`), strings.Repeat("x", 200))
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		h, _ := hooks(t, 1, "whsec")
		if _, err := h.read(body, sign("other", string(body)), id); err == nil {
			t.Error("read without its signature")
		}
		if hint, err := h.read(body, sign("whsec", string(body)), id); err == nil &&
			(len(hint.EventID) > hookIDLen || len(hint.QRID) > 64 || len([]rune(hint.Event)) > 60) {
			t.Errorf("unbounded %+v", hint)
		}
	})
}
