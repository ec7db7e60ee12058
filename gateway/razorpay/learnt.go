package razorpay

import (
	"encoding/json"

	"galla/gateway"
)

// Learnt is whom the account's codes pay.
func (c *Client) Learnt() ([]byte, error) { return json.Marshal(learnt{c.payees.List()}) }

// Learn takes in what Learnt gave.
func (c *Client) Learn(raw []byte) error {
	var l learnt
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	c.payees.Known(l.Payees)
	return nil
}

type learnt struct {
	Payees []gateway.Payee `json:"payees"`
}

var _ gateway.Learner = (*Client)(nil)
