package gatewaytest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	notices             map[string]notice // by the debit's reference
}

// notice is what the payer was told of a debit to come.
type notice struct {
	at     time.Time
	amount int64
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
	case in.ReferenceID == "" || in.Amount < 1 || in.Currency != "INR" || in.Name == "" || in.Expiry == "" ||
		in.BlockFund == nil:
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
	case in.Recurrence.Period == "" || in.Recurrence.Rule == "" || in.Recurrence.Value == nil ||
		in.Validity.StartAt == "" || in.Validity.EndAt == "":
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

	// The payer approves in the app after a minute, and what nobody approves in time expires.
	end := func(status string) func() {
		return func() {
			if m.status == "CREATED" {
				m.status = status
				s.mandateCallback(m)
			}
		}
	}

	if !c.dice.hit(c.knobs.NoApproval, "no_approval") {
		s.at(c.now.Add(time.Minute), end("ACTIVE"))
	}
	if by, err := time.Parse(time.RFC3339, in.Expiry); err == nil {
		s.at(by, end("EXPIRED"))
	}
	return bare(m.entity())
}

// mandateCallback is EnKash's "UPI Mandate Callback" (E30): numbers for times, snake_case in pausePeriod, and the
// payee. No checksum.
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

// mandateRevoke requires remarks and takes nothing else: the sample body on its page (reference_id, amount,
// description) is another call's, and is refused here.
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
	m, in, no := s.mandateStep(c, generation)
	switch {
	case no != nil:
		return *no
	case in.ReferenceID == "" || s.byRef(in.ReferenceID) != nil:
		return enkashNo(c, 400, codeFailed, "referenceId is missing or was used before")
	}
	if m.notices == nil {
		m.notices = map[string]notice{}
	}
	if _, told := m.notices[in.ReferenceID]; !told {
		m.notices[in.ReferenceID] = notice{c.now, in.Amount}
	}
	return bare(m.entity())
}

// mandateExecute debits once for each reference, and only after the payer was told of that debit, notice_ahead before.
// A debit is an order of its own in the books, with one payment: its callback is that of a payment (E31), and so it is
// read, and refunded.
func (s *Sim) mandateExecute(c *call, generation string) answer {
	m, in, no := s.mandateStep(c, generation)
	if no != nil {
		return *no
	}
	told, notified := m.notices[in.ReferenceID]
	switch {
	case in.ReferenceID == "" || s.byRef(in.ReferenceID) != nil:
		return enkashNo(c, 400, codeFailed, "referenceId is missing or was used before")
	case !notified:
		return enkashNo(c, 400, codeFailed, "Pre-debit notification was not sent")
	case told.amount != in.Amount:
		return enkashNo(c, 400, codeValidation, "amount is not that of the pre-debit notification")
	case c.now.Sub(told.at) < time.Duration(c.knobs.NoticeAhead):
		return enkashNo(
			c,
			400,
			codeFailed,
			"Pre-debit notification was sent less than "+time.Duration(c.knobs.NoticeAhead).String()+" ago",
		)
	}

	p := s.newDebit(c, m, in)
	e := m.entity()
	e["referenceId"], e["amount"], e["transactionId"] = in.ReferenceID, in.Amount, p.id
	later := func(end state, reason string) {
		e["status"], p.state = "PENDING", pending
		s.at(c.now.Add(5*time.Minute), func() { s.endDebit(p, end, reason) })
	}
	switch {
	case c.dice.hit(c.knobs.DebitFails, "debit_fails"):
		e["status"], e["upiResponseCode"] = "FAILED", "U30"
		s.endDebit(p, failed, "U30")
	case c.dice.hit(c.knobs.DebitPends, "debit_pends"):
		later(captured, "")
	case c.dice.hit(c.knobs.DebitExpires, "debit_expires"):
		later(failed, "U69")
	case c.dice.hit(c.knobs.DebitHangs, "debit_hangs"):
		e["status"], p.state = "PENDING", pending
	default:
		e["status"] = "SUCCESS"
		s.endDebit(p, captured, "")
	}

	return bare(e)
}

// newDebit puts a debit into the books. Amounts of mandates count paise here.
func (s *Sim) newDebit(c *call, m *mandate, in mandateStep) *payment {
	o := &order{
		api:       EnKash,
		id:        "ORD17" + c.dice.text("debit", digits, 11) + c.dice.text("tail", letters, 5),
		ref:       in.ReferenceID,
		live:      true,
		amount:    money.Paise(in.Amount),
		created:   c.now,
		modified:  c.now,
		once:      true,
		fixed:     true,
		desc:      in.Description,
		mandate:   m.id,
		notifyURL: c.knobs.CallbackURL,
	}
	p := &payment{
		api:      EnKash,
		id:       ekID(s.dice("debit " + in.ReferenceID)),
		order:    o,
		amount:   o.amount,
		state:    started,
		vpa:      m.in.Payer.VPA,
		created:  c.now,
		modified: c.now,
	}
	o.txn, o.payments = p.id, []*payment{p}
	s.orders = append(s.orders, o)
	c.about = o
	return p
}

// endDebit ends a debit that has no end yet, and tells the merchant.
func (s *Sim) endDebit(p *payment, end state, reason string) {
	if p.state == captured || p.state == failed {
		return
	}
	p.state, p.reason, p.modified = end, reason, s.now()
	if end == captured {
		p.captured, p.rrn = s.now(), s.dice("debit rrn "+p.id).text("rrn", digits, 12)
	} else {
		p.order.closed = s.now()
	}
	s.enkashNotify(p)
}

// payerDoes is what a payer does to a mandate in the app: approve, decline, pause, resume, revoke; or what the bank
// does: expire, halt.
func (s *Sim) payerDoes(action, reference string) error {
	i := slices.IndexFunc(
		s.mandate,
		func(m *mandate) bool { return m.in.ReferenceID == reference || m.id == reference },
	)
	if i < 0 {
		return fmt.Errorf("there is no mandate %q: give the reference it was made with", reference)
	}
	m := s.mandate[i]
	steps := map[string]struct{ from, to string }{
		"approve": {"CREATED", "ACTIVE"},
		"decline": {"CREATED", "REJECTED"},
		"pause":   {"ACTIVE", "PAUSED"},
		"resume":  {"PAUSED", "ACTIVE"},
		"revoke":  {"ACTIVE PAUSED", "REVOKED"},
		"expire":  {"CREATED ACTIVE PAUSED", "EXPIRED"},
		"halt":    {"ACTIVE", "HALTED"},
	}
	step, known := steps[action]
	if !known || !slices.Contains(strings.Fields(step.from), m.status) {
		return fmt.Errorf(
			"a mandate that is %s can't %q: payers approve, decline, pause, resume, revoke; banks expire and halt",
			m.status,
			action,
		)
	}
	m.status = step.to
	s.mandateCallback(m)
	return nil
}

// bankEnds is the end of a debit that hangs.
func (s *Sim) bankEnds(action, reference string) error {
	o := s.byRef(reference)
	switch {
	case o == nil || len(o.payments) != 1 || o.txn != o.payments[0].id:
		return fmt.Errorf("there is no debit %q", reference)
	case action == "pay":
		s.endDebit(o.payments[0], captured, "")
	case action == "fail":
		s.endDebit(o.payments[0], failed, "U30")
	default:
		return fmt.Errorf("a bank can pay or fail a debit, not %q", action)
	}
	return nil
}
