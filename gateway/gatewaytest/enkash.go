package gatewaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// token is one bearer token of the merchant.
type token struct{ until time.Time }

// EnKash answers as the EnKash payment gateway is documented to (reference/gateways.md §1). Where the reference says a
// path is not visible, the simulator answers at the likeliest one; NoLookup takes those away.
func (s *Sim) EnKash() http.Handler {
	m := &router{}
	open := func(pattern, op string, about subject, h handler) {
		m.handle(pattern, s.handle(EnKash, op, about, enkashFailure, h))
	}
	auth := func(pattern, op string, about subject, h handler) { open(pattern, op, about, s.merchant(h)) }
	lookup := func(pattern, op string, about subject, h handler) {
		auth(pattern, op, about, func(c *call) answer {
			if c.knobs.NoLookup {
				return enkashNoRoute(c)
			}
			return h(c)
		})
	}

	open("POST /api/v0/merchant/token", "token", byPath, s.enkashToken)

	auth("POST /api/v0/orders", "create", byField("orderId"), s.enkashCreate)
	auth("GET /api/v0/orders/{id}", "order", byPath, s.enkashOrder)
	lookup("GET /api/v0/orders/merchant-order/{id}", "order-by-merchant", byPath, s.enkashByMerchant)
	lookup("POST /api/v0/orders/search", "search", byField("merchantOrderId"), s.enkashSearch)
	open("GET /pay/checkout/{id}", "checkout", byPath, s.enkashCheckout)
	open("GET /pay/checkout/qrcode/{id}", "qr", byPath, s.enkashQR)
	open("GET /pay/checkout/upi-detail/{id}", "intent-links", byPath, s.enkashIntent)
	open("GET /pay/checkout/status/upi/{id}", "upi-status", byPath, s.enkashUPIStatus)
	auth("GET /api/v0/payment/{id}", "payment", byPath, s.enkashPayment)
	open("GET /api/v0/transactions/{id}/minimal", "minimal", byPath, s.enkashMinimal)
	open("PATCH /pay/charge/expire", "expire", byField("transactionId"), s.enkashExpire)
	open("PATCH /pay/charge/cancel", "cancel-charge", byField("transactionId"), s.enkashExpire)
	open("PATCH /pay/charge/order/cancel", "cancel", byField("transactionId"), s.enkashCancel)
	auth("POST /api/v0/payment/{id}/refund", "refund", byField("requestId"), s.enkashRefund)
	lookup("POST /api/v0/refund/status", "refund-status", byField("requestId"), s.enkashRefundStatus)
	auth("POST /pay/charge/verify-vpa", "verify-vpa", byField("vpa"), s.enkashVerifyVPA)

	auth("POST /api/v0/qr-code", "qr-code-create", byField("qrName"), s.upiQRCreate)
	auth("GET /api/v0/qr-code/{id}", "qr-code-get", byPath, s.upiQRGet)
	auth("POST /api/v0/qr-code/search", "qr-code-search", byPath, s.upiQRSearch)
	auth("PATCH /api/v0/qr-code/{id}/cancel", "qr-code-cancel", byPath, s.upiQRCancel)
	auth("POST /api/v0/customer", "customer-create", byField("customerName"), s.customerCreate)
	auth("POST /api/v0/customer/search", "customer-search", byPath, s.customerSearch)
	s.mandateRoutes(auth)

	m.other = s.handle(EnKash, "unknown-path", byPath, enkashFailure, enkashNoRoute)
	return m
}

// byField makes a request's chance depend on one field of its JSON body.
func byField(name string) subject {
	return func(c *call) string {
		var fields map[string]json.RawMessage
		if json.Unmarshal(c.body, &fields) != nil {
			return "unreadable"
		}
		return string(fields[name])
	}
}

// The simulator's own codes: the reference found no catalogue for the payment gateway (§1.3), only 117 and 156.
const (
	codeFailed     = 1
	codeTokenBad   = 117 // seen by an integrator: the token is refused (E21)
	codeValidation = 156 // seen by an SDK on /pay/charge/process (E20)
)

// envelope is what most EnKash answers come in.
type envelope struct {
	Code    int    `json:"response_code"`
	Message string `json:"response_message"`
	Payload any    `json:"payload"`
}

func enkashOK(payload any) answer {
	return answer{status: 200, body: envelope{0, "Success", payload}}
}

