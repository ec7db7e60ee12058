package enkash

import (
	"context"
	"net/http"
	"net/url"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
	"galla/internal/upiqr"
)

// dynamicQR is one QR that EnKash handed out for an order, checked against the sale's amount.
type dynamicQR struct {
	ekPayID string
	payload string
	intent  upiqr.Intent
}

// getQR is GET /pay/checkout/qrcode/{orderId} (docs.enkash.com, "Get Dynamic UPI QR"). It is a write in a GET's coat:
// every call mints a transaction, the ekPayId, and any of them may be the one that is paid.
func (c *Client) getQR(ctx context.Context, orderID string, want money.Paise) (dynamicQR, error) {
	if err := c.checkPathID("get QR", orderID); err != nil {
		return dynamicQR{}, err
	}
	call := gateway.Call{Op: "get QR", Method: http.MethodGet, Path: "/pay/checkout/qrcode/" + url.PathEscape(orderID),
		Write: true, Urgent: true}
	// qrUrl is not in the documented schema; EnKash's browser SDK reads it when it is there.
	var r struct {
		EkPayID wire.Text `json:"ekPayId"`
		QRCode  wire.Text `json:"qrCode"`
		QRURL   wire.Text `json:"qrUrl"`
	}
	a, err := c.record(ctx, c.public, call, &r)
	if err != nil {
		return dynamicQR{}, err
	}
	if err := gateway.ID("the QR's ekPayId", string(r.EkPayID)); err != nil {
		return dynamicQR{}, c.caller.Unreadable(call, a, err)
	}
	q := dynamicQR{ekPayID: string(r.EkPayID)}
	if q.payload, err = wire.QRString(string(r.QRURL), string(r.QRCode)); err == nil {
		q.intent, err = upiqr.Check(q.payload, want)
	}
	if err != nil {
		// Nobody has seen this QR and nobody will, so no money can come for it.
		e := c.caller.Failed(call, a, gateway.ClassRejected, "", "", gateway.CashierUnfit,
			"the QR of order "+orderID+" was refused by Galla: report it to EnKash, and see whether a surcharge is "+
				"set for UPI")
		e.Err = err
		return q, e
	}
	return q, nil
}
