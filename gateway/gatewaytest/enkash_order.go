package gatewaytest

import (
	"encoding/json"
	"strings"
	"time"

	"galla/internal/money"
)

// enkashCreate is POST /api/v0/orders (E4). The order's schema in the answer is not visible in the reference: the
// simulator answers orderId and redirectionUrl, the two that public code reads.
func (s *Sim) enkashCreate(c *call) answer {
	var in struct {
		OrderID string `json:"orderId"`
		Amount  *struct {
			Value    json.Number `json:"value"`
			Currency string      `json:"currency"`
		} `json:"amount"`
		ReturnURL    string `json:"returnUrl"`
		NotifyURL    string `json:"notifyUrl"`
		CustomerInfo struct {
			FirstName string `json:"firstName"`
			LastName  string `json:"lastName"`
			Address   struct {
				StreetName string `json:"streetName"`
				City       string `json:"city"`
				State      string `json:"state"`
				Country    string `json:"country"`
				Zipcode    string `json:"zipcode"`
			} `json:"address"`
			Email       string `json:"email"`
			PhoneNumber string `json:"phoneNumber"`
		} `json:"customerInfo"`
		CustomParameters map[string]string `json:"customParameters"`
		Description      string            `json:"description"`
		PaymentDetail    *struct {
			AccountNumber string `json:"accountNumber"`
			IFSC          string `json:"ifsc"`
		} `json:"paymentDetail"`
	}

	no := func(text string) answer { return enkashNo(c, 400, codeValidation, text) }
	if text := strict(c.body, &in); text != "" {
		return no(text)
	}
	if !alnum(in.OrderID) {
		return no("orderId must be alphanumeric")
	}
	if in.Amount == nil || in.Amount.Currency != "INR" {
		return no("amount.currency must be INR")
	}
	amount, err := money.ParseNumber(in.Amount.Value.String())
	if err != nil || amount < max(1, money.Paise(c.knobs.MinAmount)) || quoted(c.body, "value") {
		return no("amount.value must be a number of at least 0.01 with at most 2 decimals")
	}

	if p := in.PaymentDetail; p != nil && (len(p.AccountNumber) < 9 || len(p.AccountNumber) > 36 || len(p.IFSC) != 11) {
		return no("paymentDetail.accountNumber must have 9 to 36 characters and ifsc 11")
	}
	if old := s.byRef(in.OrderID); old != nil {
		switch c.knobs.DuplicateOrder {
		case "refuse":
			return no("Duplicate orderId")
		case "same":
			c.about = old
			return enkashOK(enkashCreated(c, old))
		}
	}

	o := &order{
		api:       EnKash,
		id:        "ORD17" + c.dice.text("order", digits, 11) + c.dice.text("tail", letters, 5),
		ref:       in.OrderID,
		txn:       "TX" + c.dice.text("txn", letters, 20),
		live:      true,
		amount:    amount,
		created:   c.now,
		modified:  c.now,
		closeBy:   c.now.Add(time.Duration(c.knobs.OrderLife)),
		once:      true,
		fixed:     true,
		desc:      in.Description,
		notes:     in.CustomParameters,
		notifyURL: in.NotifyURL,
	}

	if c.dice.hit(c.knobs.Surcharge, "surcharge") {
		o.surcharge = max(amount/50, 1)
	}
	s.orders = append(s.orders, o)
	c.about = o
	return enkashOK(enkashCreated(c, o))
}

func enkashCreated(c *call, o *order) any {
	return map[string]any{"orderId": o.id, "redirectionUrl": c.host + "/checkout/" + o.id}
}

// quoted says whether the body spells a number field as a string: encoding/json's Number takes both.
func quoted(body []byte, field string) bool {
	var in struct {
		Amount map[string]json.RawMessage `json:"amount"`
	}
	return json.Unmarshal(body, &in) == nil && strings.HasPrefix(string(in.Amount[field]), `"`)
}

// enkashOrder is GET /api/v0/orders/{orderId}. The oldest pages mean the merchant's id, the newer EnKash's (E5, E5b):
// both are found.
func (s *Sim) enkashOrder(c *call) answer {
	id := c.r.PathValue("id")
	var o *order
	if c.knobs.OrderIDs != "merchant" {
		o = s.order(EnKash, id)
	}
	if o == nil && c.knobs.OrderIDs != "gateway" {
		o = s.byRef(id)
	}
	return s.enkashShow(c, o)
}