// enkashNo is a refusal. HTTP 200 with a code that is not 0 is the documented way; other shapes use a 4xx.
func enkashNo(c *call, status, code int, text string) answer {
	a := answer{status: 200, body: envelope{code, text, nil}}
	if c.dice.hit(c.knobs.OtherShapes, "refusal") {
		a.status = status
	}
	return a
}

func enkashNotFound(c *call, what string) answer {
	return enkashNo(c, 404, codeFailed, what+" not found")
}

// enkashFailure is the body of an error that stands in the way of a request.
func enkashFailure(status int, c *call) any {
	if status == http.StatusNotFound {
		// a 404 is an address that isn't served; a thing that isn't there is answered with an envelope
		return enkashNoRoute(c).body
	}
	return envelope{status, http.StatusText(status), nil}
}

func enkashNoRoute(c *call) answer {
	return answer{
		status: 404,
		body: map[string]any{
			"timestamp": c.now.UnixMilli(),
			"status":    404,
			"error":     "Not Found",
			"path":      c.r.URL.Path,
		},
	}
}

func (s *Sim) enkashToken(c *call) answer {
	var in struct {
		AccessKey string `json:"accessKey"`
		SecretKey string `json:"secretKey"`
	}
	type out struct {
		Token   string `json:"token,omitempty"`
		Expiry  int64  `json:"expiry,omitempty"`
		Code    int    `json:"resultCode"`
		Message string `json:"resultMessage"`
	}
	if text := strict(c.body, &in); text != "" {
		return answer{status: 400, body: out{Code: codeValidation, Message: text}}
	}
	if c.knobs.KeysRefused || in.AccessKey != EnKashAccessKey || in.SecretKey != EnKashSecretKey {
		return answer{status: 401, body: out{Code: 401, Message: "Invalid credentials"}}
	}
	t := "sim." + c.dice.text("token", letters, 40)
	until := c.now.Add(time.Duration(c.knobs.TokenLife))
	s.tokens[t] = token{until}
	o := out{Token: t, Expiry: until.UnixMilli(), Code: 200, Message: "Success"}
	if c.dice.hit(c.knobs.OtherShapes, "expiry") {
		o.Expiry = time.Duration(c.knobs.TokenLife).Milliseconds() // "milliseconds", as the page words it (E2)
		o.Code = 0                                                 // as E21 accepts
	}
	return answer{status: 200, body: o}
}

// merchant lets a call through that proves who asks.
func (s *Sim) merchant(h handler) handler {
	return func(c *call) answer {
		bad := answer{status: 200, body: envelope{codeTokenBad, "Failure", "Token is invalid."}}
		auth := c.r.Header.Get("Authorization")
		t, bearer := strings.CutPrefix(auth, "Bearer ")
		known, ok := s.tokens[t]
		switch {
		case c.knobs.KeysRefused || !ok || bearer == c.knobs.RawToken || !c.now.Before(known.until):
			return bad
		case c.dice.hit(c.knobs.TokenRefused, "token_refused"):
			delete(s.tokens, t)
			return bad
		}
		// The UPI-QR pages mark merchantAccessKey optional, all others require it (E4, E11, S0).
		if key := c.r.Header.Get("merchantAccessKey"); key != EnKashAccessKey &&
			(key != "" || !strings.HasPrefix(c.r.URL.Path, "/api/v0/qr-code")) {
			return enkashNo(c, 401, codeFailed, "merchantAccessKey is missing or invalid")
		}
		return h(c)
	}
}

// strict reads a JSON object and refuses what the pages do not list. It returns the refusal in words, or nothing.
func strict(body []byte, into any) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Sprintf("invalid request: %v", err)
	}
	if d.More() {
		return "invalid request: more than one JSON value"
	}
	return ""
}

// alnum says whether s has only ASCII letters and digits, at least one.
func alnum(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(letters, r) })
}

// byTransaction finds an EnKash order by its own transaction id, its order id, or one of its ekPayIds.
func (s *Sim) byTransaction(id string) (*order, *payment) {
	for _, o := range s.orders {
		if o.api != EnKash {
			continue
		}
		if p := o.find(id); p != nil { // of a debit, its order's own transaction
			return o, p
		}
		if o.txn == id || o.id == id {
			return o, nil
		}
	}
	return nil, nil
}

// byRef returns the newest EnKash order with the merchant's own id, or nil.
func (s *Sim) byRef(ref string) *order {
	for _, o := range slices.Backward(s.orders) {
		if o.api == EnKash && o.ref == ref {
			return o
		}
	}
	return nil
}
