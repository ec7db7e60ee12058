package razorpay

import (
	"errors"
	"strings"
	"testing"
	"time"

	"galla/gateway"
)

func TestSaleFromOpenToRefund(t *testing.T) {
	for _, content := range []bool{true, false} {
		s := newShop(t)
		s.imageContent = content
		c := s.client()
		q := s.open(c, "A1")
		if !strings.Contains(q.Payload, "am=250.5") || q.PayeeVPA != "rzr.shop00000000000001@icic" ||
			q.PayeeName != "Shop" ||
			q.TestMode ||
			q.ID != "qr_00000000000001" ||
			q.Reference != "A1" {
			t.Fatalf("quote %+v", q)
		}
		if left := q.ValidUntil.Sub(s.clock()); left < 5*time.Minute-2*time.Second ||
			left > 5*time.Minute+2*time.Second {
			t.Errorf("valid for %s, want 5 minutes", left)
		}
		r, err := c.Read(t.Context(), q.Order)
		if err != nil || r.Status != gateway.OrderOpen || len(r.Payments) != 0 {
			t.Fatalf("before paying: %+v, %v", r, err)
		}
		pay := s.pay(q.ID, 25050, "captured")
		r, err = c.Read(t.Context(), q.Order)
		if err != nil || r.Status != gateway.OrderPaid || len(r.Payments) != 1 || len(r.Notes) != 0 {
			t.Fatalf("after paying: %+v, %v", r, err)
		}
		want := gateway.Payment{
			ID:        pay,
			OrderID:   q.ID,
			Amount:    25050,
			Status:    gateway.PaymentCaptured,
			VPA:       "ra****@okaxis",
			RRN:       "016514257019",
			CreatedAt: opening,
		}
		if got := r.Payments[0]; got != want {
			t.Errorf("payment\n got %+v\nwant %+v", got, want)
		}
		req := gateway.RefundRequest{
			Key:       "refund-A1-0001",
			PaymentID: pay,
			OrderID:   q.ID,
			Amount:    5000,
			Reason:    "one item returned",
		}
		f, err := c.Refund(t.Context(), req)
		if err != nil || f.Status != gateway.RefundPending || f.Amount != 5000 {
			t.Fatalf("refund %+v, %v", f, err)
		}
		if again, err := c.ReadRefund(t.Context(), req); err != nil || again != f {
			t.Errorf("by key: %+v, %v", again, err)
		}
		req.RefundID = f.ID
		if again, err := c.ReadRefund(t.Context(), req); err != nil || again != f {
			t.Errorf("by id: %+v, %v", again, err)
		}
		if _, err := c.ReadRefund(t.Context(), gateway.RefundRequest{Key: "never-sent-1", PaymentID: pay}); !errors.Is(
			err,
			gateway.ErrNotFound,
		) {
			t.Errorf("a refund that never was: %v", err)
		}
		if got := s.sent("GET"); content && got != 6 {
			t.Errorf("%d reads for this sale, want 6: two before it was paid, one after, three for refunds", got)
		}
	}
}

