package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/till"
	"galla/internal/typed"
)

// plan reads an operation's request, strictly, and makes it ready to be asked.
func plan(gw gateway.Gateway, r Request) (action, error) {
	k := kinds[r.Kind]
	if k.changes != (r.Target != "") || len(r.Target) > 64 || !typed.Printable(r.Target) {
		return action{}, &till.RequestError{
			Field: "id",
			Why:   fmt.Sprintf("the id %.64q is not one the gateway gave: take it from the list", r.Target),
		}
	}
	a, err := k.plan(gw, r)
	if err != nil {
		return action{}, first(err)
	}
	return a, nil
}

// planBare is a kind that has no body.
func planBare(gw gateway.Gateway, r Request) (action, error) {
	return action{kept: struct{}{}, ask: func(ctx context.Context, ref string) (any, error) {
		if r.Kind == QRCancel {
			return counterQRs(gw).Cancel(ctx, r.Target)
		}
		return record(ctx, gw, ref)
	}}, read(r.Body, &struct{}{})
}

func planUpdate(gw gateway.Gateway, r Request) (action, error) {
	var c gateway.MandateChange
	err := errors.Join(read(r.Body, &c), amount(c.Amount, 1), short("description", c.Description, 0, 200))
	return action{reference: c.Reference, kept: c, ask: func(ctx context.Context, ref string) (any, error) {
		c.Reference = ref
		return mandates(gw).Update(ctx, r.Target, c)
	}}, err
}

func planRevoke(gw gateway.Gateway, r Request) (action, error) {
	var b Remarks
	err := errors.Join(read(r.Body, &b), short("remarks", b.Remarks, 1, 250))
	return action{kept: b, ask: func(ctx context.Context, _ string) (any, error) {
		return mandates(gw).Revoke(ctx, r.Target, b.Remarks)
	}}, err
}

// planNotice is the notice of a debit.
func planNotice(gw gateway.Gateway, r Request) (action, error) {
	var d gateway.MandateDebit
	err := errors.Join(
		read(r.Body, &d),
		amount(d.Amount, 1),
		short("description", d.Description, 0, 200),
		short("reference", d.Reference, 0, 64),
	)
	if err == nil && d.MandateID != "" && d.MandateID != r.Target {
		err = &till.RequestError{
			Field: "mandate_id",
			Why:   fmt.Sprintf("the debit names mandate %.64q, and the request %.64q", d.MandateID, r.Target),
		}
	}
	d.MandateID, d.On = r.Target, onDay(d.On, r.next, r.now)
	return action{reference: d.Reference, kept: d, ask: func(ctx context.Context, ref string) (any, error) {
		d.Reference = ref
		return mandates(gw).Notify(ctx, d)
	}}, err
}

// planPlan is what the owner says about the debits of a mandate. No gateway hears of it.
func planPlan(_ gateway.Gateway, r Request) (action, error) {
	var p Plan
	err := errors.Join(read(r.Body, &p), amount(p.Amount, 0))
	return action{kept: p, ask: func(context.Context, string) (any, error) { return p, nil }}, err
}

// fits refuses a plan of a mandate that the box doesn't know, and an amount that it can't debit.
func (o *Operations) fits(gw, target string, p Plan) error {
	s := o.mandateOf(gw, target)
	if s == nil {
		return &till.RequestError{
			Field: "id",
			Why:   fmt.Sprintf("no mandate %.64q is known at %q; galla mandate list shows those that are", target, gw),
		}
	}
	rules := s.rules()
	if p.Amount > rules.Amount {
		return &till.RequestError{
			Field: "amount_paise",
			Why:   fmt.Sprintf("%s is above the %s that the payer agreed to", p.Amount, rules.Amount),
		}
	}
	if rules.Exact && p.Amount != 0 && p.Amount != rules.Amount {
		return &till.RequestError{
			Field: "amount_paise",
			Why: fmt.Sprintf("each debit of this mandate is of %s exactly, not of %s; leave the amount out",
				rules.Amount, p.Amount),
		}
	}
	return nil
}

func planQR(gw gateway.Gateway, r Request) (action, error) {
	var s gateway.CounterQRSpec
	err := errors.Join(
		read(r.Body, &s),
		short("name", s.Name, 1, 80),
		amount(s.Amount, 0),
		short("description", s.Description, 0, 200),
		short("expiry", s.Expiry, 0, 40),
		short("reference", s.Reference, 0, 64),
	)
	if err == nil && s.Amount > r.limit {
		err = &till.RequestError{
			Field: "amount_paise",
			Why: fmt.Sprintf("%s is above the limit of %s for one sale, and a counter QR asks for a sale each time "+
				"it is paid: check the amount; the owner raises limit under [till] in gallad.toml", s.Amount, r.limit),
		}
	}
	return action{reference: s.Reference, kept: s, ask: func(ctx context.Context, ref string) (any, error) {
		s.Reference, s.Terminal, s.Box = ref, r.terminal, r.box
		return counterQRs(gw).Create(ctx, s)
	}}, err
}

func planMandate(gw gateway.Gateway, r Request) (action, error) {
	var s gateway.MandateSpec
	err := errors.Join(read(r.Body, &s), short("name", s.Name, 1, 80), amount(s.Amount, 1),
		short("payer.name", s.Payer.Name, 1, 80), short("payer.vpa", s.Payer.VPA, 3, 255),
		short("payer.account", s.Payer.Account, 1, 40), short("period", s.Period, 1, 40),
		short("debit_rule", s.DebitRule, 1, 40), short("description", s.Description, 0, 200))
	switch {
	case err != nil:
	case s.Rule != "exact" && s.Rule != "max":
		err = &till.RequestError{Field: "rule", Why: fmt.Sprintf("rule %.20q is neither \"exact\" nor \"max\"", s.Rule)}
	case s.Expiry.IsZero() || s.Start.IsZero() || s.End.IsZero(): // how they follow each other: see mandate.Terms
		err = &till.RequestError{Field: "end", Why: "a mandate needs expiry, start and end"}
	}

	// The audit is read by many; the payer's whole address and account are the gateway's business.
	kept, account := s, s.Payer.Account
	kept.Payer.VPA = gateway.MaskVPA(s.Payer.VPA)
	kept.Payer.Account = "****" + account[max(0, len(account)-min(4, len(account)/2)):]
	return action{reference: s.Reference, kept: kept, ask: func(ctx context.Context, ref string) (any, error) {
		s.Reference = ref
		return mandates(gw).Create(ctx, s)
	}}, err
}

// read decodes a body that has no other fields than v.
func read(body json.RawMessage, v any) error {
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil || dec.More() {
		return &till.RequestError{Field: "body", Why: fmt.Sprintf("the request can't be read: %v", err)}
	}
	return nil
}

// most is what UPI moves at once, for whomever it moves most (NPCI, September 2025: ₹10 lakh a day for verified
// merchants).
const most money.Paise = 10_00_000_00

func amount(a, least money.Paise) error {
	if a < least || a > most {
		return &till.RequestError{
			Field: "amount_paise",
			Why: fmt.Sprintf("amount_paise is %d: give at least %d and at most %d",
				int64(a), int64(least), int64(most)),
		}
	}
	return nil
}

func short(field, s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most || !typed.Printable(s) ||
		least > 0 && strings.TrimSpace(s) == "" {
		return &till.RequestError{
			Field: field,
			Why:   fmt.Sprintf("%s must be %d to %d printable characters", field, least, most),
		}
	}
	return nil
}

// first is the first of joined errors: one remedy at a time.
func first(err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		return all.Unwrap()[0]
	}
	return err
}
