package enkash

import (
	"context"
	"fmt"
	"io"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// CounterQRs is the account's UPI-QR objects in the till's words.
func (c *Client) CounterQRs() gateway.CounterQRs { return counterQRs{c} }

type counterQRs struct{ c *Client }

var _ gateway.HasCounterQRs = (*Client)(nil)

func (q CounterQR) plain() gateway.CounterQR {
	return gateway.CounterQR{ID: q.ID, Name: gateway.Shorten(q.Name, 80), Amount: q.Amount, MultipleUse: q.MultipleUse,
		Description: gateway.Shorten(q.Description, 200), Expiry: gateway.Shorten(q.Expiry, 40),
		Reference: gateway.Shorten(q.Reference, 64),
		Status:    strings.ToLower(gateway.Shorten(q.Status, 40)), CreatedAt: q.CreatedAt,
		Payload: q.Payload, Problem: q.Problem}
}

// Create makes a counter QR, once for its reference: one that has it, with the same name and amount, is answered, and
// another is refused.
func (d counterQRs) Create(ctx context.Context, s gateway.CounterQRSpec) (gateway.CounterQR, error) {
	if s.Reference != "" {
		earlier, err := d.c.SearchQRs(ctx, gateway.CounterQRSearch{Reference: s.Reference})
		switch {
		case err != nil:
			return gateway.CounterQR{}, err
		case len(earlier) == 1 && earlier[0].Name == s.Name && earlier[0].Amount == s.Amount &&
			earlier[0].Status == "ACTIVE":
			return earlier[0].plain(), nil
		case len(earlier) > 0:
			call := gateway.Call{Op: "create counter QR"}
			e := d.c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "",
				gateway.CashierQRReference, "")
			e.Err = fmt.Errorf("QR %s has the reference %.40q", earlier[0].ID, s.Reference)
			return gateway.CounterQR{}, e
		}
	}
	q, err := d.c.CreateQR(ctx, CounterQRSpec{Name: s.Name, MultipleUse: s.MultipleUse, Amount: s.Amount,
		Description: s.Description, Expiry: s.Expiry, Reference: s.Reference})
	return q.plain(), err
}

func (d counterQRs) Show(ctx context.Context, id string) (gateway.CounterQR, error) {
	q, err := d.c.GetQR(ctx, id)
	return q.plain(), err
}

func (d counterQRs) Search(ctx context.Context, s gateway.CounterQRSearch) ([]gateway.CounterQR, error) {
	found, err := d.c.SearchQRs(ctx, s)
	out := make([]gateway.CounterQR, 0, len(found))
	for _, q := range found {
		out = append(out, q.plain())
	}
	return out, err
}

func (d counterQRs) Cancel(ctx context.Context, id string) (gateway.CounterQR, error) {
	q, err := d.c.CancelQR(ctx, id)
	return q.plain(), err
}

// Mandates is the account's UPI autopay mandates in the till's words.
func (c *Client) Mandates() gateway.Mandates { return mandates{c} }

type mandates struct{ c *Client }

func (m Mandate) plain() gateway.Mandate {
	return gateway.Mandate{ID: m.ID, UMN: m.UMN, Reference: m.Reference, Name: m.Name, Amount: m.Amount,
		Rule:   strings.ToLower(gateway.Shorten(m.Rule, 20)),
		Period: m.Recurrence.Period, DebitRule: m.Recurrence.Rule, DebitValue: m.Recurrence.Value,
		PausedFrom: m.PausedFrom, PausedUntil: m.PausedUntil,
		PayerName: m.PayerName, PayerVPA: m.PayerVPA, Status: m.Status, Code: m.ResponseCode,
		Description: m.Description, Expiry: m.Expiry, Start: m.Start, End: m.End, CreatedAt: m.CreatedAt}
}

func (d mandates) Create(ctx context.Context, s gateway.MandateSpec) (gateway.Mandate, error) {
	m, err := d.c.CreateMandate(ctx, MandateSpec{Reference: s.Reference, Amount: s.Amount,
		Rule: strings.ToUpper(s.Rule),
		Payer: wire.MandatePayer{Name: s.Payer.Name, VPA: s.Payer.VPA,
			Account: s.Payer.Account, AccountValidation: s.Payer.ValidateAccount}, CheckVPA: s.Payer.CheckVPA,
		Name: s.Name, Expiry: s.Expiry, BlockFund: s.BlockFund,
		Recurrence: wire.Recurrence{Period: s.Period, Rule: s.DebitRule, Value: s.DebitValue},
		Start:      s.Start, End: s.End, ReferenceURL: s.URL, Description: s.Description})
	return m.plain(), err
}

func (d mandates) Show(ctx context.Context, id string) (gateway.Mandate, error) {
	m, err := d.c.Mandate(ctx, id)
	return m.plain(), err
}

