package counter

import (
	"net/http"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/internal/operations"
)

// debitsShown is how many of a mandate's debits a list shows.
const debitsShown = 12

func (c *Counter) createMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CreateMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, asked, "", operations.MandateCreate, gateway.MandateSpec{
		Reference: b.Reference, Name: b.Name,
		Amount: money.Paise(b.AmountPaise), Rule: b.Rule, Payer: gateway.MandatePayer(b.Payer),
		Period: b.Period, DebitRule: b.DebitRule, DebitValue: b.DebitValue, Expiry: b.Expiry, Start: b.Start,
		End: b.End, BlockFund: b.BlockFund, URL: b.URL, Description: b.Description,
	})
}

func (c *Counter) showMandate(w http.ResponseWriter, r *http.Request, _ Caller) error {
	m, err := c.operations.Mandate(r.Context(), r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wireMandate(m))
}

func (c *Counter) updateMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.UpdateMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	change := gateway.MandateChange{Reference: b.Reference, Amount: money.Paise(b.AmountPaise),
		Description: b.Description}
	return c.operate(w, r, who, asked, "", operations.MandateUpdate, change)
}

func (c *Counter) revokeMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.RevokeMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, asked, "", operations.MandateRevoke, operations.Remarks{Remarks: b.Remarks})
}

func (c *Counter) planMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.PlanMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	// With auto, debits are taken without the approval that each of them takes otherwise: that is power.
	if who, err = c.prove(who, Owner, b.Acting); err != nil {
		return err
	}
	return c.operate(w, r, who, asked, "", operations.MandatePlan,
		operations.Plan{Amount: money.Paise(b.AmountPaise), Auto: b.Auto})
}

// notifyDebit tells the payer of a debit to come.
func (c *Counter) notifyDebit(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.DebitMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	d := gateway.MandateDebit{Reference: b.Reference, Amount: money.Paise(b.AmountPaise),
		On: b.On, Description: b.Description}
	return c.operate(w, r, who, asked, "", operations.MandateNotify, d)
}

// executeDebit takes a debit. It answers with the debit's sale. Taking money needs a person who answers for it, as a
// refund does.
func (c *Counter) executeDebit(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.DebitMandate
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	approver, err := c.approve(who, b.Approval)
	if err != nil {
		return err
	}
	on := ""
	if !b.On.IsZero() {
		on = day.Business(b.On, 0)
	}
	s, err := c.operations.Debit(r.Context(), operations.DebitRequest{
		Key: asked.key, Owner: asked.owner, Replayed: &asked.replayed, Gateway: r.PathValue("name"),
		Mandate: r.PathValue("id"), Reference: b.Reference, Amount: money.Paise(b.AmountPaise), Day: on,
		Description: b.Description, By: who.Name, Approver: approver,
	})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/sales/"+s.ID)
	return asked.answer(w, http.StatusCreated, wire.FromSale(s))
}

// settleOperation records a person's word on an operation whose end is not known.
func (c *Counter) settleOperation(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.SettleOperation
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	approver, err := c.approve(who, b.Approval)
	if err != nil {
		return err
	}
	by := who.Name
	if approver != "" {
		by = approver
	}
	o, err := c.operations.Settle(r.Context(), r.PathValue("id"), b.Done, by)
	if err != nil {
		return err
	}
	return asked.answer(w, http.StatusOK, wireOperation(o))
}

func (c *Counter) listMandates(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	all, err := c.operations.MandateList()
	if err != nil {
		return err
	}
	page := wire.Mandates{Mandates: []wire.KnownMandate{}, Unsure: c.unsure("mandate.")}
	for _, m := range all {
		page.Mandates = append(page.Mandates, wireKnown(m))
	}
	return answer(w, http.StatusOK, page)
}

func wireKnown(m operations.Mandated) wire.KnownMandate {
	code := m.State.Sentence()
	k := wire.KnownMandate{
		Gateway:     m.Gateway,
		Mandate:     wireMandate(m.Record),
		Names:       m.Names,
		State:       string(m.State),
		Message:     wire.SayMandate(code),
		Code:        code,
		By:          m.By,
		AskedAt:     m.AskedAt.UTC(),
		AmountPaise: m.Plan.Amount,
		Auto:        m.Plan.Auto,
		Retry:       m.Retry,
		Debits:      []wire.Sale{},
	}
	if n := m.Next; n.Step != mandate.StepNone {
		from := n.From
		if !from.IsZero() {
			from = from.In(day.IST)
		}
		next := wire.NextDebit{Step: string(n.Step), Day: n.Day, AmountPaise: n.Amount,
			Reference: n.Reference, From: from}
		k.Next = wire.FromNext(next, mandate.NeedsPIN(n.Amount))
	}
	if l := m.Lost; l.Count > 0 {
		k.Lost = wire.SayLost(l.Count, l.From, l.Until)
	}
	for _, s := range m.Debits[:min(len(m.Debits), debitsShown)] {
		k.Debits = append(k.Debits, wire.FromSale(s))
	}
	return k
}

func wireMandate(m gateway.Mandate) wire.Mandate {
	return wire.Mandate{
		ID: m.ID, UMN: m.UMN, Reference: m.Reference, Name: m.Name, AmountPaise: m.Amount, Rule: m.Rule,
		Period: m.Period, DebitRule: m.DebitRule, DebitValue: m.DebitValue, PayerName: m.PayerName,
		PayerVPA: m.PayerVPA, Status: m.Status, Code: m.Code, Description: m.Description,
		Expiry: m.Expiry.UTC(), Start: m.Start.UTC(), End: m.End.UTC(), CreatedAt: m.CreatedAt.UTC(),
	}
}
