package enkash

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"

	"galla/internal/money"
)

func (f *fake) token(r *http.Request, body []byte) (int, string) {
	var in struct {
		AccessKey string `json:"accessKey"`
		SecretKey string `json:"secretKey"`
	}
	if !strict(body, &in) || r.Header.Get("API-Key") != apiKey {
		return 400, `{"resultCode":400,"resultMessage":"bad token request"}`
	}
	if in.AccessKey != accessKey || in.SecretKey != secretKey {
		return 200, fmt.Sprintf(`{"resultCode":401,"resultMessage":"Invalid credentials %s"}`, in.SecretKey)
	}
	f.tokens++
	return 200, fmt.Sprintf(`{"token":"tok-%d","expiry":%d,"resultCode":200,"resultMessage":"Success"}`, f.tokens,
		time.Now().Add(f.tokenLife).UnixMilli())
}

func (f *fake) refuseToken(r *http.Request) (int, string, bool) {
	want := fmt.Sprintf("Bearer tok-%d", f.tokens)
	if f.rawToken {
		want = fmt.Sprintf("tok-%d", f.tokens)
	}
	if f.badTokens > 0 && f.dead != f.tokens {
		f.badTokens--
		f.dead = f.tokens
	}
	if f.dead != f.tokens && r.Header.Get("Authorization") == want {
		return 0, "", false
	}
	return 200, `{"response_code":117,"response_message":"Failure","payload":"Token is invalid."}`, true
}

func (f *fake) order(match func(*fakeOrder) bool) *fakeOrder {
	for _, o := range f.orders {
		if match(o) {
			return o
		}
	}
	return nil
}

func (f *fake) payment(id string) (*fakeOrder, *fakePayment) {
	for _, o := range f.orders {
		for _, p := range o.payments {
			if p.id == id {
				return o, p
			}
		}
	}
	return nil, nil
}

func (f *fake) checkout(r *http.Request) (int, string) {
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	o := f.order(func(o *fakeOrder) bool { return o.id == id })
	switch {
	case strings.HasPrefix(r.URL.Path, "/pay/checkout/status/upi/"):
		o, p := f.payment(id)
		if p == nil {
			return no(1, "Transaction not found")
		}
		return ok(map[string]any{"status": p.upi, "transactionMessage": "msg " + p.upi, "orderId": o.id})
	case strings.HasPrefix(r.URL.Path, "/pay/checkout/qrcode/"):
		if o == nil {
			return no(1, "Order not found")
		}
		p := &fakePayment{id: fmt.Sprintf("EK%d", 1000+len(o.payments)), upi: "PROCESS", status: "CREATED"}
		o.payments = append(o.payments, p)
		am := f.am
		if am == "" {
			am = (o.amount + f.surcharge).Decimal()
		}
		link := "upi://pay?ver=01&mode=15&pa=" + payee + "&pn=Galla%20Shop&mc=5411&tr=" + p.id + "&am=" + am + "&cu=INR"
		out := map[string]any{"ekPayId": p.id, "qrCode": picture(f.t, link)}
		if !f.noLink {
			out["qrUrl"] = link
		}
		return ok(out)
	case o == nil || f.noDetail:
		return springNotFound(r.URL.Path)
	}
	return ok(map[string]any{"transactionId": o.txn, "uniqueTransactionId": o.id,
		"amount":      json.Number(o.amount.Decimal()),
		"totalAmount": json.Number((o.amount + f.surcharge).Decimal()), "upi": true,
		"upiQrCodeEnabled": true, "upiCollectTimeout": 5})
}

var pictures sync.Map // drawing is slow; the strings are few

func picture(t testing.TB, s string) string {
	if p, found := pictures.Load(s); found {
		return p.(string)
	}
	png, err := qrcode.Encode(s, qrcode.Medium, 300)
	if err != nil {
		t.Fatal(err)
	}
	p := base64.StdEncoding.EncodeToString(png)
	pictures.Store(s, p)
	return p
}

func (f *fake) expire(body []byte) (int, string) {
	var in struct {
		TransactionID string `json:"transactionId"`
		Remark        string `json:"remark"`
	}
	if !strict(body, &in) || in.Remark == "" {
		return no(156, "invalid request")
	}
	_, p := f.payment(in.TransactionID)
	if p == nil {
		return no(1, "Transaction not found")
	}
	p.upi, p.status = "FAILED", "CANCELLED"
	return ok(map[string]any{"transactionId": p.id})
}

func (f *fake) cancel(body []byte) (int, string) {
	var in struct {
		TransactionID string `json:"transactionId"`
		Reason        string `json:"reason"`
	}
	if !strict(body, &in) || in.Reason == "" {
		return no(156, "invalid request")
	}
	o := f.order(func(o *fakeOrder) bool { return o.txn == in.TransactionID })
	if o == nil {
		return no(1, "Transaction not found")
	}
	if o.status != "PAID" {
		o.status = "CANCELLED"
	}
	return ok(map[string]any{"transactionId": o.txn})
}

func (f *fake) entity(o *fakeOrder) map[string]any {
	return map[string]any{
		"orderId":         o.id,
		"merchantOrderId": o.reference,
		"transactionId":   o.txn,
		"orderStatus":     o.status,
		"amount": map[string]any{
			"value":    json.Number(o.amount.Decimal()),
			"currency": "INR",
		},
		"created": "2026-03-17T10:00:00Z",
	}
}

