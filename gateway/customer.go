package gateway

import (
	"context"
	"time"
)

// Customers makes and finds the customers that counter QRs can be made for. A Create of ClassUnknown may have made one:
// look with Search.
type Customers interface {
	Create(ctx context.Context, c CustomerSpec) (Customer, error)
	Search(ctx context.Context, s CustomerSearch) ([]Customer, error)
}

// CustomerSpec is a customer to be made. E-mail and mobile number are for the gateway only.
type CustomerSpec struct {
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	Mobile    string `json:"mobile,omitempty"` // 10 digits, without +91
	Reference string `json:"reference,omitempty"`
}

// Customer is the gateway's record of one, without what a till has no use for: e-mail and mobile number stay at the
// gateway.
type Customer struct {
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"`
	Reference string    `json:"reference,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
}

// CustomerSearch filters; zero values don't.
type CustomerSearch struct {
	Name   string // a part of it
	Mobile string
	Limit  int // 0 means 50, which is the most
}
