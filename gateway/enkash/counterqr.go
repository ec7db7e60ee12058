package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
	"galla/internal/upiqr"
)

// CounterQR is EnKash's UPI-QR object: a code to print and stand on the counter (docs.enkash.com, "UPI QR"). It is not
// for sales: EnKash documents no way to learn that it was paid, and its status has no "paid".
type CounterQR struct {
	ID          string
	Name        string
	MultipleUse bool
	FixedAmount bool
	Amount      money.Paise // of a fixed amount
	Description string
	Expiry      string // as it stood: its format isn't documented
	Reference   string
	Params      map[string]string
	Status      string // ACTIVE, CANCELLED
	// Whom the code belongs to, where it was made for a customer. E-mail and telephone number are not kept: HasContact
	// says that EnKash has one.
	CustomerID   string
	CustomerName string
	HasContact   bool
	CreatedAt    time.Time
	ModifiedAt   time.Time
	// Payload is the string read out of the picture and checked; empty when it must not be printed, and Problem says
	// why.
	Payload string
	Problem string
}

// CounterQRSpec asks for a code. Its fields bear the response's names: the request's schema isn't public.
type CounterQRSpec struct {
	Name        string
	MultipleUse bool
	Amount      money.Paise // 0: the customer types it
	Description string
	Expiry      string
	Reference   string
	Params      map[string]string
}

type counterQRRequest struct {
	Name            string            `json:"qrName"`
	MultipleUse     bool              `json:"multipleUse"`
	FixedAmount     bool              `json:"fixedAmount"`
	Amount          *wire.Rupees      `json:"amount,omitempty"`
	Description     string            `json:"description,omitempty"`
	Expiry          string            `json:"expiry,omitempty"`
	CustomParams    map[string]string `json:"customParams,omitempty"`
	ReferenceNumber string            `json:"referenceNumber,omitempty"`
}

type counterQRResponse struct {
	ID              wire.Text    `json:"qrCodeId"`
	Name            wire.Text    `json:"qrName"`
	MultipleUse     wire.YesNo   `json:"multipleUse"`
	FixedAmount     wire.YesNo   `json:"fixedAmount"`
	Amount          *wire.Rupees `json:"amount"`
	Description     wire.Text    `json:"description"`
	Expiry          wire.Text    `json:"expiry"`
	CustomParams    wire.Params  `json:"customParams"`
	CustomerID      wire.Text    `json:"customerId"`
	CustomerName    wire.Text    `json:"customerName"`
	CustomerEmail   wire.Text    `json:"customerEmail"`
	CustomerMobile  wire.Text    `json:"customerMobile"`
	Status          wire.Text    `json:"status"`
	Picture         wire.Text    `json:"qrCodeBase64"`
	CreatedOn       wire.Text    `json:"createdOn"`
	ModifiedOn      wire.Text    `json:"modifiedOn"`
	ReferenceNumber wire.Text    `json:"referenceNumber"`
}

func (r counterQRResponse) code() CounterQR {
	q := CounterQR{ID: string(r.ID), Name: string(r.Name),
		MultipleUse: r.MultipleUse.Yes, FixedAmount: r.FixedAmount.Yes,
		CustomerID: gateway.Text(string(r.CustomerID), 64), CustomerName: gateway.Name(string(r.CustomerName)),
		HasContact: r.CustomerEmail != "" || r.CustomerMobile != "", Description: string(r.Description),
		Expiry: string(r.Expiry), Reference: string(r.ReferenceNumber), Status: string(r.Status),
		CreatedAt: wire.Moment(string(r.CreatedOn)), ModifiedAt: wire.Moment(string(r.ModifiedOn))}
	if r.Amount != nil {
		q.Amount = r.Amount.Paise
	}
	for k, v := range r.CustomParams {
		if q.Params == nil {
			q.Params = map[string]string{}
		}
		q.Params[gateway.Text(k, 64)] = gateway.Text(string(v), 256)
	}
	if q.Status != "ACTIVE" {
		q.Problem = "it takes no payments: its status is " + strings.ToLower(gateway.Shorten(q.Status, 20))
		return q
	}
	if r.Picture == "" {
		q.Problem = "EnKash sent no picture"
		return q
	}
	s, err := wire.QRString("", string(r.Picture))
	if err == nil && q.FixedAmount {
		_, err = upiqr.Check(s, q.Amount)
	} else if err == nil {
		_, err = upiqr.CheckPayee(s)
	}
	if err != nil {
		q.Problem = err.Error()
		return q
	}
	q.Payload = s
	return q
}

func (c *Client) counterQR(ctx context.Context, call gateway.Call) (CounterQR, gateway.Answer, error) {
	var r counterQRResponse
	a, err := c.record(ctx, c.signed, call, &r)
	if err != nil {
		return CounterQR{}, a, err
	}
	if err := gateway.ID("the QR's id", string(r.ID)); err != nil {
		return CounterQR{}, a, c.caller.Unreadable(call, a, err)
	}
	return r.code(), a, nil
}

