package razorpay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/money"
)

func (s *shop) answer(r *http.Request, body []byte) (int, any) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	route := r.Method
	for i, p := range parts {
		if i > 0 &&
			(strings.HasPrefix(p, "qr_") && p != "qr_codes" || strings.HasPrefix(p, "pay_") ||
				strings.HasPrefix(p, "rfnd_") || p == "nope") {
			p = ":id"
		}
		route += "/" + p
	}
	if strings.Contains(route, "qr_codes") && s.featureOff {
		return 400, refusalText("The requested URL was not found on the server.")
	}
	last := parts[len(parts)-1]
	switch route {
	case "POST/payments/qr_codes":
		return s.create(body)
	case "GET/payments/qr_codes":
		return s.list(r)
	case "GET/payments/qr_codes/:id":
		if q := s.find(last); q != nil {
			return 200, s.wire(q)
		}
		return 400, refusalText("The id provided does not exist")
	case "PATCH/payments/qr_codes/:id":
		q := s.find(last)
		var b map[string]any
		if json.Unmarshal(body, &b) != nil || len(b) != 1 || b["notes"] == nil || q == nil {
			return 400, refusalText("id is/are not required and should not be sent")
		}
		q["notes"] = b["notes"] // replaced: the harder of the two readings
		return 200, s.wire(q)
	case "GET/payments/qr_codes/:id/payments":
		if s.find(parts[2]) == nil {
			return 400, refusalText("The id provided does not exist")
		}
		return page(r, s.payments[parts[2]])
	case "POST/payments/qr_codes/:id/close":
		q := s.find(parts[2])
		if q == nil {
			return 400, refusalText("The id provided does not exist")
		}
		if len(body) > 0 || q["status"] == "closed" {
			return 400, refusalText(
				"We are facing some trouble completing your request at the moment. Please try again shortly.",
			)
		}
		q["status"], q["close_reason"], q["closed_at"] = "closed", "on_demand", s.now.Unix()
		return 200, s.wire(q)
	case "GET/payments":
		var all []map[string]any
		for _, q := range slices.Backward(s.qrs) {
			all = append(all, s.payments[q["id"].(string)]...)
		}
		from, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
		to, err := strconv.ParseInt(r.URL.Query().Get("to"), 10, 64)
		all = slices.DeleteFunc(
			all,
			func(p map[string]any) bool { at := p["created_at"].(int64); return at < from || err == nil && at > to },
		)
		return page(r, append(all, s.elsewhere...))
	case "GET/payments/:id":
		for _, ps := range s.payments {
			for _, p := range ps {
				if p["id"] == last {
					return 200, p
				}
			}
		}
		return 400, refusalText("The id provided does not exist")
	case "POST/payments/:id/capture":
		return s.capture(parts[1], body)
	case "POST/payments/:id/refund":
		return s.refund(parts[1], r.Header.Get("X-Refund-Idempotency"), body)
	case "GET/payments/:id/refunds":
		var of []map[string]any
		for _, f := range s.refunds {
			if f["payment_id"] == parts[1] {
				of = append(of, f)
			}
		}
		return page(r, of)
	case "GET/refunds/:id":
		for _, f := range s.refunds {
			if f["id"] == last {
				return 200, f
			}
		}
		return 400, refusalText("The id provided does not exist")
	}
	return 400, refusalText("The requested URL was not found on the server.")
}

