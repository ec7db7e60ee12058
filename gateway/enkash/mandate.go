package enkash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// MandateSpec asks a payer for a standing permission to debit (docs.enkash.com/api-13730808).
type MandateSpec struct {
	Reference    string // ours; letters, digits, _ and -
	Amount       money.Paise
	Rule         string // EXACT or MAX
	Payer        wire.MandatePayer
	CheckVPA     bool // ask VerifyVPA first, with Reference as the order id it wants
	Name         string
	Expiry       time.Time // until when the payer may approve
	BlockFund    bool
	Recurrence   wire.Recurrence
	Start, End   time.Time
	ReferenceURL string
	Description  string
}

// CreateMandate asks EnKash for a mandate; the payer then approves it in the app. ClassUnknown: look for it by Mandate.
func (c *Client) CreateMandate(ctx context.Context, s MandateSpec) (Mandate, error) {
	call := gateway.Call{Op: "create mandate", Method: http.MethodPost, Path: c.mandateBase(),
		Write: true, Urgent: true}
	amount, err := c.mandateAmount(call, s.Amount)
	if err != nil {
		return Mandate{}, err
	}
	switch {
	case !mandateIDPattern.MatchString(s.Reference):
		err = fmt.Errorf("the reference %q is not of 1 to 64 letters, digits, _ or -", gateway.Shorten(s.Reference, 40))
	case s.CheckVPA && !referencePattern.MatchString(s.Reference):
		err = fmt.Errorf("the reference %q must be 1 to 32 letters and digits where the payer's "+
			"address is checked first", gateway.Shorten(s.Reference, 40))
	case s.Rule != "EXACT" && s.Rule != "MAX":
		err = fmt.Errorf("the amount rule %q is neither EXACT nor MAX", gateway.Shorten(s.Rule, 20))
	case s.Payer.Name == "" || s.Payer.Account == "":
		err = errors.New("the payer needs a name and an account")
	case !vpaPattern.MatchString(s.Payer.VPA):
		err = errors.New("the payer's UPI address is not of the form name@bank")
	case s.Name == "" || s.Recurrence.Period == "" || s.Recurrence.Rule == "":
		err = errors.New("the mandate needs a name and a recurrence with period and rule")
	case s.Expiry.IsZero() || s.Start.IsZero() || !s.End.After(s.Start):
		err = errors.New("the mandate needs an expiry, and a validity that ends after it starts")
	}
	if err != nil {
		return Mandate{}, c.mandateRefused(call, err)
	}

	if s.CheckVPA {
		check, err := c.VerifyVPA(ctx, s.Reference, s.Payer.VPA)
		if err != nil {
			return Mandate{}, err // of a read: no mandate was asked for
		}
		if !check.Valid {
			e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "",
				gateway.CashierAddressUnknown, "")
			e.Err = fmt.Errorf("nothing was asked: %s is no UPI address", gateway.MaskVPA(s.Payer.VPA))
			return Mandate{}, e
		}
	}

	call.Body = wire.Encode(wire.MandateRequest{ReferenceID: s.Reference, Amount: amount, AmountRule: s.Rule,
		Currency: "INR", Payer: s.Payer, Name: s.Name, Expiry: wire.Instant(s.Expiry),
		BlockFund: s.BlockFund, Recurrence: s.Recurrence, Validity: wire.Validity{StartAt: wire.Instant(s.Start),
			EndAt: wire.Instant(s.End)}, UPIReferenceURL: s.ReferenceURL, Description: s.Description})
	m, a, err := c.mandate(ctx, call, s.Reference)
	if err == nil {
		err = c.sameMandate(call, a, m, s)
	}
	if err != nil {
		return Mandate{}, err
	}
	c.remember(m)
	return m, nil
}

// sameMandate compares an answer to a create with what was asked: a reference that was used before is answered with
// that one's mandate.
func (c *Client) sameMandate(call gateway.Call, a gateway.Answer, m Mandate, s MandateSpec) error {
	var err error
	switch {
	case m.Reference != "" && m.Reference != s.Reference:
		err = fmt.Errorf("it is about the reference %s", gateway.Shorten(m.Reference, 20))
	case m.HasAmount && m.Amount != s.Amount:
		err = fmt.Errorf("mandate %s is over %s, asked was %s", gateway.Shorten(m.ID, 20), m.Amount, s.Amount)
	case m.PayerVPA != "" && m.PayerVPA != gateway.MaskVPA(s.Payer.VPA):
		err = fmt.Errorf("mandate %s is another payer's", gateway.Shorten(m.ID, 20))
	case m.Rule != "" && !strings.EqualFold(m.Rule, s.Rule):
		err = fmt.Errorf("mandate %s has the rule %q, asked was %s", gateway.Shorten(m.ID, 20),
			gateway.Shorten(m.Rule, 20), s.Rule)
	default:
		return nil
	}
	return c.caller.Unreadable(call, a, fmt.Errorf("%w: look both up in EnKash's dashboard before anything is debited",
		err))
}

