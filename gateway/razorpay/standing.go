package razorpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/upiqr"
)

const (
	// noteStanding carries CounterQRSpec.Reference. It is another note than a sale's, so that no payment of a printed
	// code is ever taken for one of a sale's attempt.
	noteStanding = "standing"
	noteBox      = "box"

	// standingBefore is how far back a create looks for a QR of its own reference: Razorpay finds QR codes by time
	// alone.
	standingBefore = 2 * time.Hour
	// standingList is how far back a list goes that names no beginning.
	standingList = 24 * time.Hour
	// ordinary is what Razorpay writes as the description of every payment of a QR (R9). Anything else is a word of the
	// payer's.
	ordinary = "QRv2 Payment"
)

// CounterQRs is the account's QR codes of usage multiple_use: printed once, paid by everybody who comes (R3). They have
// no expiry, and close for good.
func (c *Client) CounterQRs() gateway.CounterQRs { return standingQRs{c} }

type standingQRs struct{ c *Client }

var (
	_ gateway.HasCounterQRs       = (*Client)(nil)
	_ gateway.HasStandingPayments = (*Client)(nil)
)

// standingRequest is the body of a create: close_by is refused for multiple_use (R3).
type standingRequest struct {
	Type          string            `json:"type"`
	Name          string            `json:"name"`
	Usage         string            `json:"usage"`
	FixedAmount   bool              `json:"fixed_amount"`
	PaymentAmount *money.Paise      `json:"payment_amount,omitempty"`
	Description   string            `json:"description,omitempty"`
	Notes         map[string]string `json:"notes"`
}

// Create makes a standing QR, once for its reference: one that was made a moment ago under it with the same name and
// amount is answered, and another is refused. It sends the create once.
func (d standingQRs) Create(ctx context.Context, s gateway.CounterQRSpec) (gateway.CounterQR, error) {
	const op = "create standing QR"
	c := d.c
	if err := c.showable(op); err != nil {
		return gateway.CounterQR{}, err
	}
	switch {
	case !s.MultipleUse || s.Expiry != "":
		return gateway.CounterQR{}, c.refuse(op, gateway.ClassRejected, gateway.CashierQRKind, "",
			fmt.Errorf("asked was a QR of one payment, or with the expiry %.40q", s.Expiry))
	case s.Name == "" || s.Reference == "" || s.Amount < 0 || s.Amount > money.Max:
		return gateway.CounterQR{}, c.refuse(op, gateway.ClassRejected, gateway.CashierQRIncomplete, "",
			fmt.Errorf("name %.40q, reference %.40q, amount %s: nothing was asked", s.Name, s.Reference, s.Amount))
	}

	earlier, err := d.list(ctx, op, c.now().Add(-standingBefore), s.Reference)
	if err != nil {
		return gateway.CounterQR{}, err
	}
	for _, q := range earlier {
		if q.Status != "closed" && string(q.Name) == s.Name && standingAmount(q) == s.Amount {
			return c.standing(ctx, q), nil
		}
	}
	if len(earlier) > 0 {
		q := earlier[0]
		return gateway.CounterQR{}, c.refuse(op, gateway.ClassRejected, gateway.CashierQRReference, "",
			fmt.Errorf("QR %s (%.40q, %s) has the reference %.40q", q.ID, q.Name, standingAmount(q), s.Reference))
	}

	r := standingRequest{
		Type:        "upi_qr",
		Name:        s.Name,
		Usage:       "multiple_use",
		FixedAmount: s.Amount > 0,
		Description: s.Description,
		Notes:       map[string]string{noteStanding: s.Reference},
	}

	if s.Amount > 0 {
		r.PaymentAmount = &s.Amount
	}
	for k, v := range map[string]string{noteTerminal: s.Terminal, noteBox: s.Box} {
		if v != "" {
			r.Notes[k] = cut(v, maxNote)
		}
	}
	var q qrEntity
	if err := c.do(ctx, write(op, http.MethodPost, qrPath, r), &q); err != nil {
		return gateway.CounterQR{}, err
	}
	if q.Usage != "multiple_use" || q.Type != "" && q.Type != "upi_qr" || q.FixedAmount.v != (s.Amount > 0) ||
		standingAmount(q) != s.Amount {
		cause := fmt.Errorf("QR %s was made as %.20q over %s, asked was %s", q.ID, q.Usage, standingAmount(q), s.Amount)
		if err := c.Close(ctx, gateway.Order{ID: string(q.ID)}); err != nil { // nobody has seen it
			cause = errors.Join(cause, fmt.Errorf("and it could not be closed: %w", err))
		}
		return gateway.CounterQR{}, c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"the QR is not the one that was asked for: close it in Razorpay's dashboard",
			cause,
		)
	}

	return c.standing(ctx, q), nil
}

