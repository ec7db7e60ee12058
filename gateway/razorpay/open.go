package razorpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/upiqr"
)

const (
	qrPath = "/v1/payments/qr_codes"

	// The newest rule for close_by: 2 minutes to 2 hours from now, more is cut to 2 hours (R3). Older accounts want
	// 15 minutes at least (seed 002). A margin covers the time the request takes and the second the clocks are apart.
	minOpen      = 2 * time.Minute
	minOpenOlder = 15 * time.Minute
	maxOpen      = 2 * time.Hour
	openMargin   = 15 * time.Second
)

// createRequest is the body of a create: nothing more, because unknown fields are refused (R3).
type createRequest struct {
	Type          string            `json:"type"`
	Name          string            `json:"name"`
	Usage         string            `json:"usage"`
	FixedAmount   bool              `json:"fixed_amount"` // single_use wants it true
	PaymentAmount money.Paise       `json:"payment_amount"`
	Description   string            `json:"description,omitempty"`
	CloseBy       int64             `json:"close_by"`
	Notes         map[string]string `json:"notes"`
	TaxInvoice    *taxInvoice       `json:"tax_invoice,omitempty"`
}

// taxInvoice makes it a GST QR (R11). Amounts are paise.
type taxInvoice struct {
	Number       string      `json:"number"`
	Date         int64       `json:"date"`
	CustomerName string      `json:"customer_name"`
	GSTIN        string      `json:"business_gstin"`
	GST          money.Paise `json:"gst_amount"`
	Cess         money.Paise `json:"cess_amount"`
	SupplyType   string      `json:"supply_type"`
}

var (
	validReference = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)
	errTestKeys    = errors.New("a QR made with test keys can't be paid")
)

// Open creates a single-use QR for exactly c.Amount. A create that is refused for its close_by is repeated with a
// longer one: a refusal is certain, so that makes no second QR.
func (c *Client) Open(ctx context.Context, ch gateway.Charge) (gateway.Quote, error) {
	const op = "create QR code"
	if err := c.showable(op); err != nil {
		return gateway.Quote{}, err
	}
	if !validReference.MatchString(ch.Reference) || ch.Amount < 1 {
		return gateway.Quote{}, c.refuse(
			op,
			gateway.ClassRejected,
			"",
			"",
			fmt.Errorf("reference %.40q or amount %s isn't one a QR can be made for", ch.Reference, ch.Amount),
		)
	}
	length := min(max(ch.CloseAfter, minOpen+openMargin), maxOpen)
	var q qrEntity
	for try, skewThen := 0, time.Duration(0); ; try++ {
		skewThen, _ = c.caller.Skew()
		err := c.do(ctx, write(op, http.MethodPost, qrPath, c.createBody(ch, length)), &q)
		if err == nil {
			break
		}
		e, ok := rejected(err)
		if !ok || !aboutCloseBy(e) || try == 2 {
			return gateway.Quote{}, err
		}
		// The refusal itself told us Razorpay's clock. Ours may have been the whole trouble; the second refusal
		// is then the account's 15 minutes.
		if skew, _ := c.caller.Skew(); (skew-skewThen).Abs() < openMargin || try == 1 {
			if length >= minOpenOlder {
				return gateway.Quote{}, err
			}
			length = minOpenOlder + openMargin
		}
	}
	return c.quote(ctx, op, ch, q)
}

// aboutCloseBy: no text of this refusal is documented for certain, so the field's name has to do, in either spelling.
func aboutCloseBy(e *gateway.Error) bool {
	said := strings.ToLower(e.Text + " " + e.Operator)
	return strings.Contains(said, "close_by") || strings.Contains(said, "close by")
}

