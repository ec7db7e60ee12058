package enkash

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// The rows of reference/gateway-troubles.md that EnKash can show, by their ids.

// captured reads and returns the captured payments' ids.
func captured(t *testing.T, c *Client, o gateway.Order) (ids []string, r gateway.Reading) {
	t.Helper()
	r, err := c.Read(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Payments {
		if p.Status == gateway.PaymentCaptured {
			ids = append(ids, p.ID)
		}
	}
	return ids, r
}

func TestTrouble_A1_FailedThenCaptured(t *testing.T) {
	f, c, o := sold(t)
	f.change(func() {
		f.orders[0].status, f.orders[0].payments[0].upi, f.orders[0].payments[0].status = "EXPIRED", "FAILED", "FAILED"
	})
	if ids, r := captured(t, c, o); len(ids) != 0 || r.Status != gateway.OrderClosed ||
		r.Payments[0].Status != gateway.PaymentFailed {
		t.Fatalf("%+v", r)
	}
	// two days later; the order stays EXPIRED
	f.change(func() { *f.orders[0].payments[0] = fakePayment{"EK1000", "SUCCESS", "SUCCESS", "000000000001"} })
	if ids, r := captured(t, c, o); !slices.Equal(ids, []string{"EK1000"}) || r.Status != gateway.OrderClosed {
		t.Errorf("late money isn't seen: %+v", r)
	}
}

func TestTrouble_A3_PendingForMinutesStaysProcessing(t *testing.T) {
	f, c, o := sold(t)
	f.change(func() { f.orders[0].status, f.orders[0].payments[0].upi = "ATTEMPTED", "PENDING_WITH_BANK" })
	for range 60 { // five minutes of polls
		ids, r := captured(t, c, o)
		if len(ids) != 0 || len(r.Payments) != 1 || r.Payments[0].Status != gateway.PaymentProcessing {
			t.Fatalf("%+v", r)
		}
	}
}

func TestTrouble_A4_PaidAfterExpiry(t *testing.T) {
	f, c, o := sold(t)
	f.change(func() {
		f.orders[0].status = "EXPIRED"
		*f.orders[0].payments[0] = fakePayment{"EK1000", "SUCCESS", "SUCCESS", ""}
	})
	if ids, _ := captured(t, c, o); !slices.Equal(ids, []string{"EK1000"}) {
		t.Errorf("captured: %v", ids)
	}
}

// A5: an order that stays CREATED past its time is still reported open, and the quote named the time itself.
func TestTrouble_A5_StillCreatedAfterItsTime(t *testing.T) {
	f := newFake(t)
	q, err := f.client().Open(t.Context(), charge(100))
	if err != nil || q.ValidUntil.IsZero() {
		t.Fatalf("the quote names no end: %+v, %v", q, err)
	}
	if _, r := captured(t, f.client(), q.Order); r.Status != gateway.OrderOpen {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_A6_TwoTransactionsOfOneOrderPaid(t *testing.T) {
	f, c, _ := sold(t)
	q, err := c.Find(t.Context(), charge(25050))
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() {
		f.orders[0].status = "PAID"
		for _, p := range f.orders[0].payments {
			p.upi, p.status = "SUCCESS", "SUCCESS"
		}
	})
	if ids, _ := captured(t, c, q.Order); !slices.Equal(ids, []string{"EK1000", "EK1001"}) {
		t.Errorf("captured: %v, want both: the second must be given back", ids)
	}
}

// A6 again: of two transactions that say SUCCESS, the order's PAID vouches for neither by itself.
func TestTrouble_A6_OnlyOneOfTwoIsSettled(t *testing.T) {
	f, c, _ := sold(t)
	q, err := c.Find(t.Context(), charge(25050))
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() {
		f.orders[0].status = "PAID"
		f.orders[0].payments[0].upi, f.orders[0].payments[0].status = "SUCCESS", "AUTHORIZED"
		f.orders[0].payments[1].upi, f.orders[0].payments[1].status = "SUCCESS", "SUCCESS"
	})
	if ids, r := captured(t, c, q.Order); !slices.Equal(ids, []string{"EK1001"}) ||
		r.Payments[0].Status != gateway.PaymentProcessing {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_A14_FailedThenAnotherSucceeds(t *testing.T) {
	f, c, _ := sold(t)
	q, err := c.Find(t.Context(), charge(25050))
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() {
		f.orders[0].status = "PAID"
		f.orders[0].payments[0].upi, f.orders[0].payments[1].upi, f.orders[0].payments[1].status = "FAILED", "SUCCESS",
			"SUCCESS"
	})
	ids, r := captured(t, c, q.Order)
	if !slices.Equal(ids, []string{"EK1001"}) || len(r.Payments) != 2 || r.Payments[0].Status != gateway.PaymentFailed {
		t.Errorf("%+v", r)
	}
}

// A15: a timeout is unknown, and so is "duplicate": both say that something may be there.
func TestTrouble_A15_ConflictIsNotADecline(t *testing.T) {
	f := newFake(t)
	if _, err := f.client().Open(t.Context(), charge(100)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client().Open(t.Context(), charge(100)); gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Errorf("a duplicate order id: %v", err)
	}
	f.statuses["POST /api/v0/orders"] = 409
	if _, err := f.client().Open(t.Context(), charge(100)); gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Errorf("409: %v", err)
	}
}

func TestTrouble_C2_ServerErrorsChangeNothing(t *testing.T) {
	f, c, o := sold(t)
	f.change(func() {
		*f.orders[0].payments[0] = fakePayment{"EK1000", "SUCCESS", "SUCCESS", "000000000001"}
		f.orders[0].status = "PAID"
	})
	for _, line := range []string{"GET /api/v0/orders/ORD1", "GET /pay/checkout/status/upi/EK1000",
		"GET /api/v0/payment/EK1000"} {
		for _, fa := range []fault{dropBefore, errorBefore, errorAfter, garbled, page, empty} {
			// net/http may repeat a read on another kept-alive connection
			f.change(func() { f.faults[line] = []fault{fa, fa, fa, fa} })
			if r, err := c.Read(t.Context(), o); gateway.ClassOf(err) != gateway.ClassUnavailable ||
				len(r.Payments) != 0 {
				t.Errorf("%s, %s: %+v, %v", line, fa, r, err)
			}
			f.change(func() { delete(f.faults, line) })
		}
	}
	if ids, _ := captured(t, c, o); len(ids) != 1 {
		t.Errorf("captured: %v", ids)
	}
}

func TestTrouble_C8_HTTP200CarriesAFailure(t *testing.T) {
	for body, want := range map[string]struct {
		class gateway.Class
		code  string
	}{
		`{"response_code":1,"response_message":"Failure","payload":"Order could not be created"}`: {
			gateway.ClassRejected, "1",
		},
		`{"response_code":"36","payload":null}`:                  {gateway.ClassRejected, "36"},
		`{"resultCode":156,"resultMessage":"amount is invalid"}`: {gateway.ClassRejected, "156"},
		`{"response_code":403,"message":"UPI is not enabled"}`: {
			gateway.ClassMisconfigured, "403",
		},
		`{"response_code":1,"payload":"Invalid merchant"}`:                           {gateway.ClassMisconfigured, "1"},
		`{"response_code":500,"payload":"Something went wrong"}`:                     {gateway.ClassUnknown, "500"},
		`{"response_code":1,"payload":"Read timed out"}`:                             {gateway.ClassUnknown, "1"},
		`{"response_code":0,"payload":"Success"}`:                                    {gateway.ClassUnknown, ""},
		`{"response_code":0,"payload":null}`:                                         {gateway.ClassUnknown, ""},
		`{"response_code":0}`:                                                        {gateway.ClassUnknown, ""},
		`{"response_code":0,"payload":[]}`:                                           {gateway.ClassUnknown, ""},
		`{"response_code":0,"payload":{"orderId":""}}`:                               {gateway.ClassUnknown, ""},
		`{"response_code":0,"payload":{"orderId":"ORD1","amount":2}}`:                {gateway.ClassRejected, ""},
		`{"response_code":0,"payload":{"orderId":"ORD1","merchantOrderId":"OTHER"}}`: {gateway.ClassUnknown, ""},
		`{"response_code":[],"payload":{}}`:                                          {gateway.ClassUnknown, ""},
		`{"timestamp":"x","status":200}`:                                             {gateway.ClassUnknown, ""},
		`"Token is invalid."`:                                                        {gateway.ClassUnknown, ""},
		`null`:                                                                       {gateway.ClassUnknown, ""},
	} {
		f := newFake(t)
		f.answers["POST /api/v0/orders"] = body
		_, err := f.client().Open(t.Context(), charge(100))
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != want.class || e.Code != want.code || e.Cashier == "" ||
			!strings.HasSuffix(e.Cashier, ".") {
			t.Errorf("%s: %v (%q), want %s", body, err, e.Cashier, want.class)
		}
	}
}

// C8 on a read: the gateway's own trouble is no refusal, so the poll goes on.
func TestTrouble_C8_TroubleInARead(t *testing.T) {
	f, c, o := sold(t)
	for _, body := range []string{`{"response_code":500,"payload":"Something went wrong"}`,
		`{"response_code":1,"response_message":"Please try again"}`} {
		f.change(func() { f.answers["GET /api/v0/orders/ORD1"] = body })
		if _, err := c.Read(t.Context(), o); gateway.ClassOf(err) != gateway.ClassUnavailable {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTrouble_C12_NoErrorLeadsToPaid(t *testing.T) {
	for _, body := range []string{`{"response_code":1,"payload":{"status":"SUCCESS","orderStatus":"PAID",` +
		`"amount":250.50}}`, `{"payload":{"orderStatus":"PAID","status":"SUCCESS","amount":250.50}}`,
		`{"response_code":0,"payload":{"orderStatus":"PAID","amount":250.50`, `<html>PAID</html>`} {
		f, c, o := sold(t)
		f.change(func() {
			for _, line := range []string{"GET /api/v0/orders/ORD1", "GET /pay/checkout/status/upi/EK1000",
				"GET /api/v0/payment/EK1000"} {
				f.answers[line] = body
			}
		})
		if r, err := c.Read(t.Context(), o); err == nil || len(r.Payments) != 0 {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
	}
}

func TestTrouble_C15_EmptyAndTypedErrors(t *testing.T) {
	f, _, o := sold(t)
	for status, want := range map[int]gateway.Class{400: gateway.ClassRejected, 403: gateway.ClassMisconfigured,
		404: gateway.ClassMisconfigured, 405: gateway.ClassMisconfigured,
		412: gateway.ClassRejected, 422: gateway.ClassRejected,
		500: gateway.ClassUnavailable, 504: gateway.ClassUnavailable} {
		f.change(func() {
			for _, line := range []string{"GET /api/v0/orders/ORD1", "GET /api/v0/orders/" + o.Reference,
				"GET /api/v0/orders/merchant-order/" + o.Reference, "GET /api/v0/payment/EK1000"} {
				f.answers[line], f.statuses[line] = "", status
			}
		})
		_, err := f.client().Read(t.Context(), o)
		if e, ok := errors.AsType[*gateway.Error](err); !ok || e.Class != want || e.HTTPStatus != status ||
			e.Cashier == "" {
			t.Errorf("%d with an empty body: %v, want %s", status, err, want)
		}
	}
}

func TestTrouble_C16_KeysChangedBetweenCreateAndPoll(t *testing.T) {
	f, _, o := sold(t)
	_, err := f.client(func(c *Config) { c.SecretKey = "another-key" }).Read(t.Context(), o)
	if e, ok := errors.AsType[*gateway.Error](err); !ok || e.Class != gateway.ClassMisconfigured || e.Operator == "" {
		t.Errorf("%v", err)
	}
}

func TestTrouble_D4_CancelIsOffByDefault(t *testing.T) {
	f, c, o := sold(t)
	if err := c.Close(t.Context(), o); !errors.Is(err, gateway.ErrUnsupported) {
		t.Errorf("Close = %v", err)
	}
	if n := f.count("PATCH "); n != 0 {
		t.Errorf("%d undocumented calls were made", n)
	}
	f.change(func() { f.noDetail = true }) // on, and the account doesn't have it: its QRs are expired one by one
	on := f.client(func(cfg *Config) { cfg.CancelOrders = true })
	if err := on.Close(t.Context(), o); err != nil || f.count("PATCH /pay/charge/expire") != 1 {
		t.Errorf("Close = %v", err)
	}
	o.TransactionIDs = nil
	if err := on.Close(t.Context(), o); gateway.ClassOf(err) != gateway.ClassMisconfigured {
		t.Errorf("Close of an order without a QR = %v", err)
	}
}

func TestTrouble_D5_CancelledInTheDashboard(t *testing.T) {
	f, c, o := sold(t)
	f.change(func() { f.orders[0].status = "CANCELLED" })
	if _, r := captured(t, c, o); r.Status != gateway.OrderClosed {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_E_7_ForgedNotification(t *testing.T) {
	n, err := wire.ParseNotification([]byte(`{"surcharge":0,"amount":250.50,"finalAmount":250.50,"currency":"INR",` +
		`"checksum":"00ff","status":"SUCCESS","orderStatus":"PAID","transactionStatus":"SUCCESS",
		"transactionId":"EK1000","uniqueTransactionId":"ORD1","orderId":"S17A1","bankTransactionId":"012345678901"}`))
	if err != nil || !slices.Equal(n.IDs, []string{"S17A1", "ORD1", "EK1000"}) {
		t.Fatalf("%+v, %v", n, err)
	}
	_, c, o := sold(t)
	if ids, r := captured(t, c, o); len(ids) != 0 { // the look that the hint triggers decides
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{``, `null`, `[]`, `"x"`, `{}`, `{"orderId":"../../x"}`, `{"orderId":{}}`,
		`{"orderId":"A"} trailing`, `{"orderId":"A","pad":"` + strings.Repeat("x", wire.MaxNotification) + `"}`} {
		if n, err := wire.ParseNotification([]byte(bad)); err == nil {
			t.Errorf("%.60s: %+v", bad, n)
		}
	}
}

func TestTrouble_G2_AmountsRoundTrip(t *testing.T) {
	for _, p := range []money.Paise{1, 100, 1999, 2015, 9_999_999, money.Max} {
		out := wire.Encode(orderRequest{Amount: orderAmount{wire.RupeesOf(p), "INR"}})
		if !strings.Contains(string(out), `"value":`+p.Decimal()+`,`) {
			t.Errorf("%s leaves as %s", p, out)
		}
		for _, spelling := range []string{p.Decimal(), `"` + p.Decimal() + `"`,
			`{"value":` + p.Decimal() + `,"currency":"INR"}`} {
			var r wire.Rupees
			if err := json.Unmarshal([]byte(spelling), &r); err != nil || !r.Set || r.Paise != p {
				t.Errorf("%s comes back as %v, %v", spelling, r, err)
			}
		}
		f := newFake(t)
		if p < 1_00_000_00*100 {
			if q, err := f.client().Open(t.Context(), charge(p)); err != nil || q.Amount != p ||
				f.orders[0].amount != p {
				t.Errorf("%s: %+v, %v", p, q, err)
			}
		}
	}
}

func TestTrouble_G5_RRNKeepsItsZeros(t *testing.T) {
	for in, want := range map[string]string{"012345678901": "012345678901", "000000000000": "000000000000",
		"12345678901": "", "1.2e11": "", "ABCDEFGHIJKL": "", "": ""} {
		if got, foreign := gateway.RRN(in); got != want || (foreign == "") != (in == want) {
			t.Errorf("RRN(%q) = %q, %q, want %q", in, got, foreign, want)
		}
	}
	var r transactionResponse
	if err := wire.Decode([]byte(`{"bankTransactionId":123456789012}`), &r); err != nil {
		t.Error(r, err)
	}
	if got, _ := gateway.RRN(string(r.BankTransactionID)); got != "123456789012" {
		t.Error(r, got)
	}
}

// TestCashierSentences: every failure we know has a sentence with a next step, and no jargon in it.
func TestCashierSentences(t *testing.T) {
	c := newFake(t).client()
	for _, k := range wire.Failures {
		for _, write := range []bool{false, true} {
			e := c.refusal(
				gateway.Call{Op: "x", Write: write},
				gateway.Answer{Status: 200},
				wire.Envelope{Message: wire.Text(fmt.Sprint(append(k.Words, k.Codes...)))},
			)
			if len(e.Cashier) < 30 || !strings.HasSuffix(e.Cashier, ".") || strings.ContainsAny(e.Cashier, "{}\"") ||
				strings.Contains(strings.ToLower(e.Cashier), "http") {
				t.Errorf("%v: %q", k.Words, e.Cashier)
			}
		}
	}
}
