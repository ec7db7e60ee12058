package enkash

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// TestTrouble_A8: no notification ever comes; polling alone finishes the sale.
func TestTrouble_A8_PollingAloneFinishes(t *testing.T) {
	f := newFake(t)
	c := f.client()
	q, err := c.Open(t.Context(), charge(25050))
	if err != nil {
		t.Fatal(err)
	}
	if q.ID != "ORD1" || !slices.Equal(q.TransactionIDs, []string{"EK1000"}) || q.PayeeVPA != payee ||
		q.PayeeName != "Galla Shop" ||
		q.TestMode ||
		!strings.Contains(q.Payload, "am=250.50") ||
		time.Until(q.ValidUntil) < 4*time.Minute ||
		time.Until(q.ValidUntil) > 5*time.Minute {
		t.Fatalf("quote %+v", q)
	}
	read := func(want gateway.OrderStatus, payments ...gateway.Payment) gateway.Reading {
		t.Helper()
		r, err := c.Read(t.Context(), q.Order)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != want || !slices.Equal(r.Payments, payments) {
			t.Fatalf("reading %+v\nwant %s %+v", r, want, payments)
		}
		return r
	}
	read(gateway.OrderOpen)
	f.change(func() { f.orders[0].payments[0].upi, f.orders[0].status = "PENDING_WITH_BANK", "ATTEMPTED" })
	p := gateway.Payment{ID: "EK1000", OrderID: "ORD1", Amount: 25050, Status: gateway.PaymentProcessing}
	read(gateway.OrderOpen, p)
	f.change(func() {
		*f.orders[0].payments[0] = fakePayment{id: "EK1000", upi: "SUCCESS", status: "SUCCESS", rrn: "012345678901"}
		f.orders[0].status = "PAID"
	})
	p.Status, p.RRN, p.VPA, p.CreatedAt = gateway.PaymentCaptured, "012345678901", "ra****@okaxis", time.Date(
		2026,
		3,
		17,
		4,
		30,
		5,
		0,
		time.UTC,
	)
	read(gateway.OrderPaid, p)
	if n := f.count("POST /api/v0/merchant/token"); n != 1 {
		t.Errorf("%d tokens were asked for, one is enough", n)
	}
	f.change(func() { f.wire.Reset() })
	read(gateway.OrderPaid, p)
	f.checkGolden("read")
}