func (f *fake) merchant(r *http.Request, body []byte) (int, string) {
	p, id := r.URL.Path, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case r.Method == "POST" && p == "/api/v0/orders":
		return f.create(body)
	case strings.HasPrefix(p, "/api/v0/orders/merchant-order/") && !f.noLookup:
		o := f.order(func(o *fakeOrder) bool { return o.reference == id })
		if o == nil {
			return no(1, "Order not found")
		}
		return ok(f.entity(o))
	case r.Method == "POST" && p == "/api/v0/orders/search" && !f.noLookup:
		var in struct {
			MerchantOrderID string `json:"merchantOrderId"`
		}
		if !strict(body, &in) {
			return no(156, "invalid request")
		}
		list := []any{}
		for _, o := range f.orders {
			if o.reference == in.MerchantOrderID {
				list = append(list, f.entity(o))
			}
		}
		return ok(list)
	case r.Method == "GET" && strings.HasPrefix(p, "/api/v0/orders/"):
		o := f.order(func(o *fakeOrder) bool { return !f.oldIDs && o.id == id || f.oldIDs && o.reference == id })
		if strings.Count(p, "/") > 4 {
			break
		}
		if o == nil {
			return no(1, "Order not found")
		}
		return ok(f.entity(o))
	case r.Method == "GET" && strings.HasPrefix(p, "/api/v0/payment/"):
		o, pay := f.payment(id)
		if pay == nil {
			return no(1, "Transaction not found")
		}
		return ok(map[string]any{
			"transactionId":     pay.id,
			"orderId":           o.id,
			"status":            pay.status,
			"amount":            json.Number(o.amount.Decimal()),
			"currency":          "INR",
			"bankTransactionId": pay.rrn,
			"created":           "2026-03-17T10:00:05+05:30",
			"vpa":               "rahul.kumar@okaxis",
		})
	case r.Method == "POST" && strings.HasSuffix(p, "/refund"):
		return f.refund(strings.TrimSuffix(strings.TrimPrefix(p, "/api/v0/payment/"), "/refund"), body)
	case p == "/api/v0/refund/status" && !f.noLookup:
		var in struct {
			RequestID     string `json:"requestId"`
			TransactionID string `json:"transactionId"`
		}
		if !strict(body, &in) {
			return no(156, "invalid request")
		}
		amount, found := f.refunds[in.RequestID]
		if !found {
			return no(1, "Refund not found")
		}
		return ok(map[string]any{
			"requestId":     in.RequestID,
			"transactionId": "RF" + in.RequestID,
			"amount":        json.Number(amount.Decimal()),
			"status":        "SUCCESS",
		})
	}
	if s, a, found := f.more(r, body); found {
		return s, a
	}
	return springNotFound(p)
}

func (f *fake) create(body []byte) (int, string) {
	var in struct {
		OrderID string `json:"orderId"`
		Amount  struct {
			Value    json.RawMessage `json:"value"`
			Currency string          `json:"currency"`
		} `json:"amount"`
		NotifyURL        string            `json:"notifyUrl"`
		CustomParameters map[string]string `json:"customParameters"`
		Description      string            `json:"description"`
	}
	if !strict(body, &in) || in.Amount.Currency != "INR" {
		return no(156, "invalid request")
	}
	amount, err := money.ParseNumber(string(in.Amount.Value))
	if err != nil || amount < 1 {
		return no(156, "amount is invalid")
	}
	if f.order(func(o *fakeOrder) bool { return o.reference == in.OrderID }) != nil {
		return no(1, "Duplicate orderId")
	}
	n := len(f.orders) + 1
	o := &fakeOrder{
		id:        fmt.Sprintf("ORD%d", n),
		reference: in.OrderID,
		txn:       fmt.Sprintf("TX%d", n),
		status:    "CREATED",
		amount:    amount,
	}
	f.orders = append(f.orders, o)
	return ok(map[string]any{"orderId": o.id, "redirectionUrl": "https://pay.enkash.in/" + o.id})
}

func (f *fake) refund(id string, body []byte) (int, string) {
	var in struct {
		Amount    json.RawMessage `json:"amount"`
		RequestID string          `json:"requestId"`
		Remarks   string          `json:"remarks"`
	}
	if !strict(body, &in) || in.RequestID == "" {
		return no(156, "invalid request")
	}
	amount, err := money.ParseNumber(string(in.Amount))
	o, p := f.payment(id)
	switch {
	case err != nil:
		return no(156, "amount is invalid")
	case p == nil:
		return no(1, "Transaction not found")
	case amount > o.amount:
		return no(1, "Refund amount exceeds the paid amount")
	}
	if _, twice := f.refunds[in.RequestID]; twice {
		f.t.Errorf("refund %s was sent twice", in.RequestID)
	}
	f.refunds[in.RequestID] = amount
	return ok(map[string]any{
		"amount":            json.Number(amount.Decimal()),
		"status":            "CREATED",
		"transactionId":     "RF" + in.RequestID,
		"bankTransactionId": "",
	})
}