// remember keeps which reference a mandate was made with. Answers to a change or a debit may name that one's own.
func (c *Client) remember(m Mandate) {
	if m.ID != "" && m.Reference != "" {
		c.references.Store(m.ID, m.Reference)
	}
}

// UpdateMandate asks the payer for another amount. Its body has the fields of the sample on docs.enkash.com, "Revoke
// UPI Mandate", which is headed "Sample Mandate Update Request".
func (c *Client) UpdateMandate(ctx context.Context, id string, ch gateway.MandateChange) (Mandate, error) {
	call, err := c.mandateCall("update mandate", http.MethodPatch, id, "")
	if err != nil {
		return Mandate{}, err
	}
	amount, err := c.mandateAmount(call, ch.Amount)
	if err != nil {
		return Mandate{}, err
	}
	if !mandateIDPattern.MatchString(ch.Reference) {
		return Mandate{}, c.mandateRefused(call,
			fmt.Errorf("the reference %q is not of 1 to 64 letters, digits, _ or -", gateway.Shorten(ch.Reference, 40)))
	}
	call.Body = wire.Encode(struct {
		ReferenceID string `json:"reference_id"`
		Amount      int64  `json:"amount"`
		Description string `json:"description,omitempty"`
	}{ch.Reference, amount, ch.Description})
	m, a, err := c.mandate(ctx, call, id)
	if err == nil && m.HasAmount && m.Amount != ch.Amount && m.Reference == ch.Reference {
		err = c.caller.Unreadable(call, a, fmt.Errorf("the change is over %s, asked was %s", m.Amount, ch.Amount))
	}
	return m, err
}

// maxRemarks bounds what a person writes about a revocation, in characters.
const maxRemarks = 255

// RevokeMandate ends a mandate: PATCH …/{mandateId}/revoke (docs.enkash.com, "Revoke UPI Mandate"). The body is remarks
// and nothing else. It is done when the answer says REVOKED. Where the answer says anything else the mandate is looked
// up once; one that still may be debited is ClassUnknown.
func (c *Client) RevokeMandate(ctx context.Context, id, remarks string) (Mandate, error) {
	call, err := c.mandateCall("revoke mandate", http.MethodPatch, id, "/revoke")
	if err != nil {
		return Mandate{}, err
	}
	if remarks == "" || utf8.RuneCountInString(remarks) > maxRemarks {
		return Mandate{}, c.mandateRefused(call,
			fmt.Errorf("the remarks must be 1 to %d characters: say why it is revoked", maxRemarks))
	}
	call.Body = wire.Encode(struct {
		Remarks string `json:"remarks"`
	}{remarks})
	m, a, err := c.mandate(ctx, call, id)
	if err != nil || m.State() == gateway.MandateRevoked {
		return m, err
	}
	if now, readErr := c.Mandate(ctx, id); readErr == nil {
		m = now
	}
	if m.State() != gateway.MandateRevoked {
		return m, c.caller.Unreadable(call, a, fmt.Errorf("mandate %s is %q after its revocation: it may still be "+
			"debited, look at it again", gateway.Shorten(id, 20), gateway.Shorten(m.Status, 20)))
	}
	return m, nil
}

// Mandate reads one: by EnKash's id with "middle" paths, by our reference with "newer" ones
// (docs.enkash.com/api-13730812), where EnKash's id does too for a mandate that this process has made or read, and with
// "middle" ones our reference.
func (c *Client) Mandate(ctx context.Context, id string) (Mandate, error) {
	if ref, known := c.references.Load(id); known && c.cfg.MandatePaths == "newer" {
		id = ref.(string)
	}
	if c.cfg.MandatePaths != "newer" {
		c.references.Range(func(k, ref any) bool {
			if ref.(string) == id {
				id = k.(string)
				return false
			}
			return true
		})
	}
	call, err := c.mandateCall("get mandate", http.MethodGet, id, "")
	if err != nil {
		return Mandate{}, err
	}
	call.Write = false
	m, _, err := c.mandate(ctx, call, id)
	c.remember(m)
	return m, notFound(err)
}

