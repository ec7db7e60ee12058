package client

import (
	"context"
	"io"
	"net/url"

	"galla/internal/counter/wire"
)

// Gateways lists the configured gateways.
func (c *Client) Gateways(ctx context.Context) (wire.Accounts, error) {
	return get[wire.Accounts](ctx, c, "/v1/gateways")
}

// Examine looks a gateway over.
func (c *Client) Examine(ctx context.Context, gateway string) (wire.Examination, error) {
	return get[wire.Examination](ctx, c, gatewayPath(gateway, "examination"))
}

// Record walks an order over ₹1 at a gateway and answers with a redacted transcript.
func (c *Client) Record(ctx context.Context, key, gateway string) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "recording"), key, wire.Nothing{})
}

// CreateQR makes a counter QR.
func (c *Client) CreateQR(ctx context.Context, key, gateway string, b wire.CreateQR) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "qrs"), key, b)
}

// CancelQR cancels a counter QR.
func (c *Client) CancelQR(ctx context.Context, key, gateway, id string) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "qrs", id, "cancel"), key, wire.Nothing{})
}

// CounterQR reads a counter QR.
func (c *Client) CounterQR(ctx context.Context, gateway, id string) (wire.CounterQR, error) {
	return get[wire.CounterQR](ctx, c, gatewayPath(gateway, "qrs", id))
}

// CounterQRs reads a page of counter QRs; v takes status, reference, offset and limit.
func (c *Client) CounterQRs(ctx context.Context, gateway string, v url.Values) (wire.CounterQRs, error) {
	return get[wire.CounterQRs](ctx, c, gatewayPath(gateway, "qrs")+"?"+v.Encode())
}

// CreateMandate asks a payer for a standing permission.
func (c *Client) CreateMandate(ctx context.Context, key, gateway string, b wire.CreateMandate) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "mandates"), key, b)
}

// Mandate reads a mandate.
func (c *Client) Mandate(ctx context.Context, gateway, id string) (wire.Mandate, error) {
	return get[wire.Mandate](ctx, c, gatewayPath(gateway, "mandates", id))
}

// UpdateMandate asks the payer for another amount.
func (c *Client) UpdateMandate(
	ctx context.Context,
	key, gateway, id string,
	b wire.UpdateMandate,
) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "mandates", id, "update"), key, b)
}

// RevokeMandate ends a mandate.
func (c *Client) RevokeMandate(
	ctx context.Context,
	key, gateway, id string,
	b wire.RevokeMandate,
) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "mandates", id, "revoke"), key, b)
}

// NotifyDebit tells the payer of a debit to come; ExecuteDebit takes it.
func (c *Client) NotifyDebit(
	ctx context.Context,
	key, gateway, id string,
	b wire.DebitMandate,
) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "mandates", id, "notify"), key, b)
}

// PlanMandate says what becomes of the debits of a mandate.
func (c *Client) PlanMandate(ctx context.Context, key, gateway, id string, b wire.PlanMandate) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, gatewayPath(gateway, "mandates", id, "plan"), key, b)
}

// Mandates lists the mandates that the box knows.
func (c *Client) Mandates(ctx context.Context) (wire.Mandates, error) {
	return get[wire.Mandates](ctx, c, "/v1/mandates")
}

// Settle records a person's word on an operation whose end is not known.
func (c *Client) Settle(ctx context.Context, key, id string, b wire.SettleOperation) (wire.Operation, error) {
	return post[wire.Operation](ctx, c, "/v1/operations/"+url.PathEscape(id)+"/settle", key, b)
}

// ExecuteDebit takes a debit of a mandate, which is a sale.
func (c *Client) ExecuteDebit(ctx context.Context, key, gateway, id string, b wire.DebitMandate) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, gatewayPath(gateway, "mandates", id, "execute"), key, b)
}

// Operation reads an operation.
func (c *Client) Operation(ctx context.Context, id string) (wire.Operation, error) {
	return get[wire.Operation](ctx, c, "/v1/operations/"+url.PathEscape(id))
}

// Operations reads a page of operations; v takes before and limit.
func (c *Client) Operations(ctx context.Context, v url.Values) (wire.Operations, error) {
	return get[wire.Operations](ctx, c, "/v1/operations?"+v.Encode())
}

func gatewayPath(parts ...string) string {
	path := "/v1/gateways"
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// Standing lists the standing QRs of the box, and what came at them today.
func (c *Client) Standing(ctx context.Context) (wire.StandingQRs, error) {
	return get[wire.StandingQRs](ctx, c, "/v1/standing")
}

// Stand writes the card of a standing QR, a PNG, to w; language is of its second line, "" the till's.
func (c *Client) Stand(ctx context.Context, gateway, id, language string, w io.Writer) error {
	return c.download(
		ctx,
		"the card",
		gatewayPath(gateway, "qrs", id, "stand.png")+"?"+url.Values{"language": {language}}.Encode(),
		w,
	)
}

// PrintStand prints the slip of a standing QR, and answers when it has ended.
func (c *Client) PrintStand(ctx context.Context, key, gateway, id string) (wire.Printed, error) {
	return post[wire.Printed](ctx, c, gatewayPath(gateway, "qrs", id, "print"), key, wire.Nothing{})
}