// TestTrouble_B8: an unknown field may be refused, so what is sent is compared byte for byte.
func TestTrouble_B8_OpenWire(t *testing.T) {
	f := newFake(t)
	f.noDetail = true // its place beside the QR call is not fixed
	c := f.client(func(cfg *Config) { cfg.NotifyURL = "https://shop.example/notify" })
	ch := charge(2015)
	ch.Invoice = &money.Invoice{Number: "INV-9"}
	if _, err := c.Open(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	wire := f.wire.String()
	f.wire.Reset()
	for part := range strings.SplitSeq(wire, "\n\n") {
		if !strings.HasPrefix(part, "GET /pay/checkout/ORD1\n") {
			f.wire.WriteString(part + "\n\n")
		}
	}
	f.checkGolden("open")
}

// TestOpenLosesEachAnswer fails every write of Open, applied or not, and finds the sale again without a second order.
func TestOpenLosesEachAnswer(t *testing.T) {
	for _, line := range []string{"POST /api/v0/orders", "GET /pay/checkout/qrcode/ORD1"} {
		for _, fa := range []fault{dropBefore, dropAfter, errorBefore, errorAfter, busy, garbled, page, empty} {
			t.Run(line+" "+string(fa), func(t *testing.T) {
				f := newFake(t)
				// A budget of its own for each try: 429 pauses it, and this test is about the outcome.
				c := f.client()
				f.faults[line] = []fault{fa}
				_, err := c.Open(t.Context(), charge(100))
				e, isError := errors.AsType[*gateway.Error](err)
				if !isError || e.Class != gateway.ClassUnknown || e.Cashier != gateway.CashierUnknown {
					t.Fatalf("Open = %v, want unknown", err)
				}
				if n := f.count(line); n != 1 {
					t.Fatalf("%s was sent %d times", line, n)
				}
				applied := fa == dropAfter || fa == errorAfter || fa == garbled || fa == empty
				for _, c := range []*Client{f.client(), f.client()} { // a new process knows nothing
					q, err := c.Find(t.Context(), charge(100))
					if line == "POST /api/v0/orders" && !applied {
						if !errors.Is(err, gateway.ErrNotFound) {
							t.Fatalf("Find = %v, want not found", err)
						}
						continue
					}
					if err != nil || q.ID != "ORD1" || q.Payload == "" || len(q.TransactionIDs) != 1 {
						t.Fatalf("Find = %+v, %v", q, err)
					}
				}
				if len(f.orders) > 1 {
					t.Errorf("%d orders exist", len(f.orders))
				}
			})
		}
	}
}

// TestValidUntil: the QR's own expiry is on the gateway's clock, and the earlier of the two ends counts.
func TestValidUntil(t *testing.T) {
	const ahead = 2 * time.Hour // the gateway's clock, or ours is behind
	for _, tc := range []struct {
		left, want time.Duration
	}{{3 * time.Minute, 3 * time.Minute}, {9 * time.Minute, 5 * time.Minute}} {
		f := newFake(t)
		f.dateOffset = ahead
		at := time.Now().Add(ahead + tc.left).UTC().Format("2006-01-02T15:04:05-07:00")
		f.answers["GET /pay/checkout/qrcode/ORD1"] = `{"response_code":0,"payload":{"ekPayId":"EK1",` +
			`"qrUrl":"upi://pay?pa=a.b@enkash&am=1.00&cu=INR&QRexpire=` + strings.ReplaceAll(at, "+", "%2B") + `"}}`
		q, err := f.client().Open(t.Context(), charge(100))
		if left := time.Until(q.ValidUntil); err != nil || (left-tc.want).Abs() > 3*time.Second {
			t.Errorf("the QR has %s left by its own word, the quote says %s, %v; want %s", tc.left, left, err, tc.want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		name   string
		setup  func(*fake)
		change func(*Config)
		want   error
	}{
		{"by reference", func(*fake) {}, nil, nil},
		{"by search", func(*fake) {}, func(c *Config) { c.Paths.OrderByReference = "-" }, nil},
		{"by the old id", func(f *fake) { f.noLookup, f.oldIDs = true, true }, nil, nil},
		{"no look-up at all", func(f *fake) { f.noLookup = true }, nil, gateway.ErrUnsupported},
		{"nothing there", func(f *fake) { f.orders = nil }, nil, gateway.ErrNotFound},
		{"nothing there, by search", func(f *fake) { f.orders = nil }, func(c *Config) {
			c.Paths.OrderByReference = "-"
		}, gateway.ErrNotFound},
		{"a search that doesn't filter says nothing", func(f *fake) {
			f.orders[0].reference = "OTHER"
			f.answers["POST /api/v0/orders/search"] = `{"response_code":0,"payload":[{"orderId":"ORD1",` +
				`"merchantOrderId":"OTHER","amount":1}]}`
		}, func(c *Config) { c.Paths.OrderByReference = "-" }, gateway.ErrUnsupported},
		{"our id alone in the answer", func(f *fake) {
			f.noLookup = true
			f.answers["GET /api/v0/orders/S17A1"] = `{"response_code":0,"payload":{"orderId":"S17A1",` +
				`"status":"CREATED","amount":1}}`
		}, nil, gateway.ErrUnsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t)
			if _, err := f.client().Open(t.Context(), charge(100)); err != nil {
				t.Fatal(err)
			}
			tc.setup(f)
			c := f.client()
			if tc.change != nil {
				c = f.client(tc.change)
			}
			q, err := c.Find(t.Context(), charge(100))
			if !errors.Is(err, tc.want) ||
				err == nil && (q.ID != "ORD1" || !slices.Equal(q.TransactionIDs, []string{"EK1001"})) {
				t.Fatalf("Find = %+v, %v; want %v", q, err, tc.want)
			}
		})
	}
}

// TestFindBehindAGuard: front-ends that answer unknown addresses with 401, 403 or a page say nothing about our order.
func TestFindBehindAGuard(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405} {
		f := newFake(t)
		if _, err := f.client().Open(t.Context(), charge(100)); err != nil {
			t.Fatal(err)
		}
		f.change(func() {
			f.answers["GET /api/v0/orders/merchant-order/S17A1"],
				f.statuses["GET /api/v0/orders/merchant-order/S17A1"] = `{"message":"Missing Authentication Token"}`,
				status
		})
		if q, err := f.client().Find(t.Context(), charge(100)); err != nil || q.ID != "ORD1" {
			t.Errorf("%d on the first look-up: %+v, %v", status, q, err)
		}
	}
	f := newFake(t)
	_, err := f.client(func(c *Config) { c.SecretKey = "wrong" }).Find(t.Context(), charge(100))
	if gateway.ClassOf(err) != gateway.ClassMisconfigured {
		t.Errorf("Find with wrong keys = %v", err)
	}
}

