package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// VPACheck is what EnKash says of a payment address: asked before a mandate, where MandateSpec says so.
type VPACheck struct {
	Valid bool
	Name  string // the account holder's, as the bank gives it; empty when not told
}

var vpaPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{2,255}@[A-Za-z][A-Za-z0-9.-]{1,63}$`)

// VerifyVPA is POST /pay/charge/verify-vpa (docs.enkash.com/api-16477069). orderID is one of our order references,
// which the page requires. The answer's schema isn't public: whatever isn't plainly "valid" or "not valid" is an error.
func (c *Client) VerifyVPA(ctx context.Context, orderID, vpa string) (VPACheck, error) {
	call := gateway.Call{Op: "verify VPA", Method: http.MethodPost, Path: "/pay/charge/verify-vpa", Urgent: true,
		Body: wire.Encode(struct {
			MerchantOrderID       string `json:"merchantOrderId"`
			MerchantIdentifierKey string `json:"merchantIdentifierKey"`
			VPA                   string `json:"vpa"`
		}{orderID, c.cfg.AccessKey, vpa})}

	if !vpaPattern.MatchString(vpa) || !referencePattern.MatchString(orderID) {
		e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "", gateway.CashierNoAddress, "")
		e.Err = fmt.Errorf("VPA %s or order id %q is malformed: nothing was asked", gateway.MaskVPA(vpa),
			gateway.Shorten(orderID, 40))
		return VPACheck{}, e
	}

	payload, a, err := c.signed(ctx, call)
	if err != nil {
		if e, ok := errors.AsType[*gateway.Error](err); ok && e.Class == gateway.ClassRejected &&
			strings.Contains(strings.ToLower(e.Text), "vpa") {
			return VPACheck{}, nil // "Invalid VPA" is an answer
		}
		return VPACheck{}, err
	}

	var r struct {
		Valid        *bool     `json:"valid"`
		IsValid      *bool     `json:"isValid"`
		Status       wire.Text `json:"status"`
		Name         wire.Text `json:"name"`
		CustomerName wire.Text `json:"customerName"`
	}

	if err := wire.Decode(payload, &r); err != nil {
		return VPACheck{}, c.caller.Unreadable(call, a, err)
	}
	check := VPACheck{Name: gateway.Shorten(string(r.Name+r.CustomerName), 80)}
	switch {
	case r.Valid != nil:
		check.Valid = *r.Valid
	case r.IsValid != nil:
		check.Valid = *r.IsValid
	case r.Status == "VALID" || r.Status == "INVALID":
		check.Valid = r.Status == "VALID"
	default:
		return VPACheck{}, c.caller.Unreadable(call, a, errors.New("it doesn't say whether the address is valid"))
	}

	return check, nil
}