func (s *shop) create(body []byte) (int, any) {
	var b struct {
		Type, Name, Usage, Description string
		FixedAmount                    bool        `json:"fixed_amount"`
		PaymentAmount                  json.Number `json:"payment_amount"`
		CloseBy                        *int64      `json:"close_by"`
		Notes                          map[string]string
		TaxInvoice                     *struct {
			Number       string `json:"number"`
			Date         int64  `json:"date"`
			CustomerName string `json:"customer_name"`
			GSTIN        string `json:"business_gstin"`
			GST          int64  `json:"gst_amount"`
			Cess         int64  `json:"cess_amount"`
			SupplyType   string `json:"supply_type"`
		} `json:"tax_invoice"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return 400, refusalText(err.Error() + " is/are not required and should not be sent")
	}
	amount, err := strconv.ParseInt(b.PaymentAmount.String(), 10, 64)
	switch {
	case b.Type != "upi_qr":
		return 400, refusalText("The selected type is invalid")
	case b.Usage != "single_use" && b.CloseBy != nil:
		return 400, refusalText("close_by is not allowed for multiple_use")
	case b.Usage == "single_use" && !b.FixedAmount:
		return 400, refusalText("The fixed amount field must be true for single_use")
	case err != nil || amount < 1:
		return 400, refusalText("The payment amount must be at least 1.")
	case len(b.Notes) > 15:
		return 400, refusalText("notes may not have more than 15 key-value pairs")
	}
	least := 2 * time.Minute
	if s.older {
		least = 15 * time.Minute
	}
	by := s.now.Add(2 * time.Hour).Unix()
	if b.CloseBy != nil {
		if *b.CloseBy < s.now.Add(least).Unix() {
			return 400, refusalText(
				fmt.Sprintf("close_by should be at least %d minutes after current time", int(least.Minutes())),
			)
		}
		by = min(by, *b.CloseBy)
	}
	id := fmt.Sprintf("qr_%014d", len(s.qrs)+1)
	q := map[string]any{
		"id":                       id,
		"entity":                   "qr_code",
		"created_at":               s.now.Unix(),
		"name":                     b.Name,
		"usage":                    b.Usage,
		"type":                     b.Type,
		"image_url":                s.server.URL + "/i/" + id,
		"payment_amount":           amount,
		"status":                   "active",
		"description":              b.Description,
		"fixed_amount":             b.FixedAmount,
		"payments_amount_received": 0,
		"payments_count_received":  0,
		"notes":                    b.Notes,
		"customer_id":              nil,
		"close_by":                 strconv.FormatInt(by, 10),
		"closed_at":                nil,
		"close_reason":             nil,
		"tax_invoice":              []any{},
		"brand_new_field":          true,
	}
	s.qrs = append(s.qrs, q)
	return 200, s.wire(q)
}

func (s *shop) payload(q map[string]any) string {
	id := strings.TrimPrefix(q["id"].(string), "qr_")
	return "upi://pay?ver=01&mode=15&pa=rzr.shop" + id + "@icic&pn=Shop&tr=RZP" + id +
		"qrv2&cu=INR&mc=5411&qrMedium=04&am=" + s.am(money.Paise(q["payment_amount"].(int64)))
}

func (s *shop) wire(q map[string]any) map[string]any {
	q = maps.Clone(q)
	if s.imageContent {
		q["image_content"] = s.payload(q)
	}
	if n, ok := q["notes"].(map[string]string); ok && len(n) == 0 {
		q["notes"] = s.emptyNotes
	}
	return q
}

func (s *shop) list(r *http.Request) (int, any) {
	var match []map[string]any
	for _, q := range slices.Backward(s.qrs) { // newest first
		from, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
		to, err := strconv.ParseInt(r.URL.Query().Get("to"), 10, 64)
		at := q["created_at"].(int64)
		if cust := r.URL.Query().Get("customer_id"); at < from || err == nil && at > to ||
			cust != "" && q["customer_id"] != cust {
			continue
		}
		if pay := r.URL.Query().Get("payment_id"); pay != "" &&
			!slices.ContainsFunc(s.payments[q["id"].(string)], func(p map[string]any) bool { return p["id"] == pay }) {
			continue
		}
		match = append(match, s.wire(q))
	}
	if s.listLag > 0 && len(match) > 0 {
		s.listLag, match = s.listLag-1, match[1:]
	}
	return page(r, match)
}

func page(r *http.Request, all []map[string]any) (int, any) {
	count, skip := 10, 0
	for k, v := range r.URL.Query() {
		n, err := strconv.Atoi(v[0])
		switch {
		case k == "count" && err == nil && n >= 1 && n <= 100:
			count = n
		case k == "skip" && err == nil:
			skip = n
		case k == "from" || k == "to" || k == "customer_id" || k == "payment_id":
		default:
			return 400, refusalText(k + " is/are not required and should not be sent")
		}
	}
	part := all[min(skip, len(all)):min(skip+count, len(all))]
	if part == nil {
		part = []map[string]any{}
	}
	return 200, map[string]any{"entity": "collection", "count": len(part), "items": part}
}

func (s *shop) capture(id string, body []byte) (int, any) {
	for _, ps := range s.payments {
		for _, p := range ps {
			if p["id"] != id {
				continue
			}
			if p["status"] == "captured" {
				return 400, refusalText("This payment has already been captured")
			}
			if string(body) != fmt.Sprintf(`{"amount":%d,"currency":"INR"}`, p["amount"]) {
				return 400, refusalText("Capture amount must be equal to the amount authorized")
			}
			p["status"], p["captured"] = "captured", true
			return 200, p
		}
	}
	return 400, refusalText("The id provided does not exist")
}

func (s *shop) refund(id, key string, body []byte) (int, any) {
	var pay map[string]any
	for _, ps := range s.payments {
		for _, p := range ps {
			if p["id"] == id {
				pay = p
			}
		}
	}
	var b struct {
		Amount         int64
		Speed, Receipt string
		Notes          map[string]string
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return 400, refusalText(err.Error() + " is/are not required and should not be sent")
	}
	if pay == nil {
		return 400, refusalText("The id provided does not exist")
	}
	if was, ok := s.keys[key]; ok && key != "" {
		if was != string(body) {
			return 409, refusalText("Different request with the same idempotency key has already been processed")
		}
		for _, f := range s.refunds {
			if f["receipt"] == b.Receipt {
				return 200, f
			}
		}
	}
	done := int64(0)
	for _, f := range s.refunds {
		if f["payment_id"] == id {
			done += f["amount"].(int64)
		}
	}
	total := pay["amount"].(int64)
	switch {
	case pay["status"] != "captured":
		return 400, refusalText("The payment status should be captured for action to be taken")
	case done == total:
		return 400, refusalText("The payment has been fully refunded already")
	case b.Amount > total-done:
		return 400, refusalText("The total refund amount is greater than the refund payment amount")
	case b.Amount < 100:
		return 400, refusalText("The amount must be at least INR 1.00")
	case s.now.Sub(time.Unix(pay["created_at"].(int64), 0)) > 183*24*time.Hour:
		return 400, refusalText("The payment is more than 6 months old and cannot be refunded")
	}
	s.keys[key] = string(body)
	f := map[string]any{
		"id":              fmt.Sprintf("rfnd_%014d", len(s.refunds)+1),
		"entity":          "refund",
		"amount":          b.Amount,
		"currency":        "INR",
		"payment_id":      id,
		"receipt":         b.Receipt,
		"notes":           []any{},
		"acquirer_data":   map[string]any{"rrn": nil},
		"status":          "pending",
		"speed_requested": "normal",
		"created_at":      s.now.Unix(),
	}
	s.refunds = append(s.refunds, f)
	return 200, f
}