// standingAmount is what a QR asks of each payer; 0: he types it.
func standingAmount(q qrEntity) money.Paise {
	if !q.FixedAmount.v {
		return 0
	}
	return money.Paise(q.PaymentAmount.v)
}

// standing is a QR in the till's words, with its code where that may be printed.
func (c *Client) standing(ctx context.Context, q qrEntity) gateway.CounterQR {
	out := standingRecord(q)
	if out.Status != gateway.CounterQRActive {
		out.Problem = "it takes no payments: its status is " + out.Status
		return out
	}
	payload, err := c.payload(ctx, q)
	if err == nil && out.Amount > 0 {
		_, err = upiqr.Check(payload, out.Amount)
	} else if err == nil {
		_, err = upiqr.CheckPayee(payload)
	}
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	out.Payload = payload
	return out
}

// standingRecord is the same without the code.
func standingRecord(q qrEntity) gateway.CounterQR {
	out := gateway.CounterQR{
		ID:          string(q.ID),
		Name:        gateway.Shorten(string(q.Name), 80),
		Amount:      standingAmount(q),
		MultipleUse: q.Usage == "multiple_use",
		Description: gateway.Shorten(string(q.Description), 200),
		Reference:   gateway.Shorten(q.Notes[noteStanding], 64),
		Status:      gateway.Shorten(string(q.Status), 40),
		CreatedAt:   q.CreatedAt.time(),
	}
	if out.Status == "closed" {
		out.Status = gateway.CounterQRCancelled
	}
	return out
}

// Show reads one QR, with its code.
func (d standingQRs) Show(ctx context.Context, id string) (gateway.CounterQR, error) {
	q, err := d.c.readQR(ctx, urgent(read("read standing QR", qrPath+"/"+url.PathEscape(id), nil)))
	if err != nil {
		return gateway.CounterQR{}, absent(err)
	}
	return d.c.standing(ctx, q), nil
}

// absent joins ErrNotFound to Razorpay's own "no such thing", which it says of another account's too.
func absent(err error) error {
	if e, ok := errors.AsType[*gateway.Error](err); ok &&
		(strings.Contains(e.Text, "does not exist") || strings.Contains(e.Text, "not a valid id")) {
		return errors.Join(gateway.ErrNotFound, err)
	}
	return err
}

// Search lists the standing QR codes that were made since s.Since, newest first; without one, those of the last day:
// Razorpay's list goes by time, and every sale's QR stands in it. What it lists has no code: Show has.
func (d standingQRs) Search(ctx context.Context, s gateway.CounterQRSearch) ([]gateway.CounterQR, error) {
	from := s.Since
	if from.IsZero() {
		from = d.c.now().Add(-standingList)
	}
	found, err := d.list(ctx, "list standing QRs", from, s.Reference)
	if err != nil {
		return nil, err
	}
	var out []gateway.CounterQR
	for _, q := range found {
		r := standingRecord(q)
		if r.Problem = "its code is read with galla qr show"; s.Status == "" || r.Status == s.Status {
			out = append(out, r)
		}
	}
	out = out[min(max(s.Offset, 0), len(out)):]
	if s.Limit > 0 {
		out = out[:min(s.Limit, len(out))]
	}
	return out, nil
}

// list reads the QR codes of usage multiple_use that were made since from, our clock, newest first: of a reference,
// where one is given.
func (d standingQRs) list(ctx context.Context, op string, from time.Time, reference string) ([]qrEntity, error) {
	c := d.c
	if _, known := c.caller.Skew(); !known { // the window is in Razorpay's time
		if err := c.caller.Warm(ctx); err != nil {
			return nil, err
		}
	}
	var out []qrEntity
	seen := map[text]bool{}
	err := c.eachQR(ctx, urgent(read(op, qrPath, c.window(from, c.now().Add(time.Minute)))), func(q qrEntity) {
		if q.Usage == "multiple_use" && !seen[q.ID] && (reference == "" || q.Notes[noteStanding] == reference) {
			seen[q.ID] = true
			out = append(out, q)
		}
	})
	slices.SortStableFunc(out, func(a, b qrEntity) int { return int(b.CreatedAt.v - a.CreatedAt.v) })
	return out, err
}

