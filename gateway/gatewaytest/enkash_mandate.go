package gatewaytest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"galla/internal/money"
)

// mandate is one UPI autopay mandate (§1.13). The two generations of paths do not see each other's mandates.
type mandate struct {
	id, umn, generation string
	in                  mandateRequest
	status              string
	created             time.Time
	remarks             string
	notified            bool
}

// debit is one execution of a mandate.
type debit struct {
	reference string
	mandate   *mandate
}

type mandateRequest struct {
	ReferenceID string `json:"referenceId"`
	Amount      int64  `json:"amount"`
	AmountRule  string `json:"amountRule"`
	Currency    string `json:"currency"`
	Payer       struct {
		Name              string `json:"name"`
		VPA               string `json:"vpa"`
		Account           string `json:"account"`
		AccountValidation *bool  `json:"accountValidation"`
	} `json:"payer"`
	Name       string `json:"mandateName"`
	Expiry     string `json:"expiry"`
	BlockFund  *bool  `json:"blockFund"`
	Recurrence struct {
		Period string `json:"period"`
		Rule   string `json:"rule"`
		Value  *int   `json:"value"`
	} `json:"recurrence"`
	Validity struct {
		StartAt string `json:"startAt"`
		EndAt   string `json:"endAt"`
	} `json:"validity"`
	UPIReferenceURL string `json:"upiReferenceUrl"`
	Description     string `json:"description"`
}

// mandateRoutes serves both generations; the knob mandate_paths takes one away.
func (s *Sim) mandateRoutes(auth func(pattern, op string, about subject, h handler)) {
	for _, g := range []struct{ name, base, item string }{
		{"middle", "/api/v0/upi-autopay/mandates", "/api/v0/upi-autopay/mandates"},
		{"newer", "/api/v0/upi-mandate", "/api/v0/upi-mandate"},
	} {
		on := func(pattern, op string, about subject, h func(*call, string) answer) {
			auth(pattern, op, about, func(c *call) answer {
				if c.knobs.MandatePaths != "both" && c.knobs.MandatePaths != g.name {
					return enkashNoRoute(c)
				}
				return h(c, g.name)
			})
		}
		on("POST "+g.base, "mandate-create", byField("referenceId"), s.mandateCreate)
		on("PATCH "+g.item+"/{id}", "mandate-update", byPath, s.mandateUpdate)
		on("PATCH "+g.item+"/{id}/revoke", "mandate-revoke", byPath, s.mandateRevoke)
		on("GET "+g.item+"/{id}", "mandate-get", byPath, s.mandateGet)
		on("POST "+g.base+"/notify", "mandate-notify", byField("mandateId"), s.mandateNotify)
		on("POST "+g.base+"/execute", "mandate-execute", byField("referenceId"), s.mandateExecute)
	}
}

func (m *mandate) entity() map[string]any {
	times := map[string]any{"startAt": m.in.Validity.StartAt, "endAt": m.in.Validity.EndAt}
	return map[string]any{
		"umn":         m.umn,
		"referenceId": m.in.ReferenceID,
		"mandateId":   m.id,
		"amount":      m.in.Amount,
		"amountRule":  m.in.AmountRule,
		"currency":    m.in.Currency,
		"mcc":         payeeMCC,
		"payer":       m.in.Payer,
		"name":        m.in.Name,
		"expiry":      m.in.Expiry,
		"blockFund":   m.in.BlockFund,
		"recurrence":  m.in.Recurrence,
		"validity":    times,
		"pausePeriod": map[string]any{
			"startAt": m.in.Validity.StartAt,
			"endAt":   m.in.Validity.StartAt,
		}, // no pause: of no length
		"upiReferenceUrl": m.in.UPIReferenceURL,
		"description":     m.in.Description,
		"upiPurposeCode":  "14",
		"upiResponseCode": "00",
		"status":          m.status,
		"createdOn":       m.created.UTC().Format(time.RFC3339),
	}
}

// bare is an answer without the envelope, as mandates have it (S3).
func bare(v any) answer { return answer{status: 200, body: v} }

