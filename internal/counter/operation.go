package counter

import (
	"encoding/json"
	"fmt"
	"net/http"

	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
)

// operate hands one operation to the till. 201 says that it is on disk; its status says how it ended.
func (c *Counter) operate(w http.ResponseWriter, r *http.Request, who Caller, key, approver, kind string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	o, err := c.till.Operate(r.Context(), till.OperationRequest{Key: key, Gateway: r.PathValue("name"), Kind: kind, Target: r.PathValue("id"),
		Body: raw, By: who.Name, Approver: approver})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/operations/"+o.ID)
	return answer(w, http.StatusCreated, wire.FromOperation(o))
}

// nothing is an operation without a body.
func (c *Counter) nothing(kind string) func(http.ResponseWriter, *http.Request, Caller) error {
	return func(w http.ResponseWriter, r *http.Request, who Caller) error {
		key, err := c.write(w, r, who, &wire.Nothing{})
		if err != nil {
			return err
		}
		return c.operate(w, r, who, key, "", kind, struct{}{})
	}
}

func (c *Counter) createQR(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CreateQR
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, key, "", till.QRCreate, till.CounterQRSpec{Name: b.Name, Amount: money.Paise(b.AmountPaise), MultipleUse: b.MultipleUse,
		Description: b.Description, Expiry: b.Expiry, Reference: b.Reference})
}

func (c *Counter) showQR(w http.ResponseWriter, r *http.Request, _ Caller) error {
	q, err := c.till.CounterQR(r.Context(), r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wireQR(q))
}

func (c *Counter) listQRs(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query(r, "status", "reference", "offset", "limit")
	if err != nil {
		return err
	}
	offset, err := number(v, "offset")
	if err != nil {
		return err
	}
	limit, err := number(v, "limit")
	if err != nil {
		return err
	}
	if limit > 100 || offset > 1<<30 {
		return problem(badQuery, fmt.Sprintf("limit is %d: a page has 100 codes at most", limit), "Ask for 100 or fewer and page with offset=.")
	}
	found, err := c.till.CounterQRs(r.Context(), r.PathValue("name"), till.CounterQRSearch{Status: v.Get("status"), Reference: v.Get("reference"), Offset: int(offset), Limit: int(limit)})
	if err != nil {
		return err
	}
	page := wire.CounterQRs{QRs: []wire.CounterQR{}}
	for _, q := range found {
		page.QRs = append(page.QRs, wireQR(q))
	}
	return answer(w, http.StatusOK, page)
}

func (c *Counter) createMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CreateMandate
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, key, "", till.MandateCreate, till.MandateSpec{Reference: b.Reference, Name: b.Name, Amount: money.Paise(b.AmountPaise), Rule: b.Rule,
		Payer: till.MandatePayer(b.Payer), Period: b.Period, DebitRule: b.DebitRule, DebitValue: b.DebitValue, Expiry: b.Expiry, Start: b.Start, End: b.End,
		BlockFund: b.BlockFund, URL: b.URL, Description: b.Description})
}

func (c *Counter) showMandate(w http.ResponseWriter, r *http.Request, _ Caller) error {
	m, err := c.till.Mandate(r.Context(), r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wireMandate(m))
}

func (c *Counter) updateMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.UpdateMandate
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, key, "", till.MandateUpdate, till.MandateChange{Reference: b.Reference, Amount: money.Paise(b.AmountPaise), Description: b.Description})
}

func (c *Counter) revokeMandate(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.RevokeMandate
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, key, "", till.MandateRevoke, till.Remarks{Remarks: b.Remarks})
}

// debitMandate tells the payer of a debit, or takes it. Taking money needs a person who answers for it, as a refund does.
func (c *Counter) debitMandate(kind string) func(http.ResponseWriter, *http.Request, Caller) error {
	return func(w http.ResponseWriter, r *http.Request, who Caller) error {
		var b wire.DebitMandate
		key, err := c.write(w, r, who, &b)
		if err != nil {
			return err
		}
		approver := ""
		if kind == till.MandateExecute {
			if approver, err = c.approve(who, b.Approval); err != nil {
				return err
			}
		}
		return c.operate(w, r, who, key, approver, kind, till.MandateDebit{Reference: b.Reference, Amount: money.Paise(b.AmountPaise), On: b.On, Description: b.Description})
	}
}

func (c *Counter) listOperations(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query(r, "before", "limit")
	if err != nil {
		return err
	}
	limit, err := number(v, "limit")
	if err != nil {
		return err
	}
	if limit > 1000 {
		return problem(badQuery, fmt.Sprintf("limit is %d: a page has 1000 operations at most", limit), "Ask for 1000 or fewer and page with before=.")
	}
	list, err := c.till.Operations(r.Context(), v.Get("before"), int(limit))
	if err != nil {
		return err
	}
	page := wire.Operations{Operations: []wire.Operation{}}
	for _, o := range list {
		page.Operations = append(page.Operations, wire.FromOperation(o))
	}
	return answer(w, http.StatusOK, page)
}

func (c *Counter) showOperation(w http.ResponseWriter, r *http.Request, _ Caller) error {
	o, err := c.till.Operation(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wire.FromOperation(o))
}

func wireQR(q till.CounterQR) wire.CounterQR {
	return wire.CounterQR{ID: q.ID, Name: q.Name, AmountPaise: q.Amount, MultipleUse: q.MultipleUse, Description: q.Description, Expiry: q.Expiry,
		Reference: q.Reference, Status: q.Status, CreatedAt: q.CreatedAt.UTC(), Payload: q.Payload, Problem: q.Problem}
}

func wireMandate(m till.Mandate) wire.Mandate {
	return wire.Mandate{ID: m.ID, UMN: m.UMN, Reference: m.Reference, Name: m.Name, AmountPaise: m.Amount, Rule: m.Rule, PayerName: m.PayerName,
		PayerVPA: m.PayerVPA, Status: m.Status, Code: m.Code, Description: m.Description, Expiry: m.Expiry.UTC(), Start: m.Start.UTC(), End: m.End.UTC(), CreatedAt: m.CreatedAt.UTC()}
}