// NotifyDebit is POST …/notify (docs.enkash.com/api-13814647): the payer must be told before a debit. The bodies of
// notify and execute aren't public ([I]: the names of the other mandate calls).
func (c *Client) NotifyDebit(ctx context.Context, d gateway.MandateDebit) (Mandate, error) {
	m, _, err := c.debit(ctx, "notify mandate debit", "/notify", d)
	return m, err
}

// ExecuteDebit takes a debit: POST …/execute (docs.enkash.com/api-13814659). It is sent once. The answer must be about
// this debit: another reference, payer or amount is ClassUnknown, as is a word that nobody knows: money may move, so it
// is looked up (ReadDebit), its callback is waited for, and it is never sent under another reference.
func (c *Client) ExecuteDebit(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	m, a, err := c.debit(ctx, "execute mandate debit", "/execute", d)
	if err != nil {
		return gateway.Debit{}, err
	}

	known, _ := c.references.Load(d.MandateID)
	switch {
	case m.HasAmount && m.Amount != d.Amount:
		err = fmt.Errorf("debit %s is over %s, asked was %s", d.Reference, m.Amount, d.Amount)
	case m.Reference != "" && m.Reference != d.Reference && m.Reference != known:
		err = fmt.Errorf("it is about the reference %s, asked was %s", gateway.Shorten(m.Reference, 40), d.Reference)
	case d.PayerVPA != "" && m.PayerVPA != "" && m.PayerVPA != d.PayerVPA:
		err = fmt.Errorf("debit %s is another payer's", d.Reference)
	}
	out := gateway.Debit{
		State: gateway.DebitStateOf(m.Status, m.ResponseCode),
		Payment: gateway.Payment{
			ID:      m.TransactionID,
			OrderID: d.Reference,
			Amount:  d.Amount,
			VPA:     m.PayerVPA,
			Reason:  m.ResponseCode,
		},
	}
	if err == nil && out.State == gateway.DebitUnknown {
		err = fmt.Errorf("debit %s is %q with the code %q", d.Reference, gateway.Shorten(m.Status, 20),
			gateway.Shorten(m.ResponseCode, 20))
	}
	if err != nil {
		call := gateway.Call{Op: "execute mandate debit", Write: true}
		return gateway.Debit{}, c.caller.Unreadable(call, a,
			fmt.Errorf("%w: money may have moved, compare it in EnKash's dashboard and never send it again", err))
	}
	return out, nil
}

// ReadDebit reads what became of a debit. EnKash's pages show no call for that. The debit's callback has the fields of
// a payment's notification, with our reference as the order's id (docs.enkash.com, "Mandate Debit Callback"), so the
// debit is read as the order of that reference and its one transaction [I]. "Not found" proves nothing.
func (c *Client) ReadDebit(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	o := gateway.Order{Reference: d.Reference, ID: d.Reference, Amount: d.Amount}
	record, err := c.recordOf(ctx, o, false)
	switch {
	case errors.Is(err, gateway.ErrVanished):
		return gateway.Debit{}, gateway.ErrNotFound
	case err != nil:
		return gateway.Debit{}, err
	}
	if record.ID != "" {
		o.ID = record.ID
	}
	if record.TransactionID != "" {
		o.TransactionIDs = []string{record.TransactionID}
	}
	r, err := c.Read(ctx, o)
	if err != nil {
		return gateway.Debit{}, err
	}

	out := gateway.Debit{State: gateway.DebitUnknown}
	for _, p := range r.Payments {
		switch p.Status {
		case gateway.PaymentCaptured, gateway.PaymentRefunded:
			return gateway.Debit{State: gateway.DebitDone, Payment: p}, nil
		case gateway.PaymentFailed:
			out = gateway.Debit{State: gateway.DebitFailed, Payment: p}
		default:
			return gateway.Debit{State: gateway.DebitPending, Payment: p}, nil
		}
	}
	return out, nil
}

