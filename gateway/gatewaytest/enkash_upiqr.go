package gatewaytest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"galla/internal/money"
)

// upiQR is EnKash's UPI-QR object: a QR to print and stand on the counter (S0). How a payment on it is reported
// is not documented, so its QR string belongs to no order and the phone cannot pay it.
type upiQR struct {
	id                string
	in                upiQRRequest
	amount            money.Paise
	created, modified time.Time
	cancelled         bool
	picture           string
}

// upiQRRequest is what creating one takes: the response's names minus those the server sets.
type upiQRRequest struct {
	Name            string            `json:"qrName"`
	MultipleUse     bool              `json:"multipleUse"`
	FixedAmount     bool              `json:"fixedAmount"`
	Amount          json.Number       `json:"amount"`
	Description     string            `json:"description"`
	Expiry          string            `json:"expiry"`
	CustomParams    map[string]string `json:"customParams"`
	CustomerName    string            `json:"customerName"`
	CustomerEmail   string            `json:"customerEmail"`
	CustomerMobile  string            `json:"customerMobile"`
	CustomerID      string            `json:"customerId"`
	ReferenceNumber string            `json:"referenceNumber"`
}

func (q *upiQR) status() string {
	if q.cancelled {
		return "CANCELLED"
	}
	return "ACTIVE"
}

func (q *upiQR) entity(c *call) map[string]any {
	e := map[string]any{
		"qrCodeId":        q.id,
		"qrName":          q.in.Name,
		"multipleUse":     q.in.MultipleUse,
		"fixedAmount":     q.in.FixedAmount,
		"amount":          json.Number(q.amount.Decimal()),
		"description":     q.in.Description,
		"expiry":          q.in.Expiry,
		"customParams":    q.in.CustomParams,
		"status":          q.status(),
		"qrCodeBase64":    q.picture,
		"createdOn":       enkashTime(q.created),
		"modifiedOn":      enkashTime(q.modified),
		"customerName":    q.in.CustomerName,
		"customerEmail":   q.in.CustomerEmail,
		"customerMobile":  q.in.CustomerMobile,
		"customerId":      q.in.CustomerID,
		"referenceNumber": q.in.ReferenceNumber,
	}
	if c.dice.hit(c.knobs.LooseTypes, "loose_types") {
		e["multipleUse"], e["fixedAmount"] = strconv.FormatBool(q.in.MultipleUse), strconv.FormatBool(q.in.FixedAmount)
		e["customParams"] = map[string]any{"table": 7, "tags": []string{"a"}, "more": map[string]any{"deep": true}}
	}
	return e
}

func (s *Sim) upiQRCreate(c *call) answer {
	q := &upiQR{created: c.now, modified: c.now}
	if text := strict(c.body, &q.in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	if q.in.CustomParams == nil {
		q.in.CustomParams = map[string]string{}
	}
	if q.in.Name == "" {
		return enkashNo(c, 400, codeValidation, "qrName is required")
	}
	if q.in.FixedAmount || q.in.Amount != "" {
		amount, err := money.ParseNumber(q.in.Amount.String())
		if err != nil || q.in.FixedAmount && amount < 1 {
			return enkashNo(c, 400, codeValidation, "amount must be a number of at least 0.01 with at most 2 decimals")
		}
		q.amount = amount
	}

	q.id = "QR" + c.dice.text("qr", digits, 10) + c.dice.text("tail", letters, 6)
	am := ""
	if q.in.FixedAmount {
		am = q.amount.Decimal()
	}
	payload := upiString(
		"ver",
		"01",
		"mode",
		"01",
		"pa",
		enkashVPA,
		"pn",
		payeeName,
		"mc",
		payeeMCC,
		"tr",
		q.id,
		"am",
		am,
		"cu",
		"INR",
	)

	q.picture = base64.StdEncoding.EncodeToString(qrPNG(payload))
	s.qrObj = append(s.qrObj, q)
	return enkashOK(q.entity(c))
}

func (s *Sim) upiQR(c *call) *upiQR {
	i := slices.IndexFunc(s.qrObj, func(q *upiQR) bool { return q.id == c.r.PathValue("id") })
	if i < 0 {
		return nil
	}
	return s.qrObj[i]
}

func (s *Sim) upiQRGet(c *call) answer {
	q := s.upiQR(c)
	if q == nil {
		return enkashNotFound(c, "QR code")
	}
	return enkashOK(q.entity(c))
}

// upiQRCancel takes an empty JSON object and nothing else (S0). Cancelling twice answers the same object.
func (s *Sim) upiQRCancel(c *call) answer {
	if text := strict(c.body, &struct{}{}); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	q := s.upiQR(c)
	if q == nil {
		return enkashNotFound(c, "QR code")
	}
	if !q.cancelled {
		q.cancelled, q.modified = true, c.now
	}
	return enkashOK(q.entity(c))
}

// upiQRSearch filters by status, amount and dates (E28); the body's schema is not visible in the reference.
func (s *Sim) upiQRSearch(c *call) answer {
	var in struct {
		Status          string      `json:"status"`
		Amount          json.Number `json:"amount"`
		FromDate        string      `json:"fromDate"`
		ToDate          string      `json:"toDate"`
		ReferenceNumber string      `json:"referenceNumber"`
		Name            string      `json:"qrName"`
	}
	no := func(text string) answer { return enkashNo(c, 400, codeValidation, text) }
	if text := strict(c.body, &in); text != "" {
		return no(text)
	}
	offset, limit := 0, 50
	for name, into := range map[string]*int{"offset": &offset, "limit": &limit} {
		if v := c.r.URL.Query().Get(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || n > 5000 {
				return no(name + " must be a number up to 5000")
			}
			*into = n
		}
	}
	found := []any{}
	for _, q := range slices.Backward(s.qrObj) {
		if (in.Status == "" || in.Status == q.status()) &&
			(in.Amount == "" || in.Amount.String() == q.in.Amount.String()) &&
			(in.ReferenceNumber == "" || in.ReferenceNumber == q.in.ReferenceNumber) &&
			(in.Name == "" || in.Name == q.in.Name) {
			found = append(found, q.entity(c))
		}
	}
	found = found[min(offset, len(found)):]
	return enkashOK(found[:min(limit, len(found))])
}
