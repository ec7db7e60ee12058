package till

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
	"galla/state"
)

// plan reads an operation's request, strictly, and makes it ready to be asked.
func plan(gw gateway.Gateway, r OperationRequest) (action, error) {
	wantsTarget := r.Kind == QRCancel || strings.HasPrefix(r.Kind, "mandate.") && r.Kind != MandateCreate
	if wantsTarget != (r.Target != "") || len(r.Target) > 64 || !printable(r.Target) {
		return action{}, &RequestError{Field: "id", Why: fmt.Sprintf("the id %.64q is not one the gateway gave: take it from the list", r.Target)}
	}
	switch r.Kind {
	case QRCreate:
		return planQR(gw, r.Body)
	case QRCancel:
		return action{kept: struct{}{}, ask: func(ctx context.Context, _ string) (any, error) { return counterQRs(gw).Cancel(ctx, r.Target) }}, read(r.Body, &struct{}{})
	case MandateCreate:
		return planMandate(gw, r.Body)
	case MandateUpdate:
		var c gateway.MandateChange
		if err := errors.Join(read(r.Body, &c), amount(c.Amount, 1), short("description", c.Description, 0, 200)); err != nil {
			return action{}, first(err)
		}
		return action{reference: c.Reference, kept: c, ask: func(ctx context.Context, ref string) (any, error) {
			c.Reference = ref
			return mandates(gw).Update(ctx, r.Target, c)
		}}, nil
	case MandateRevoke:
		var b Remarks
		if err := errors.Join(read(r.Body, &b), short("remarks", b.Remarks, 1, 250)); err != nil {
			return action{}, first(err)
		}
		return action{kept: b, ask: func(ctx context.Context, _ string) (any, error) { return mandates(gw).Revoke(ctx, r.Target, b.Remarks) }}, nil
	case MandateNotify, MandateExecute:
		var d gateway.MandateDebit
		if err := errors.Join(read(r.Body, &d), amount(d.Amount, 1), short("description", d.Description, 0, 200)); err != nil {
			return action{}, first(err)
		}
		if d.MandateID != "" && d.MandateID != r.Target {
			return action{}, &RequestError{Field: "mandate_id", Why: fmt.Sprintf("the debit names mandate %.64q, and the request %.64q", d.MandateID, r.Target)}
		}
		d.MandateID = r.Target
		return action{reference: d.Reference, kept: d, ask: func(ctx context.Context, ref string) (any, error) {
			d.Reference = ref
			if r.Kind == MandateNotify {
				return mandates(gw).Notify(ctx, d)
			}
			return mandates(gw).Execute(ctx, d)
		}}, nil
	}
	return action{kept: struct{}{}, ask: func(ctx context.Context, ref string) (any, error) { return record(ctx, gw, ref) }}, read(r.Body, &struct{}{})
}

func planQR(gw gateway.Gateway, body json.RawMessage) (action, error) {
	var s gateway.CounterQRSpec
	if err := errors.Join(read(body, &s), short("name", s.Name, 1, 80), amount(s.Amount, 0), short("description", s.Description, 0, 200),
		short("expiry", s.Expiry, 0, 40), short("reference", s.Reference, 0, 64)); err != nil {
		return action{}, first(err)
	}
	return action{reference: s.Reference, kept: s, ask: func(ctx context.Context, ref string) (any, error) {
		s.Reference = ref
		return counterQRs(gw).Create(ctx, s)
	}}, nil
}

