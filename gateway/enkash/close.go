package enkash

import (
	"context"
	"fmt"
	"net/http"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// Close asks EnKash to cancel the order, by the call its browser SDK uses; where the account has no such call, each QR
// of the order is expired by itself, by the SDK's other one. Neither is documented, and neither stops money that is on
// its way.
func (c *Client) Close(ctx context.Context, o gateway.Order) error {
	if !c.cfg.CancelOrders {
		return fmt.Errorf("enkash: cancel order: cancel_orders is off, the order ends by our own clock: %w",
			gateway.ErrUnsupported)
	}
	err := c.cancelOrder(ctx, o)
	if !unserved(err) || len(o.TransactionIDs) == 0 {
		return err
	}
	for _, id := range o.TransactionIDs {
		if err := c.expire(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// cancelOrder is PATCH /pay/charge/order/cancel. It needs the order's own transaction id, which the checkout detail
// names: the one that was read before the QR was shown, else a new one.
func (c *Client) cancelOrder(ctx context.Context, o gateway.Order) error {
	id := c.orders.Of(o.ID).transactionID
	if id == "" {
		d, err := c.Detail(ctx, o.ID, true)
		if err != nil {
			return err
		}
		id = d.TransactionID
	}
	if err := c.checkPathID("cancel order", id); err != nil {
		return err
	}
	call := gateway.Call{Op: "cancel order", Method: http.MethodPatch, Path: "/pay/charge/order/cancel",
		Write: true, Urgent: true,
		Body: wire.Encode(struct {
			TransactionID string `json:"transactionId"`
			Reason        string `json:"reason"`
		}{id, "cancelled at the counter"})}
	_, _, err := c.public(ctx, call)
	return err
}

// expire is PATCH /pay/charge/expire: one QR takes no payment any more.
func (c *Client) expire(ctx context.Context, ekPayID string) error {
	if err := c.checkPathID("expire QR", ekPayID); err != nil {
		return err
	}
	call := gateway.Call{Op: "expire QR", Method: http.MethodPatch, Path: "/pay/charge/expire",
		Write: true, Urgent: true,
		Body: wire.Encode(struct {
			TransactionID string `json:"transactionId"`
			Remark        string `json:"remark"`
		}{ekPayID, "cancelled at the counter"})}
	_, _, err := c.public(ctx, call)
	return err
}
