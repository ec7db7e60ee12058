package books

import (
	"context"
	"slices"
	"strings"

	"galla/internal/money"
	"galla/state"
)

// Search is what a person looks for in the history. What is left out filters nothing; what is given must all fit.
type Search struct {
	Text      string // folded (Fold); anywhere: see finds
	Amount    money.Paise
	Number    int
	Exact     money.Paise // of the sale or one of its payments
	RRN       string      // part of one
	Reference string      // all of it, folded
	From, To  string      // business days
	Since     int64       // opened at or after; unix seconds, as until
	Until     int64       // opened at or before
	Phase     state.Phase
	Reason    state.CloseReason
}

// Empty reports whether nothing is looked for.
func (q Search) Empty() bool { return q == Search{} }

// finds reports whether a sale is what is looked for. Free text is its amount or that of a payment, its number, RRN, bill number,
// note, or the beginning of its id.
func (q Search) finds(r *row) bool {
	switch {
	case q.From != "" && r.day < q.From, q.To != "" && r.day > q.To, q.Since != 0 && r.at < q.Since, q.Until != 0 && r.at > q.Until,
		q.Phase != "" && r.phase != q.Phase, q.Reason != "" && r.reason != q.Reason, q.Exact != 0 && !slices.Contains(r.amounts, q.Exact),
		q.RRN != "" && !strings.Contains(r.rrns, q.RRN), q.Reference != "" && r.text[:r.note] != q.Reference:
		return false
	case q.Text == "":
		return true
	case q.Amount != 0 && slices.Contains(r.amounts, q.Amount), q.Number != 0 && r.number == q.Number:
		return true
	}
	return strings.Contains(r.text, q.Text) || len(q.Text) >= 4 && strings.Contains(r.rrns, q.Text) || len(q.Text) >= 6 && strings.HasPrefix(Fold(r.id), q.Text)
}

// Fold makes texts that people take for the same the same.
func Fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Find returns the ids of the newest sales that are looked for, older than the sale before ("": from the newest on), limit at most.
func (b *Books) Find(ctx context.Context, q Search, before string, limit int) ([]string, error) {
	return b.index.find(ctx, q, before, limit)
}

// Warm reads what the first search and the first X would read, so that nobody waits for it. It returns when that is done. An error
// shows again there.
func (b *Books) Warm(ctx context.Context) {
	b.index.warm(ctx)
	_ = b.follow(ctx)
}
