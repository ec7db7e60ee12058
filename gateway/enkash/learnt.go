package enkash

import (
	"encoding/json"
	"fmt"

	"galla/gateway"
)

// learnt is what a process knows of the account from use.
type learnt struct {
	Payees []gateway.Payee `json:"payees"`
	Way    way             `json:"way"` // which way of asking for an order answered last
}

var _ gateway.Learner = (*Client)(nil)

// Learnt is whom the account's codes pay, and which way of asking for an order answers.
func (c *Client) Learnt() ([]byte, error) {
	c.ways.mu.Lock()
	first := c.ways.first
	c.ways.mu.Unlock()
	return json.Marshal(learnt{c.payees.List(), first})
}

// Learn takes in what Learnt gave.
func (c *Client) Learn(raw []byte) error {
	var l learnt
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	switch l.Way {
	case "", byEnKashID, byOurID, byReference:
	default:
		return fmt.Errorf("%.40q is no way of asking for an order", l.Way)
	}
	c.payees.Known(l.Payees)
	c.ways.mu.Lock()
	c.ways.first = l.Way
	c.ways.mu.Unlock()
	return nil
}
