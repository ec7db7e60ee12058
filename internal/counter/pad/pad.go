package pad

import (
	"context"

	"galla/internal/counter/problem"
	"galla/internal/keypad"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// padName is who asks, as stored with a sale.
const padName = "keypad"

// Till is what a pad needs of the engine.
type Till interface {
	Open(ctx context.Context, r till.OpenRequest) (state.Sale, error)
	Cancel(ctx context.Context, r till.CancelRequest) (state.Sale, error)
	Print(ctx context.Context, r till.PrintRequest) (state.Sale, error)
	Sale(ctx context.Context, id string) (state.Sale, error)
	Sales(ctx context.Context, q till.Query) ([]state.Sale, error)
	Type(entry string, tape []string, notes ...string)
}

// New is a till as the number pad needs it.
func New(t Till) keypad.Till { return padTill{t} }

type padTill struct{ till Till }

func (p padTill) Open(ctx context.Context, key string, amount money.Paise) (state.Sale, error) {
	return p.till.Open(ctx, till.OpenRequest{Key: key, Owner: padName, Amount: amount, By: padName})
}

func (p padTill) Cancel(ctx context.Context, key, id string) (state.Sale, error) {
	return p.till.Cancel(
		ctx,
		till.CancelRequest{Key: key, Owner: padName, SaleID: id, Reason: state.CloseCancelled, By: padName},
	)
}

func (p padTill) Print(ctx context.Context, key, id, slip string) (state.Sale, error) {
	return p.till.Print(ctx, till.PrintRequest{Key: key, Owner: padName, SaleID: id, Copy: slip, By: padName})
}

func (p padTill) Sale(ctx context.Context, id string) (state.Sale, error) {
	return p.till.Sale(ctx, id)
}

func (p padTill) Newest(ctx context.Context, n int) ([]state.Sale, error) {
	return p.till.Sales(ctx, till.Query{Limit: n})
}

func (p padTill) UnderWay(ctx context.Context) (string, error) {
	open, err := p.till.Sales(ctx, till.Query{Open: true, Limit: 100})
	for _, s := range open {
		if s.By == padName {
			return s.ID, err
		}
	}
	return "", err
}

func (p padTill) Type(entry string, tape []string, notes ...string) {
	p.till.Type(entry, tape, notes...)
}

func (p padTill) Why(err error) string { return problem.Of(err).Detail }