func (s *Sim) enkashByMerchant(c *call) answer { return s.enkashShow(c, s.byRef(c.r.PathValue("id"))) }

func (s *Sim) enkashShow(c *call, o *order) answer {
	if o == nil {
		return enkashNotFound(c, "Order")
	}
	c.about = o
	return enkashOK(s.enkashEntity(c, o))
}

func (s *Sim) enkashSearch(c *call) answer {
	var in struct {
		MerchantOrderID string `json:"merchantOrderId"`
		OrderID         string `json:"orderId"`
		Status          string `json:"status"`
		FromDate        string `json:"fromDate"`
		ToDate          string `json:"toDate"`
	}
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	found := []any{}
	for _, o := range s.orders {
		if o.api == EnKash && (in.MerchantOrderID == "" || o.ref == in.MerchantOrderID) &&
			(in.OrderID == "" || o.id == in.OrderID || o.ref == in.OrderID) &&
			(in.Status == "" || s.enkashStatus(c, o) == in.Status) {
			found = append(found, s.enkashEntity(c, o))
		}
	}
	return enkashOK(found)
}

// enkashEntity is an order as GET answers it.
func (s *Sim) enkashEntity(c *call, o *order) any {
	other := c.dice.hit(c.knobs.OtherShapes, "order")
	e := map[string]any{
		"orderId": o.id, "merchantOrderId": o.ref, "transactionId": o.txn,
		"created": enkashTime(o.created), "lastModified": enkashTime(o.modified),
		"customParameters": o.notes, "description": o.desc,
	}
	amount, status := json.Number(rupees(o.amount, other)), s.enkashStatus(c, o)
	if other {
		e["orderId"], e["amount"], e["currency"], e["status"] = o.ref, amount, "INR", status
	} else {
		e["amount"], e["orderStatus"] = map[string]any{"value": amount, "currency": "INR"}, status
	}
	return e
}

// enkashStatus derives the order's status (E5c, E8).
func (s *Sim) enkashStatus(c *call, o *order) string {
	stale := c.dice.hit(c.knobs.StaleActive, "stale")
	begun, busy := false, false
	for _, p := range o.payments {
		begun = begun || p.state != minted && p.state != withdrawn
		busy = busy || p.state == pending || p.state == authorized
	}
	switch {
	case o.paid() && !o.hidden(c.now):
		return "PAID"
	case !o.closed.IsZero():
		return "CANCELLED"
	case o.past(c.now) && !stale:
		return "EXPIRED"
	case c.dice.hit(c.knobs.UnknownStatus, "order_status"):
		return pick(c.dice, "which", "ON_HOLD", "PENDING", "CHECKOUT_ABANDONED")
	case busy && c.dice.hit(50, "confirmation"):
		return "PAYMENT_CONFIRMATION_PENDING"
	case begun:
		return "ATTEMPTED"
	case len(o.codes) > 0:
		return "CHECKOUT_RENDERED"
	}
	return "CREATED"
}

// hidden says whether all the money of the order is still unseen.
func (o *order) hidden(t time.Time) bool {
	for _, p := range o.payments {
		if p.state == captured && !t.Before(p.hidden) {
			return false
		}
	}
	return true
}

// enkashCheckout is GET /pay/checkout/{orderId}, what the checkout page asks (E20).
func (s *Sim) enkashCheckout(c *call) answer {
	o, _ := s.byTransaction(c.r.PathValue("id"))
	if o == nil {
		return enkashNotFound(c, "Order")
	}
	c.about = o
	return enkashOK(map[string]any{
		"transactionId":       o.txn,
		"uniqueTransactionId": o.id,
		"amount":              json.Number(o.amount.Decimal()),
		"totalAmount":         json.Number((o.amount + o.surcharge).Decimal()),
		"upi":                 !c.knobs.UPIOff,
		"upiQrCodeEnabled":    !c.knobs.UPIOff,
		"upiCollectTimeout":   c.knobs.CollectTimeout,
		"paymentAttemptLeft":  !o.over(c.now),
		"publicIdentifierKey": "galla-sim",
		"surcharges":          map[string]any{"SC_UP_DEFAULT": json.Number(o.surcharge.Decimal())},
		"surchargeGst":        18,
		"skipContactInfo":     true,
		"merchantInfo":        map[string]any{"name": payeeName},
	})
}

func enkashTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+00:00") }