// TestWritesFailTwice: each write fails once before and once after its effect; what the gateway holds in the end
// is one of each.
func TestWritesFailTwice(t *testing.T) {
	for _, how := range []struct {
		name   string
		status int
		body   string
	}{{"connection breaks", 0, ""}, {"500", 500, `{"error":{"code":"SERVER_ERROR","description":"We are facing some ` +
		`trouble completing your request at the moment. Please try again shortly."}}`},
		{"502 page", 502, "<html>"}, {"200 empty", 200, ""}, {"200 page", 200, "<html>"},
		{"200 cut off", 200, `{"id":"qr_0000`}, {"429", 429, ""},
		{"400 blaming the bank", 400, `{"error":{"code":"GATEWAY_ERROR","description":"x"}}`}} {
		t.Run(how.name, func(t *testing.T) {
			t.Parallel() // one of them waits as long as a 429 asks for
			s := newShop(t)
			c := s.client(func(cfg *Config) { cfg.CaptureLate = true })
			// The gateway asked for quiet after a 429; a new client stands for a till that waited.
			fresh := func() {
				if how.status == 429 {
					c = s.client(func(cfg *Config) { cfg.CaptureLate = true })
				}
			}
			ctx := t.Context()

			// Not applied: there is nothing to find, and a new reference makes the one QR.
			s.spoil(spoilt{on: "POST /v1/payments/qr_codes", status: how.status, body: how.body})
			_, err := c.Open(ctx, s.charge("A1"))
			fails(t, err, gateway.ClassUnknown)
			fresh()
			if _, err := c.Find(ctx, s.charge("A1")); !errors.Is(err, gateway.ErrNotFound) {
				t.Fatalf("find after a create that wasn't applied: %v", err)
			}
			// Applied: Find brings the same QR.
			s.spoil(spoilt{on: "POST /v1/payments/qr_codes", applied: true, status: how.status, body: how.body})
			_, err = c.Open(ctx, s.charge("A2"))
			fails(t, err, gateway.ClassUnknown)
			fresh()
			q, err := c.Find(ctx, s.charge("A2"))
			if err != nil || q.Reference != "A2" || q.Payload == "" || s.active() != 1 ||
				s.sent("POST /v1/payments/qr_codes") != 2 {
				t.Fatalf("find after a create that was applied: %+v, %v, %d live, %d creates",
					q, err, s.active(), s.sent("POST"))
			}

			// Close, not applied: the QR is looked at and is still open.
			s.spoil(spoilt{on: "/close", status: how.status, body: how.body})
			fails(t, c.Close(ctx, q.Order), gateway.ClassUnknown)
			fresh()
			// Close, applied: the look says closed, which is success.
			s.spoil(spoilt{on: "/close", applied: true, status: how.status, body: how.body})
			err = c.Close(ctx, q.Order)
			fresh()
			if err != nil || s.active() != 0 {
				t.Fatalf("close that was applied: %v", err)
			}

			// Late authorised money is captured once.
			pay := s.pay(q.ID, 25050, "authorized")
			r, err := c.Read(ctx, q.Order)
			if err != nil || r.Payments[0].Status != gateway.PaymentProcessing {
				t.Fatal(r, err)
			}
			s.spoil(spoilt{on: "/capture", status: how.status, body: how.body})
			_, err = c.Capture(ctx, r.Payments[0])
			fails(t, err, gateway.ClassUnknown)
			fresh()
			s.spoil(spoilt{on: "/capture", applied: true, status: how.status, body: how.body})
			p, err := c.Capture(ctx, r.Payments[0])
			fresh()
			if err != nil || p.Status != gateway.PaymentCaptured || p.OrderID != q.ID {
				t.Fatalf("capture that was applied: %+v, %v", p, err)
			}

			// Refund: repeated with the stored request, one refund exists.
			req := gateway.RefundRequest{Key: "key-A2-00001", PaymentID: pay, Amount: 25050}
			for _, applied := range []bool{false, true} {
				s.spoil(spoilt{on: "/refund", applied: applied, status: how.status, body: how.body})
				_, err := c.Refund(ctx, req)
				fails(t, err, gateway.ClassUnknown)
				fresh()
				if _, err := c.ReadRefund(ctx, req); applied != (err == nil) ||
					!applied && !errors.Is(err, gateway.ErrNotFound) {
					t.Fatalf("applied %v, look-up: %v", applied, err)
				}
			}
			if f, err := c.Refund(ctx, req); err != nil || f.Amount != 25050 || len(s.refunds) != 1 {
				t.Fatalf("refund again: %+v, %v, %d refunds", f, err, len(s.refunds))
			}

			// Notes: repeating them is harmless.
			for _, applied := range []bool{false, true} {
				s.spoil(spoilt{on: "PATCH", applied: applied, status: how.status, body: how.body})
				_, err := c.UpdateNotes(ctx, q.ID, map[string]string{"bill": "17"})
				fails(t, err, gateway.ClassUnknown)
				fresh()
			}
			if after, err := c.UpdateNotes(ctx, q.ID, map[string]string{"bill": "17"}); err != nil ||
				after.Notes["bill"] != "17" || after.Notes["attempt"] != "A2" {
				t.Fatalf("notes %+v, %v", after, err)
			}
		})
	}
}