// Cancel closes a QR for good. It succeeds only if Razorpay says closed.
func (d standingQRs) Cancel(ctx context.Context, id string) (gateway.CounterQR, error) {
	const op = "close standing QR"
	q, err := d.Show(ctx, id)
	if err != nil || q.Status == gateway.CounterQRCancelled {
		return q, err
	}
	if !q.MultipleUse {
		return q, d.c.refuse(
			op,
			gateway.ClassRejected,
			gateway.CashierQRKind,
			"",
			fmt.Errorf("QR %.40q is a sale's: cancel the sale", id),
		)
	}
	if err := d.c.Close(ctx, gateway.Order{ID: id}); err != nil {
		return q, err
	}
	after, err := d.c.readQR(ctx, urgent(read("read standing QR", qrPath+"/"+url.PathEscape(id), nil)))
	if err != nil {
		return q, d.c.refuse(op, gateway.ClassUnknown, "", "", err)
	}
	if q = standingRecord(after); q.Status != gateway.CounterQRCancelled {
		return q, d.c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"",
			fmt.Errorf("QR %.40q is %q after the close: it takes payments", id, q.Status),
		)
	}
	q.Problem = "it takes no payments: its status is cancelled"
	return q, nil
}

// StandingPayments is GET /v1/payments/qr_codes/{id}/payments by time (R9). It reads 5,000 at most.
func (c *Client) StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]gateway.Payment, error) {
	if _, known := c.caller.Skew(); !known {
		if err := c.caller.Warm(ctx); err != nil {
			return nil, err
		}
	}
	var out []gateway.Payment
	seen := map[text]bool{}
	call := read("read standing QR's payments", qrPath+"/"+url.PathEscape(qr)+"/payments", c.window(from, to))
	err := eachItem[standingEntity, *standingEntity](ctx, c, call, func(e standingEntity) {
		if seen[e.ID] && !e.bad {
			return
		}
		seen[e.ID] = true
		p := c.standingPayment(qr, e.paymentEntity)
		if e.bad {
			p.Status, p.Amount, p.Refunded, p.Odd = gateway.PaymentUnknown, 0, 0, gateway.Odd{Code: gateway.OddRecord}
		}
		out = append(out, p)
	})
	if err != nil {
		return nil, absent(err)
	}
	slices.Reverse(
		out,
	) // Razorpay lists the newest first, and its times are whole seconds: what was paid first comes first
	return out, nil
}

// standingEntity is a payment in the list of a standing QR, where each is somebody else's: one that can't be read hides
// no other.
type standingEntity struct {
	paymentEntity
	bad bool
}

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (e *standingEntity) UnmarshalJSON(raw []byte) error {
	e.bad = json.Unmarshal(raw, &e.paymentEntity) != nil
	return nil
}

func (e *standingEntity) validate() error {
	if e.bad = e.bad || e.paymentEntity.validate() != nil; e.bad && checkID("payment", e.ID) != nil {
		e.ID = ""
	}
	return nil
}

// StandingPayment is GET /v1/payments/{id} (R25).
func (c *Client) StandingPayment(ctx context.Context, qr, id string) (gateway.Payment, error) {
	var e paymentEntity
	call := read("read payment", "/v1/payments/"+url.PathEscape(id), nil)
	if err := c.do(ctx, call, &e); err != nil {
		return gateway.Payment{}, absent(err)
	}
	if string(e.ID) != id {
		return gateway.Payment{}, c.refuse(
			call.Op,
			gateway.ClassUnavailable,
			"",
			"",
			fmt.Errorf("asked for %s, the answer is about %s", id, e.ID),
		)
	}
	return c.standingPayment(qr, e), nil
}

func (c *Client) standingPayment(qr string, e paymentEntity) gateway.Payment {
	p, _ := payment(qr, e)
	p.CreatedAt = c.ours(p.CreatedAt)
	if h := c.hooks.Load(); h != nil && p.Status == gateway.PaymentCaptured && c.now().Sub(p.CreatedAt) < silentAfter {
		h.found(p.ID)
	}
	return p
}
