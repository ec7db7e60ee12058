package counter

import (
	"fmt"
	"net/http"

	"galla/internal/counter/picture"
	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
	"galla/internal/upiqr"
)

// drawQR draws the QR of a sale for a device that shows it to the customer. The sale is asked as it is now: a code that
// may not be scanned any more, or that asks for anything else than the sale does, is never drawn.
func (c *Counter) drawQR(w http.ResponseWriter, r *http.Request, _ Caller) error {
	s, err := c.names.OfRead(r)
	if err != nil {
		return err
	}

	qr := wire.FromSale(s).QR
	if qr == nil || !qr.ValidUntil.IsZero() && !c.now().Before(qr.ValidUntil) {
		return problem.New(problem.RefusedNow,
			fmt.Sprintf("sale %s is %s: it has no QR that may be scanned now", s.Name(), s.Phase),
			"Read the sale: its message says how it stands.")
	}
	if _, err := upiqr.Check(qr.Payload, s.Amount); err != nil { // the reason may quote an address
		return problem.New(problem.RefusedNow,
			fmt.Sprintf("the QR of sale %s does not ask for the sale's amount alone: it is not shown", s.Name()),
			"Cancel the sale and make a new one.")
	}
	drawn, err := picture.QR(qr.Payload)
	if err != nil {
		return err
	}

	w.Header().Set("Content-Type", "image/svg+xml")
	_, err = w.Write(drawn)
	return err
}