func (s *Sim) mandateCreate(c *call, generation string) answer {
	m := &mandate{generation: generation, created: c.now, status: "CREATED"}
	if text := strict(c.body, &m.in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	in := m.in
	switch {
	case in.ReferenceID == "" || in.Amount < 1 || in.Currency != "INR" || in.Name == "" || in.Expiry == "" || in.BlockFund == nil:
		return enkashNo(
			c,
			400,
			codeValidation,
			"referenceId, amount, currency (INR), mandateName, expiry and blockFund are required",
		)
	case in.AmountRule != "EXACT" && in.AmountRule != "MAX":
		return enkashNo(c, 400, codeValidation, "amountRule must be EXACT or MAX")
	case in.Payer.Name == "" || in.Payer.VPA == "" || in.Payer.Account == "" || in.Payer.AccountValidation == nil:
		return enkashNo(c, 400, codeValidation, "payer.name, vpa, account and accountValidation are required")
	case in.Recurrence.Period == "" || in.Recurrence.Rule == "" || in.Recurrence.Value == nil || in.Validity.StartAt == "" || in.Validity.EndAt == "":
		return enkashNo(
			c,
			400,
			codeValidation,
			"recurrence.period, rule, value and validity.startAt, endAt are required",
		)
	case slices.ContainsFunc(s.mandate, func(o *mandate) bool { return o.in.ReferenceID == in.ReferenceID }):
		return enkashNo(c, 400, codeFailed, "Duplicate referenceId")
	}
	m.id = "MND" + c.dice.text("mandate", digits, 12)
	m.umn = c.dice.text("umn", digits+"abcdef", 32) + "@gallasim"
	s.mandate = append(s.mandate, m)
	// The payer approves in the app after a minute.
	s.at(c.now.Add(time.Minute), func() {
		if m.status == "CREATED" {
			m.status = "ACTIVE"
			s.mandateCallback(m)
		}
	})
	return bare(m.entity())
}

// mandateCallback is EnKash's "UPI Mandate Callback" (E30): numbers for times, snake_case in pausePeriod, and the payee. No checksum.
func (s *Sim) mandateCallback(m *mandate) {
	e := m.entity()
	unix := func(text string) int64 {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return 0 // what the merchant sent was not checked further than being there
		}
		return t.Unix()
	}
	delete(e, "expiry")
	e["expireAt"], e["revokeableByPayer"] = unix(m.in.Expiry), true
	e["validity"] = map[string]any{"startAt": unix(m.in.Validity.StartAt), "endAt": unix(m.in.Validity.EndAt)}
	e["pausePeriod"] = map[string]any{"start_at": 0, "end_at": 0}
	e["payee"] = map[string]any{"vpa": enkashVPA, "name": payeeName, "mcc": payeeMCC}
	s.send(&hook{url: s.knobs.CallbackURL, body: encode(e), header: http.Header{}})
}

// debitCallback is EnKash's "Mandate Debit Callback" (E31): only the first field of its body is visible in the reference, which is that
// of the payment notification, and so are the others here.
func (s *Sim) debitCallback(m *mandate, in mandateStep) {
	zero, amount := json.Number("0.00"), json.Number(money.Paise(in.Amount).Decimal())
	s.send(&hook{url: s.knobs.CallbackURL, header: http.Header{}, body: encode(map[string]any{
		"surcharge":           zero,
		"surchargeGst":        zero,
		"amount":              amount,
		"finalAmount":         amount,
		"mdr":                 zero,
		"mdrGst":              zero,
		"transactionAmount":   amount,
		"paymentMode":         "UPI",
		"currency":            "INR",
		"checksum":            "",
		"status":              "SUCCESS",
		"transactionId":       ekID(s.dice("debit " + in.ReferenceID)),
		"txnMsg":              "",
		"uniqueTransactionId": m.id,
		"orderId":             in.ReferenceID,
		"orderStatus":         "PAID",
		"transactionStatus":   "SUCCESS",
	})})
}

// theMandate finds one by the gateway's id or the merchant's reference.
func (s *Sim) theMandate(generation, id string) *mandate {
	i := slices.IndexFunc(s.mandate, func(m *mandate) bool {
		return m.generation == generation && (m.id == id || m.in.ReferenceID == id)
	})
	if i < 0 {
		return nil
	}
	return s.mandate[i]
}

func (s *Sim) mandateGet(c *call, generation string) answer {
	id := c.r.PathValue("id")
	m := s.theMandate(generation, id)
	if m == nil ||
		generation == "newer" && m.in.ReferenceID != id { // the newer pages look up by the merchant's reference (E16)
		return enkashNotFound(c, "Mandate")
	}
	return bare(m.entity())
}