func TestLists(t *testing.T) {
	s := newShop(t)
	c := s.client()
	for i := range 230 {
		s.open(c, "N"+strings.Repeat("x", i%3)+string(rune('a'+i%26)))
		s.pass(time.Second)
	}
	listed := func(from, to time.Time) map[text]bool {
		t.Helper()
		all := map[text]bool{}
		err := c.eachQR(t.Context(), read("list QR codes", qrPath, c.window(from, to)), func(q qrEntity) {
			all[q.ID] = true
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := listed(opening, s.clock()); len(all) != 230 {
		t.Fatalf("%d listed", len(all))
	}
	if some := listed(opening.Add(10*time.Second), opening.Add(19*time.Second)); len(some) != 10 {
		t.Errorf("%d in ten seconds", len(some))
	}
	open, err := c.QRCode(t.Context(), "qr_00000000000004")
	if err != nil || !open.HasAmount || open.Amount != 25050 || open.CloseBy.IsZero() || !open.ClosedAt.IsZero() {
		t.Errorf("an open one: %+v, %v", open, err)
	}
	pay := s.pay("qr_00000000000007", 25050, "captured")
	if q, err := c.QRCode(t.Context(), "qr_00000000000007"); err != nil || q.Status != "closed" ||
		q.CloseReason != "paid" || q.ClosedAt.IsZero() {
		t.Errorf("one: %+v, %v", q, err)
	}
	if p, err := c.Payment(t.Context(), pay); err != nil || p.Amount != 25050 {
		t.Errorf("payment: %+v, %v", p, err)
	}
	if ps, err := c.Payments(t.Context(), "qr_00000000000007"); err != nil || len(ps) != 1 {
		t.Errorf("payments: %+v, %v", ps, err)
	}
	if _, err := c.Refund(
		t.Context(),
		gateway.RefundRequest{Key: "list-refund-1", PaymentID: pay, Amount: 100},
	); err != nil {
		t.Fatal(err)
	}
	if fs, err := c.Refunds(t.Context(), pay); err != nil || len(fs) != 1 {
		t.Errorf("refunds: %+v, %v", fs, err)
	}
}

func TestFindPagesAndWindow(t *testing.T) {
	s := newShop(t)
	c := s.client()
	ch := s.charge("MINE")
	if _, err := c.Open(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	for range 250 { // other terminals of the same account
		s.open(c, "OTHER")
	}
	s.pass(time.Hour)
	q, err := c.Find(t.Context(), ch)
	if err != nil || q.ID != "qr_00000000000001" {
		t.Fatalf("%+v, %v", q, err)
	}
	if got := s.sent("GET /v1/payments/qr_codes"); got != 3 {
		t.Errorf("%d pages, want 3", got)
	}
	// A QR of the same time without notes doesn't confuse it.
	s.qrs[1]["notes"] = map[string]string{}
	if _, err := c.Find(t.Context(), ch); err != nil {
		t.Error(err)
	}
	// Listed late: the caller asks again.
	s2 := newShop(t)
	c2 := s2.client()
	s2.open(c2, "LATE")
	s2.listLag = 2 // a look reads two
	if _, err := c2.Find(t.Context(), s2.charge("LATE")); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("first look: %v", err)
	}
	if q, err := c2.Find(t.Context(), s2.charge("LATE")); err != nil || q.Payload == "" {
		t.Errorf("second look: %+v, %v", q, err)
	}
	// Found closed: nothing to show, but known.
	if err := c2.Close(t.Context(), gateway.Order{ID: "qr_00000000000001", Amount: 25050}); err != nil {
		t.Fatal(err)
	}
	if q, err := c2.Find(t.Context(), s2.charge("LATE")); err != nil || q.ID == "" || q.Payload != "" ||
		q.ValidUntil.After(s2.clock()) {
		t.Errorf("found closed: %+v, %v", q, err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		cfg Config
		say string
	}{
		{Config{KeySecret: "x"}, "key id like rzp_live_"},
		{Config{KeyID: liveKey}, "key id like rzp_live_"},
		{Config{KeyID: "a:b", KeySecret: "x"}, "key id like rzp_live_"},
		{Config{KeyID: liveKey, KeySecret: secret, BaseURL: "http://api.razorpay.com"}, "https"},
	} {
		if _, err := New(tc.cfg); err == nil || !strings.Contains(err.Error(), tc.say) ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("New(%q, %q): %v, want %q", tc.cfg.KeyID, tc.cfg.BaseURL, err, tc.say)
		}
	}
	if c, err := New(Config{KeyID: liveKey, KeySecret: secret, BaseURL: "https://api.razorpay.com/v1/"}); err != nil ||
		c.Name() != "razorpay" {
		t.Errorf("the vendor's own way of writing its base: %v", err)
	}
}
