package enkash

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/upiqr"
)

// maxPictureText bounds the base64 text of a QR picture, in bytes.
const maxPictureText = 2 << 20

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
	call := gateway.Call{Op: "get QR", Method: http.MethodGet, Path: "/pay/checkout/qrcode/" + url.PathEscape(orderID), Write: true, Urgent: true}
	payload, a, err := c.public(ctx, call)
	if err != nil {
		return dynamicQR{}, err
	}
	// qrUrl is not in the documented schema; EnKash's browser SDK reads it when it is there.
	var r struct {
		EkPayID text `json:"ekPayId"`
		QRCode  text `json:"qrCode"`
		QRURL   text `json:"qrUrl"`
	}
	if err := decode(payload, &r); err != nil {
		return dynamicQR{}, c.caller.Unreadable(call, a, err)
	}
	if err := checkID("the QR's ekPayId", string(r.EkPayID)); err != nil {
		return dynamicQR{}, c.caller.Unreadable(call, a, err)
	}
	q := dynamicQR{ekPayID: string(r.EkPayID)}
	if q.payload, err = qrString(string(r.QRURL), string(r.QRCode)); err == nil {
		q.intent, err = upiqr.Check(q.payload, want)
	}
	if err != nil {
		// Nobody has seen this QR and nobody will, so no money can come for it.
		e := c.caller.Failed(call, a, gateway.ClassRejected, "", "", gateway.CashierUnfit,
			"the QR of order "+orderID+" was refused by Galla: report it to EnKash, and see whether a surcharge is set for UPI")
		e.Err = err
		return q, e
	}
	return q, nil
}

// qrString prefers the string; a bare base64 picture, with or without a data: prefix, is read like a camera would.
func qrString(link, picture string) (string, error) {
	if low := strings.ToLower(link); strings.HasPrefix(low, "upi:") || strings.HasPrefix(link, "000201") {
		return link, nil
	}
	if picture == "" {
		return "", errors.New("the answer has neither a upi:// string nor a picture")
	}
	data, err := decodeBase64(picture)
	if err != nil {
		return "", err
	}
	s, err := upiqr.DecodePicture(data)
	if err != nil {
		return "", fmt.Errorf("the QR picture cannot be read: %w", err)
	}
	return s, nil
}

func decodeBase64(s string) ([]byte, error) {
	if len(s) > maxPictureText {
		return nil, fmt.Errorf("the QR picture is %d bytes of base64: at most %d are read", len(s), maxPictureText)
	}
	if rest, ok := strings.CutPrefix(s, "data:"); ok {
		_, body, found := strings.Cut(rest, ",")
		if !found {
			return nil, errors.New("the QR picture's data: prefix has no comma")
		}
		s = body
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\r', '\n', ' ', '\t', '=':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, s)
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("the QR picture is no base64: %w", err)
	}
	return data, nil
}