func TestFindRefuses(t *testing.T) {
	for status, class := range map[string]gateway.Class{"CANCELLED": gateway.ClassRejected,
		"EXPIRED": gateway.ClassRejected, "PAID": gateway.ClassUnknown} {
		f := newFake(t)
		c := f.client()
		if _, err := c.Open(t.Context(), charge(100)); err != nil {
			t.Fatal(err)
		}
		f.change(func() { f.orders[0].status = status })
		if _, err := c.Find(t.Context(), charge(100)); gateway.ClassOf(err) != class ||
			errors.Is(err, gateway.ErrNotFound) {
			t.Errorf("Find of a %s order = %v, want %s", status, err, class)
		}
	}
	f := newFake(t)
	if _, err := f.client().Open(t.Context(), charge(100)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client().Find(t.Context(), charge(200)); gateway.ClassOf(err) != gateway.ClassRejected {
		t.Errorf("Find of an order over another amount = %v", err)
	}
	for _, bad := range []gateway.Charge{{Reference: "A-1", Amount: 1}, {Reference: "", Amount: 1},
		{Reference: "A1", Amount: 0}, {Reference: strings.Repeat("A", 33), Amount: 1}} {
		if _, err := f.client().Open(t.Context(), bad); gateway.ClassOf(err) != gateway.ClassRejected {
			t.Errorf("Open(%+v) = %v, want rejected", bad, err)
		}
	}
	if len(f.orders) != 1 {
		t.Errorf("%d orders exist, one was asked for", len(f.orders))
	}
}

func TestTrouble_D2_CloseTwiceAndLost(t *testing.T) {
	f := newFake(t)
	c := f.client(func(cfg *Config) { cfg.CancelOrders = true })
	q, err := c.Open(t.Context(), charge(100))
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.wire.Reset() })
	if err := c.Close(t.Context(), q.Order); err != nil || f.orders[0].status != "CANCELLED" {
		t.Fatalf("Close = %v, order is %s", err, f.orders[0].status)
	}
	f.checkGolden("close")
	for _, fa := range []fault{dropBefore, dropAfter, errorBefore, errorAfter} {
		f.change(func() { f.faults["PATCH /pay/charge/order/cancel"] = []fault{fa} })
		if err := c.Close(t.Context(), q.Order); gateway.ClassOf(err) != gateway.ClassUnknown {
			t.Errorf("Close, %s = %v, want unknown", fa, err)
		}
	}
	r, err := c.Read(t.Context(), q.Order)
	if err != nil || r.Status != gateway.OrderClosed || len(r.Payments) != 0 {
		t.Errorf("Read after Close = %+v, %v", r, err)
	}
}

// TestExpire: an account that can't cancel an order is asked to expire each of its QRs.
func TestExpire(t *testing.T) {
	f := newFake(t)
	c := f.client(func(cfg *Config) { cfg.CancelOrders = true })
	if _, err := c.Open(t.Context(), charge(100)); err != nil {
		t.Fatal(err)
	}
	q, err := c.Find(t.Context(), charge(100)) // a second QR of the same order
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.noCancel = true; f.wire.Reset() })
	if err := c.Close(t.Context(), q.Order); err != nil {
		t.Fatal(err)
	}
	f.checkGolden("expire")
	for _, p := range f.orders[0].payments {
		if p.status != "CANCELLED" {
			t.Errorf("%s is %s", p.id, p.status)
		}
	}
	f.change(func() { f.faults["PATCH /pay/charge/expire"] = []fault{dropAfter} })
	if err := c.Close(t.Context(), q.Order); gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Errorf("an expire whose answer is lost: %v", err)
	}
}
