package razorpay

import (
	"context"
	"time"
)

// Downtime is trouble that Razorpay knows of at a bank, an app or UPI as a whole. It is news for a banner: a sale is
// tried and polled all the same.
type Downtime struct {
	ID         string
	Method     string // "upi"; others don't concern a QR
	Status     string // scheduled, started, resolved, cancelled
	Severity   string // high, medium, low
	Instrument string // a handle such as "ybl", or an app; "ALL" or empty is the whole method
	Begin, End time.Time
}

// downtimeEntity is a downtime on the wire (R26).
type downtimeEntity struct {
	ID         text   `json:"id"`
	Method     text   `json:"method"`
	Status     text   `json:"status"`
	Severity   text   `json:"severity"`
	Begin      number `json:"begin"`
	End        number `json:"end"`
	Instrument maybe[struct {
		Handle text `json:"vpa_handle"`
		PSP    text `json:"psp"`
	}] `json:"instrument"`
}

func (d *downtimeEntity) validate() error { return checkID("downtime", d.ID) }

// Downtimes lists the downtimes of UPI.
func (c *Client) Downtimes(ctx context.Context) ([]Downtime, error) {
	// This list has no pages: count and skip aren't among its parameters.
	var list collection[downtimeEntity, *downtimeEntity]
	if err := c.do(ctx, read("list downtimes", "/v1/payments/downtimes", nil), &list); err != nil {
		return nil, err
	}
	var out []Downtime
	for _, e := range list.Items {
		if e.Method != "upi" {
			continue
		}
		d := Downtime{ID: string(e.ID), Method: "upi", Status: string(e.Status), Severity: string(e.Severity),
			Instrument: string(e.Instrument.v.Handle), Begin: e.Begin.time(), End: e.End.time()}
		if d.Instrument == "" {
			d.Instrument = string(e.Instrument.v.PSP)
		}
		out = append(out, d)
	}
	return out, nil
}