func (c *Client) debit(ctx context.Context, op, path string, d gateway.MandateDebit) (Mandate, gateway.Answer, error) {
	call := gateway.Call{Op: op, Method: http.MethodPost, Path: c.mandateBase() + path, Write: true, Urgent: true}
	amount, err := c.mandateAmount(call, d.Amount)
	if err != nil {
		return Mandate{}, gateway.Answer{}, err
	}
	if !mandateIDPattern.MatchString(d.MandateID) || !mandateIDPattern.MatchString(d.Reference) {
		return Mandate{}, gateway.Answer{}, c.mandateRefused(call,
			errors.New("the mandate's id and the debit's reference must be 1 to 64 letters, digits, _ or -"))
	}
	body := struct {
		MandateID   string `json:"mandateId"`
		ReferenceID string `json:"referenceId"`
		Amount      int64  `json:"amount"`
		Currency    string `json:"currency"`
		DebitDate   string `json:"debitDate,omitempty"`
		Description string `json:"description,omitempty"`
	}{MandateID: d.MandateID, ReferenceID: d.Reference, Amount: amount, Currency: "INR", Description: d.Description}
	if !d.On.IsZero() {
		body.DebitDate = wire.Instant(d.On)
	}
	call.Body = wire.Encode(body)
	return c.mandate(ctx, call, d.MandateID)
}

var mandateIDPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (c *Client) mandateBase() string {
	if c.cfg.MandatePaths == "newer" {
		return "/api/v0/upi-mandate"
	}
	return "/api/v0/upi-autopay/mandates"
}

func (c *Client) mandateCall(op, method, id, path string) (gateway.Call, error) {
	call := gateway.Call{Op: op, Method: method, Path: c.mandateBase() + "/" + url.PathEscape(id) + path,
		Write: true, Urgent: true}
	if !mandateIDPattern.MatchString(id) {
		return call, c.mandateRefused(call, fmt.Errorf("the mandate id %q is not of 1 to 64 letters, digits, _ or -",
			gateway.Shorten(id, 40)))
	}
	return call, nil
}

// mandateRefused is our own refusal: nothing was sent.
func (c *Client) mandateRefused(call gateway.Call, err error) error {
	e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "", gateway.CashierMandateIncomplete, "")
	e.Err = fmt.Errorf("nothing was asked: %w", err)
	return e
}

// mandateAmount is the wire's integer, in the unit that the operator asked EnKash about.
func (c *Client) mandateAmount(call gateway.Call, p money.Paise) (int64, error) {
	switch {
	case p < 1 || p > money.Max:
		return 0, c.mandateRefused(call, fmt.Errorf("the amount %s is out of range", p))
	case c.cfg.MandateUnit == "paise":
		return int64(p), nil
	case c.cfg.MandateUnit == "rupees" && p%money.Rupee == 0:
		return int64(p / money.Rupee), nil
	case c.cfg.MandateUnit == "rupees":
		return 0, c.mandateRefused(call, fmt.Errorf("the amount %s has paise, and EnKash takes whole rupees here", p))
	}
	return 0, c.caller.Failed(call, gateway.Answer{}, gateway.ClassMisconfigured, "", "", "",
		"EnKash's pages don't say whether a mandate's amount counts rupees or paise: ask them, then set "+
			"mandate_unit in the config")
}

// mandate sends a mandate call. Its answer is a bare object on success (docs.enkash.com, "Revoke UPI Mandate") and the
// usual envelope on failure; an enveloped success is understood too.
func (c *Client) mandate(ctx context.Context, call gateway.Call, about string) (Mandate, gateway.Answer, error) {
	a, err := c.withToken(ctx, call)
	if err != nil {
		return Mandate{}, a, err
	}
	env, err := wire.ReadEnvelope(a.Body)
	if a.Status >= 300 || err == nil && env.Code() != "" && !env.OK() {
		return Mandate{}, a, c.refusal(call, a, env)
	}
	if err != nil {
		return Mandate{}, a, c.caller.Unreadable(call, a, err)
	}
	if why := wire.BareRefusal(a.Body); env.Code() == "" && why != "" {
		return Mandate{}, a, c.refusal(call, a, wire.Envelope{ResponseCode: &bareCode, Message: wire.Text(why)})
	}
	body := json.RawMessage(a.Body)
	if env.Code() != "" {
		body = env.Payload
	}
	m, err := c.readMandate(body)
	if err != nil {
		return Mandate{}, a, c.caller.Unreadable(call, a, err)
	}
	if m.ID != about && m.Reference != about {
		return Mandate{}, a, c.caller.Unreadable(call, a,
			fmt.Errorf("it is about mandate %s, not %s", gateway.Shorten(m.ID, 20), about))
	}
	return m, a, nil
}

// bareCode stands for the code that an error body of a bare answer doesn't have.
var bareCode = wire.Text("error")