// CreateQR is POST /api/v0/qr-code (docs.enkash.com/api-8990259).
func (c *Client) CreateQR(ctx context.Context, s CounterQRSpec) (CounterQR, error) {
	call := gateway.Call{Op: "create counter QR", Method: http.MethodPost, Path: "/api/v0/qr-code",
		Write: true, Urgent: true}
	if s.Name == "" || s.Amount < 0 || s.Amount > money.Max {
		e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "", gateway.CashierQRIncomplete, "")
		e.Err = fmt.Errorf("name %q, amount %s: nothing was asked", gateway.Shorten(s.Name, 40), s.Amount)
		return CounterQR{}, e
	}
	r := counterQRRequest{Name: s.Name, MultipleUse: s.MultipleUse, FixedAmount: s.Amount > 0,
		Description: s.Description, Expiry: s.Expiry,
		CustomParams: s.Params, ReferenceNumber: s.Reference}
	if s.Amount > 0 {
		r.Amount = wire.RupeesOf(s.Amount)
	}
	call.Body = wire.Encode(r)
	q, a, err := c.counterQR(ctx, call)
	if err == nil && (q.FixedAmount != r.FixedAmount || q.Amount != s.Amount) {
		err = c.caller.Unreadable(call, a, fmt.Errorf("QR %s is over %s, asked was %s: cancel it",
			q.ID, q.Amount, s.Amount))
	}
	return q, err
}

// GetQR is GET /api/v0/qr-code/{qrCodeId} (docs.enkash.com/api-8990262).
func (c *Client) GetQR(ctx context.Context, id string) (CounterQR, error) {
	if err := c.checkPathID("get counter QR", id); err != nil {
		return CounterQR{}, err
	}
	q, _, err := c.counterQR(ctx, gateway.Call{Op: "get counter QR", Method: http.MethodGet,
		Path: "/api/v0/qr-code/" + url.PathEscape(id), Urgent: true})
	return q, notFound(err)
}

// MaxQRPage is the most codes asked for at once. EnKash allows 5000, but each carries a picture and an answer is
// bounded.
const MaxQRPage = 100

// SearchQRs is POST /api/v0/qr-code/search?offset&limit (docs.enkash.com/api-8990261). Its body's schema isn't public;
// a search without filters sends {}.
func (c *Client) SearchQRs(ctx context.Context, s gateway.CounterQRSearch) ([]CounterQR, error) {
	s.Status = strings.ToUpper(s.Status)
	if s.Limit <= 0 || s.Limit > MaxQRPage {
		s.Limit = MaxQRPage
	}
	call := gateway.Call{Op: "search counter QRs", Method: http.MethodPost,
		Path: "/api/v0/qr-code/search", Urgent: true,
		Query: url.Values{"offset": {strconv.Itoa(max(0, s.Offset))}, "limit": {strconv.Itoa(s.Limit)}},
		Body: wire.Encode(struct {
			Status          string `json:"status,omitempty"`
			ReferenceNumber string `json:"referenceNumber,omitempty"`
		}{s.Status, s.Reference})}
	payload, a, err := c.signed(ctx, call)
	if err != nil {
		return nil, err
	}
	list, err := wire.ListOf[counterQRResponse](payload)
	if err != nil {
		return nil, c.caller.Unreadable(call, a, err)
	}
	found := make([]CounterQR, 0, len(list))
	for _, r := range list {
		// The filter's names are guesses too: what doesn't fit is left out here, or "active" would list cancelled ones.
		fits := (s.Status == "" || string(r.Status) == s.Status) &&
			(s.Reference == "" || string(r.ReferenceNumber) == s.Reference)
		if fits && gateway.ID("the QR's id", string(r.ID)) == nil {
			found = append(found, r.code())
		}
	}
	return found, nil
}

// CancelQR is PATCH /api/v0/qr-code/{qrCodeId}/cancel with an empty object (docs.enkash.com, "Cancel UPI QR"; the page
// calls it "Developing"). It succeeds only if the answer says CANCELLED.
func (c *Client) CancelQR(ctx context.Context, id string) (CounterQR, error) {
	if err := c.checkPathID("cancel counter QR", id); err != nil {
		return CounterQR{}, err
	}
	call := gateway.Call{Op: "cancel counter QR", Method: http.MethodPatch,
		Path:  "/api/v0/qr-code/" + url.PathEscape(id) + "/cancel",
		Write: true, Urgent: true, Body: []byte("{}")}
	q, a, err := c.counterQR(ctx, call)
	if err != nil {
		return CounterQR{}, notFound(err)
	}
	if q.ID != id || q.Status != "CANCELLED" {
		return q, c.caller.Unreadable(call, a, fmt.Errorf("QR %s is %q after the cancel: it may still take payments",
			gateway.Shorten(q.ID, 20), gateway.Shorten(q.Status, 20)))
	}
	return q, nil
}

// notFound joins ErrNotFound to the gateway's own "no such thing".
func notFound(err error) error {
	if absent(err) {
		return errors.Join(gateway.ErrNotFound, err)
	}
	return err
}
