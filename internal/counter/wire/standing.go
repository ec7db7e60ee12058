package wire

import (
	"strings"
	"time"

	"galla/internal/money"
	"galla/state"
)

// StandingQR is a printed QR of this box that many people pay, and what came at it today.
type StandingQR struct {
	ID          string      `json:"id"`
	Gateway     string      `json:"gateway"`
	Name        string      `json:"name,omitempty"`
	AmountPaise money.Paise `json:"amount_paise,omitempty"` // 0: the customer types it
	Reference   string      `json:"reference,omitempty"`
	Status      string      `json:"status"`
	// its payments become sales; false: its gateway does not say by what it was paid
	Watched   bool      `json:"watched"`
	Today     Line      `json:"today"` // what came in the running business day, before refunds
	CreatedAt time.Time `json:"created_at,omitzero"`
	PaidAt    time.Time `json:"paid_at,omitzero"`
	LookedAt  time.Time `json:"looked_at,omitzero"`
	Problem   string    `json:"problem,omitempty"` // the texts of problems, in one

	// Problems are what keeps its payments from being sales, and why its code must not be printed; ten at most.
	Problems []Said `json:"problems,omitempty"`
}

// Say adds a problem to a standing QR.
func (q *StandingQR) Say(code string, v Values) {
	p := Said{whole(code, v), code, v}
	q.Problems = append(q.Problems, p)
	q.Problem = strings.TrimSpace(q.Problem + " " + p.Message)
}

// StandingQRs are all of this box.
type StandingQRs struct {
	QRs []StandingQR `json:"qrs"`
	// of counter QRs, whose end nobody knows: a person says how each ended
	Unsure []Operation `json:"unsure,omitempty"`
}

// AtStanding says at which standing QR a sale was paid.
type AtStanding struct {
	QR   string    `json:"qr"`
	Name string    `json:"name,omitempty"`
	At   time.Time `json:"at,omitzero"` // when the payer paid, by the gateway's account
}

func fromStanding(s *state.Standing) *AtStanding {
	if s == nil {
		return nil
	}
	return &AtStanding{QR: s.QR, Name: s.Name, At: stamp(s.At)}
}