// Find works with "newer" paths, where a mandate is read by our reference; "middle" ones know EnKash's id only.
func (d mandates) Find(ctx context.Context, reference string) (gateway.Mandate, error) {
	if d.c.cfg.MandatePaths != "newer" {
		return gateway.Mandate{}, gateway.ErrUnsupported
	}
	return d.Show(ctx, reference)
}

func (d mandates) Update(ctx context.Context, id string, ch gateway.MandateChange) (gateway.Mandate, error) {
	m, err := d.c.UpdateMandate(ctx, id, ch)
	return m.plain(), err
}

func (d mandates) Revoke(ctx context.Context, id, remarks string) (gateway.Mandate, error) {
	m, err := d.c.RevokeMandate(ctx, id, remarks)
	return m.plain(), err
}

func (d mandates) Notify(ctx context.Context, b gateway.MandateDebit) (gateway.Mandate, error) {
	m, err := d.c.NotifyDebit(ctx, b)
	return m.plain(), err
}

func (d mandates) Execute(ctx context.Context, b gateway.MandateDebit) (gateway.Debit, error) {
	return d.c.ExecuteDebit(ctx, b)
}

func (d mandates) ReadDebit(ctx context.Context, b gateway.MandateDebit) (gateway.Debit, error) {
	return d.c.ReadDebit(ctx, b)
}

func (d mandates) Know(id string, references ...string) {
	for _, ref := range references {
		d.c.remember(Mandate{ID: id, Reference: ref})
	}
}

// Recording makes a second client of the account whose traffic goes to w, without keys, tokens and people.
func (c *Client) Recording(w io.Writer) (gateway.Gateway, *gateway.Recorder, error) {
	cfg := c.given
	rec := gateway.NewRecorder(gateway.Guard(w, cfg.SecretKey, cfg.AccessKey, cfg.APIKey), cfg.Transport)
	cfg.Transport, cfg.AllowTestKeys = rec, true // what is recorded is shown to nobody
	second, err := New(cfg)
	return second, rec, err
}

// Examine looks the account over: line, clock, keys, the mandate's unit, and which of the addresses that EnKash's
// public pages don't show are served. It stops at a cause that makes the rest meaningless.
func (c *Client) Examine(ctx context.Context) []gateway.Finding {
	found, ok := c.caller.Reach(ctx)
	if !ok {
		return found
	}
	probes, err := c.Probe(ctx)
	if err != nil {
		return append(found, gateway.FailedCheck("keys", err))
	}
	found = append(found, gateway.Finding{Check: "keys", Level: gateway.LevelOK,
		Says: "EnKash accepts the keys and gave a token"})
	if c.test {
		f := gateway.Finding{Check: "keys", Level: gateway.LevelBad,
			Says: "these are test keys: no customer can pay, so no QR of them is shown",
			Next: "Store production keys as the gateway's credentials, and set base_url to the address that EnKash " +
				"wrote to you."}
		if c.cfg.AllowTestKeys {
			f.Level, f.Next = gateway.LevelNote, "This till is in demo mode: use production keys and base_url, and "+
				"switch demo off before the shop opens."
		}
		found = append(found, f)
	}

	recovery := 0
	for i, p := range probes {
		f := gateway.Finding{Check: "path", Level: gateway.LevelOK, Says: p.What + " " + p.Path + ": " + p.Says}
		switch {
		case p.Works && i < 3:
			recovery++
		case p.Works || p.Path == "-": // switching it off was somebody's decision
		case p.Setting != "":
			f.Level, f.Next = gateway.LevelNote, "Ask EnKash whether the account has this call, and set "+
				"its address as paths."+p.Setting+", or \"-\"."
		default:
			f.Level, f.Next = gateway.LevelNote, "Ask EnKash whether the account has this call; without it, what "+
				"needs it can't be used."
		}
		found = append(found, f)
	}

	if recovery == 0 {
		found = append(found, gateway.Finding{Check: "recovery", Level: gateway.LevelNote,
			Says: "no look-up by our own reference answers: an order whose answer gets lost counts as never shown",
			Next: "Ask EnKash for the address of \"Get Order By Merchant Order Id\", and " +
				"set it as paths.order_by_reference."})
	}

	if f, ok := c.ways.finding(); ok {
		found = append(found, f)
	}
	if f, ok := c.payees.Finding(); ok {
		found = append(found, f)
	}
	if c.cfg.MandateUnit == "" {
		found = append(found, gateway.Finding{Check: "mandates", Level: gateway.LevelNote,
			Says: "mandates are off: whether their amounts count paise or rupees is not set",
			Next: "If the shop needs mandates, ask EnKash and set mandate_unit."})
	}
	return found
}
