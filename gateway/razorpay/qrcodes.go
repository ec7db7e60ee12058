package razorpay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// QRCode is Razorpay's record of a QR, for operators: a sale is decided by Read.
type QRCode struct {
	ID, Name, Description string
	Usage                 string // single_use or multiple_use
	Status                string // active or closed
	CloseReason           string // on_demand, paid, or empty
	Amount                money.Paise
	HasAmount             bool // false for a QR of any amount
	CustomerID            string
	Notes                 map[string]string
	CreatedAt             time.Time // Razorpay's clock, as are the next two
	CloseBy, ClosedAt     time.Time // zero when not given
	// Received and Count are Razorpay's counters of captured payments, for an operator's eye: they lag, so nothing
	// decides by them.
	Received money.Paise
	Count    int
}

// QRCode reads one QR.
func (c *Client) QRCode(ctx context.Context, id string) (QRCode, error) {
	q, err := c.readQR(ctx, read("read QR code", qrPath+"/"+url.PathEscape(id), nil))
	if err != nil {
		return QRCode{}, err
	}
	return qrCode(q), nil
}

// UpdateNotes adds notes to a QR, after its sale too: bill number, terminal, outcome (seed 002: the only thing about
// a QR that can be changed, on a closed one as well). Whether Razorpay merges or replaces is not documented, and
// Find lives on the notes: the QR is read first and its own notes are sent along. Repeating it is harmless.
func (c *Client) UpdateNotes(ctx context.Context, id string, add map[string]string) (QRCode, error) {
	const op = "update QR notes"
	q, err := c.readQR(ctx, read("read QR code", qrPath+"/"+url.PathEscape(id), nil))
	if err != nil {
		return QRCode{}, err
	}
	all := map[string]string{}
	maps.Copy(all, q.Notes)
	for k, v := range add {
		if k == noteAttempt {
			return QRCode{}, c.refuse(
				op,
				gateway.ClassRejected,
				"",
				"",
				fmt.Errorf("note %q is how the QR is found again: choose another name", k),
			)
		}
		if len([]rune(v)) > maxNote {
			return QRCode{}, c.refuse(
				op,
				gateway.ClassRejected,
				"",
				"",
				fmt.Errorf("note %.40q is longer than %d characters: shorten it", k, maxNote),
			)
		}
		all[k] = v
	}

	if len(all) > maxNotes {
		return QRCode{}, c.refuse(
			op,
			gateway.ClassRejected,
			"",
			"",
			fmt.Errorf("a QR has room for %d notes, this would make %d: leave some out", maxNotes, len(all)),
		)
	}

	call := write(op, http.MethodPatch, qrPath+"/"+url.PathEscape(id), struct {
		Notes map[string]string `json:"notes"`
	}{all})
	var after qrEntity
	if err := c.do(ctx, call, &after); err != nil {
		return QRCode{}, err
	}
	for k, v := range add {
		if after.Notes[k] != v {
			return QRCode{}, c.refuse(
				op,
				gateway.ClassUnknown,
				"",
				"",
				fmt.Errorf("note %.40q is not in the answer: read the QR and try again", k),
			)
		}
	}

	if string(after.ID) != id {
		return QRCode{}, c.refuse(op, gateway.ClassUnknown, "", "", errors.New("the answer is about another QR"))
	}
	return qrCode(after), nil
}

func qrCode(q qrEntity) QRCode {
	received, _ := gateway.Amount(q.Received.v) // a counter that can't be says nothing
	return QRCode{
		Received:    received,
		Count:       int(min(max(q.Count.v, 0), 1<<30)),
		ID:          string(q.ID),
		Name:        string(q.Name),
		Description: string(q.Description),
		Usage:       string(q.Usage),
		Status:      string(q.Status),
		CloseReason: string(q.CloseReason),
		Amount:      money.Paise(q.PaymentAmount.v),
		HasAmount:   q.PaymentAmount.set,
		CustomerID:  string(q.CustomerID),
		Notes:       q.Notes,
		CreatedAt:   q.CreatedAt.time(),
		CloseBy:     q.CloseBy.time(),
		ClosedAt:    q.ClosedAt.time(),
	}
}

// Note adds notes to an order's QR: UpdateNotes for a caller that knows orders only. A refusal is remembered for
// Examine.
func (c *Client) Note(ctx context.Context, o gateway.Order, notes map[string]string) error {
	_, err := c.UpdateNotes(ctx, o.ID, notes)
	if e, refused := rejected(err); refused {
		c.unnoted.add(o.ID, e)
	}
	return err
}

// unnoted is what this process knows of refused notes. No sale hangs on them, so the doctor is the one who tells.
type unnoted struct {
	mu    sync.Mutex
	count int
	last  string // the QR
	why   string // in Razorpay's words, or ours
}

func (u *unnoted) add(id string, e *gateway.Error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count, u.last, u.why = u.count+1, id, e.Text
	if u.why == "" && e.Err != nil {
		u.why = e.Err.Error()
	}
}

// finding is false where no note was refused.
func (u *unnoted) finding() (gateway.Finding, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count == 0 {
		return gateway.Finding{}, false
	}
	return gateway.Finding{
		Check: "notes",
		Level: gateway.LevelNote,
		Says: fmt.Sprintf(
			"Razorpay refuses the notes (bill, terminal, outcome) of orders, the last time of %s (%d in all): %q",
			u.last,
			u.count,
			u.why,
		),
		Next: "Sales go on; only Razorpay's dashboard lacks these notes. Ask Razorpay's support why it refuses them.",
	}, true
}