func planMandate(gw gateway.Gateway, body json.RawMessage) (action, error) {
	var s gateway.MandateSpec
	err := errors.Join(read(body, &s), short("name", s.Name, 1, 80), amount(s.Amount, 1), short("payer.name", s.Payer.Name, 1, 80),
		short("payer.vpa", s.Payer.VPA, 3, 255), short("payer.account", s.Payer.Account, 1, 40), short("period", s.Period, 1, 40),
		short("debit_rule", s.DebitRule, 1, 40), short("description", s.Description, 0, 200))
	switch {
	case err != nil:
	case s.Rule != "exact" && s.Rule != "max":
		err = &RequestError{Field: "rule", Why: fmt.Sprintf("rule %.20q is neither \"exact\" nor \"max\"", s.Rule)}
	case s.Expiry.IsZero() || s.Start.IsZero() || !s.End.After(s.Start):
		err = &RequestError{Field: "end", Why: "a mandate needs expiry, start and end, and ends after it starts"}
	}
	if err != nil {
		return action{}, first(err)
	}
	kept := s
	// The journal is read by many; the payer's whole address and account are the gateway's business.
	kept.Payer.VPA, kept.Payer.Account = gateway.MaskVPA(s.Payer.VPA), "****"+s.Payer.Account[max(0, len(s.Payer.Account)-min(4, len(s.Payer.Account)/2)):]
	return action{reference: s.Reference, kept: kept, ask: func(ctx context.Context, ref string) (any, error) {
		s.Reference = ref
		return mandates(gw).Create(ctx, s)
	}}, nil
}

// lookFor reads what became of an operation, without changing anything. done says that it certainly happened;
// ErrUnsupported that this can't be looked up.
func lookFor(ctx context.Context, gw gateway.Gateway, o state.Operation) (seen any, done bool, err error) {
	switch o.Kind {
	case QRCreate:
		found, err := counterQRs(gw).Search(ctx, gateway.CounterQRSearch{Reference: o.Reference, Limit: 100})
		if err != nil {
			return nil, false, err
		}
		for _, q := range found {
			if q.Reference == o.Reference { // a gateway that ignores the filter answers with every code
				var s gateway.CounterQRSpec
				err := json.Unmarshal(o.Request, &s)
				return q, q.Amount == s.Amount, err // over another amount it is for a person to look at
			}
		}
		return nil, false, gateway.ErrNotFound
	case QRCancel:
		q, err := counterQRs(gw).Show(ctx, o.Target)
		return q, q.Status == "cancelled", err
	case MandateCreate:
		m, err := mandates(gw).Find(ctx, o.Reference)
		return m, true, err
	case MandateUpdate:
		var c gateway.MandateChange
		if err := json.Unmarshal(o.Request, &c); err != nil {
			return nil, false, err
		}
		m, err := mandates(gw).Show(ctx, o.Target)
		return m, m.Amount == c.Amount && m.Amount > 0, err
	case MandateRevoke:
		m, err := mandates(gw).Show(ctx, o.Target)
		return m, strings.HasPrefix(strings.ToLower(m.Status), "revoke"), err
	}
	return nil, false, gateway.ErrUnsupported
}

// advice says what a person looks at when the outcome of an operation is not known.
func advice(o state.Operation) string {
	switch o.Kind {
	case QRCreate:
		return "Whether this counter QR was made is not known. Look with \"galla qr list\" before making another."
	case QRCancel:
		return "Whether this counter QR was cancelled is not known. Look with \"galla qr show\"; until it says cancelled, it takes payments."
	case MandateCreate:
		return "Whether this mandate was made is not known. Look for reference " + o.Reference + " in the gateway's dashboard before making another: the payer may have been asked already."
	case MandateExecute:
		return "Whether this debit happened is not known: money may have moved. Look for reference " + o.Reference + " in the gateway's dashboard. Do not debit again before that."
	case MandateNotify:
		return "Whether the payer was told is not known. Look for reference " + o.Reference + " in the gateway's dashboard before telling them again."
	case GatewayRecord:
		return "The recording broke off. An order over ₹1 may stay open until it expires; its QR was shown to nobody."
	}
	return "Whether this was done is not known. Look with \"galla mandate show\" before asking again."
}

// read decodes a body that has no other fields than v.
func read(body json.RawMessage, v any) error {
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil || dec.More() {
		return &RequestError{Field: "body", Why: fmt.Sprintf("the request can't be read: %v", err)}
	}
	return nil
}

func amount(a, least money.Paise) error {
	if a < least || a > money.Max {
		return &RequestError{Field: "amount_paise", Why: fmt.Sprintf("amount_paise is %d: give at least %d and at most %d", int64(a), int64(least), int64(money.Max))}
	}
	return nil
}

func short(field, s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most || !printable(s) {
		return &RequestError{Field: field, Why: fmt.Sprintf("%s must be %d to %d printable characters", field, least, most)}
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