func (c *Client) createBody(ch gateway.Charge, length time.Duration) createRequest {
	r := createRequest{
		Type:          "upi_qr",
		Name:          ch.Reference,
		Usage:         "single_use",
		FixedAmount:   true,
		PaymentAmount: ch.Amount,
		Description:   ch.Description,
		CloseBy:       c.theirTime(c.now().Add(length)),
		Notes:         map[string]string{noteAttempt: ch.Reference},
	}
	for k, v := range map[string]string{"sale": ch.SaleID, noteTerminal: ch.Terminal, noteBox: ch.Box} {
		if v != "" {
			r.Notes[k] = cut(v, maxNote)
		}
	}
	if inv := ch.Invoice; inv != nil {
		r.TaxInvoice = &taxInvoice{
			Number:       inv.Number,
			Date:         inv.Date.Unix(),
			CustomerName: inv.CustomerName,
			GSTIN:        inv.GSTIN,
			GST:          inv.GST,
			Cess:         inv.Cess,
			SupplyType:   "intrastate",
		}
		if inv.Interstate {
			r.TaxInvoice.SupplyType = "interstate"
		}
	}
	return r
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// showable refuses to make what must not be shown.
func (c *Client) showable(op string) error {
	if c.testMode && !c.allowTest {
		return c.refuse(
			op,
			gateway.ClassMisconfigured,
			"",
			"the keys are test keys (rzp_test_…), whose QR codes nobody can pay: store live keys, or start the demo",
			errTestKeys,
		)
	}
	return nil
}

// quote checks a QR that exists at Razorpay against the charge. Before it is shown nobody can pay it, so one that
// fails the check is closed and reported as refused. One whose poster can't be fetched just now, or whose status is a
// stranger, is ClassUnknown, which sends the caller to Find.
func (c *Client) quote(ctx context.Context, op string, ch gateway.Charge, q qrEntity) (gateway.Quote, error) {
	out := gateway.Quote{
		Order:    gateway.Order{Reference: ch.Reference, ID: string(q.ID), Amount: ch.Amount, OpenedAt: c.now()},
		TestMode: c.testMode,
	}
	if at := c.ours(q.CreatedAt.time()); !at.IsZero() {
		out.OpenedAt = at
	}
	out.ValidUntil = c.ours(q.CloseBy.time())
	if q.CloseBy.set && q.CloseBy.v > 0 && out.ValidUntil.IsZero() {
		out.Notes = append(
			out.Notes,
			fmt.Sprintf(
				"QR %s closes at %d, which is no time in seconds: this till ends the sale by its own clock",
				q.ID,
				q.CloseBy.v,
			),
		)
	}

	if q.Status == "closed" {
		// Found after it was closed: there is nothing to show, but its payments are to be read.
		out.ValidUntil = out.OpenedAt
		return out, nil
	}
	if q.Status != "active" {
		return gateway.Quote{}, c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"the QR exists, with a status Galla doesn't know: it is looked up again",
			fmt.Errorf("the QR's status is %q", gateway.Shorten(string(q.Status), 40)),
		)
	}

	payload, err := c.payload(ctx, q)
	if err == nil {
		err = matches(q, ch)
	}
	var in upiqr.Intent
	if err == nil {
		in, err = upiqr.Check(payload, ch.Amount)
	}
	if err != nil {
		return gateway.Quote{}, c.unshowable(ctx, op, out.Order, err)
	}
	c.is(q)
	if note := c.payees.See(gateway.Name(in.PN), in.PA, c.now()); note != "" {
		out.Notes = append(out.Notes, note)
	}

	out.Payload, out.PayeeVPA, out.PayeeName = payload, in.PA, gateway.Name(in.PN)
	return out, nil
}

// matches compares what Razorpay says it made with what was asked.
func matches(q qrEntity, ch gateway.Charge) error {
	switch {
	case q.Entity != "" && q.Entity != "qr_code" || q.Type != "" && q.Type != "upi_qr":
		return fmt.Errorf("the QR was made as %q of type %q: want a upi_qr",
			gateway.Shorten(string(q.Entity), 20), gateway.Shorten(string(q.Type), 20))
	case !q.PaymentAmount.set || money.Paise(q.PaymentAmount.v) != ch.Amount:
		return fmt.Errorf("the QR was made for %s, the sale is %s", money.Paise(q.PaymentAmount.v), ch.Amount)
	case !q.FixedAmount.v || q.Usage != "single_use":
		return fmt.Errorf("the QR was made as %.20q with fixed_amount %v: want a single payment of a fixed amount",
			q.Usage, q.FixedAmount.v)
	}
	return nil
}

func (c *Client) unshowable(ctx context.Context, op string, o gateway.Order, cause error) error {
	class, cashier, operator := gateway.ClassRejected, gateway.CashierUnfit,
		"the gateway's answer doesn't fit the sale: the QR was not shown; report it if it happens again"
	if e, ok := errors.AsType[*gateway.Error](cause); ok {
		class, cashier = e.Class, e.Cashier
		if class.Later() {
			return c.refuse(
				op,
				gateway.ClassUnknown,
				"",
				"the QR was made, but its picture can't be fetched now",
				cause,
			)
		}
		if operator = e.Operator; operator == "" {
			operator = "the QR's picture can't be had: report it if it happens again"
		}
	}
	// Nobody saw it. Closed or not, the caller is told its id, and looks after it like any other order.
	if err := c.Close(ctx, o); err != nil {
		cause = errors.Join(cause, fmt.Errorf("and it could not be closed: %w", err))
	}
	return gateway.Existing(o.ID, c.refuse(op, class, cashier, operator, cause))
}
