package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// Customers are the account's customers, whom a counter QR can be made for ("Create Customer" and "Search Customer"
// beside "UPI QR").
func (c *Client) Customers() gateway.Customers { return customers{c} }

type customers struct{ c *Client }

// maxCustomers is the most a search gives at once (docs.enkash.com/api-8990300).
const maxCustomers = 50

var mobilePattern = regexp.MustCompile(`^[6-9][0-9]{9}$`)

// customerRequest bears the names that the UPI-QR answer has for its customer ([I]: the request's schema isn't public).
type customerRequest struct {
	Name      string `json:"customerName,omitempty"`
	Email     string `json:"customerEmail,omitempty"`
	Mobile    string `json:"customerMobile,omitempty"`
	Reference string `json:"referenceNumber,omitempty"`
}

type customerResponse struct {
	ID        wire.Text `json:"customerId"`
	Name      wire.Text `json:"customerName"`
	Reference wire.Text `json:"referenceNumber"`
	CreatedOn wire.Text `json:"createdOn"`
}

func (r customerResponse) customer() gateway.Customer {
	return gateway.Customer{ID: string(r.ID), Name: gateway.Name(string(r.Name)),
		Reference: gateway.Text(string(r.Reference), 64), CreatedAt: wire.Moment(string(r.CreatedOn))}
}

// Create is POST to Paths.CreateCustomer, whose address isn't public.
func (d customers) Create(ctx context.Context, s gateway.CustomerSpec) (gateway.Customer, error) {
	c := d.c
	call := gateway.Call{Op: "create customer", Method: http.MethodPost, Path: c.cfg.Paths.CreateCustomer,
		Write: true, Urgent: true}
	if call.Path == "" {
		return gateway.Customer{}, fmt.Errorf("enkash: create customer: paths.create_customer is switched off: %w",
			gateway.ErrUnsupported)
	}
	s.Name = strings.TrimSpace(s.Name)
	if s.Name == "" || s.Mobile != "" && !mobilePattern.MatchString(s.Mobile) || s.Email != "" &&
		strings.Count(s.Email, "@") != 1 {
		e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "",
			gateway.CashierCustomerIncomplete, "")
		e.Err = errors.New("a customer needs a name; a mobile number has ten digits and begins with 6 to 9, an " +
			"e-mail address has one @: nothing was asked")
		return gateway.Customer{}, e
	}
	call.Body = wire.Encode(customerRequest(s))
	var r customerResponse
	a, err := c.record(ctx, c.signed, call, &r)
	if err != nil {
		return gateway.Customer{}, err
	}
	if err := gateway.ID("the customer's id", string(r.ID)); err != nil {
		return gateway.Customer{}, c.caller.Unreadable(call, a, err)
	}
	if r.Name != "" && !strings.EqualFold(strings.TrimSpace(string(r.Name)), s.Name) || r.Reference != "" &&
		string(r.Reference) != s.Reference {
		return gateway.Customer{}, c.caller.Unreadable(call, a,
			fmt.Errorf("customer %s is somebody else: look it up in EnKash's dashboard", r.ID))
	}
	return r.customer(), nil
}

// Search is POST /api/v0/customer/search?direction&limit (docs.enkash.com/api-8990300). Its body's schema isn't public:
// what doesn't fit the filter is left out here.
func (d customers) Search(ctx context.Context, s gateway.CustomerSearch) ([]gateway.Customer, error) {
	c := d.c
	if s.Limit <= 0 || s.Limit > maxCustomers {
		s.Limit = maxCustomers
	}
	call := gateway.Call{Op: "search customers", Method: http.MethodPost, Path: "/api/v0/customer/search", Urgent: true,
		Query: url.Values{"direction": {"DESC"}, "limit": {strconv.Itoa(s.Limit)}},
		Body:  wire.Encode(customerRequest{Name: s.Name, Mobile: s.Mobile})}
	payload, a, err := c.signed(ctx, call)
	if err != nil {
		return nil, err
	}
	list, err := wire.ListOf[customerResponse](payload)
	if err != nil {
		return nil, c.caller.Unreadable(call, a, err)
	}
	found := make([]gateway.Customer, 0, len(list))
	for _, r := range list {
		if gateway.ID("the customer's id", string(r.ID)) == nil && strings.Contains(strings.ToLower(string(r.Name)),
			strings.ToLower(s.Name)) {
			found = append(found, r.customer())
		}
	}
	return found, nil
}