// mandateRevoke requires remarks and takes nothing else: the sample body on its page (reference_id, amount, description)
// is another call's, and is refused here.
func (s *Sim) mandateRevoke(c *call, generation string) answer {
	var in struct {
		Remarks string `json:"remarks"`
	}
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	if in.Remarks == "" {
		return enkashNo(c, 400, codeValidation, "remarks is required")
	}
	m := s.theMandate(generation, c.r.PathValue("id"))
	switch {
	case m == nil:
		return enkashNotFound(c, "Mandate")
	case m.status == "REVOKED":
		return enkashNo(c, 400, codeFailed, "Mandate is already revoked")
	}
	if c.dice.hit(c.knobs.RevokeStays, "revoke_stays") {
		return bare(m.entity())
	}
	m.status, m.remarks = "REVOKED", in.Remarks
	s.mandateCallback(m)
	return bare(m.entity())
}

// mandateUpdate takes the fields of the page's sample: a reference of the update, the new amount, a description.
func (s *Sim) mandateUpdate(c *call, generation string) answer {
	var in struct {
		ReferenceID string `json:"reference_id"`
		Amount      *int64 `json:"amount"`
		Description string `json:"description"`
		Expiry      string `json:"expiry"`
	}
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	m := s.theMandate(generation, c.r.PathValue("id"))
	switch {
	case m == nil:
		return enkashNotFound(c, "Mandate")
	case m.status == "REVOKED":
		return enkashNo(c, 400, codeFailed, "Mandate is revoked")
	case in.Amount != nil && *in.Amount < 1:
		return enkashNo(c, 400, codeValidation, "amount must be above 0")
	}
	if in.Amount != nil {
		m.in.Amount = *in.Amount
	}
	if in.Description != "" {
		m.in.Description = in.Description
	}
	if in.Expiry != "" {
		m.in.Expiry = in.Expiry
	}
	return bare(m.entity())
}

// mandateStep is the body of notify and execute; their schemas are not visible in the reference.
type mandateStep struct {
	MandateID   string `json:"mandateId"`
	ReferenceID string `json:"referenceId"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	DebitDate   string `json:"debitDate"`
	Description string `json:"description"`
	Remarks     string `json:"remarks"`
}

func (s *Sim) mandateStep(c *call, generation string) (*mandate, mandateStep, *answer) {
	var in mandateStep
	no := func(status, code int, text string) (*mandate, mandateStep, *answer) {
		a := enkashNo(c, status, code, text)
		return nil, in, &a
	}
	if text := strict(c.body, &in); text != "" {
		return no(http.StatusBadRequest, codeValidation, text)
	}
	m := s.theMandate(generation, in.MandateID)
	switch {
	case m == nil:
		return no(404, codeFailed, "Mandate not found")
	case m.status != "ACTIVE":
		return no(400, codeFailed, "Mandate is not active: "+m.status)
	case in.Amount < 1 || in.Amount > m.in.Amount || m.in.AmountRule == "EXACT" && in.Amount != m.in.Amount:
		return no(400, codeValidation, "amount does not fit the mandate")
	}
	return m, in, nil
}

func (s *Sim) mandateNotify(c *call, generation string) answer {
	m, _, no := s.mandateStep(c, generation)
	if no != nil {
		return *no
	}
	m.notified = true
	return bare(m.entity())
}

// mandateExecute debits once for each reference, and only after the payer was notified.
func (s *Sim) mandateExecute(c *call, generation string) answer {
	m, in, no := s.mandateStep(c, generation)
	switch {
	case no != nil:
		return *no
	case in.ReferenceID == "" || slices.ContainsFunc(s.deduct, func(d *debit) bool { return d.reference == in.ReferenceID }):
		return enkashNo(c, 400, codeFailed, "referenceId is missing or was used before")
	case !m.notified:
		return enkashNo(c, 400, codeFailed, "Pre-debit notification was not sent")
	}
	m.notified = false
	e := m.entity()
	e["referenceId"], e["amount"], e["status"] = in.ReferenceID, in.Amount, "SUCCESS"
	if c.dice.hit(c.knobs.DebitFails, "debit_fails") {
		e["status"], e["upiResponseCode"] = "FAILED", "U30"
		return bare(e)
	}
	s.deduct = append(s.deduct, &debit{in.ReferenceID, m})
	if c.dice.hit(c.knobs.DebitPends, "debit_pends") {
		e["status"] = "PENDING"
		s.at(c.now.Add(5*time.Minute), func() { s.debitCallback(m, in) })
		return bare(e)
	}
	s.debitCallback(m, in)
	return bare(e)
}
